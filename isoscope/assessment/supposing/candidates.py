"""What could be supposed: everything that holds the verdicts of some workloads lower than the top,
the most helpful first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from isoscope.assessment.assess import JudgedInventory
from isoscope.assessment.comparison import Look
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import aside
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.supposing.on_neighbours import speaks_for
from isoscope.assessment.supposing.suppositions import (
    BY_MOVING,
    NEIGHBOURS_LIMITS,
    NOTHING,
    SUPPOSABLE,
    Suppositions,
)
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST, host_aspect
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.cycle_collection import paused

_SUPPOSABLE = frozenset(SUPPOSABLE)
_IN_NEIGHBOUR: Mapping[str, tuple[str, ...]] = {
    **{theirs: (limit, "own-limits-writable") for theirs, limit in NEIGHBOURS_LIMITS.items()},
    "neighbour-in-host-pid-namespace": ("host-pid-namespace",),
}
"""What facts of the neighbours decide, and what would have to be settled on them."""

HOST_WIDE = frozenset(
    {
        "cpu-flaw-user-kernel",
        "cpu-flaw-guest-host",
        "cpu-flaw-user-user",
        "cpu-flaw-guest-guest",
        "cpu-flaw-neighbour-guest",
        "cpu-flaw-neighbour-program",
        "cpu-flaw-cross-thread",
        "same-page-merging",
    }
)
"""What is one thing for the whole host: settled for all of its workloads or for none."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One measure or exposure that could be supposed settled."""

    id: str
    direction: Direction
    """Whose verdicts it holds."""
    workloads: frozenset[str]
    """Where it would have to be settled."""
    on_neighbours: bool
    """Whether these are neighbours of those who were asked about."""
    unknown: bool
    """Whether nobody knows of any of them how it is: it would have to be settled, not changed."""
    needed_by: int
    """Verdicts that need it for the rung that is required of them."""
    rung: int
    """The lowest rung that needs it."""


@dataclass(slots=True)
class _Found:
    direction: Direction
    on_neighbours: bool
    rung: int
    workloads: set[str] = field(default_factory=set)
    verdicts: set[tuple[str, Aspect]] = field(default_factory=set)
    known: bool = False


@paused()
def candidates(look: Look, scope: frozenset[str]) -> tuple[Candidate, ...]:
    """Everything that could be supposed so that verdicts of these workloads rise: by direction,
    what the most verdicts need for what is required first.

    Args:
        look: what was judged and concluded, with moves that are supposed.
        scope: the ids of the workloads that are asked about.
    """
    return _Search(look, scope).found()


class _Search:
    def __init__(self, look: Look, scope: frozenset[str]) -> None:
        judged = look.judged
        self._judgements = judged.judgements
        self._asked: tuple[str, Mapping[str, Judgement]] = "", {}
        self._workloads = look.assessment.workloads
        self._scope = sorted(scope & judged.judgements.keys())
        self._tenants = {one: judged.claims[one].tenant for one in judged.judgements}
        self._own = {self._tenants[workload] for workload in self._scope}
        self._others = [one for one, owner in self._tenants.items() if owner not in self._own]
        self._found: dict[tuple[str, bool], _Found] = {}

    def found(self) -> tuple[Candidate, ...]:
        for workload in self._scope:
            for aspect in ASPECTS:
                self._add_own(workload, aspect)
        self._add_neighbours()
        for identity in HOST_WIDE:
            if (identity, False) in self._found:
                everywhere = (one for one in self._judgements if self._open(one, identity))
                self._found[identity, False].workloads.update(everywhere)
        made = [
            Candidate(
                identity,
                one.direction,
                frozenset(one.workloads),
                one.on_neighbours,
                not one.known,
                len(one.verdicts),
                one.rung,
            )
            for (identity, _), one in self._found.items()
            if one.workloads
        ]
        directions = list(Direction)
        return tuple(
            sorted(
                made,
                key=lambda one: (
                    directions.index(one.direction),
                    -one.needed_by,
                    one.unknown,
                    one.rung,
                    one.id,
                ),
            )
        )

    def _add_own(self, workload: str, aspect: Aspect) -> None:
        lacking = self._required(workload, aspect)
        for identity, rung in self._needs(workload, aspect):
            if identity in _SUPPOSABLE:
                entry = self._entry(identity, aspect.direction, rung, on_neighbours=False)
                entry.workloads.add(workload)
                self._note(entry, workload, aspect, identity, needed=rung <= lacking)
            for theirs in _IN_NEIGHBOUR.get(identity, ()):
                entry = self._entry(theirs, aspect.direction, rung, on_neighbours=True)
                self._note(entry, workload, aspect, identity, needed=rung <= lacking)

    def _add_neighbours(self) -> None:
        """Fills in the neighbours in whom something would have to be settled. Where several
        tenants are asked about, they are each other's neighbours."""
        for quality in Property:
            self._add_owners(Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality))
        for (identity, on_neighbours), entry in self._found.items():
            if on_neighbours and not entry.workloads:
                entry.workloads.update(one for one in self._others if self._open(one, identity))
            own = self._found.get((identity, False))
            if on_neighbours and own is not None and len(self._own) > 1:
                own.verdicts |= entry.verdicts

    def _add_owners(self, aspect: Aspect) -> None:
        """Neighbours that can, or may, take the host, and what lets them."""
        theirs = host_aspect(aspect.property)
        held = [(one, aspect) for one in self._scope if self._required(one, aspect) > 0]
        letting: dict[str, set[str]] = {}
        for other in self._judgements:
            if self._workloads[other].verdicts[theirs].low == 0:
                for identity in LADDERS[theirs].rungs[1].needs:
                    if identity in _SUPPOSABLE and self._open(other, identity):
                        letting.setdefault(identity, set()).add(other)
        for identity, owners in letting.items():
            outside = [one for one in owners if self._tenants[one] not in self._own]
            if outside and self._scope:
                entry = self._entry(identity, aspect.direction, 1, on_neighbours=True)
                entry.workloads.update(outside)
                entry.known = entry.known or any(self._known(one, identity) for one in outside)
                entry.verdicts.update(held)
            entry_of_own = self._found.get((identity, False))
            tenants = {self._tenants[one] for one in owners} & self._own
            if entry_of_own is not None and len(self._own) > 1:
                entry_of_own.verdicts.update(
                    (one, which) for one, which in held if tenants - {self._tenants[one]}
                )

    def _needs(self, workload: str, aspect: Aspect) -> Iterator[tuple[str, int]]:
        """What does not speak for a workload, with the rung that needs it."""
        for rung in LADDERS[aspect].rungs[1:]:
            for identity in rung.needs:
                if self._open(workload, identity):
                    yield identity, rung.level

    def _required(self, workload: str, aspect: Aspect) -> int:
        """The rung that is required and not certainly reached; 0 where there is none."""
        verdict = self._workloads[workload].verdicts[aspect]
        return verdict.required or 0 if verdict.low < (verdict.required or 0) else 0

    def _entry(
        self, identity: str, direction: Direction, rung: int, *, on_neighbours: bool
    ) -> _Found:
        key = identity, on_neighbours
        entry = self._found.setdefault(key, _Found(direction, on_neighbours, rung))
        entry.rung = min(entry.rung, rung)
        return entry

    def _note(
        self, entry: _Found, workload: str, aspect: Aspect, identity: str, *, needed: bool
    ) -> None:
        entry.known = entry.known or self._known(workload, identity)
        if needed:
            entry.verdicts.add((workload, aspect))

    def _open(self, workload: str, identity: str) -> bool:
        return not speaks_for(identity, self._judgement(workload, identity))

    def _known(self, workload: str, identity: str) -> bool:
        return self._judgement(workload, identity).holds is not None

    def _judgement(self, workload: str, identity: str) -> Judgement:
        """Kept as long as the same workload is asked about."""
        if self._asked[0] != workload:
            self._asked = workload, aside(self._judgements[workload])
        return self._asked[1][identity]


def remedies_of(judged: JudgedInventory, findings: Iterable[tuple[str, str]]) -> Suppositions:
    """What to suppose so that findings no longer hold their workloads: on the neighbours where
    these decide. Nothing for what only a better look settles.

    Args:
        judged: what was judged.
        findings: ids of measures and exposures with the ids of their workloads; where two need a
            move, the later one counts.

    Raises:
        KeyError: no such workload is judged.
    """
    on: dict[str, list[str]] = {}
    for identity, workload in findings:
        on.setdefault(identity, []).append(workload)
    found = NOTHING
    for identity, workloads in on.items():
        found = found.joined(_remedy(judged, identity, workloads))
    return found


def _remedy(judged: JudgedInventory, identity: str, workloads: list[str]) -> Suppositions:
    if identity in _SUPPOSABLE:
        return NOTHING.settling(identity, workloads)
    if identity in BY_MOVING:
        return NOTHING.moving(workloads, BY_MOVING[identity])
    needs = _IN_NEIGHBOUR.get(identity, ())
    if identity == NEIGHBOUR_OWNS_THE_HOST.id:
        needs = LADDERS[host_aspect(Property.CONFIDENTIALITY)].rungs[1].needs
    own = {judged.claims[workload].tenant for workload in workloads}
    found = NOTHING
    for need in needs:
        wanted = [
            one
            for one, judgements in judged.judgements.items()
            if (len(own) > 1 or judged.claims[one].tenant not in own)
            and not speaks_for(need, aside(judgements)[need])
        ]
        found = found.settling(need, wanted)
    return found
