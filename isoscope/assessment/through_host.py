"""Isolation is transitive through the host: whoever takes the host takes the neighbours along.

``WW(T) ≤ max(WH(T), min over every other tenant N of HW(N))``, where rung 0 of HW maps to rung 0 of
WW and anything above leaves WW as it is. Design §3.

Availability follows integrity here: who can change the host can lift every limit on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, not_applicable
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import (
    Aspect,
    Direction,
    FindingKind,
    FindingState,
    Property,
)
from isoscope.inventory.observation import Doubt, Unknown


def _decided_elsewhere(subject: Subject) -> Judgement:
    del subject
    return not_applicable("decided by the verdicts of the neighbours, not by facts of its own")


NEIGHBOUR_OWNS_THE_HOST: Declaration = exposure(
    "neighbour-owns-the-host",
    "A neighbour can take the host",
    what="A workload of another tenant stands on rung 0 of host-from-workload: it can take the "
    "host.",
    why="Whoever has the host has every workload on it that is not isolated from the host itself.",
    by_hand="look at the neighbour's host-from-workload verdict",
    remedy="Lift the neighbour off rung 0, move it to another host, or keep this workload from the "
    "host with an attested TEE.",
    references=("Isoscope's design: isolation is transitive through the host",),
    judge=_decided_elsewhere,
)


_DECIDED_BY = {
    Property.CONFIDENTIALITY: Property.CONFIDENTIALITY,
    Property.INTEGRITY: Property.INTEGRITY,
    Property.AVAILABILITY: Property.INTEGRITY,
}


def host_aspect(quality: Property) -> Aspect:
    """The aspect of a neighbour that decides about this property of the others."""
    return Aspect(Direction.HOST_FROM_WORKLOAD, _DECIDED_BY[quality])


def through_host(
    neighbours: Neighbours, rungs: Sequence[Mapping[Aspect, tuple[int, int]]]
) -> list[dict[Property, Finding]]:
    """For each workload and property: whether a neighbour can take the host.

    Args:
        neighbours: the workloads.
        rungs: their low and high rungs, in the same order.
    """
    found: list[dict[Property, Finding]] = [{} for _ in neighbours.workloads]
    for quality in Property:
        aspect = host_aspect(quality)
        owning, maybe = Group(), Group()
        for index, ranges in enumerate(rungs):
            low, high = ranges[aspect]
            if high == 0:
                neighbours.add(owning, index)
            elif low == 0:
                neighbours.add(maybe, index)
        for index in range(len(rungs)):
            found[index][quality] = _finding(neighbours, index, owning, maybe)
    return found


def _finding(neighbours: Neighbours, index: int, owning: Group, maybe: Group) -> Finding:
    others = neighbours.strangers(owning, index)
    if others:
        says = f"{neighbours.names(others)} can take the host"
        return _of(neighbours, index, FindingState.PRESENT, says, others)
    possible = neighbours.possible_strangers(owning, index)
    if possible:
        judgement = neighbours.unclear_tenant(
            f"{neighbours.names(possible)} can take the host", possible
        )
        return _of(
            neighbours, index, FindingState.UNKNOWN, judgement.says, possible, judgement.unknown
        )
    hidden = neighbours.strangers(maybe, index) or neighbours.possible_strangers(maybe, index)
    if hidden:
        says = f"whether {neighbours.names(hidden)} can take the host is not known"
        unknown = Unknown(Doubt.NOT_SAID, says, "settle the neighbour's host-from-workload verdict")
        return _of(neighbours, index, FindingState.UNKNOWN, says, hidden, unknown)
    return _of(neighbours, index, FindingState.ABSENT, "no neighbour can take the host", ())


def _of(
    neighbours: Neighbours,
    index: int,
    state: FindingState,
    says: str,
    others: tuple[int, ...],
    unknown: Unknown | None = None,
) -> Finding:
    observations = (neighbours.process_table,) if state is FindingState.ABSENT else ()
    return Finding(
        NEIGHBOUR_OWNS_THE_HOST.id,
        FindingKind.EXPOSURE,
        neighbours.workloads[index].id,
        state,
        says,
        observations,
        neighbours.ids(others),
        unknown,
    )
