"""Joins what managers describe with what the kernel shows into the inventory of one snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.control_sockets import control_sockets
from isoscope.inventory.described import Described, described_workloads
from isoscope.inventory.disagreements import disagreements
from isoscope.inventory.host import Hole, HostFacts
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.machine import host_facts
from isoscope.inventory.observation import KERNEL, Doubt, Unknown, parsed
from isoscope.inventory.process_facts import HostView, host_namespaces, process_facts
from isoscope.inventory.process_table import (
    Process,
    ProcessGroup,
    ProcessTable,
    group_of,
    read_process_table,
)
from isoscope.inventory.procfs import parse_mountinfo
from isoscope.inventory.qemu_command import describe_monitor
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import cgroup_paths
from isoscope.snapshot.reading import Gap

_LAST_CAPABILITY = 40
"""CAP_CHECKPOINT_RESTORE, the last of ``capabilities(7)``, for kernels that do not say theirs."""


def build_inventory(snapshot: Snapshot) -> Inventory:
    """Everything that a snapshot says, as facts. Never raises for what a snapshot holds."""
    machine = host_facts(snapshot)
    table = read_process_table(snapshot)
    described, holes = described_workloads(snapshot)
    view = _view(snapshot, machine)
    join = _Join(snapshot, table, view, vm_managers_seen=not _vm_holes(holes))
    for description in described:
        join.add(description)
    join.add_what_only_the_kernel_shows()
    own = snapshot.file("/proc/self/mountinfo")
    mounts = own if own.gap is None else snapshot.file("/proc/1/mountinfo")
    return Inventory(
        host=machine,
        workloads=tuple(sorted(join.running, key=lambda workload: workload.id)),
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
        holes=(*_closed_by_the_kernel(holes, table), *table.holes),
        collector=snapshot.collector,
        observed_at=snapshot.started_at,
        probes=snapshot.probes,
    )


class _Join:
    """Takes descriptions one by one and matches each with its processes."""

    def __init__(
        self,
        snapshot: Snapshot,
        table: ProcessTable,
        view: HostView,
        *,
        vm_managers_seen: bool,
    ) -> None:
        self._snapshot = snapshot
        self._table = table
        self._view = view
        self._vm_managers_seen = vm_managers_seen
        self._taken: set[int] = set()
        self._ids: set[str] = set()
        self._monitors = {group.pids[0]: group for group in table.monitors}
        self._monitor_by_uuid = {
            uuid: group
            for group in table.monitors
            if (uuid := describe_monitor(snapshot, group.pids[0], "").uuid)
        }
        self.running: list[Workload] = []
        self.stopped: list[Workload] = []

    def add(self, description: Described) -> None:
        """One workload that a manager describes."""
        if description.id in self._ids:
            return
        self._ids.add(description.id)
        group = self._group_of(description)
        attributes = description.attributes
        if group is not None:
            self._taken.update(group.pids)
            attributes = replace(attributes, cgroup=_cgroup(group))
        workload = Workload(
            id=description.id,
            kind=description.kind,
            engine=description.engine,
            name=description.name,
            state=description.state,
            pid=None if group is None else group.pids[0],
            attributes=attributes,
            process=(
                None
                if group is None
                else process_facts(description.id, group, self._snapshot, self._view)
            ),
            container=description.container,
            machine=description.machine,
            seen_by=(description.engine,) if group is None else (description.engine, "kernel"),
            attributes_unknown=description.attributes_unknown,
        )
        if group is None:
            self.stopped.append(workload)
        else:
            self.running.append(replace(workload, disagreements=disagreements(workload)))

    def add_what_only_the_kernel_shows(self) -> None:
        """Containers and VMMs that no manager described."""
        for container_id, group in self._table.containers.items():
            if self._taken.isdisjoint(group.pids):
                self._add_container(container_id, group)
        for pid, group in self._monitors.items():
            if pid not in self._taken:
                self._add_monitor(pid, group)

    def _add_container(self, container_id: str, group: ProcessGroup) -> None:
        engine = group.engine or "container"
        prefix = "containerd:k8s.io/" if engine in ("containerd", "crio") else f"{engine}:"
        facts = process_facts(prefix + container_id, group, self._snapshot, self._view)
        manager = engine if group.engine else "manager"
        self.running.append(
            Workload(
                id=prefix + container_id,
                kind=WorkloadKind.CONTAINER,
                engine=engine,
                name=container_id[:12],
                state="running",
                pid=group.pids[0],
                attributes=Attributes(cgroup=_cgroup(group)),
                process=facts,
                seen_by=("kernel",),
                attributes_unknown=Unknown(
                    Doubt.NOT_SAID,
                    f"its {manager} did not describe it, so its labels are not known",
                    f"give Isoscope access to the {manager} that runs it, or write a tenants rule "
                    "on its cgroup",
                ),
            )
        )

    def _add_monitor(self, pid: int, group: ProcessGroup) -> None:
        workload_id = f"{group.engine}:{pid}"
        command = describe_monitor(self._snapshot, pid, workload_id)
        facts = process_facts(workload_id, group, self._snapshot, self._view)
        doubt = None
        if not self._vm_managers_seen:
            doubt = Unknown(
                Doubt.NOT_SAID,
                "a VM manager could not be asked, so whether it describes this VM is not known",
                "give Isoscope access to libvirt",
            )
        self.running.append(
            Workload(
                id=workload_id,
                kind=WorkloadKind.VIRTUAL_MACHINE,
                engine=group.engine,
                name=command.name or f"{group.engine} {pid}",
                state="running",
                pid=pid,
                attributes=Attributes(cgroup=_cgroup(group)),
                process=facts,
                machine=command.machine,
                seen_by=("kernel",),
                attributes_unknown=doubt,
            )
        )

    def _group_of(self, description: Described) -> ProcessGroup | None:
        """The processes of a described workload; None where it has none."""
        if description.kind is WorkloadKind.VIRTUAL_MACHINE:
            uuid = description.id.partition(":")[2]
            found = self._monitor_by_uuid.get(uuid)
            if found is not None:
                return found
        else:
            found = self._table.containers.get(description.id.rpartition(":")[2])
            if found is not None:
                return found
        if not description.pid or not description.runs:
            return self._unseen_group(description) if description.runs else None
        process = self._table.processes.get(description.pid)
        if process is not None:
            return group_of(description.engine, "", [process])
        return self._unseen_group(description)

    def _unseen_group(self, description: Described) -> ProcessGroup | None:
        """A group whose every fact is unknown, for what runs by its manager's word but is not in
        the process table; None where the table shows that it ended meanwhile."""
        pid = description.pid or 0
        status = self._snapshot.file(f"/proc/{pid}/status")
        if pid and not self._table.holes:
            return None
        if status.gap in (Gap.GONE, Gap.ABSENT):
            return None
        cgroup = self._snapshot.file(f"/proc/{pid}/cgroup")
        return group_of(description.engine, "", [Process(pid, None, status, cgroup)])


def _cgroup(group: ProcessGroup) -> str:
    """Path of a group's cgroup: in the unified hierarchy, or else in any that holds it."""
    paths = cgroup_paths(group.first[0].cgroup.text())
    unified = paths.get("", "/")
    if unified != "/":
        return unified
    return next((path for path in paths.values() if path != "/"), "")


def _view(snapshot: Snapshot, machine: HostFacts) -> HostView:
    text = snapshot.file("/proc/sys/kernel/cap_last_cap").text().strip()
    last = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else _LAST_CAPABILITY
    return HostView(
        namespaces=host_namespaces(snapshot),
        lsms=machine.lsms,
        selinux=machine.selinux,
        last_capability=last,
        cgroups=CgroupTree.of(snapshot),
    )


def _vm_holes(holes: Iterable[Hole]) -> bool:
    return any("libvirt" in hole.what for hole in holes)


def _closed_by_the_kernel(holes: tuple[Hole, ...], table: ProcessTable) -> tuple[Hole, ...]:
    """A manager that did not answer hides nothing that runs here if all processes were seen: its
    containers and VMMs are among them. Only what it would have said of them is missing."""
    if table.holes:
        return holes
    return tuple(replace(hole, hides_workloads=False) for hole in holes)
