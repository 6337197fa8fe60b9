"""All processes of a snapshot, and which of them are workloads, by the kernel's word alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.host import Hole
from isoscope.inventory.observation import Observation, Reason, unknown
from isoscope.inventory.procfs import Status, parse_namespace_link, parse_status
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import ancestors, cgroup_paths
from isoscope.snapshot.process_marks import container_of, holds_containers, monitor_of
from isoscope.snapshot.reading import Gap, Reading

INITIAL_PID_NAMESPACE = 4026531836
"""``PROC_PID_INIT_INO``, include/linux/proc_ns.h."""
_SYS_PTRACE = 1 << 19


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its status where it could be read, and the reading of its cgroup."""

    pid: int
    status: Status | None
    status_reading: Reading
    cgroup: Reading

    @property
    def begins_namespace(self) -> bool:
        """Whether it is the first process of a PID namespace below the reader's."""
        nested = None if self.status is None else self.status.pids_by_namespace
        return nested is not None and len(nested) > 1 and nested[-1] == 1


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The processes of one workload; at least one.

    Raises:
        ValueError: there is none, or none that comes first.
    """

    engine: str
    """``docker``, ``podman`` … by its cgroup's name, or the VMM's name."""
    container_id: str
    """Of the container, as its cgroup names it; empty for a VMM."""
    processes: tuple[Process, ...]
    """All of them, by pid."""
    first: tuple[Process, ...]
    """Those whose parent is not one of them: the first process, and any that entered later."""

    def __post_init__(self) -> None:
        if not self.processes or not self.first:
            raise ValueError("a group of processes without any")

    @property
    def pids(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(process.pid for process in self.processes)


@dataclass(frozen=True)
class ProcessTable:
    """What the process table says."""

    listing: Reading
    processes: Mapping[int, Process]
    ended: frozenset[int]
    """Process ids that were listed and then were no more."""
    containers: Mapping[str, ProcessGroup]
    """By container id."""
    monitors: tuple[ProcessGroup, ...]
    """Virtual machine monitors, one each. Those in a container are the container's."""
    holes: tuple[Hole, ...]

    @cached_property
    def _by_cgroup(self) -> Mapping[str, list[Process]]:
        """Processes by each cgroup that they are in, and each above that: of any hierarchy."""
        found: dict[str, dict[int, Process]] = {}
        for process in self.processes.values():
            for path in dict.fromkeys(cgroup_paths(process.cgroup.text()).values()):
                for place in (path, *ancestors(path)):
                    found.setdefault(place, {})[process.pid] = process
        return {place: list(members.values()) for place, members in found.items()}

    def in_cgroup(self, path: str) -> list[Process]:
        """Processes in a cgroup of any hierarchy, or below it."""
        return list(self._by_cgroup.get(path, ()))

    def holder_of(self, process: Process) -> int | None:
        """The process above one that holds it for a container engine; 0 where there is none, None
        where not all above it were read."""
        seen: set[int] = set()
        while process.status is not None and process.pid not in seen:
            seen.add(process.pid)
            above = self.processes.get(process.status.parent)
            if above is None:
                return 0
            if above.status is not None and holds_containers(above.status.name):
                return above.pid
            process = above
        return None

    @cached_property
    def _children(self) -> Mapping[int, list[Process]]:
        found: dict[int, list[Process]] = {}
        for process in self.processes.values():
            if process.status is not None:
                found.setdefault(process.status.parent, []).append(process)
        return found

    def below(self, pid: int) -> list[Process]:
        """A process and all that descend from it, as far as their parents live."""
        found: dict[int, Process] = {}
        pending = [self.processes[pid]] if pid in self.processes else []
        while pending:
            process = pending.pop()
            if process.pid not in found:
                found[process.pid] = process
                pending += self._children.get(process.pid, [])
        return list(found.values())


def read_process_table(snapshot: Snapshot) -> ProcessTable:
    """Groups all processes into workloads, and says where some may not be seen."""
    listing = snapshot.directory("/proc")
    processes: dict[int, Process] = {}
    gone: set[int] = set()
    members: dict[str, list[Process]] = {}
    engines: dict[str, str] = {}
    monitors: list[ProcessGroup] = []
    unread: list[Reading] = []
    for name in listing.names():
        if not (name.isascii() and name.isdecimal() and len(name) < 12):
            continue
        process = _process(snapshot, int(name))
        if ended(snapshot, process.status_reading) or ended(snapshot, process.cgroup):
            gone.add(process.pid)
            continue
        if process.status is None or process.cgroup.gap is not None:
            unread.append(process.cgroup if process.status is not None else process.status_reading)
        processes[process.pid] = process
        container = container_of(process.cgroup.text())
        status = process.status
        lives = status is not None and not status.runs_nothing
        monitor = monitor_of(status.name) if status is not None and lives else ""
        if container is not None:
            members.setdefault(container.container_id, []).append(process)
            engines.setdefault(container.container_id, container.engine)
        elif monitor:
            monitors.append(ProcessGroup(monitor, "", (process,), (process,)))
    containers = {
        container: group_of(engines[container], container, found)
        for container, found in members.items()
    }
    holes = _holes(snapshot, listing, unread)
    return ProcessTable(
        listing, processes, frozenset(gone), containers, tuple(monitors), tuple(holes)
    )


def group_of(
    engine: str, container_id: str, processes: list[Process], *, first_pid: int | None = None
) -> ProcessGroup:
    """The group of these processes, ordered by pid; ``first_pid`` is set before the others that
    come first, where it is one of them."""
    ordered = tuple(sorted(processes, key=lambda process: process.pid))
    pids = {process.pid for process in ordered}
    first = [p for p in ordered if p.status is None or p.status.parent not in pids] or [ordered[0]]
    first.sort(key=lambda process: process.pid != first_pid)
    return ProcessGroup(engine, container_id, ordered, tuple(first))


def ended(snapshot: Snapshot, reading: Reading) -> bool:
    """Whether a reading below ``/proc/PID`` says that the process is no more. A captured tree that
    lacks a file says nothing."""
    return reading.gap is Gap.GONE or (
        reading.gap is Gap.ABSENT and snapshot.collector.uid is not None
    )


def hole_of(what: str, reading: Reading, reason: Reason, settled_by: str) -> Hole:
    """A hole in the process table."""
    observation: Observation[object] = unknown(
        "host", f"unseen: {what}", reason, f"{reading.source}: {reason}", settled_by, reading
    )
    return Hole(what, observation)


def _process(snapshot: Snapshot, pid: int) -> Process:
    reading = snapshot.file(f"/proc/{pid}/status")
    return Process(pid, status_of(reading), reading, snapshot.file(f"/proc/{pid}/cgroup"))


def status_of(reading: Reading) -> Status | None:
    """A process's or thread's status; None where it could not be read or understood."""
    if reading.gap is not None or reading.truncated:
        return None
    try:
        return parse_status(reading.text())
    except ValueError:
        return None


def _holes(snapshot: Snapshot, listing: Reading, unread: list[Reading]) -> list[Hole]:
    """Why some processes may not be in the table: ``proc(5)`` hidepid, PID namespaces, gaps."""
    found = []
    if listing.gap is not None:
        what = "the process table"
        found.append(hole_of(what, listing, listing.gap, "run Isoscope on the host itself"))
    if unread:
        what = f"{len(unread)} processes, among them {unread[0].source}"
        reason = unread[0].gap or Gap.FAILED
        found.append(hole_of(what, unread[0], reason, "run Isoscope as root"))
    # Whoever captured a tree may have been anywhere; process 1 was there.
    looked_from = "/proc/self" if snapshot.collector.uid is not None else "/proc/1"
    mountinfo = snapshot.file(f"{looked_from}/mountinfo")
    if mountinfo.gap is not None or (
        _hides_processes(mountinfo.text()) and not _sees_hidden(snapshot)
    ):
        what = "processes of other users (proc may be mounted with hidepid)"
        reason = mountinfo.gap or Gap.DENIED
        found.append(hole_of(what, mountinfo, reason, "run Isoscope as root"))
    namespace = snapshot.link(f"{looked_from}/ns/pid")
    if not _is_initial(namespace):
        what = "processes outside the PID namespace that Isoscope runs in"
        settled_by = "run Isoscope in the host's own PID namespace"
        found.append(hole_of(what, namespace, namespace.gap or Gap.UNSUPPORTED, settled_by))
    return found


def _is_initial(link: Reading) -> bool:
    try:
        return parse_namespace_link(link.text()) == INITIAL_PID_NAMESPACE
    except ValueError:
        return False


def _sees_hidden(snapshot: Snapshot) -> bool:
    """Whether hidepid hides nothing from whoever looked: it asks as ``ptrace(2)`` does."""
    capabilities = snapshot.collector.capabilities
    if capabilities is None:
        return snapshot.collector.uid == 0
    return bool(capabilities & _SYS_PTRACE)


def _hides_processes(mountinfo: str) -> bool:
    return any(
        re.search(r"\bhidepid=(?!0\b|off\b)", line.partition(" - ")[2]) is not None
        for line in mountinfo.split("\n")
        if line.split(" ")[4:5] == ["/proc"]
    )
