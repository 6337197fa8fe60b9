"""What the host says of TEE technologies, for the window."""

from __future__ import annotations

from gui.evidence import observation_node
from gui.facts import Fact
from gui.nodes import Node
from gui.technologies import TECHNOLOGY
from gui.text import one_line
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.host import StageState, TeeAvailability
from isoscope.inventory.technology import TeeNature
from isoscope.reports.words import available_in_words
from isoscope.texts import tr, trn

_STAGE_MARK = {
    StageState.PRESENT: Status.MEETS,
    StageState.ABSENT: Status.NOT_REQUIRED,
    StageState.UNKNOWN: Status.UNPROVEN,
    StageState.NOT_APPLICABLE: Status.NOT_REQUIRED,
}


def tee_fact(tees: tuple[TeeAvailability, ...]) -> Fact:
    """How many there are, and which; what is no TEE of workloads is not among them."""
    real = [tee for tee in tees if tee.technology.nature is TeeNature.TEE]
    available = [TECHNOLOGY[tee.technology] for tee in real if tee.available]
    unknown = [tee.technology for tee in real if tee.available is None]
    detail = "\n".join(f"{TECHNOLOGY[tee.technology]}: {one_line(tee.summary)}" for tee in tees)
    parts = [
        ", ".join(available)
        if available
        else trn("none of {number}", "none of {number}", len(real))
    ]
    if unknown:
        parts.append(trn("{number} unknown", "{number} unknown", len(unknown)))
    return Fact(
        tr("TEEs on the host's word"), ", ".join(parts) if tees else tr("not looked at"), detail
    )


def tee_node(tee: TeeAvailability) -> Node:
    """One technology with its stages and their evidence."""
    words = available_in_words(tee.technology, tee.available)
    mark = {True: Status.MEETS, False: Status.NOT_REQUIRED, None: Status.UNPROVEN}[tee.available]
    if tee.available and tee.technology.nature is not TeeNature.TEE:
        mark = Status.NOT_REQUIRED
    stages = tuple(
        Node(
            f"{stage.name}: {stage.state}",
            one_line(stage.says),
            mark=_STAGE_MARK[stage.state],
            children=tuple(observation_node(o) for o in stage.observations),
        )
        for stage in tee.stages
    )
    return Node(
        f"{TECHNOLOGY[tee.technology]}: {words}", one_line(tee.summary), mark=mark, children=stages
    )
