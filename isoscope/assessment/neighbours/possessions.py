"""Things of which a workload has some and another tenant's may have the same.

The index goes from each thing to those who have it. A thing that nobody else has costs one entry;
workloads that have exactly the same things, as the containers of one image do, are compared with
the other tenants once for all of a tenant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.assessment.verdict import OTHERS_SHOWN
from isoscope.inventory.observation import Observation

Things = Mapping[Hashable, str]
"""By what makes it one thing and no other: its name for a person."""

NOTHING: Things = {}


@dataclass(frozen=True, slots=True)
class Possessions:
    """What one workload has of a kind."""

    things: Things
    said: tuple[Observation[object], ...]
    """What says so."""
    unread: Observation[object] | None = None
    """What keeps from saying that it has no more."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How what is found is said."""

    shared: Callable[[Sequence[str], str], str]
    """From names of things, of which there is at least one, and the names of the neighbours."""
    none: str
    """That nothing is shared."""


@dataclass(frozen=True, slots=True)
class _Met:
    """Whom a workload with these things meets, or may meet, and how that is said."""

    others: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    says: str = ""
    certain: bool = False


@dataclass(slots=True)
class _Index:
    having: dict[Hashable, Group] = field(default_factory=lambda: defaultdict(Group))
    unread: Group = field(default_factory=Group)
    met: dict[tuple[int, str], _Met] = field(default_factory=dict)
    """By the identity of the things and the tenant."""
    said: Words | None = None
    """What is said of each, gathered when somebody first has something that nobody else has."""


def in_common(
    neighbours: Neighbours, each: Sequence[Possessions], wording: Wording
) -> list[Judgement]:
    """For each workload: whether another tenant's has any of its things.

    Args:
        neighbours: the workloads.
        each: what each of them has, in their order.
        wording: how that is said.
    """
    index = _Index()
    for place, own in enumerate(each):
        for thing in own.things:
            neighbours.add(index.having[thing], place)
        if own.unread is not None:
            neighbours.add(index.unread, place)
    return [_judge(neighbours, place, each, index, wording) for place in range(len(each))]


def _judge(
    neighbours: Neighbours,
    place: int,
    each: Sequence[Possessions],
    index: _Index,
    wording: Wording,
) -> Judgement:
    own = each[place]
    if own.things:
        met = _met(neighbours, place, own.things, index, wording)
        if met.certain:
            observations = (*own.said, *each[met.others[0]].said)
            return Judgement(True, met.says, observations, others=met.ids)
        if met.others:
            return neighbours.unclear_tenant(met.says, met.others, *own.said)
    if own.unread is not None and neighbours.has_neighbours(place):
        return neighbours.unclear(own.unread)
    if own.things or own.unread is not None:
        hidden = neighbours.hidden(index.unread, place)
        unread = each[hidden[0]].unread if hidden else None
        if unread is not None:
            return neighbours.unclear(unread)
    if not own.things:
        return neighbours.alone(wording.none, *own.said)
    if index.said is None:
        index.said = _all_said(neighbours, each)
    return neighbours.alone(wording.none, *own.said, *index.said.of_others(place))


def _all_said(neighbours: Neighbours, each: Sequence[Possessions]) -> Words:
    said = Words(neighbours)
    for place, own in enumerate(each):
        for observation in own.said:
            said.note(place, observation)
    return said


def _met(
    neighbours: Neighbours, place: int, things: Things, index: _Index, wording: Wording
) -> _Met:
    """The other side of these things: the same for all of a tenant that have the same."""
    key = id(things), neighbours.claims[place].tenant
    if key not in index.met:
        groups = [(name, index.having[thing]) for thing, name in things.items()]
        met = [(name, neighbours.strangers(group, place)) for name, group in groups]
        certain = any(others for _, others in met)
        if not certain:
            met = [(name, neighbours.possible_strangers(group, place)) for name, group in groups]
        names = [name for name, others in met if others]
        others = tuple(dict.fromkeys(chain.from_iterable(others for _, others in met)))
        others = others[:OTHERS_SHOWN]
        says = wording.shared(names, neighbours.names(others)) if others else ""
        index.met[key] = _Met(others, neighbours.ids(others), says, certain)
    return index.met[key]
