"""Judgements on a host of which something is supposed: only what that bears on is judged anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from isoscope.assessment.assess import JudgedInventory
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Declaration, Subject, Surroundings
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import Judgements
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.measures import neighbours as between_workloads
from isoscope.assessment.measures import processor, resources, shared_host, shared_things
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.neighbours.survey import survey
from isoscope.assessment.sandboxed import judged_in_sandbox
from isoscope.assessment.supposing.moved import moved_workload, supposed_evidence
from isoscope.assessment.supposing.on_neighbours import seen_by_neighbours, speaks_for, word_of
from isoscope.assessment.supposing.suppositions import Move, Suppositions
from isoscope.assessment.vocabulary import FindingKind
from isoscope.cycle_collection import paused

_IMPLIES: Mapping[str, str] = dict.fromkeys(
    ("memory-limited", "processes-limited", "cpu-limited"), "some-limit"
)

_NEEDED = frozenset(
    need for ladder in LADDERS.values() for rung in ladder.rungs for need in rung.needs
)

BETWEEN: tuple[str, ...] = tuple(
    one.id
    for module in (between_workloads, shared_things, shared_host, processor, resources)
    for one in module.DECLARATIONS
    if one.id in _NEEDED
)
"""Ids of what rungs need and neighbours have a part in."""


class _Changed(Mapping[str, Judgement]):
    """Judgements of which some are others now; what stands beside is still judged on demand."""

    __slots__ = ("_before", "_now")

    def __init__(self, before: Mapping[str, Judgement], now: Mapping[str, Judgement]) -> None:
        self._before = before
        self._now = now

    def __getitem__(self, identity: str) -> Judgement:
        found = self._now.get(identity)
        return self._before[identity] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._before)

    def __len__(self) -> int:
        return len(self._before)


@paused()
def suppose(judged: JudgedInventory, suppositions: Suppositions) -> JudgedInventory:
    """What would be judged if this were so. Of workloads that are not there nothing is supposed.

    The answer is for `conclude`, as what was seen is: the rules by which a verdict rests on
    nobody's word whom it protects against hold for what is supposed too.
    """
    wanted = suppositions.among(judged.judgements)
    return settle(move(judged, wanted.moved), wanted.settled)


def move(judged: JudgedInventory, moves: Mapping[str, Move]) -> JudgedInventory:
    """The same with workloads moved: these are judged whole, of the others what neighbours have a
    part in."""
    if not moves:
        return judged
    workloads = tuple(
        moved_workload(one, moves[one.id]) if one.id in moves else one
        for one in judged.inventory.workloads
    )
    inventory = replace(judged.inventory, workloads=workloads)
    neighbours = Neighbours.of(inventory, judged.claims)
    shared = survey(neighbours)
    surroundings = Surroundings.of(inventory)
    evidence: dict[str, Sequence[GivenEvidence]] = {
        one: given for one, given in judged.evidence.items() if one not in moves
    }
    for moved, how in moves.items():
        supposed = supposed_evidence(moved, how, inventory.observed_at)
        if supposed is not None:
            evidence[moved] = (supposed,)
    judgements: dict[str, Mapping[str, Judgement]] = {}
    for workload, kind in zip(workloads, neighbours.kinds, strict=True):
        given = evidence.get(workload.id, ())
        subject = Subject(workload, kind, inventory, shared[workload.id], surroundings, given)
        judgements[workload.id] = (
            judged_in_sandbox(subject, Judgements)
            if workload.id in moves
            else _Changed(judged.judgements[workload.id], judged_in_sandbox(subject, _between))
        )
    return replace(judged, inventory=inventory, judgements=judgements, evidence=evidence)


def _between(subject: Subject) -> Mapping[str, Judgement]:
    return {identity: CATALOGUE[identity].judge(subject) for identity in BETWEEN}


def settle(judged: JudgedInventory, settled: Mapping[str, frozenset[str]]) -> JudgedInventory:
    """The same with measures in place and exposures ruled out, on their workloads and as far as
    neighbours see them."""
    now: dict[str, dict[str, Judgement]] = defaultdict(dict)
    for identity, workloads in settled.items():
        for workload in workloads:
            for each in filter(None, (identity, _IMPLIES.get(identity))):
                present = judged.judgements[workload][each]
                if not speaks_for(each, present):
                    now[workload][each] = _supposed(CATALOGUE[each], workload, present)
    if not now:
        return judged
    own = _overlaid(judged, now)
    return _overlaid(own, seen_by_neighbours(judged, own, now))


def _overlaid(
    judged: JudgedInventory, now: Mapping[str, Mapping[str, Judgement]]
) -> JudgedInventory:
    changed = {one: _Changed(judged.judgements[one], found) for one, found in now.items()}
    return replace(judged, judgements={**judged.judgements, **changed})


def _supposed(declaration: Declaration, workload: str, present: Judgement) -> Judgement:
    """The judgement in the workload's favour: on the word of all who speak of it now, for they are
    who would have to say so then."""
    measure = declaration.kind is FindingKind.MEASURE
    says = f"supposed: {declaration.title}: {'in place' if measure else 'ruled out'}"
    word = word_of(workload, declaration.id, says, [present])
    return Judgement(measure, says, (word,))
