"""What the judgements on all workloads mean to somebody who believes certain parties.

The rungs are worked out for all of them at once; the findings that say why, in words, are made for
those that are asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import TypeVar

from isoscope.assessment.catalogue import CATALOGUE, aspects_of
from isoscope.assessment.evaluation import (
    Standing,
    cap,
    capped,
    finding_of,
    rungs_of,
    stand,
    weigh,
)
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import aside
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST, through_host
from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.freeing import emptied
from isoscope.inventory.observation import Party

T = TypeVar("T")
Rungs = Mapping[Aspect, tuple[int, int]]
"""The low and the high rung on each ladder."""

_HOME = {
    identity: next(
        (aspect.direction for aspect in aspects_of(identity)), Direction.HOST_FROM_WORKLOAD
    )
    for identity in CATALOGUE
}
"""The direction in which each measure or exposure is shown, in the order of the catalogue."""


class OnDemand(Mapping[str, T]):
    """Things by workload id, each made when it is first asked for."""

    def __init__(self, ids: Mapping[str, object], make: Callable[[str], T]) -> None:
        self._ids = ids
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, workload: str) -> T:
        if workload not in self._ids:
            raise KeyError(workload)
        made = self._made.get(workload)
        if made is None:
            made = self._made[workload] = self._make(workload)
        return made

    def forget(self) -> None:
        """Frees what was made; it is made again when it is asked for again."""
        emptied(self._made)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


@dataclass(frozen=True)
class Conclusions:
    """The rungs of all workloads, and how to come to them in words."""

    judgements: Mapping[str, Mapping[str, Judgement]]
    believed: Mapping[Direction, frozenset[Party]]
    rungs: Mapping[str, Rungs]
    through_host: Mapping[str, Mapping[Property, Finding]] = field(repr=False)

    @classmethod
    def of(
        cls,
        neighbours: Neighbours,
        judgements: Mapping[str, Mapping[str, Judgement]],
        viewpoint: Viewpoint,
    ) -> Conclusions:
        """What judgements mean from a viewpoint."""
        believed = {direction: viewpoint.believed(direction) for direction in Direction}
        own = [_rungs(judgements[each.id], believed) for each in neighbours.workloads]
        rungs: dict[str, Rungs] = {}
        through: dict[str, Mapping[Property, Finding]] = {}
        for workload, found, by_property in zip(
            neighbours.workloads, own, through_host(neighbours, own), strict=True
        ):
            through[workload.id] = by_property
            rungs[workload.id] = found | {
                Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality): cap(
                    found[Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality)],
                    finding,
                    found[Aspect(Direction.WORKLOAD_FROM_HOST, quality)],
                )
                for quality, finding in by_property.items()
            }
        return cls(judgements, believed, rungs, through)

    @cached_property
    def _asked(self) -> OnDemand[Mapping[str, Judgement]]:
        return OnDemand(self.rungs, lambda workload: aside(self.judgements[workload]))

    @cached_property
    def standings(self) -> OnDemand[Mapping[Aspect, Standing]]:
        """The standings of each workload."""
        return OnDemand(self.rungs, self._standings)

    @cached_property
    def findings(self) -> OnDemand[tuple[Finding, ...]]:
        """All findings on each workload, in the catalogue's order, as the first direction sees each
        that needs it; one that no ladder needs as host from workload sees it."""
        return OnDemand(self.rungs, self._findings)

    def forget(self) -> None:
        """Frees the words that were made of it."""
        for made in (self._asked, self.standings, self.findings):
            made.forget()

    def _finding(self, workload: str, direction: Direction, identity: str) -> Finding:
        judgement = self._asked[workload][identity]
        return finding_of(CATALOGUE[identity], workload, judgement, self.believed[direction])

    def _standings(self, workload: str) -> Mapping[Aspect, Standing]:
        find = cache(partial(self._finding, workload))  # ladders of one direction share needs
        found = {
            aspect: stand(ladder, partial(find, aspect.direction))
            for aspect, ladder in LADDERS.items()
        }
        for quality, finding in self.through_host[workload].items():
            aspect = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality)
            from_host = found[Aspect(Direction.WORKLOAD_FROM_HOST, quality)]
            found[aspect] = capped(found[aspect], finding, from_host)
        return found

    def _findings(self, workload: str) -> tuple[Finding, ...]:
        decided_by_neighbours = self.through_host[workload][Property.CONFIDENTIALITY]
        return tuple(
            decided_by_neighbours
            if identity == NEIGHBOUR_OWNS_THE_HOST.id
            else self._finding(workload, direction, identity)
            for identity, direction in _HOME.items()
        )


def _rungs(
    judgements: Mapping[str, Judgement], believed: Mapping[Direction, frozenset[Party]]
) -> dict[Aspect, tuple[int, int]]:
    """The rungs of one workload, a neighbour that owns the host left out."""
    weighed = {parties: _Weighed(judgements, parties) for parties in believed.values()}
    return {
        aspect: rungs_of(LADDERS[aspect], weighed[believed[aspect.direction]].__getitem__)
        for aspect in ASPECTS
    }


class _Weighed(dict[str, bool | None]):
    """What each need says to somebody who believes these parties, weighed once: directions with
    the same adversary share it."""

    def __init__(self, judgements: Mapping[str, Judgement], believed: frozenset[Party]) -> None:
        super().__init__()
        self._judgements = judgements
        self._believed = believed

    def __missing__(self, need: str) -> bool | None:
        found = self[need] = weigh(CATALOGUE[need].kind, self._judgements[need], self._believed)
        return found
