"""What bounds a tenant's neighbours: for availability it is their limits that protect."""

from __future__ import annotations

from dataclasses import replace

from isoscope.assessment.judgement import Judgement, settled
from isoscope.assessment.limits import OWN_LIMITS, share_reserved
from isoscope.assessment.neighbours.relations import Group, Neighbours


def neighbours_limits(neighbours: Neighbours) -> dict[str, list[Judgement]]:
    """For each own limit, under ``neighbours-`` and its id: whether all other tenants have it."""
    return {f"neighbours-{limit}": _all_limited(neighbours, limit) for limit in OWN_LIMITS}


def _all_limited(neighbours: Neighbours, limit: str) -> list[Judgement]:
    host = neighbours.inventory.host
    judgements = [OWN_LIMITS[limit](workload, host) for workload in neighbours.workloads]
    unlimited, unknown = Group(), Group()
    for index, judgement in enumerate(judgements):
        if judgement.applicable and judgement.holds is False:
            neighbours.add(unlimited, index)
        elif judgement.applicable and judgement.holds is None:
            neighbours.add(unknown, index)
    found = []
    for index in range(len(judgements)):
        others = neighbours.strangers(unlimited, index)
        possible = neighbours.possible_strangers(unlimited, index)
        hidden = neighbours.strangers(unknown, index) or neighbours.possible_strangers(
            unknown, index
        )
        if others:
            theirs = judgements[others[0]]
            says = f"{neighbours.names(others)}: {theirs.says}"
            judgement = settled(False, says, *theirs.observations)
            found.append(replace(judgement, others=neighbours.ids(others)))
        elif possible:
            theirs = judgements[possible[0]]
            says = f"{neighbours.names(possible)}: {theirs.says}"
            found.append(neighbours.unclear_tenant(says, possible, *theirs.observations))
        elif hidden:
            theirs = judgements[hidden[0]]
            says = f"{neighbours.names(hidden)}: {theirs.says}"
            found.append(replace(theirs, says=says, others=neighbours.ids(hidden)))
        else:
            found.append(
                settled(True, "every other tenant's workloads have it", neighbours.process_table)
            )
    return found


def reserved_shares(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether its own share is set apart from all other tenants."""
    by_tenant: dict[str, frozenset[int] | None] = {}
    for index, claim in enumerate(neighbours.claims):
        cpus = neighbours.process(index).allowed_cpus.value
        before = by_tenant.get(claim.tenant, frozenset())
        by_tenant[claim.tenant] = None if cpus is None or before is None else before | cpus
    running_on: dict[int, int] = {}
    for cpus in by_tenant.values():
        for cpu in cpus or ():
            running_on[cpu] = running_on.get(cpu, 0) + 1
    unread = {tenant for tenant, cpus in by_tenant.items() if cpus is None}
    found = []
    for index, claim in enumerate(neighbours.claims):
        if unread - {claim.tenant}:
            found.append(share_reserved(neighbours.workloads[index], None))
            continue
        own = by_tenant[claim.tenant] or frozenset()
        others = frozenset(
            cpu for cpu, tenants in running_on.items() if tenants > (1 if cpu in own else 0)
        )
        found.append(share_reserved(neighbours.workloads[index], others))
    return found
