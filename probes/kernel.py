"""The kernel's own view of every workload: ``proc(5)``, ``cgroups(7)``, ``namespaces(7)``.

It finds workloads by itself, from the cgroups and names of all processes, so that it needs no
manager's word and runs beside the managers' probes.
"""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.snapshot.huge_pages import POOL_FILES, POOLS, limit_file, size_of
from isoscope.snapshot.monitor_sockets import directory_of, socket_paths
from isoscope.snapshot.places import (
    NAMESPACES,
    OWN_LABEL,
    ancestors,
    cgroup_files,
    cgroup_mounts,
    cgroup_paths,
)
from isoscope.snapshot.process_marks import cgroup_of_workload, may_be_gvisors
from isoscope.snapshot.reading import Gap, Reading
from probes.core_scheduling import core_cookies, threads_run_side_by_side
from probes.device_programs import device_programs
from probes.host.access import HostAccess
from probes.links import network_ids
from probes.listening import keep_managers_sockets
from probes.lxc import keep_lxc_monitors
from probes.namespace_owners import namespace_owners
from probes.probe import Recorder
from probes.processes import (
    SeenProcess,
    held_for_engines,
    in_namespaces_of_their_own,
    look_at_process,
)
from probes.quotas import keep_quotas
from probes.shims import keep_bundles_of_shims
from probes.tee_processes import in_process_tees

_FIRST_PROCESS_FILES = (
    "uid_map",
    "mountinfo",
    "limits",
    "oom_score_adj",
    "net/dev",
    "net/if_inet6",
)
_MOST_DESCRIPTORS = 512
_MOST_THREADS = 50_000
"""Threads of all workloads together that are looked at one by one."""


class KernelProbe:
    """Reads what the kernel shows of every process, and more of those that are workloads."""

    name = "kernel"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """Lists all processes, then looks closer at workloads, then at their cgroups."""
        table = recorder.keep(host.directory("/proc"))
        recorder.note_gap(table, "the process table", "mount proc, or run on the host itself")
        own_mounts = _host_view(host, recorder)
        processes = {
            process.pid: process
            for name in table.names()
            if name.isascii()
            and name.isdecimal()
            and (process := look_at_process(int(name), host, recorder)) is not None
        }
        apart = in_namespaces_of_their_own(processes.values(), host, recorder)
        keep_managers_sockets(host, recorder, processes.values())
        keep_bundles_of_shims(host, recorder, processes.values())
        keep_lxc_monitors(host, recorder, processes)
        apart |= held_for_engines(processes)
        apart |= in_process_tees(processes.values(), host, recorder)
        watched = [p for p in processes.values() if p.watched or p.pid in apart]
        closer = _Closer(host, recorder, processes)
        closer.look(watched)
        keep_quotas(host, recorder, own_mounts, closer.mount_tables)
        _cgroups(dict.fromkeys(process.cgroup for process in watched), own_mounts, host, recorder)


def _host_view(host: HostAccess, recorder: Recorder) -> str:
    for namespace in NAMESPACES:
        recorder.keep(host.link(f"/proc/self/ns/{namespace}"))
        recorder.keep(host.link(f"/proc/1/ns/{namespace}"))
    recorder.keep(host.file("/proc/net/unix"))
    recorder.keep(host.link("/var/run"))
    own = recorder.keep(host.file("/proc/self/mountinfo"))
    first = recorder.keep(host.file("/proc/1/mountinfo"))
    return own.text() or first.text()


class _Closer:
    """Reads more of workloads' processes, and counts what it was denied."""

    def __init__(
        self, host: HostAccess, recorder: Recorder, processes: dict[int, SeenProcess]
    ) -> None:
        self._host = host
        self._recorder = recorder
        self._processes = processes
        self._watched: set[int] = set()
        self._of_every: list[str] = []
        self._denied = 0
        self._threads_left = _MOST_THREADS
        self._tasks: list[int] = []
        self._entered: list[int] = []
        self.mount_tables: list[str] = []
        """Of workloads."""

    def look(self, watched: Iterable[SeenProcess]) -> None:
        """Reads what these processes show to who looks closer."""
        looked_at = list(watched)
        self._of_every = [
            *(["attr/current"] if labels_are_given(self._host, self._recorder) else []),
            *(["ksm_stat"] if pages_are_merged(self._host) else []),
        ]
        self._watched = {process.pid for process in looked_at}
        for process in looked_at:
            base = f"/proc/{process.pid}"
            self._tasks.append(process.pid)
            for name in self._of_every:
                self._keep(self._host.file(f"{base}/{name}"))
            if process.threads != "1":
                self._threads(process.pid)
            parent = self._processes.get(process.parent)
            entered = (
                parent is None or parent.cgroup != process.cgroup or parent.pid not in self._watched
            )
            if entered or process.monitor or process.begins_namespace:
                self._first_of_workload(base)
                self._entered.append(process.pid)
                self._owners(process.pid)
            else:
                # One that the first made may have stayed where that one left: unshare(2).
                self._keep(self._host.link(f"{base}/ns/user"))
            if process.monitor:
                self._monitor(base)
            if may_be_gvisors(process.name):
                self._program(base)
        if self._entered:
            self._keep(network_ids(self._host, self._entered))
        if self._tasks and threads_run_side_by_side(self._host):
            self._keep(core_cookies(self._host, self._tasks))
        if self._denied:
            self._recorder.problem(
                f"{self._denied} files of workloads' processes: denied; run Isoscope as root"
            )
        if self._threads_left < 0:
            self._recorder.problem(
                f"{-self._threads_left} threads of workloads: more than are looked at one by one; "
                "look at their /proc/PID/task/TID/status by hand"
            )

    def _first_of_workload(self, base: str) -> None:
        """A workload's first process, or one that entered it."""
        for name in _FIRST_PROCESS_FILES:
            reading = self._keep(self._host.file(f"{base}/{name}"))
            if name == "mountinfo":
                self.mount_tables.append(reading.text())
        for name in NAMESPACES:
            self._keep(self._host.link(f"{base}/ns/{name}"))

    def _owners(self, pid: int) -> None:
        """Who owns its namespaces, where it is in a user namespace of its own: in the reader's, its
        capabilities count over whatever that owns."""
        own, its = (self._host.link(f"/proc/{who}/ns/user") for who in ("self", pid))
        if own.content is not None and its.content not in (None, own.content):
            self._keep(namespace_owners(self._host, pid))

    def _threads(self, pid: int) -> None:
        """Threads have credentials and seccomp filters of their own: ``credentials(7)``."""
        threads = self._keep(self._host.directory(f"/proc/{pid}/task"))
        for name in threads.names():
            if name == str(pid):
                continue
            self._tasks.append(int(name))
            self._threads_left -= 1
            if self._threads_left >= 0:
                self._keep(self._host.file(f"/proc/{pid}/task/{name}/status"))

    def _program(self, base: str) -> None:
        """Which program runs, and of gVisor's as what part of it."""
        program = self._keep(self._host.link(f"{base}/exe"))
        if "/runsc" in program.text():
            self._keep(self._host.file(f"{base}/cmdline"))

    def _monitor(self, base: str) -> None:
        self._keep(self._host.link(f"{base}/exe"))
        command = self._keep(self._host.file(f"{base}/cmdline"))
        for path in socket_paths(command.text()):
            self._keep(self._host.status(path))
            self._keep(self._host.status(directory_of(path)))
        descriptors = self._keep(self._host.directory(f"{base}/fd"))
        for name in descriptors.names()[:_MOST_DESCRIPTORS]:
            self._keep(self._host.link(f"{base}/fd/{name}"))

    def _keep(self, reading: Reading) -> Reading:
        self._denied += reading.gap is Gap.DENIED
        return self._recorder.keep(reading)


def labels_are_given(host: HostAccess, recorder: Recorder) -> bool:
    """Whether an LSM may give processes labels: where none does, all are answered alike."""
    return recorder.keep(host.file(OWN_LABEL)).gap is not Gap.UNSUPPORTED


def pages_are_merged(host: HostAccess) -> bool:
    """Whether KSM may run, or may have left pages merged: Documentation/admin-guide/mm/ksm.rst."""
    stopped = host.file("/sys/kernel/mm/ksm/run").text().strip() in ("0", "2")
    return not (stopped and host.file("/sys/kernel/mm/ksm/pages_sharing").text().strip() == "0")


def huge_page_sizes(host: HostAccess, recorder: Recorder) -> list[str]:
    """Sizes of huge pages of which the host keeps some: only where it does, limits on them count.
    They are read as the files of cgroups word them."""
    sizes = []
    for name in recorder.keep(host.directory(POOLS)).names():
        counts = [recorder.keep(host.file(f"{POOLS}/{name}/{file}")) for file in POOL_FILES]
        if any(count.text().strip() not in ("0", "") for count in counts):
            sizes.append(size_of(name))
    return sizes


def _cgroups(texts: Iterable[str], mountinfo: str, host: HostAccess, recorder: Recorder) -> None:
    """Reads the limits of each workload's cgroup and of all its ancestors, each file once."""
    mounts = cgroup_mounts(mountinfo)
    huge = huge_page_sizes(host, recorder)
    files: dict[str, None] = {}
    deciding_on_devices: dict[str, None] = {}
    for text in texts:
        paths = cgroup_paths(text)
        for controller, path in paths.items():
            mount = mounts.get(controller)
            if mount is None:
                continue
            own = cgroup_of_workload(path)
            if controller == "" and "devices" not in mounts:
                deciding_on_devices[f"{mount.rstrip('/')}{own}".rstrip("/")] = None
            for place in (own, *ancestors(own)):
                names = cgroup_files(controller, leaf=place == own, beside=paths)
                if controller == "hugetlb" or (controller == "" and "hugetlb" not in paths):
                    names += tuple(limit_file(controller, size) for size in huge)
                for name in names:
                    files[f"{mount.rstrip('/')}{place.rstrip('/')}/{name}"] = None
    for file in files:
        recorder.keep(host.file(file))
    for directory in deciding_on_devices:
        recorder.keep(device_programs(host, directory))
