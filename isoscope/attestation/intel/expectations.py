"""The tenant's reference values for quotes, held against what a quote states."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.checks import Check, Kind, failed, judged
from isoscope.attestation.reference_values import Expected, expectation_checks

MEASURED = {
    Kind.TDX: ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"),
    Kind.SGX: ("mrenclave", "mrsigner"),
}
_ACCEPTED = "accepted_tcb"
_MINIMUM = "minimum_"
_EQUAL = ("isvprodid", "version")  # numbers of which a higher one is another thing


def accepted_statuses(expected: Expected) -> tuple[str, ...]:
    """The TCB statuses that the tenant accepts; empty where nothing was written."""
    return expected.allowed.get(_ACCEPTED, ())


def expected_checks(kind: Kind, claims: Mapping[str, str], expected: Expected) -> list[Check]:
    """The check ``measurement``, and one for each other claim that is expected.

    A number is the least that a claim has to reach, as ``isvsvn = 3`` or ``minimum-isvsvn = 3``;
    ``isvprodid`` has to be equal.
    """
    least: dict[str, int] = {}
    checks: list[Check] = []
    for key, value in expected.least.items():
        claim = key.removeprefix(_MINIMUM)
        if key in _EQUAL:
            checks.append(_equal(key, value, claims))
        elif "." in claim:
            name = f"minimum-{claim.replace('_', '-')}"
            checks.append(failed(name, f"quotes have no number {claim}"))
        else:
            least[claim] = max(value, least.get(claim, value))
    rest = Expected(expected.allowed, least)
    return [*expectation_checks(claims, rest, MEASURED[kind], [_ACCEPTED]), *checks]


def _equal(claim: str, value: int, claims: Mapping[str, str]) -> Check:
    said = claims.get(claim, "not said")
    return judged(
        f"expected-{claim}",
        holds=said == str(value),
        yes=f"{claim} is {said}",
        no=f"{claim} is {said}, expected {value}",
    )
