"""Verified evidence as nodes: what failed first, then every check, claim and residual trust."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gui.nodes import Node, NodeStyle, section
from gui.text import one_line
from gui.words import capital
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.attesting import Attested
    from isoscope.attestation.checks import Check, Verification
    from isoscope.attestation.given_files import GivenFile, Verified

_STATES = {
    "passed": Status.MEETS,
    "failed": Status.FALLS_SHORT,
    "not-possible": Status.UNPROVEN,
}
_OUTCOMES = {
    "verified": (Status.MEETS, tr("Verified")),
    "refused": (Status.FALLS_SHORT, tr("Refused")),
    "incomplete": (Status.UNPROVEN, tr("Incomplete")),
}


def attested_nodes(attested: Attested) -> tuple[Node, ...]:
    """What the page shows of one workload's evidence."""
    nodes = [_verified_node(one) for one in attested.verified]
    evidence = {one.name for one in attested.verified}
    beside = [file for file in attested.given.files if file.name not in evidence]
    if beside:
        nodes.append(_beside_node(beside))
    return tuple(nodes)


def _verified_node(verified: Verified) -> Node:
    name = one_line(verified.name, 80)
    verification = verified.verification
    if verification is None:
        return Node(
            tr("{name}: no evidence").format(name=name),
            one_line(verified.problem, 400),
            mark=Status.FALLS_SHORT,
            style=NodeStyle.SECTION,
        )
    status, word = _OUTCOMES[verification.outcome]
    return Node(
        f"{word}: {name}",
        tr("{title}, judged as of {time} UTC").format(
            title=capital(verification.title), time=f"{verification.evaluated_at:%Y-%m-%d %H:%M}"
        ),
        mark=status,
        style=NodeStyle.SECTION,
        children=(
            section(tr("Checks"), tuple(_check_node(c) for c in _in_order(verification)), empty=""),
            section(
                tr("What remains to be trusted"),
                tuple(Node(one_line(text, 600)) for text in verification.residual_trust),
                empty=tr("Nothing is known of it."),
            ),
            section(
                tr("What it says"), _claims(verification), empty=tr("Nothing."), expanded=False
            ),
        ),
        expanded=True,
    )


def _in_order(verification: Verification) -> list[Check]:
    """Those that refuse first, then those that were not possible and needed, then the others."""

    def place(check: Check) -> int:
        if check.state == "failed" and not check.advisory:
            return 0
        if check.state == "not-possible":
            return 1 if check.name in verification.required else 2
        return 2 if check.state == "failed" else 3

    return sorted(verification.checks, key=place)


def _check_node(check: Check) -> Node:
    status = _STATES[check.state]
    if check.advisory and status is Status.FALLS_SHORT:
        status = Status.UNPROVEN
    return Node(
        one_line(check.name.replace("-", " "), 80), one_line(check.detail, 600), mark=status
    )


def _claims(verification: Verification) -> tuple[Node, ...]:
    return tuple(
        Node(one_line(name.replace("_", " "), 80), children=(_quote(value),), expanded=True)
        for name, value in verification.claims.items()
        if value.strip("0")
    )


def _quote(value: str) -> Node:
    return Node(one_line(value, 600), style=NodeStyle.QUOTE)


def _beside_node(files: Sequence[GivenFile]) -> Node:
    return section(
        tr("Given beside it"),
        tuple(
            Node(
                one_line(file.name, 80),
                trn(
                    "{number} byte: certificates, revocation lists, collateral or reference values",
                    "{number} bytes: certificates, revocation lists, collateral or "
                    "reference values",
                    len(file.content),
                ),
            )
            for file in files
        ),
        empty="",
    )
