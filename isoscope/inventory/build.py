"""Joins what managers describe with what the kernel shows into the inventory of one snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isoscope.cycle_collection import paused
from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.control_sockets import control_sockets
from isoscope.inventory.core_cookies import CoreCookies
from isoscope.inventory.declared_networks import with_networks_that_differ
from isoscope.inventory.declared_presence import with_joins
from isoscope.inventory.described import described_workloads
from isoscope.inventory.encrypted_guests import against_kvms_count
from isoscope.inventory.file_types import file_types
from isoscope.inventory.host import Hole, HostFacts
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.join import Join
from isoscope.inventory.machine import host_facts
from isoscope.inventory.observation import KERNEL, parsed
from isoscope.inventory.process_facts import HostView
from isoscope.inventory.process_namespaces import host_namespaces
from isoscope.inventory.process_table import read_process_table
from isoscope.inventory.process_tee import unseen_enclaves
from isoscope.inventory.procfs import parse_mountinfo
from isoscope.inventory.service_sockets import abstract_sockets, service_sockets
from isoscope.snapshot.document import Snapshot

_LAST_CAPABILITY = 40
"""CAP_CHECKPOINT_RESTORE, the last of ``capabilities(7)``, for kernels that do not say theirs."""


@paused()
def build_inventory(snapshot: Snapshot) -> Inventory:
    """Everything that a snapshot says, as facts. Never raises for what a snapshot holds."""
    machine = host_facts(snapshot)
    table = read_process_table(snapshot)
    described, holes = described_workloads(snapshot)
    view = _view(snapshot, machine)
    join = Join(snapshot, table, view, vm_managers_seen=not _vm_holes(holes))
    for description in described:
        join.add(description)
    join.add_what_only_the_kernel_shows()
    running, differing = against_kvms_count(join.running, snapshot, table)
    running = with_networks_that_differ(running, machine.forwarding)
    machine = replace(machine, reach=replace(machine.reach, users=join.other_users()))
    own = snapshot.file("/proc/self/mountinfo")
    mounts = own if own.gap is None else snapshot.file("/proc/1/mountinfo")
    return Inventory(
        host=machine,
        workloads=with_joins(sorted(running, key=lambda workload: workload.id)),
        stopped=tuple(sorted(join.stopped, key=lambda workload: workload.id)),
        host_mounts=parsed(
            "host",
            "host-mounts",
            mounts,
            parse_mountinfo,
            parties=KERNEL,
            settled_by="run Isoscope on the host itself",
        ),
        control_sockets=control_sockets(snapshot),
        service_sockets=service_sockets(snapshot),
        abstract_sockets=abstract_sockets(snapshot),
        holes=(
            *_closed_by_the_kernel(holes, join),
            *table.holes,
            *join.unseen,
            *unseen_enclaves(snapshot, table),
        ),
        file_types=file_types(snapshot),
        disagreements=differing,
        collector=snapshot.collector,
        observed_at=snapshot.started_at,
        probes=snapshot.probes,
        proc_files=parsed(
            "host",
            "proc-files",
            table.listing,
            lambda text: frozenset(name for name in text.split("\0") if not name.isdecimal()),
            parties=KERNEL,
            settled_by="run Isoscope on the host itself",
            excerpt=" ".join(name for name in table.listing.names() if not name.isdecimal()),
        ),
    )


def _view(snapshot: Snapshot, machine: HostFacts) -> HostView:
    text = snapshot.file("/proc/sys/kernel/cap_last_cap").text().strip()
    last = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else _LAST_CAPABILITY
    return HostView(
        namespaces=host_namespaces(snapshot),
        selinux=machine.selinux,
        last_capability=last,
        cgroups=CgroupTree.of(snapshot),
        core_cookies=CoreCookies.of(snapshot),
    )


def _vm_holes(holes: Iterable[Hole]) -> bool:
    return any("libvirt" in hole.what for hole in holes)


def _closed_by_the_kernel(holes: tuple[Hole, ...], join: Join) -> tuple[Hole, ...]:
    """A manager that did not answer hides nothing that runs here if all processes were seen: its
    containers and VMMs are among them. Only what it would have said of them is missing."""
    if not join.sees_every_container:
        return holes
    return tuple(replace(hole, hides_workloads=not hole.shown_by_kernel) for hole in holes)
