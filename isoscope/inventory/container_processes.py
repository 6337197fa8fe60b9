"""Which processes are a described container's."""

from __future__ import annotations

from isoscope.inventory.engines.description import Described
from isoscope.inventory.process_table import Process, ProcessGroup, ProcessTable, ended, group_of
from isoscope.inventory.workload import WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.lxc import directory_of_monitor
from isoscope.snapshot.reading import Channel


class ContainerProcesses:
    """Finds the processes of containers in a process table."""

    def __init__(self, table: ProcessTable, snapshot: Snapshot) -> None:
        self._table = table
        self._by_directory = _by_directory(table, snapshot)
        """Containers of LXC's, by where it keeps them; those whose monitor does not say it are
        left out."""
        self._monitors = {pid: group for group in table.monitors for pid in group.pids}
        self._containers = {pid: each for each in table.containers.values() for pid in each.pids}
        self._others = {*self._containers, *self._monitors}
        """Processes that a cgroup or a VMM's name gives to a workload."""
        self._unplaced: dict[int | None, list[Process]] = {}
        """Processes whose cgroup was not read, by the process that holds them for an engine; under
        None those of which that is not known."""
        for process in table.processes.values():
            if process.cgroup.gap is not None and (holder := table.holder_of(process)) != 0:
                self._unplaced.setdefault(holder, []).append(process)

    def group_of(self, description: Described) -> ProcessGroup | None:
        """The processes in its cgroup, that which its engine names before the others; or else that
        one and all below it, where it was started without a cgroup of its own."""
        if description.kind is WorkloadKind.SYSTEM_CONTAINER:
            return self._of_system(description)
        processes = self._table.in_cgroup(description.cgroup) if description.cgroup else []
        if processes:
            return self._with_leader(description, self._with_unplaced(processes))
        container_id = description.id.rpartition(":")[2].rpartition("/")[2]
        found = self._table.containers.get(container_id)
        if found is not None:
            processes = list(found.processes)
            return group_of(found.engine, container_id, processes, first_pid=description.pid)
        monitor = self._monitor_held(description)
        if monitor is not None:
            return monitor
        if description.by_pid_file and not self._was_started_by_engine(description.pid):
            return None
        return self._below_leader(description)

    def no_longer_runs(self, description: Described, snapshot: Snapshot) -> bool:
        """Whether the pid file of a container, none of whose processes were found, is a leftover:
        the process is gone, or is one that no engine started."""
        pid = description.pid
        if not description.by_pid_file or pid is None:
            return False
        if ended(snapshot, snapshot.get(Channel.STATUS, f"/proc/{pid}")):
            return True
        return pid in self._table.processes and not self._table.holes

    def _with_leader(self, description: Described, processes: list[Process]) -> ProcessGroup:
        """Also its first process and all below it where that one left the cgroup."""
        pid = description.pid
        if pid not in {process.pid for process in processes} and self._was_started_by_engine(pid):
            left = self._below_leader(description)
            known = {process.pid for process in processes}
            processes += [p for p in (left.processes if left else ()) if p.pid not in known]
        first = pid or min(process.pid for process in processes if process.pid)
        return group_of(description.engine, "", processes, first_pid=first)

    def _with_unplaced(self, processes: list[Process]) -> list[Process]:
        """Also those beside them whose cgroup was not read: they may be in the same one."""
        if not self._unplaced:
            return processes
        parents = {None if p.status is None else p.status.parent for p in processes}
        beside = [
            p
            for holder, unplaced in self._unplaced.items()
            for p in unplaced
            if holder in parents and holder is not None and p not in processes
        ]
        if None in self._unplaced or None in parents:
            # Any of them may be one of these: then no more is known than that there may be one.
            unread = next(iter(self._unplaced.values()))[0].cgroup
            beside.append(Process(0, None, unread, unread))
        return [*processes, *beside]

    def _was_started_by_engine(self, pid: int | None) -> bool:
        """Whether a process is the child of one that holds containers for an engine. A pid file
        alone may be left over, and its number another process's by now."""
        process = self._table.processes.get(pid or 0)
        if process is None or process.status is None:
            return False
        return self._table.holder_of(process) == process.status.parent != 0

    def _monitor_held(self, description: Described) -> ProcessGroup | None:
        """The VMM that its engine's shim holds in place of its first process: Kata's."""
        pid = description.pid
        monitor = None if pid is None else self._monitors.get(pid)
        if monitor is None or not self._was_started_by_engine(pid):
            return None
        return group_of(description.engine, "", list(monitor.processes), first_pid=pid)

    def _below_leader(self, description: Described) -> ProcessGroup | None:
        """Its first process and all below it, unless its cgroup makes that another workload's."""
        pid = description.pid
        if pid is None or not description.runs or pid in self._others:
            return None
        below = [process for process in self._table.below(pid) if process.pid not in self._others]
        return group_of(description.engine, "", below, first_pid=pid) if below else None

    def _of_system(self, description: Described) -> ProcessGroup | None:
        """The processes in the cgroup of its leader, whatever name its unit has, or below the
        monitor that names its directory. One of LXC's own, or of nspawn, may also be what is in the
        cgroup that is named after it, unless that one's monitor says that it is another's."""
        directory = description.directory
        if directory in self._by_directory:
            return self._by_directory[directory]
        found = self._table.containers.get(description.id)
        if directory and any(found is group for group in self._by_directory.values()):
            found = None
        if description.pid is not None:
            found = self._containers.get(description.pid, found)
        return self._below_leader(description) if found is None else found


def _by_directory(table: ProcessTable, snapshot: Snapshot) -> dict[str, ProcessGroup]:
    """The groups of LXC's containers by the directory that their monitor, which is the parent of
    their first process, has on its command line. Two that claim one settle nothing."""
    found: dict[str, ProcessGroup] = {}
    claimed: set[str] = set()
    for group in table.containers.values():
        if group.engine != "lxc" or group.first[0].status is None:
            continue
        command = snapshot.file(f"/proc/{group.first[0].status.parent}/cmdline")
        directory = directory_of_monitor(command.text())
        if directory in claimed:
            found.pop(directory, None)
        elif directory:
            claimed.add(directory)
            found[directory] = group
    return found
