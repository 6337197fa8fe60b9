"""Everything that one workload shares with other tenants, under the ids of the measures and
exposures that it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from isoscope.assessment.judgement import Judgement, settled, undecided
from isoscope.assessment.neighbours.identity import identities
from isoscope.assessment.neighbours.limits import neighbours_limits, reserved_shares
from isoscope.assessment.neighbours.namespaces import in_host_pid_namespace, shared_namespaces
from isoscope.assessment.neighbours.networks import shared_segments
from isoscope.assessment.neighbours.relations import Group, Neighbourhood, Neighbours
from isoscope.assessment.neighbours.storage import shared_storage
from isoscope.assessment.verdict import TenantClaim
from isoscope.inventory.inventory import Inventory


def survey(inventory: Inventory, claims: Mapping[str, TenantClaim]) -> dict[str, Neighbourhood]:
    """For each running workload, by id: what holds between it and the other tenants."""
    neighbours = Neighbours.of(inventory, claims)
    storage = shared_storage(neighbours)
    identity = identities(neighbours)
    judged: dict[str, list[Judgement]] = {
        "shared-namespace": shared_namespaces(neighbours),
        "neighbour-in-host-pid-namespace": in_host_pid_namespace(neighbours),
        "shared-writable-storage": storage.writable,
        "shared-readable-storage": storage.readable,
        "shared-network-segment": shared_segments(neighbours),
        "shared-host-user-ids": identity.shared_ids,
        "distinct-host-user-ids": identity.distinct_ids,
        "shared-mcs-categories": identity.shared_categories,
        "distinct-mac-label": identity.distinct_labels,
        "same-page-merging": _page_merging(neighbours),
        "kernels-apart": _kernels_apart(neighbours),
        "unseen-workloads": _unseen(neighbours),
        "has-neighbours": _has_neighbours(neighbours),
        "share-reserved": reserved_shares(neighbours),
        **neighbours_limits(neighbours),
    }
    return {
        workload.id: {key: judgements[index] for key, judgements in judged.items()}
        for index, workload in enumerate(neighbours.workloads)
    }


def _has_neighbours(neighbours: Neighbours) -> list[Judgement]:
    return [
        settled(
            neighbours.has_neighbours(index),
            "other tenants run here"
            if neighbours.has_neighbours(index)
            else "no other tenant runs here",
            neighbours.process_table,
        )
        for index in range(len(neighbours.workloads))
    ]


def _unseen(neighbours: Neighbours) -> list[Judgement]:
    """Whether workloads may run here that nobody saw: they could share anything."""
    holes = [hole for hole in neighbours.inventory.holes if hole.hides_workloads]
    if not holes:
        seen = neighbours.alone("every process of the host was seen")
        return [seen] * len(neighbours.workloads)
    unknown = holes[0].observation.doubt
    says = f"workloads may run unseen: {holes[0].what}"
    judgement = undecided(replace(unknown, explanation=says), *(hole.observation for hole in holes))
    return [judgement] * len(neighbours.workloads)


def _kernels_apart(neighbours: Neighbours) -> list[Judgement]:
    """Whether a workload and all other tenants' workloads have kernels of their own."""
    on_host_kernel = neighbours.group(
        index for index, workload in enumerate(neighbours.workloads) if not workload.own_kernel
    )
    found = []
    for index, workload in enumerate(neighbours.workloads):
        others = neighbours.strangers(on_host_kernel, index)
        possible = neighbours.possible_strangers(on_host_kernel, index)
        if not workload.own_kernel:
            found.append(settled(False, "it runs on the host's kernel", neighbours.process_table))
        elif others:
            says = f"{neighbours.names(others)} runs on the host's kernel"
            judgement = settled(False, says, neighbours.process_table)
            found.append(replace(judgement, others=neighbours.ids(others)))
        elif possible:
            says = f"{neighbours.names(possible)} runs on the host's kernel"
            found.append(neighbours.unclear_tenant(says, possible, neighbours.process_table))
        else:
            says = "it and every other tenant's workload has a kernel of its own"
            found.append(settled(True, says, neighbours.process_table))
    return found


def _page_merging(neighbours: Neighbours) -> list[Judgement]:
    """Whether KSM merges pages of a workload with those of another tenant: Documentation/
    admin-guide/mm/ksm.rst."""
    running = neighbours.inventory.host.page_merging
    count = len(neighbours.workloads)
    if running.value is False:
        return [neighbours.alone("KSM does not run", running)] * count
    mergeable, unread = Group(), Group()
    for index in range(count):
        value = neighbours.process(index).mergeable.value
        if value is None:
            neighbours.add(unread, index)
        elif value:
            neighbours.add(mergeable, index)
    found = []
    for index in range(count):
        own = neighbours.process(index).mergeable
        others = neighbours.strangers(mergeable, index)
        maybe = (
            others
            or neighbours.possible_strangers(mergeable, index)
            or neighbours.strangers(unread, index)
            or neighbours.possible_strangers(unread, index)
        )
        if own.value is False or not maybe:
            found.append(neighbours.alone("its pages are merged with no other tenant's", own))
        elif running.value is None:
            found.append(neighbours.unclear(running))
        elif own.value is None:
            found.append(neighbours.unclear(own))
        elif others:
            says = f"KSM may merge its pages with those of {neighbours.names(others)}"
            theirs = neighbours.process(others[0]).mergeable
            judgement = settled(True, says, running, own, theirs)
            found.append(replace(judgement, others=neighbours.ids(others)))
        else:
            theirs = neighbours.process(maybe[0]).mergeable
            if theirs.known:
                says = f"KSM may merge its pages with those of {neighbours.names(maybe)}"
                found.append(neighbours.unclear_tenant(says, maybe, running, own))
            else:
                found.append(neighbours.unclear(theirs))
    return found
