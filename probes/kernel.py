"""The kernel's own view of every workload: ``proc(5)``, ``cgroups(7)``, ``namespaces(7)``.

It finds workloads by itself, from the cgroups and names of all processes, so that it needs no
manager's word and runs beside the managers' probes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isoscope.snapshot.places import (
    NAMESPACES,
    ancestors,
    cgroup_files,
    cgroup_mounts,
    cgroup_paths,
)
from isoscope.snapshot.reading import Reading
from probes.host.access import HostAccess
from probes.probe import Recorder

_MANAGED_CGROUP = re.compile(
    r"[0-9a-f]{64}|/lxc\b|/lxc\.payload|/machine\.slice/|kubepods|libpod|/docker/|/crio|/containerd"
)
_VMM_NAME = re.compile(
    r"^(qemu-system|qemu-kvm|kvm$|cloud-hyperviso|firecracker|crosvm|lkvm|kvmtool)"
)

_FIRST_PROCESS_FILES = (
    "uid_map",
    "gid_map",
    "mountinfo",
    "limits",
    "attr/current",
    "oom_score_adj",
    "ksm_stat",
    "net/dev",
)
_MOST_DESCRIPTORS = 512


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    name: str
    cgroup: str


class KernelProbe:
    """Reads what the kernel shows of every process, and more of those that are workloads."""

    name = "kernel"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """Lists all processes, then looks closer at workloads, then at their cgroups."""
        table = recorder.keep(host.directory("/proc"))
        recorder.note_gap(table, "the process table", "mount proc, or run on the host itself")
        own_mounts = self._host_view(host, recorder)
        processes = {
            process.pid: process
            for name in table.names()
            if name.isdecimal()
            and (process := self._process(int(name), host, recorder)) is not None
        }
        denied = 0
        paths: set[str] = set()
        for process in processes.values():
            monitor = _VMM_NAME.match(process.name) is not None
            if not monitor and not _MANAGED_CGROUP.search(process.cgroup):
                continue
            paths.add(process.cgroup)
            parent = processes.get(process.parent)
            if monitor or parent is None or parent.cgroup != process.cgroup:
                denied += self._first_process(process, monitor, host, recorder)
        if denied:
            recorder.problem(
                f"{denied} files of workloads' processes: denied; run Isoscope as root"
            )
        self._cgroups(paths, own_mounts, host, recorder)

    def _host_view(self, host: HostAccess, recorder: Recorder) -> str:
        for namespace in NAMESPACES:
            recorder.keep(host.link(f"/proc/self/ns/{namespace}"))
            recorder.keep(host.link(f"/proc/1/ns/{namespace}"))
        recorder.keep(host.file("/proc/net/unix"))
        recorder.keep(host.link("/var/run"))
        own = recorder.keep(host.file("/proc/self/mountinfo"))
        first = recorder.keep(host.file("/proc/1/mountinfo"))
        return own.text() or first.text()

    def _process(self, pid: int, host: HostAccess, recorder: Recorder) -> _Process | None:
        status = recorder.keep(host.file(f"/proc/{pid}/status"))
        cgroup = recorder.keep(host.file(f"/proc/{pid}/cgroup"))
        if status.content is None:
            return None
        name, parent = "", 0
        for line in status.text().splitlines():
            key, _, value = line.partition(":")
            if key == "Name":
                name = value.strip()
            elif key == "PPid":
                parent = int(value) if value.strip().isdecimal() else 0
                break
        return _Process(pid, parent, name, cgroup.text())

    def _first_process(
        self, process: _Process, monitor: bool, host: HostAccess, recorder: Recorder
    ) -> int:
        """Reads a workload's first process, or one that entered it; answers how many were denied."""
        base = f"/proc/{process.pid}"
        readings: list[Reading] = [
            recorder.keep(host.file(f"{base}/{name}")) for name in _FIRST_PROCESS_FILES
        ]
        readings += [recorder.keep(host.link(f"{base}/ns/{name}")) for name in NAMESPACES]
        if monitor:
            readings.append(recorder.keep(host.file(f"{base}/cmdline")))
            descriptors = recorder.keep(host.directory(f"{base}/fd"))
            readings.append(descriptors)
            for name in descriptors.names()[:_MOST_DESCRIPTORS]:
                recorder.keep(host.link(f"{base}/fd/{name}"))
        return sum(reading.gap == "denied" for reading in readings)

    def _cgroups(
        self, paths: Iterable[str], mountinfo: str, host: HostAccess, recorder: Recorder
    ) -> None:
        """Reads the limits of each cgroup of a workload and of all its ancestors, each once."""
        mounts = cgroup_mounts(mountinfo)
        unified = self._unified_controllers(mounts, host, recorder)
        seen: set[tuple[str, str]] = set()
        for text in paths:
            for controller, path in cgroup_paths(text).items():
                mount = mounts.get(controller)
                if mount is None or (controller == "" and not unified):
                    continue
                for place in (path, *ancestors(path)):
                    if (controller, place) in seen:
                        continue
                    seen.add((controller, place))
                    for name in cgroup_files(controller, leaf=place == path):
                        recorder.keep(host.file(f"{mount}{place.rstrip('/')}/{name}"))

    def _unified_controllers(
        self, mounts: Mapping[str, str], host: HostAccess, recorder: Recorder
    ) -> bool:
        """Whether the unified hierarchy has controllers, or may have; in hybrid mode it has none
        and its cgroups hold no limits, ``cgroups(7)``."""
        if "" not in mounts:
            return False
        listed = recorder.keep(host.file(f"{mounts['']}/cgroup.controllers"))
        return listed.gap is not None or bool(listed.text().strip())
