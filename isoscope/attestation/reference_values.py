"""Reference values: what a tenant expects evidence to say, written as TOML.

One table per kind of evidence, one key per claim, with hyphens or underscores, as a value or as a
list of those allowed::

    [sev-snp]
    measurement = ["9f8e…", "77aa…"]
    host-data = "00ff…"
    guest-svn = 2
    vmpl = 0
    minimum-tcb = { bootloader = 3, tee = 0, snp = 8, microcode = 115 }

    [tdx]
    mrtd = "…"
    accepted-tcb = ["UpToDate", "SWHardeningNeeded"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from isoscope.attestation.checks import Check, Kind, State, judged, not_possible

_SHOWN = 6
_HEXADECIMAL = re.compile(r"(?:0x)?[0-9a-fA-F]+")


class ReferenceValuesError(ValueError):
    """Reference values that cannot be used; one line says what is wrong."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What one kind of evidence is expected to say.

    Attributes:
        allowed: per claim, with underscores as in the outside contract, the values of which it has
            to be one; hexadecimal in lower case.
        least: per number, the value that it has to reach, such as ``minimum_tcb.snp``, where it is
            of a table, a security version (``…svn``) or written as ``minimum-…``; the value that
            it has to be elsewhere.
    """

    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReferenceValues:
    """What a tenant expects, per kind of evidence."""

    kinds: Mapping[Kind, Expected] = field(default_factory=dict)

    def of(self, kind: Kind) -> Expected:
        """What is expected of that kind; nothing where nothing was written."""
        return self.kinds.get(kind, Expected())


def parse_reference_values(text: str, name: str) -> ReferenceValues:
    """Reference values from TOML.

    Args:
        text: the document.
        name: of the file; errors begin with it.

    Raises:
        ReferenceValuesError: it is no TOML, names a kind that is none, or holds a value that is
            neither text, nor a number, nor a list of texts.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets both of them through
        raise ReferenceValuesError(f"{name}: not TOML: {error}; mend it there") from error
    return reference_values_of(document, name)


def reference_values_of(document: Mapping[str, Any], name: str) -> ReferenceValues:
    """Reference values from tables by kind.

    Raises:
        ReferenceValuesError: it names a kind that is none, or holds a value that is none.
    """
    kinds: dict[Kind, Expected] = {}
    for key, table in document.items():
        if key not in set(Kind):
            raise ReferenceValuesError(f"{name}: {key!r} is no kind; use {', '.join(Kind)}")
        if not isinstance(table, dict):
            raise ReferenceValuesError(f"{name}: {key} is not a table")
        kinds[Kind(key)] = _expected(table, f"{name}: {key}")
    return ReferenceValues(kinds)


def _expected(table: Mapping[str, Any], where: str) -> Expected:
    allowed: dict[str, tuple[str, ...]] = {}
    least: dict[str, int] = {}
    for written, value in table.items():
        key = written.replace("-", "_")
        match value:
            case bool():
                raise ReferenceValuesError(f"{where}.{key}: true and false are no values here")
            case int():
                least[key] = _bounded(value, f"{where}.{key}")
            case dict():
                for part, number in value.items():
                    if not isinstance(number, int) or isinstance(number, bool):
                        raise ReferenceValuesError(f"{where}.{key}.{part}: not a whole number")
                    least[f"{key}.{part}"] = _bounded(number, f"{where}.{key}.{part}")
            case str():
                allowed[key] = (_normal(value),)
            case list() if value and all(isinstance(one, str) for one in value):
                allowed[key] = tuple(_normal(one) for one in value)
            case _:
                raise ReferenceValuesError(
                    f"{where}.{key}: neither text, nor a list of texts, nor a whole number"
                )
    return Expected(allowed, least)


def _bounded(value: int, where: str) -> int:
    if not 0 <= value < 1 << 64:
        raise ReferenceValuesError(f"{where}: no number that evidence holds")
    return value


def _normal(value: str) -> str:
    """Hexadecimal without prefix and in lower case; other text as it is."""
    if _HEXADECIMAL.fullmatch(value):
        return value.lower().removeprefix("0x")
    return value


def expectation_checks(
    claims: Mapping[str, str],
    expected: Expected,
    measured: Sequence[str],
    elsewhere: Iterable[str] = (),
) -> list[Check]:
    """The check ``measurement``, and for each other claim ``expected-…`` or ``minimum-…``.

    Args:
        claims: what the evidence says.
        measured: the claims that together are this kind's measurement; what is expected of any of
            them decides ``measurement``.
        elsewhere: keys that other checks answer, tables of numbers among them. What nobody
            answers fails: it is expected, and a mistyped key must not pass for one that held.
    """
    answered = set(elsewhere)
    checks = [_measurement(claims, expected, measured)]
    for claim, values in expected.allowed.items():
        if claim in measured or claim in answered:
            continue
        name = f"expected-{claim.replace('_', '-')}"
        checks.append(_compared(name, [claim], claims, {claim: values}))
    reached: dict[str, Check] = {}
    for claim, number in expected.least.items():
        if claim.partition(".")[0] not in answered:
            check = _reached(claim, number, claims)
            if check.state is State.FAILED or check.name not in reached:
                reached[check.name] = check  # written as svn and as minimum-svn, both hold
    return [*checks, *reached.values()]


def _measurement(claims: Mapping[str, str], expected: Expected, measured: Sequence[str]) -> Check:
    wanted = {claim: expected.allowed[claim] for claim in measured if claim in expected.allowed}
    if not wanted:
        more = ", …" if len(measured) > _SHOWN else ""
        return not_possible(
            "measurement",
            "no reference value was given: it may be anybody's software. "
            f"Reference values name {', '.join(measured[:_SHOWN])}{more}",
        )
    return _compared("measurement", list(wanted), claims, wanted)


def _reached(key: str, least: int, claims: Mapping[str, str]) -> Check:
    """What is a security version or a ``minimum-…`` has to reach the number; another to be it."""
    claim = key.removeprefix("minimum_")
    said = claims.get(claim, "not said")
    grows = claim != key or claim.endswith("svn")
    wanted = f"at least {least}" if grows else f"{least}"
    try:
        number = int(said, 0)
        holds = number >= least if grows else number == least
    except ValueError:
        holds = False
    return judged(
        f"{'minimum' if grows else 'expected'}-{claim.replace('_', '-')}",
        holds=holds,
        yes=f"{claim} is {said}, {wanted} is required",
        no=f"{claim} is {said}, {wanted} is required",
    )


def _compared(
    name: str, order: Sequence[str], claims: Mapping[str, str], wanted: Mapping[str, Sequence[str]]
) -> Check:
    differing = [
        claim
        for claim in order
        if claim not in claims or _normal(claims[claim]) not in wanted[claim]
    ]
    said = "; ".join(
        f"{claim} is {claims.get(claim, 'not said')[:32]}, expected {wanted[claim][0][:32]}"
        for claim in differing
    )
    return judged(
        name, holds=not differing, yes=f"{', '.join(order)} as expected", no=said or "differs"
    )
