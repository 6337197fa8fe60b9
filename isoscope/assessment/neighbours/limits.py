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
    with_others,
)
from isoscope.assessment.limits import LIMITS, limits_of
from isoscope.assessment.neighbours.relations import Group, Neighbours


def limits(neighbours: Neighbours) -> dict[str, Sequence[Judgement]]:
    """For each limit, by its id, whether each workload has it; and under ``neighbours-`` and its
    id, whether all other tenants' workloads have it."""
    host = neighbours.inventory.host
    each = [
        limits_of(workload, kind, host)
        for workload, kind in zip(neighbours.workloads, neighbours.kinds, strict=True)
    ]
    found: dict[str, Sequence[Judgement]] = {}
    for limit in LIMITS:
        own = [judged[limit] for judged in each]
        found[limit] = own
        found[f"neighbours-{limit}"] = _of_neighbours(neighbours, own)
    return found


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
