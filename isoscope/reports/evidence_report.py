"""What was checked of one piece of evidence, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from isoscope.assessment.vocabulary import Status
from isoscope.attestation.checks import Check, Outcome, State, Verification
from isoscope.reports.layout import Page
from isoscope.reports.plain import readable
from isoscope.reports.words import SYMBOL, count_of

_STATUS = {
    State.PASSED: Status.MEETS,
    State.FAILED: Status.FALLS_SHORT,
    State.NOT_POSSIBLE: Status.UNPROVEN,
}
_OUTCOMES = {
    Outcome.VERIFIED: ("verified", Status.MEETS),
    Outcome.REFUSED: ("refused", Status.FALLS_SHORT),
    Outcome.INCOMPLETE: ("incomplete", Status.UNPROVEN),
}
_STATES = {State.PASSED: "passed", State.FAILED: "failed", State.NOT_POSSIBLE: "not possible"}
_NAME_COLUMNS = 24
_CLAIM_COLUMNS = 26
_LONGEST_CLAIM = 4096


def evidence_json(verification: Verification) -> str:
    """The document of ``attest verify --format json``, as the outside contract has it."""
    return json.dumps(evidence_as_json(verification), indent=2, ensure_ascii=False) + "\n"


def evidence_as_json(verification: Verification) -> dict[str, object]:
    """The same as an object of a larger document."""
    return {
        "kind": verification.kind.value,
        "title": verification.title,
        "verdict": verification.outcome.value,
        "evaluated_at": _instant(verification.evaluated_at),
        "checks": [_json_check(check, verification) for check in verification.checks],
        "claims": dict(verification.claims),
        "relies_on": list(verification.relies_on),
        "residual_trust": list(verification.residual_trust),
    }


def _json_check(check: Check, verification: Verification) -> dict[str, object]:
    return {
        "name": check.name,
        "state": check.state.value,
        "detail": check.detail,
        "required": check.name in verification.required,
        "advisory": check.advisory,
    }


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def evidence_text(verification: Verification, page: Page | None = None) -> str:
    """The same as plain text, ending in a newline: what failed first, claims last."""
    page = page or Page()
    lines = [
        *_head(verification, page),
        "",
        *_checks(verification, page),
        "",
        *_claims(verification, page),
    ]
    if verification.residual_trust:
        lines += ["", page.strong("What remains to be trusted")]
        for sentence in verification.residual_trust:
            lines += page.wrapped(sentence, indent="    ", first="  • ")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(verification: Verification, page: Page) -> Iterator[str]:
    word, status = _OUTCOMES[verification.outcome]
    yield page.status(f"{SYMBOL[status]} {word}", status) + f": {readable(verification.title)}"
    yield from page.wrapped(f"Judged as of {_instant(verification.evaluated_at)}.", indent="  ")
    missing = [
        check.name
        for check in verification.checks
        if check.state is State.NOT_POSSIBLE and check.name in verification.required
    ]
    if failures := verification.failures():
        names = ", ".join(check.name for check in failures)
        yield from page.wrapped(f"{count_of(len(failures), 'check')} failed: {names}.", indent="  ")
    elif missing:
        yield from page.wrapped(f"Needed, and not possible: {', '.join(missing)}.", indent="  ")


def _checks(verification: Verification, page: Page) -> Iterator[str]:
    yield page.strong("Checks")
    for check in verification.checks:
        status = _STATUS[check.state]
        if check.advisory and check.state is State.FAILED:
            status = Status.UNPROVEN
        symbol = page.status(SYMBOL[status], status)
        told = "note: " if check.advisory and check.state is State.FAILED else ""
        state = "" if check.state is State.PASSED or told else f"{_STATES[check.state]}: "
        text = f"{told}{state}{check.detail}"
        wrapped = page.wrapped(text, indent=" " * (_NAME_COLUMNS + 4))
        name = check.name.ljust(_NAME_COLUMNS)
        yield f"  {symbol} {name}{wrapped[0][_NAME_COLUMNS + 4 :]}"
        yield from wrapped[1:]


def _claims(verification: Verification, page: Page) -> Iterator[str]:
    yield page.strong("What it says")
    for name, value in verification.claims.items():
        if value and set(value) != {"0"}:
            shown = readable(value, _LONGEST_CLAIM)
            yield f"  {page.faint(name.ljust(_CLAIM_COLUMNS))}{shown}"
