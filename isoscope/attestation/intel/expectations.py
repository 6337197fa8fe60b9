"""The tenant's reference values for quotes, held against what a quote states."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from isoscope.attestation.checks import Check, Kind, failed, judged
from isoscope.attestation.reference_values import Expected, expectation_checks

MEASURED = {
    Kind.TDX: ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"),
    Kind.SGX: ("mrenclave", "mrsigner"),
}
_ACCEPTED = "accepted_tcb"
_MINIMUM = "minimum_"
_EQUAL = frozenset({"isvprodid", "version"})  # numbers of which a higher one is another thing


def accepted_statuses(expected: Expected) -> tuple[str, ...]:
    """The TCB statuses that the tenant accepts; empty where nothing was written."""
    return _normal(expected).allowed.get(_ACCEPTED, ())


def expected_checks(
    kind: Kind, claims: Mapping[str, str], expected: Expected, taken: Set[str]
) -> list[Check]:
    """The check ``measurement``, and one for each other claim that is expected.

    Keys may be written with hyphens. A number is the least that a claim has to reach, as
    ``isvsvn = 3`` or ``minimum-isvsvn = 3``; ``isvprodid`` has to be equal.

    Args:
        taken: names of other checks; an expectation of such a name begins with ``expected-``.
    """
    wanted = _normal(expected)
    checks = expectation_checks(claims, wanted, MEASURED[kind], [_ACCEPTED])
    checks += [_number(claim, least, claims) for claim, least in wanted.least.items()]
    names = set(taken)
    named = []
    for one in checks:
        name = one.name
        while name in names:
            name = f"expected-{name}"
        names.add(name)
        named.append(replace(one, name=name))
    return named


def _normal(expected: Expected) -> Expected:
    """With the names of claims as keys; what is written in both ways has to hold twice."""
    allowed: dict[str, tuple[str, ...]] = {}
    for key, values in expected.allowed.items():
        claim = key.replace("-", "_")
        allowed[claim] = tuple(one for one in values if one in allowed.get(claim, values))
    least: dict[str, int] = {}
    for key, value in expected.least.items():
        claim = key.replace("-", "_")
        least[claim] = max(value, least.get(claim, value))
    return Expected(allowed, least)


def _number(key: str, value: int, claims: Mapping[str, str]) -> Check:
    claim = key.removeprefix(_MINIMUM)
    said = claims.get(claim, "")
    if not (said.isascii() and said.isdigit()) or len(said) > 10:
        return failed(key, f"the evidence says no number of {claim}, {value} is required")
    if key in _EQUAL:
        return judged(
            key,
            holds=int(said) == value,
            yes=f"{key} is {said}",
            no=f"{key} is {said}, not {value}",
        )
    return judged(
        key,
        holds=int(said) >= value,
        yes=f"{claim} is {said}, at least {value} is required",
        no=f"{claim} is {said}, {value} is required",
    )
