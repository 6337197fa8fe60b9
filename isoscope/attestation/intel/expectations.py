"""The tenant's reference values for quotes, held against what a quote states."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.checks import Check, Kind
from isoscope.attestation.reference_values import Expected, expectation_checks

MEASURED = {
    Kind.TDX: ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"),
    Kind.SGX: ("mrenclave", "mrsigner"),
}
_ACCEPTED = "accepted_tcb"


def accepted_statuses(expected: Expected) -> tuple[str, ...]:
    """The TCB statuses that the tenant accepts; empty where nothing was written."""
    return expected.allowed.get(_ACCEPTED, ())


def expected_checks(kind: Kind, claims: Mapping[str, str], expected: Expected) -> list[Check]:
    """The check ``measurement``, and one for each other claim that is expected."""
    elsewhere = [_ACCEPTED] if _ACCEPTED in expected.allowed else []
    return expectation_checks(claims, expected, MEASURED[kind], elsewhere)
