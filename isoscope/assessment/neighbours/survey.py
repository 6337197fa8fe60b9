"""Everything that one workload shares with other tenants, under the ids of the measures and
exposures that it decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    undecided,
    with_others,
)
from isoscope.assessment.neighbours.cpu_modes import neighbours_on_the_cpu
from isoscope.assessment.neighbours.forging import forged_addresses
from isoscope.assessment.neighbours.host_devices import shared_devices, shared_groups
from isoscope.assessment.neighbours.keyrings import shared_keyrings
from isoscope.assessment.neighbours.limits import limits
from isoscope.assessment.neighbours.mac_labels import Labels, distinct_labels, shared_categories
from isoscope.assessment.neighbours.managers import shared_back_ends, shared_managers
from isoscope.assessment.neighbours.memory_nodes import shared_nodes
from isoscope.assessment.neighbours.memory_regions import shared_regions
from isoscope.assessment.neighbours.namespaces import in_host_pid_namespace, shared_namespaces
from isoscope.assessment.neighbours.network_places import network_places
from isoscope.assessment.neighbours.networks import shared_segments
from isoscope.assessment.neighbours.overcommit import overcommitted
from isoscope.assessment.neighbours.page_cache import same_pages
from isoscope.assessment.neighbours.power_meters import readers_of_power_meters
from isoscope.assessment.neighbours.published import published_ports
from isoscope.assessment.neighbours.relations import (
    Group,
    Neighbourhood,
    Neighbours,
    Words,
)
from isoscope.assessment.neighbours.routes import firewall_between, routed_to
from isoscope.assessment.neighbours.shares import reserved_shares
from isoscope.assessment.neighbours.sibling_threads import siblings_apart
from isoscope.assessment.neighbours.storage import shared_storage
from isoscope.assessment.neighbours.user_ids import host_ids
from isoscope.assessment.neighbours.user_quotas import shared_quotas
from isoscope.assessment.unclaimable import unseen


def survey(neighbours: Neighbours) -> dict[str, Neighbourhood]:
    """For each running workload, by id: what holds between it and the other tenants."""
    storage = shared_storage(neighbours)
    labels = Labels(neighbours)
    ids = host_ids(neighbours, labels)
    places = network_places(neighbours)
    firewall = firewall_between(neighbours, places)
    memory, cpus = overcommitted(neighbours)
    judged: dict[str, Sequence[Judgement]] = {
        "shared-namespace": shared_namespaces(neighbours),
        "neighbour-in-host-pid-namespace": in_host_pid_namespace(neighbours),
        "shared-writable-storage": storage.writable,
        "shared-readable-storage": storage.readable,
        "shared-memory-region": shared_regions(neighbours),
        "shared-device": shared_devices(neighbours),
        "shared-iommu-group": shared_groups(neighbours),
        "shared-network-segment": shared_segments(neighbours, places, firewall),
        "routed-from-another-network": routed_to(neighbours, places, firewall),
        "published-to-neighbours": published_ports(neighbours, places),
        "neighbour-forges-addresses": forged_addresses(neighbours, places),
        "shared-host-user-ids": ids.shared,
        "distinct-host-user-ids": ids.distinct,
        "shared-mcs-categories": shared_categories(neighbours, labels),
        "distinct-mac-label": distinct_labels(neighbours, labels),
        "same-page-merging": page_merging(neighbours),
        "shared-manager": shared_managers(neighbours),
        "shared-vhost-user-back-end": shared_back_ends(neighbours),
        "memory-overcommitted": memory,
        "cpus-overcommitted": cpus,
        "neighbour-reads-power-meters": readers_of_power_meters(neighbours),
        "sibling-threads-apart": siblings_apart(neighbours),
        "shared-file-pages": same_pages(neighbours),
        "shared-memory-node": shared_nodes(neighbours),
        "shared-keyring": shared_keyrings(neighbours),
        "shared-user-quotas": shared_quotas(neighbours),
        "kernels-apart": _kernels_apart(neighbours),
        "unseen-workloads": _unseen(neighbours),
        "has-neighbours": neighbours.for_each(lambda index: _has_neighbours(neighbours, index)),
        **neighbours_on_the_cpu(neighbours),
        "share-reserved": reserved_shares(neighbours),
        **limits(neighbours),
    }
    return {
        workload.id: {key: judgements[index] for key, judgements in judged.items()}
        for index, workload in enumerate(neighbours.workloads)
    }


def _has_neighbours(neighbours: Neighbours, index: int) -> Judgement:
    if neighbours.has_neighbours(index):
        return holding("other tenants run here", neighbours.process_table)
    return neighbours.alone("no other tenant runs here")


def _unseen(neighbours: Neighbours) -> list[Judgement]:
    """Whether workloads may run here that nobody saw: they could share anything."""
    holes = unseen(neighbours.inventory)
    if not holes:
        seen = neighbours.alone("every process of the host was seen")
        return [seen] * len(neighbours.workloads)
    says = f"workloads may run unseen: {holes[0].what}"
    doubt = replace(holes[0].observation.doubt, explanation=says)
    judgement = undecided(doubt, *(hole.observation for hole in holes))
    return [judgement] * len(neighbours.workloads)


def _kernels_apart(neighbours: Neighbours) -> list[Judgement]:
    """Whether a workload and all other tenants' workloads have kernels of their own."""
    on_host_kernel = neighbours.group(
        index
        for index, workload in enumerate(neighbours.workloads)
        if not workload.behind_own_kernel and workload.sandbox is None
    )
    unclear = {
        index: workload.sandbox
        for index, workload in enumerate(neighbours.workloads)
        if workload.sandbox is not None and not workload.sandbox.known
    }
    maybe = neighbours.group(unclear)
    said = Words(neighbours)
    for index, kind in enumerate(neighbours.kinds):
        said.note(index, kind)
    found = []
    for index, workload in enumerate(neighbours.workloads):
        kind = neighbours.kinds[index]
        others = neighbours.strangers(on_host_kernel, index)
        possible = neighbours.possible_strangers(on_host_kernel, index)
        of_unknown = neighbours.hidden(maybe, index)
        if not workload.behind_own_kernel and index not in unclear:
            found.append(failing("it runs on the host's kernel", kind))
        elif others:
            says = f"on the host's kernel: {neighbours.names(others)}"
            judgement = failing(says, neighbours.kinds[others[0]])
            found.append(with_others(judgement, neighbours.ids(others)))
        elif possible:
            says = f"on the host's kernel: {neighbours.names(possible)}"
            found.append(neighbours.unclear_tenant(says, possible, neighbours.process_table))
        elif index in unclear or of_unknown:
            found.append(neighbours.unclear(unclear[index if index in unclear else of_unknown[0]]))
        else:
            says = "it and every other tenant's workload has a kernel of its own"
            theirs = said.of_others(index)
            found.append(holding(says, neighbours.process_table, kind, *theirs))
    return found


def page_merging(neighbours: Neighbours) -> list[Judgement]:
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
        maybe = neighbours.hidden(mergeable, index) or neighbours.hidden(unread, index)
        if own.value is False or not maybe:
            found.append(neighbours.alone("its pages are merged with no other tenant's", own))
        elif running.value is None:
            found.append(neighbours.unclear(running))
        elif own.value is None:
            found.append(neighbours.unclear(own))
        elif others:
            says = f"KSM may merge its pages with those of {neighbours.names(others)}"
            theirs = neighbours.process(others[0]).mergeable
            judgement = holding(says, running, own, theirs)
            found.append(with_others(judgement, neighbours.ids(others)))
        else:
            theirs = neighbours.process(maybe[0]).mergeable
            if theirs.known:
                says = f"KSM may merge its pages with those of {neighbours.names(maybe)}"
                found.append(neighbours.unclear_tenant(says, maybe, running, own))
            else:
                found.append(neighbours.unclear(theirs))
    return found
