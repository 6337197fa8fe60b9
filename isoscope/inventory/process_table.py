"""All processes of a snapshot, and which of them are workloads, by the kernel's word alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory.host import Hole
from isoscope.inventory.observation import Observation, unknown
from isoscope.inventory.procfs import Status, parse_status
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

INITIAL_PID_NAMESPACE = 4026531836
"""``PROC_PID_INIT_INO``, include/linux/proc_ns.h."""

_CONTAINER_ID = re.compile(r"(?:^|[/-])([0-9a-f]{64})(?=\.scope|/|:|$)")
_MONITOR_OF_CONTAINER = re.compile(r"(?:libpod-conmon|crio-conmon)-[0-9a-f]{64}")
_ENGINE_MARKS = (
    ("libpod", "podman"),
    ("cri-containerd", "containerd"),
    ("crio", "crio"),
    ("docker", "docker"),
    ("kubepods", "containerd"),
)
VMM_NAMES = (
    ("qemu-system", "qemu"),
    ("qemu-kvm", "qemu"),
    ("cloud-hyperviso", "cloud-hypervisor"),
    ("firecracker", "firecracker"),
    ("crosvm", "crosvm"),
    ("lkvm", "kvmtool"),
    ("kvmtool", "kvmtool"),
)
"""Beginnings of process names (``comm``, 15 bytes) of virtual machine monitors."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its status where it could be read, and the reading of its cgroup."""

    pid: int
    status: Status | None
    status_reading: Reading
    cgroup: Reading


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """The processes of one workload."""

    engine: str
    """``docker``, ``podman`` … by its cgroup's name, or the VMM's name."""
    container_id: str
    """64 hexadecimal digits; empty for a VMM."""
    processes: tuple[Process, ...]
    """All of them, by pid."""
    first: tuple[Process, ...]
    """Those whose parent is not one of them: the first process, and any that entered later."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Their process ids."""
        return tuple(process.pid for process in self.processes)


@dataclass(frozen=True, slots=True)
class ProcessTable:
    """What the process table says."""

    processes: Mapping[int, Process]
    containers: Mapping[str, ProcessGroup]
    """By container id."""
    monitors: tuple[ProcessGroup, ...]
    """Virtual machine monitors, one each."""
    holes: tuple[Hole, ...]


def read_process_table(snapshot: Snapshot) -> ProcessTable:
    """Groups all processes into workloads, and says where some may not be seen."""
    table = snapshot.directory("/proc")
    processes: dict[int, Process] = {}
    members: dict[str, list[Process]] = {}
    engines: dict[str, str] = {}
    monitors: list[ProcessGroup] = []
    unread: list[Reading] = []
    for name in table.names():
        if not (name.isascii() and name.isdecimal() and len(name) < 12):
            continue
        process = _process(snapshot, int(name))
        if _ended(process.status_reading) or _ended(process.cgroup):
            continue
        if process.status is None or process.cgroup.gap is not None:
            unread.append(process.cgroup if process.status is not None else process.status_reading)
        processes[process.pid] = process
        monitor = _monitor_name(process.status)
        if monitor:
            monitors.append(ProcessGroup(monitor, "", (process,), (process,)))
            continue
        found = container_in_cgroup(process.cgroup.text())
        if found is not None:
            engine, container = found
            members.setdefault(container, []).append(process)
            engines.setdefault(container, engine)
    containers = {
        container: group_of(engines[container], container, found)
        for container, found in members.items()
    }
    return ProcessTable(processes, containers, tuple(monitors), _holes(snapshot, table, unread))


def group_of(engine: str, container_id: str, processes: list[Process]) -> ProcessGroup:
    """The group of these processes, ordered by pid."""
    ordered = tuple(sorted(processes, key=lambda process: process.pid))
    pids = {process.pid for process in ordered}
    first = tuple(p for p in ordered if p.status is None or p.status.parent not in pids)
    return ProcessGroup(engine, container_id, ordered, first)


def container_in_cgroup(text: str) -> tuple[str, str] | None:
    """Engine and id of the innermost container that ``/proc/PID/cgroup`` names, if it names one.

    The processes that engines keep beside a container (conmon) are not in it.
    """
    best: tuple[str, str] | None = None
    for line in text.splitlines():
        path = line.split(":", 2)[-1]
        if _MONITOR_OF_CONTAINER.search(path):
            return None
        matches = _CONTAINER_ID.findall(path)
        if not matches:
            continue
        engine = next((name for mark, name in _ENGINE_MARKS if mark in path), "")
        if best is None or (not best[0] and engine):
            best = (engine, matches[-1])
    return best


def _process(snapshot: Snapshot, pid: int) -> Process:
    reading = snapshot.file(f"/proc/{pid}/status")
    status: Status | None = None
    if reading.gap is None:
        try:
            status = parse_status(reading.text())
        except ValueError:
            status = None
    return Process(pid, status, reading, snapshot.file(f"/proc/{pid}/cgroup"))


def _ended(reading: Reading) -> bool:
    return reading.gap in (Gap.GONE, Gap.ABSENT)


def _monitor_name(status: Status | None) -> str:
    if status is None:
        return ""
    if status.name == "kvm":
        return "qemu"
    return next((vmm for start, vmm in VMM_NAMES if status.name.startswith(start)), "")


def _holes(snapshot: Snapshot, table: Reading, unread: list[Reading]) -> tuple[Hole, ...]:
    """Why some processes may not be in the table: ``proc(5)`` hidepid, PID namespaces, gaps."""
    holes = []
    if table.gap is not None:
        holes.append(
            _hole("the process table", table, table.gap, "run Isoscope on the host itself")
        )
    if unread:
        reading = unread[0]
        what = f"{len(unread)} processes, among them {reading.source}"
        reason = reading.gap or Gap.FAILED
        holes.append(_hole(what, reading, reason, "run Isoscope as root"))
    if snapshot.collector.uid is None:
        return tuple(holes)
    own = snapshot.file("/proc/self/mountinfo")
    if own.gap is not None or _hides_processes(own.text()):
        reason = own.gap or Gap.DENIED
        if own.gap is not None or snapshot.collector.uid != 0:
            holes.append(
                _hole(
                    "processes of other users (proc mounted with hidepid)",
                    own,
                    reason,
                    "run Isoscope as root",
                )
            )
    namespace = snapshot.link("/proc/self/ns/pid")
    if namespace.text() != f"pid:[{INITIAL_PID_NAMESPACE}]":
        holes.append(
            _hole(
                "processes outside the PID namespace that Isoscope runs in",
                namespace,
                namespace.gap or Gap.UNSUPPORTED,
                "run Isoscope in the host's own PID namespace",
            )
        )
    return tuple(holes)


def _hides_processes(mountinfo: str) -> bool:
    return any(
        re.search(r"\bhidepid=(?!0\b|off\b)", line.partition(" - ")[2]) is not None
        for line in mountinfo.splitlines()
        if line.split(" ")[4:5] == ["/proc"]
    )


def _hole(what: str, reading: Reading, reason: Gap, settled_by: str) -> Hole:
    observation: Observation[object] = unknown(
        "host", f"unseen: {what}", reason, f"{reading.source}: {reason}", settled_by, reading
    )
    return Hole(what, observation)
