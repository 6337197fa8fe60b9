"""Which processes belong to which described workload, and which workloads nobody described.

A manager's word that something runs is never dropped for want of processes: then all that the
kernel would show of it is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from isoscope.inventory.container_processes import ContainerProcesses
from isoscope.inventory.declared_monitor import monitor_differs
from isoscope.inventory.declared_presence import state_differs
from isoscope.inventory.described import Described
from isoscope.inventory.disagreements import disagreements
from isoscope.inventory.host import Hole
from isoscope.inventory.machine_processes import MachineProcesses
from isoscope.inventory.monitor_facts import with_monitor
from isoscope.inventory.namespace_groups import namespace_groups, namespaces_of
from isoscope.inventory.observation import KERNEL, Doubt, Observation, Unknown, known, unknown
from isoscope.inventory.process_facts import HostView, process_facts
from isoscope.inventory.process_table import (
    Process,
    ProcessGroup,
    ProcessTable,
    group_of,
    hole_of,
)
from isoscope.inventory.process_tee import process_tees
from isoscope.inventory.process_tee_workloads import tee_groups, tee_workload, with_tee_use
from isoscope.inventory.qemu_command import describe_monitor, runs_no_guest, unknown_machine
from isoscope.inventory.sandbox import Sandbox, SandboxSettings
from isoscope.inventory.sandbox_openings import settings_of
from isoscope.inventory.sandbox_recognition import facts_of_sandbox, sandbox_of
from isoscope.inventory.sources import sources_of
from isoscope.inventory.unclaimed import cgroup_of, container, process_group
from isoscope.inventory.workload import (
    Attributes,
    DeclaredMachine,
    ProcessFacts,
    Workload,
    WorkloadKind,
)
from isoscope.inventory.xen import without_process
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading


class Join:
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
        self._guests_of_xen = False
        self._machines = MachineProcesses(table, snapshot)
        self._containers = ContainerProcesses(table, snapshot)
        self.unseen: list[Hole] = []
        """Where further workloads may be: processes whose namespaces were not read."""
        self.running: list[Workload] = []
        self.stopped: list[Workload] = []

    def add(self, description: Described) -> None:
        """One workload that a manager describes."""
        if description.id in self._ids:
            return
        self._ids.add(description.id)
        self._guests_of_xen |= description.xen_domain != ""
        group = self._group_of(description)
        attributes = description.attributes
        if group is not None:
            self._taken.update(group.pids)
            attributes = replace(attributes, cgroup=cgroup_of(group))
        sandbox = self._sandbox_of(description, group)
        workload = Workload(
            id=description.id,
            kind=description.kind,
            engine=description.engine,
            name=description.name,
            state=description.state or ("stopped" if group is None else "running"),
            pid=group.first[0].pid if group is not None and _is_seen(group) else None,
            attributes=attributes,
            process=None if group is None else self._facts(description, group, sandbox),
            container=description.container,
            machine=self._observed(description.machine, group),
            seen_by=(description.engine, *(("kernel",) if _is_seen(group) else ())),
            attributes_unknown=description.attributes_unknown,
            open_sources=sources_of(description, self._snapshot),
            sandbox=sandbox,
            sandbox_settings=self._settings_of(description, group, sandbox),
        )
        # Of what is behind a kernel of its own, the host's shows nothing to hold against an engine.
        found = () if sandbox is not None else disagreements(workload)
        if workload.machine is not None and group is not None:
            command = describe_monitor(self._snapshot, group.pids[0], description.id).machine
            found = monitor_differs(workload, description.security_labels, command)
        said = description.state not in ("unknown", "known", "")  # words for what was not said
        if said and (group is None) is description.runs and (group is None or _is_seen(group)):
            endpoint, listing = description.endpoint, self._table.listing
            found = (state_differs(workload, endpoint, listing), *found)
        workload = replace(workload, disagreements=found)
        (self.stopped if group is None else self.running).append(workload)

    def add_what_only_the_kernel_shows(self) -> None:
        """Containers and VMMs that no manager described."""
        for container_id, group in self._table.containers.items():
            if self._taken.isdisjoint(group.pids):
                self._taken.update(group.pids)
                self.running.append(container(container_id, group, self._snapshot, self._view))
        for pid, group in self._machines.monitors.items():
            if runs_no_guest(self._snapshot, pid):
                continue
            command = self._snapshot.file(f"/proc/{pid}/cmdline")
            if pid not in self._taken and command.gap is not None and self._guests_of_xen:
                # It says nowhere else whether it emulates devices of one of them.
                what, reason = f"the machine of process {pid}", command.gap
                self.unseen.append(hole_of(what, command, reason, "run Isoscope as root"))
            elif pid not in self._taken:
                self._add_monitor(pid, group)
        self._add_process_tees()
        self._add_namespace_groups()

    def _add_process_tees(self) -> None:
        """Process TEEs that are in no container; those in one are said of the container."""
        uses = process_tees(self._snapshot, self._table)
        for group in tee_groups(self._table, [pid for pid in uses if pid not in self._taken]):
            self._taken.update(group.pids)
            self.running.append(tee_workload(group, uses, self._snapshot, self._view))
        self.running = [with_tee_use(workload, uses) for workload in self.running]

    def _add_namespace_groups(self) -> None:
        """Processes in namespaces of their own that are none of these."""
        groups, unseen = namespace_groups(
            self._snapshot,
            [p for p in self._table.processes.values() if p.pid not in self._taken],
            self._view.namespaces,
            set(namespaces_of(self._snapshot, self._taken)),
        )
        self.unseen += unseen
        for group in groups:
            self._taken.update(group.pids)
            held = any(self._table.holder_of(process) != 0 for process in group.first)
            self.running.append(process_group(group, self._snapshot, self._view, held=held))

    def _add_monitor(self, pid: int, group: ProcessGroup) -> None:
        workload_id = f"{group.engine}:{pid}"
        command = describe_monitor(self._snapshot, pid, workload_id)
        self._taken.add(pid)
        facts = process_facts(workload_id, group, self._snapshot, self._view)
        machine = with_monitor(self._snapshot, command.machine, pid, command.machine)
        doubt = None
        if not self._vm_managers_seen:
            doubt = Unknown(
                Doubt.NOT_SAID,
                "a VM manager could not be asked, so whether it describes this VM, and what it "
                "plugged in since it started, is not known",
                "give Isoscope access to libvirt",
            )
        workload = Workload(
            id=workload_id,
            kind=WorkloadKind.VIRTUAL_MACHINE,
            engine=group.engine,
            name=command.name or f"{group.engine} {pid}",
            state="running",
            pid=pid,
            attributes=Attributes(cgroup=cgroup_of(group)),
            process=facts,
            machine=(
                machine
                if doubt is None
                # A TEE is decided when a VM starts; the rest may have been plugged in since.
                else replace(
                    unknown_machine(workload_id, doubt),
                    launch_security=machine.launch_security,
                )
            ),
            seen_by=("kernel",),
            attributes_unknown=doubt,
        )
        found = monitor_differs(workload, None, command.machine)
        self.running.append(replace(workload, disagreements=found))

    def _observed(
        self, machine: DeclaredMachine | None, group: ProcessGroup | None
    ) -> DeclaredMachine | None:
        if machine is None or group is None:
            return machine
        pid = group.pids[0]
        command = describe_monitor(self._snapshot, pid, machine.launch_security.subject)
        return with_monitor(self._snapshot, machine, pid, command.machine)

    def _sandbox_of(
        self, description: Described, group: ProcessGroup | None
    ) -> Observation[Sandbox] | None:
        container = description.container
        if group is None or container is None:
            return None
        return sandbox_of(description.id, group, self._snapshot, container.runtime)

    def _settings_of(
        self,
        description: Described,
        group: ProcessGroup | None,
        sandbox: Observation[Sandbox] | None,
    ) -> Observation[SandboxSettings] | None:
        if group is None or sandbox is None or sandbox.value is None:
            return None
        return settings_of(description.id, sandbox.value, group, self._snapshot)

    def _facts(
        self, description: Described, group: ProcessGroup, sandbox: Observation[Sandbox] | None
    ) -> ProcessFacts:
        subject, container = description.id, description.container
        if sandbox is None or container is None:
            facts = process_facts(subject, group, self._snapshot, self._view)
            no_vmm = description.xen_domain and not _is_seen(group)
            return without_process(facts) if no_vmm else facts
        volumes = container.volumes
        return facts_of_sandbox(subject, group, self._snapshot, self._view, sandbox, volumes)

    def _group_of(self, description: Described) -> ProcessGroup | None:
        """The processes of a described workload; None where it has none."""
        found = (
            self._machines.group_of(description)
            if description.kind is WorkloadKind.VIRTUAL_MACHINE
            else self._containers.group_of(description)
        )
        system = description.kind is WorkloadKind.SYSTEM_CONTAINER
        if found is not None and system and not self._taken.isdisjoint(found.pids):
            found = None  # it is known by a name that another manager gave one of its own too
        if found is not None or not description.runs:
            return found
        return self._unseen_group(description)

    def _unseen_group(self, description: Described) -> ProcessGroup | None:
        """A group whose every fact is unknown, for what runs by its manager's word but is not in
        the process table; None where the table shows that it ended meanwhile."""
        pid = description.pid or 0
        if (
            pid in self._table.ended
            or (pid and not self._table.holes and _said_at(description) < self._table.listing.at)
            or self._containers.no_longer_runs(description, self._snapshot)
        ):
            return None
        nothing = self._snapshot.file(f"/proc/{pid}/status")
        if nothing.gap is None:  # of a process that is another workload's
            nothing = Reading(nothing.source, nothing.at, nothing.privilege, gap=Gap.NOT_READ)
        return group_of(description.engine, "", [Process(0, None, nothing, nothing)])

    def other_users(self) -> Observation[frozenset[int]]:
        """Users who have processes that belong to no workload."""
        users: set[int] = set()
        for process in self._table.processes.values():
            if process.pid not in self._taken and process.status is not None:
                users |= process.status.user_ids
        key, listing = "users-of-processes", self._table.listing
        if listing.gap is not None or self._table.holes:
            reason = listing.gap or Gap.DENIED
            says = "not all processes of the host were seen"
            return unknown("host", key, reason, says, "run Isoscope as root on the host", listing)
        excerpt = " ".join(map(str, sorted(users)))
        return known("host", key, frozenset(users), listing, parties=KERNEL, excerpt=excerpt)

    @property
    def sees_every_container(self) -> bool:
        """Whether all processes were seen and none may be in a container unnoticed: one without a
        cgroup of its own shows only as the first process of a PID namespace."""
        return not self._table.holes and not any(
            process.begins_namespace and process.pid not in self._taken
            for process in self._table.processes.values()
        )


def _said_at(description: Described) -> float:
    """When its manager described it, in seconds since the epoch; its own words' time, as the engine
    was reached before."""
    said: tuple[Observation[object], ...] = ()
    if description.container is not None:
        said = (description.container.privileged,)
    elif description.machine is not None:
        said = (description.machine.launch_security,)
    times = [evidence.at for observation in said for evidence in observation.evidence]
    return max(times, default=float("inf"))


def _is_seen(group: ProcessGroup | None) -> bool:
    """Whether the process table shows it."""
    return group is not None and group.first[0].pid != 0
