"""Host user ids that workloads of different tenants have in common: ``user_namespaces(7)``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from isoscope.assessment.judgement import Judgement, failing, holding, with_others
from isoscope.assessment.neighbours.interval_index import Held, IntervalIndex
from isoscope.assessment.neighbours.mac_labels import Domain, Labels, domain_of
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import NamespaceKind

_EVERY_ID = ((0, 2**32),)


class _Ids(NamedTuple):
    """The user ids of the host that a workload's processes may take."""

    ranges: tuple[tuple[int, int], ...] | None
    """None: not known."""
    observation: Observation[object]


@dataclass(slots=True)
class _Index:
    own: list[_Ids]
    unread: Group = field(default_factory=Group)
    """Workloads whose ids are not known."""
    everyone: IntervalIndex = field(default_factory=lambda: IntervalIndex(()))
    unconfined: IntervalIndex = field(default_factory=lambda: IntervalIndex(()))
    """Ids of workloads that no MAC label confines."""
    confined: dict[Domain, IntervalIndex] = field(default_factory=dict)


class HostIds(NamedTuple):
    """Judgements on host user ids, one of each per workload."""

    shared: list[Judgement]
    """Whether another tenant has the same and no MAC label stands between."""
    distinct: list[Judgement]
    """Whether no other tenant has any of them."""


def host_ids(neighbours: Neighbours, labels: Labels) -> HostIds:
    """Compares the user ids that the workloads have on the host."""
    index = _Index([_ids(neighbours, place) for place in range(len(neighbours.workloads))])
    _fill(neighbours, index, labels)
    everyone = range(len(neighbours.workloads))
    return HostIds(
        [_shared(neighbours, place, index, labels) for place in everyone],
        [_distinct(neighbours, place, index) for place in everyone],
    )


def _ids(neighbours: Neighbours, index: int) -> _Ids:
    """A container may take every id that its map gives it, and every id at all in the host's user
    namespace; a VMM has the ids that it runs with."""
    process = neighbours.process(index)
    if neighbours.workloads[index].behind_own_kernel:
        ids = process.host_user_ids
        taken = None if ids.value is None else tuple((uid, uid + 1) for uid in sorted(ids.value))
        return _Ids(taken, ids)
    in_host = process.in_host_namespace[NamespaceKind.USER]
    if in_host.value:
        return _Ids(_EVERY_ID, in_host)
    extents = process.user_id_map
    if in_host.value is None:
        return _Ids(None, in_host)
    if extents.value is None:
        return _Ids(None, extents)
    return _Ids(tuple((e.outside, e.outside + e.length) for e in extents.value), extents)


def _fill(neighbours: Neighbours, index: _Index, labels: Labels) -> None:
    everyone: list[Held] = []
    unconfined: list[Held] = []
    confined: dict[Domain, list[Held]] = defaultdict(list)
    for place, ids in enumerate(index.own):
        if ids.ranges is None:
            neighbours.add(index.unread, place)
            continue
        held = [Held(start, end, place) for start, end in ids.ranges]
        everyone += held
        label = labels.label(place).value
        if label is not None:
            (confined[domain_of(label)] if label.enforced else unconfined).extend(held)
    index.everyone = IntervalIndex(everyone)
    index.unconfined = IntervalIndex(unconfined)
    index.confined = {domain: IntervalIndex(held) for domain, held in confined.items()}


def _overlapping(
    neighbours: Neighbours, place: int, index: _Index, held: Iterable[IntervalIndex]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Strangers, and possible strangers, that hold any of its ids."""
    possible: tuple[int, ...] = ()
    if not neighbours.has_neighbours(place):
        return (), ()
    for intervals in held:
        for start, end in index.own[place].ranges or ():
            for holders in intervals.overlapping(start, end):
                group = neighbours.cached_group(holders)
                others = neighbours.strangers(group, place)
                if others:
                    return others, ()
                possible = possible or neighbours.possible_strangers(group, place)
    return (), possible


def _shared(neighbours: Neighbours, place: int, index: _Index, labels: Labels) -> Judgement:
    ids, label = index.own[place], labels.label(place)
    if ids.ranges is None:
        return neighbours.unclear_unless_alone(place, ids.observation)
    attackers = [index.unconfined]
    if label.value is not None and label.value.enforced:
        reaching = labels.reaching(label.value)
        attackers += [index.confined[each] for each in reaching if each in index.confined]
    others, possible = _overlapping(neighbours, place, index, attackers)
    if others:
        says = (
            f"the same host user ids as {neighbours.names(others)}, and no MAC label stands between"
        )
        theirs = (index.own[others[0]].observation, labels.label(others[0]))
        return with_others(holding(says, ids.observation, *theirs), neighbours.ids(others))
    if possible:
        says = f"the same host user ids as {neighbours.names(possible)}"
        return neighbours.unclear_tenant(says, possible, ids.observation)
    hidden = neighbours.hidden(index.unread, place)
    if hidden:
        return neighbours.unclear(index.own[hidden[0]].observation)
    if not label.known:
        return neighbours.unclear_unless_alone(place, label)
    hidden = neighbours.hidden(labels.unread, place)
    if hidden:
        return neighbours.unclear(labels.label(hidden[0]))
    says = "no other tenant has its host user ids without a MAC barrier between"
    return neighbours.alone(says, ids.observation, label)


def _distinct(neighbours: Neighbours, place: int, index: _Index) -> Judgement:
    ids = index.own[place]
    if ids.ranges is None:
        return neighbours.unclear(ids.observation)
    others, possible = _overlapping(neighbours, place, index, [index.everyone])
    if others:
        says = f"host user ids in common with {neighbours.names(others)}"
        judgement = failing(says, ids.observation, index.own[others[0]].observation)
        return with_others(judgement, neighbours.ids(others))
    if possible:
        says = f"host user ids in common with {neighbours.names(possible)}"
        return neighbours.unclear_tenant(says, possible, ids.observation)
    hidden = neighbours.hidden(index.unread, place)
    if hidden:
        return neighbours.unclear(index.own[hidden[0]].observation)
    says = "no other tenant has any of its host user ids"
    return holding(says, neighbours.process_table, ids.observation)
