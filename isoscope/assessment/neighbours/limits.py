"""What bounds a tenant's neighbours: for availability it is their limits that protect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from isoscope.assessment.judgement import (
    Judgement,
    Parties,
    all_of,
    failing,
    holding,
    negated,
    with_others,
)
from isoscope.assessment.limits import LIMITS, limits_of
from isoscope.assessment.limits_undone import limits_writable
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Limit
from isoscope.snapshot.places import ancestors

_SET_AT = {
    "memory-limited": "memory",
    "processes-limited": "processes",
    "cpu-limited": "cpu",
    "block-io-limited": "block_io",
}
"""Limits that a cgroup sets, and the facts that say which one."""


def limits(neighbours: Neighbours) -> dict[str, Sequence[Judgement]]:
    """For each limit, by its id, whether each workload has it; and under ``neighbours-`` and its
    id, whether all other tenants' workloads have it."""
    host = neighbours.inventory.host
    each = [
        limits_of(workload, kind, host)
        for workload, kind in zip(neighbours.workloads, neighbours.kinds, strict=True)
    ]
    undone = [
        limits_writable(workload, neighbours.process(index), neighbours.kinds[index])
        for index, workload in enumerate(neighbours.workloads)
    ]

    found: dict[str, Sequence[Judgement]] = {
        limit: [judged[limit] for judged in each] for limit in LIMITS
    }
    return found | neighbours_limits(neighbours, each, undone)


def neighbours_limits(
    neighbours: Neighbours,
    each: Sequence[Mapping[str, Judgement]],
    undone: Sequence[Judgement],
) -> dict[str, Sequence[Judgement]]:
    """For each limit, under ``neighbours-`` and its id, whether all other tenants' workloads have
    it.

    Args:
        neighbours: the workloads.
        each: which limits each has, by their ids, in the same order.
        undone: whether each may write its own limits.
    """

    def binding(own: Sequence[Judgement]) -> list[Judgement]:
        return list(map(_binds, own, undone))

    found: dict[str, Sequence[Judgement]] = {}
    for limit in LIMITS:
        own = [judged[limit] for judged in each]
        together = _bounded_together(neighbours, limit, own)
        apart = _of_neighbours(neighbours, own if limit not in _BY_CGROUP else binding(own))
        found[f"neighbours-{limit}"] = [
            _unless_together(neighbours, index, judgement, own, together)
            for index, judgement in enumerate(apart)
        ]
    return found


def _binds(limited: Judgement, undone: Judgement) -> Judgement:
    """Whether a limit is there and stays: one that a workload may write itself bounds it not."""
    if not limited.holds or not undone.applicable or undone.holds is False:
        return limited
    return all_of(limited, negated(undone), says=limited.says)


_BY_CGROUP = frozenset({"some-limit", *_SET_AT})


def _bounded_together(
    neighbours: Neighbours, limit: str, own: Sequence[Judgement]
) -> Mapping[str, Group]:
    """Containers that have a limit, by the cgroup at which it is set. That of a VM's memory is its
    size, and that of CPUs may be the CPUs that it runs on: nobody shares those by his cgroup."""
    found: dict[str, Group] = defaultdict(Group)
    name = _SET_AT.get(limit)
    for index, judgement in enumerate(own) if name else ():
        if judgement.holds and not neighbours.workloads[index].own_kernel:
            bound: Observation[Limit] = getattr(neighbours.process(index), name or "")
            if bound.value is not None and bound.value.amount is not None:
                neighbours.add(found[bound.value.set_at], index)
    return found


def _unless_together(
    neighbours: Neighbours,
    index: int,
    apart: Judgement,
    own: Sequence[Judgement],
    together: Mapping[str, Group],
) -> Judgement:
    """What is set at a cgroup above both bounds neither against the other: ``cgroups(7)``."""
    if not together or not (apart.holds or apart.unknown):
        return apart
    workload = neighbours.workloads[index]
    for place in ancestors(workload.attributes.cgroup):
        others = neighbours.strangers(together[place], index) if place in together else ()
        if others:
            says = f"{neighbours.names(others)}: bounded only together with it, at {place}"
            theirs = own[others[0]]
            return with_others(failing(says, *theirs.observations), neighbours.ids(others))
    return apart


def _of_neighbours(neighbours: Neighbours, own: Sequence[Judgement]) -> list[Judgement]:
    unlimited, unknown = Group(), Group()
    limited: Mapping[tuple[Parties, ...], Group] = defaultdict(Group)
    for index, judgement in enumerate(own):
        if judgement.holds or not judgement.applicable:
            neighbours.add(limited[judgement.rests_on], index)
        else:
            neighbours.add(unlimited if judgement.holds is False else unknown, index)

    def judge(index: int) -> Judgement:
        others = neighbours.strangers(unlimited, index)
        if others:
            theirs = own[others[0]]
            says = f"{neighbours.names(others)}: {theirs.says}"
            return with_others(failing(says, *theirs.observations), neighbours.ids(others))
        possible = neighbours.possible_strangers(unlimited, index)
        if possible:
            theirs = own[possible[0]]
            says = f"{neighbours.names(possible)}: {theirs.says}"
            return neighbours.unclear_tenant(says, possible, *theirs.observations)
        hidden = neighbours.hidden(unknown, index)
        if hidden:
            return neighbours.unclear_of(own[hidden[0]], hidden)
        says = "every other tenant's workloads have it"
        seen = holding(says, neighbours.process_table)
        theirs_have_it = (
            own[having[0]]
            for group in limited.values()
            if (having := neighbours.hidden(group, index))
        )
        return all_of(seen, *theirs_have_it, says=says)

    return neighbours.for_each(judge)
