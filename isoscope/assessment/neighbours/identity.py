"""User ids and MAC labels that workloads of different tenants have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from isoscope.assessment.judgement import Judgement, settled
from isoscope.assessment.neighbours.interval_index import Held, IntervalIndex
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import SecurityLabel

_NO_BARRIER = "no other tenant has its host user ids without a MAC barrier between"


@dataclass(frozen=True, slots=True)
class _Identity:
    """What the host takes a workload's processes for."""

    ranges: tuple[tuple[int, int], ...] | None
    """Host user ids that its processes may take; None: not known."""
    ids: Observation[object]
    label: Observation[SecurityLabel]

    @property
    def unknown(self) -> Observation[object] | None:
        """The observation that keeps it unknown."""
        if self.ranges is None:
            return self.ids
        return None if self.label.known else self.label


@dataclass(frozen=True)
class Identities:
    """Judgements on identity, one of each per workload."""

    shared_ids: list[Judgement]
    """Whether another tenant has the same host user ids and no MAC label stands between."""
    distinct_ids: list[Judgement]
    """Whether no other tenant has any of its host user ids."""
    shared_categories: list[Judgement]
    """Whether another tenant has the same SELinux categories."""
    distinct_labels: list[Judgement]
    """Whether its MAC label is enforced and no other tenant's is the same or lets it through."""


@dataclass(slots=True)
class _Index:
    all_ranges: IntervalIndex
    unlabelled: IntervalIndex
    """Ranges of workloads that no MAC label confines."""
    by_label: dict[str, IntervalIndex]
    labels: dict[str, Group] = field(default_factory=dict)
    unlabelled_group: Group = field(default_factory=Group)
    unread: Group = field(default_factory=Group)


def identities(neighbours: Neighbours) -> Identities:
    """Compares what the host takes the workloads for."""
    own = [_identity(neighbours, index) for index in range(len(neighbours.workloads))]
    index = _build(neighbours, own)
    places = range(len(own))
    return Identities(
        [_shared_ids(neighbours, place, own, index) for place in places],
        [_distinct_ids(neighbours, place, own, index) for place in places],
        [_shared_categories(neighbours, place, own, index) for place in places],
        [_distinct_labels(neighbours, place, own, index) for place in places],
    )


def _identity(neighbours: Neighbours, index: int) -> _Identity:
    """A container may take every id that its map gives it; a VMM has the ids that it runs with."""
    process = neighbours.process(index)
    if neighbours.workloads[index].own_kernel:
        ids = process.host_user_ids
        taken = None if ids.value is None else tuple((uid, uid + 1) for uid in sorted(ids.value))
        return _Identity(taken, ids, process.label)
    extents = process.user_id_map
    ranges = (
        None
        if extents.value is None
        else tuple((item.outside, item.outside + item.length) for item in extents.value)
    )
    return _Identity(ranges, extents, process.label)


def _build(neighbours: Neighbours, own: list[_Identity]) -> _Index:
    everyone: list[Held] = []
    unlabelled: list[Held] = []
    by_label: dict[str, list[Held]] = defaultdict(list)
    labels: dict[str, Group] = defaultdict(Group)
    unlabelled_group, unread = Group(), Group()
    for place, identity in enumerate(own):
        if identity.unknown is not None:
            neighbours.add(unread, place)
        label = identity.label.value
        held = [Held(start, end, place) for start, end in identity.ranges or ()]
        everyone += held
        if label is None:
            continue
        if label.enforced:
            by_label[label.label] += held
            neighbours.add(labels[label.label], place)
        else:
            unlabelled += held
            neighbours.add(unlabelled_group, place)
            if label.categories:
                neighbours.add(labels[label.label], place)
    return _Index(
        IntervalIndex(everyone),
        IntervalIndex(unlabelled),
        {label: IntervalIndex(held) for label, held in by_label.items()},
        labels,
        unlabelled_group,
        unread,
    )


def _overlapping(
    neighbours: Neighbours, place: int, identity: _Identity, indexes: Iterable[IntervalIndex]
) -> tuple[list[int], list[int]]:
    """Strangers, and possible strangers, that hold any of its ids."""
    possible: list[int] = []
    for index in indexes:
        for start, end in identity.ranges or ():
            for holders in index.overlapping(start, end):
                group = neighbours.cached_group(holders)
                others = neighbours.strangers(group, place)
                if others:
                    return others, []
                possible = possible or neighbours.possible_strangers(group, place)
    return [], possible


def _shared_ids(
    neighbours: Neighbours, place: int, own: list[_Identity], index: _Index
) -> Judgement:
    identity = own[place]
    if identity.ranges is None:
        return _unless_alone(neighbours, place, identity.ids)
    label = identity.label.value
    attackers = [index.unlabelled]
    if label is not None and label.enforced and label.label in index.by_label:
        attackers.append(index.by_label[label.label])
    others, possible = _overlapping(neighbours, place, identity, attackers)
    if others:
        first = own[others[0]]
        says = (
            f"{neighbours.names(others)} runs with the same host user ids, and no MAC label stands "
            "between"
        )
        judgement = settled(True, says, identity.ids, first.ids, first.label)
        return replace(judgement, others=neighbours.ids(others))
    if possible:
        says = f"{neighbours.names(possible)} runs with the same host user ids"
        return neighbours.unclear_tenant(says, possible, identity.ids)
    return _hidden(neighbours, place, own, index) or neighbours.alone(
        _NO_BARRIER, identity.ids, identity.label
    )


def _distinct_ids(
    neighbours: Neighbours, place: int, own: list[_Identity], index: _Index
) -> Judgement:
    identity = own[place]
    if identity.ranges is None:
        return _unless_alone(neighbours, place, identity.ids, holds=True)
    others, possible = _overlapping(neighbours, place, identity, [index.all_ranges])
    if others:
        says = f"{neighbours.names(others)} has host user ids in common with it"
        return replace(
            settled(False, says, identity.ids, own[others[0]].ids), others=neighbours.ids(others)
        )
    if possible:
        says = f"{neighbours.names(possible)} has host user ids in common with it"
        return neighbours.unclear_tenant(says, possible, identity.ids)
    return _hidden(neighbours, place, own, index) or settled(
        True, "no other tenant has any of its host user ids", neighbours.process_table, identity.ids
    )


def _shared_categories(
    neighbours: Neighbours, place: int, own: list[_Identity], index: _Index
) -> Judgement:
    observation = own[place].label
    label = observation.value
    if label is None:
        return _unless_alone(neighbours, place, observation)
    if label.module != "selinux":
        return neighbours.alone("SELinux gives it no categories", observation)
    group = index.labels.get(label.label, Group())
    others = neighbours.strangers(group, place)
    if others:
        says = f"{neighbours.names(others)} has the same SELinux context {label.label}"
        return replace(
            settled(True, says, observation, own[others[0]].label), others=neighbours.ids(others)
        )
    possible = neighbours.possible_strangers(group, place)
    if possible:
        says = f"{neighbours.names(possible)} has the same SELinux context {label.label}"
        return neighbours.unclear_tenant(says, possible, observation)
    return _hidden(neighbours, place, own, index) or neighbours.alone(
        "no other tenant has its SELinux categories", observation
    )


def _distinct_labels(
    neighbours: Neighbours, place: int, own: list[_Identity], index: _Index
) -> Judgement:
    observation = own[place].label
    label = observation.value
    if label is None:
        return _unless_alone(neighbours, place, observation, holds=True)
    if not label.enforced:
        says = "no MAC label is enforced on it" + (f": {label.label}" if label.label else "")
        return settled(False, says, observation)
    for group, words in (
        (index.labels[label.label], f"has the same label {label.label}"),
        (index.unlabelled_group, "is confined by no MAC label"),
    ):
        others = neighbours.strangers(group, place)
        if others:
            says = f"{neighbours.names(others)} {words}"
            return replace(
                settled(False, says, observation, own[others[0]].label),
                others=neighbours.ids(others),
            )
        possible = neighbours.possible_strangers(group, place)
        if possible:
            says = f"{neighbours.names(possible)} {words}"
            return neighbours.unclear_tenant(says, possible, observation)
    return _hidden(neighbours, place, own, index) or settled(
        True,
        f"its label {label.label} is enforced and no other tenant's",
        neighbours.process_table,
        observation,
    )


def _hidden(
    neighbours: Neighbours, place: int, own: list[_Identity], index: _Index
) -> Judgement | None:
    """Unknown because its own or a neighbour's identity is."""
    unknown = own[place].unknown
    if unknown is not None and neighbours.has_neighbours(place):
        return neighbours.unclear(unknown)
    others = neighbours.strangers(index.unread, place) or neighbours.possible_strangers(
        index.unread, place
    )
    theirs = own[others[0]].unknown if others else None
    return None if theirs is None else neighbours.unclear(theirs)


def _unless_alone(
    neighbours: Neighbours, place: int, observation: Observation[object], *, holds: bool = False
) -> Judgement:
    if neighbours.has_neighbours(place):
        return neighbours.unclear(observation)
    return settled(holds, "no other tenant runs here", neighbours.process_table)
