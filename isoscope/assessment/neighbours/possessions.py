"""Things of which a workload has some and another tenant's may have the same.

The index goes from each thing to those who have it. A thing that nobody else has costs one entry;
workloads that have exactly the same things, as the containers of one image do, are compared with
the other tenants once for all of a tenant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from isoscope.assessment.judgement import Judgement, holding, with_others
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


@dataclass(slots=True)
class _Met:
    """Whom a workload with these things meets."""

    others: dict[int, None] = field(default_factory=dict)
    shared: list[str] = field(default_factory=list)
    possible: dict[int, None] = field(default_factory=dict)
    maybe_shared: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Index:
    having: dict[Hashable, Group] = field(default_factory=lambda: defaultdict(Group))
    unread: Group = field(default_factory=Group)
    met: dict[tuple[int, str], _Met] = field(default_factory=dict)
    """By the identity of the things and the tenant."""


def in_common(
    neighbours: Neighbours, each: Sequence[Possessions], wording: Wording
) -> list[Judgement]:
    """For each workload: whether another tenant's has any of its things.

    Args:
        neighbours: the workloads.
        each: what each of them has, in their order.
        wording: how that is said.
    """
    index, said = _Index(), Words(neighbours)
    for place, own in enumerate(each):
        for thing in own.things:
            neighbours.add(index.having[thing], place)
        if own.unread is not None:
            neighbours.add(index.unread, place)
        for observation in own.said:
            said.note(place, observation)
    return [_judge(neighbours, place, each, index, said, wording) for place in range(len(each))]


def _judge(
    neighbours: Neighbours,
    place: int,
    each: Sequence[Possessions],
    index: _Index,
    said: Words,
    wording: Wording,
) -> Judgement:
    own = each[place]
    met = _met(neighbours, place, own.things, index)
    if met.others:
        others = list(met.others)[:OTHERS_SHOWN]
        says = wording.shared(met.shared, neighbours.names(others))
        theirs = each[others[0]].said
        return with_others(holding(says, *own.said, *theirs), neighbours.ids(others))
    if met.possible:
        others = list(met.possible)[:OTHERS_SHOWN]
        says = wording.shared(met.maybe_shared, neighbours.names(others))
        return neighbours.unclear_tenant(says, others, *own.said)
    if own.unread is not None and neighbours.has_neighbours(place):
        return neighbours.unclear(own.unread)
    if own.things or own.unread is not None:
        hidden = neighbours.hidden(index.unread, place)
        unread = each[hidden[0]].unread if hidden else None
        if unread is not None:
            return neighbours.unclear(unread)
    theirs_too = said.of_others(place) if own.things else ()
    return neighbours.alone(wording.none, *own.said, *theirs_too)


def _met(neighbours: Neighbours, place: int, things: Things, index: _Index) -> _Met:
    """The other side of these things: the same for all of a tenant that have the same."""
    key = id(things), neighbours.claims[place].tenant
    if key not in index.met:
        found = index.met[key] = _Met()
        for thing, name in things.items():
            group = index.having[thing]
            others = neighbours.strangers(group, place)
            if others:
                found.others.update(dict.fromkeys(others))
                found.shared.append(name)
                continue
            possible = neighbours.possible_strangers(group, place)
            if possible:
                found.possible.update(dict.fromkeys(possible))
                found.maybe_shared.append(name)
    return index.met[key]
