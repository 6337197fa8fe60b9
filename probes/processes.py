"""Every process as the kernel's probe first looks at it, and which deserve a closer look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isoscope.snapshot.process_marks import (
    container_of,
    holds_containers,
    is_the_hosts_own,
    monitor_of,
    of_host_service,
)
from probes.host.access import HostAccess
from probes.probe import Recorder

_ROW = re.compile(r"^(Name|PPid|Uid|Threads|NSpid):[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_TELLING_NAMESPACES = ("user", "net")
"""Which are looked at for each process; the PID namespace shows in its status."""


@dataclass(frozen=True, slots=True)
class SeenProcess:
    """One process: what its status and its cgroup say."""

    pid: int
    parent: int
    name: str
    threads: str
    nested_pids: tuple[str, ...]
    cgroup: str
    user_ids: tuple[str, ...] = ()

    @property
    def watched(self) -> bool:
        """Whether it belongs to a workload, or is the first in a PID namespace and so may."""
        return self.monitor or container_of(self.cgroup) is not None or self.begins_namespace

    @property
    def monitor(self) -> bool:
        """Whether its name is that of a virtual machine monitor."""
        return monitor_of(self.name) != ""

    @property
    def begins_namespace(self) -> bool:
        """Whether it is the first process of a PID namespace below the reader's."""
        return len(self.nested_pids) > 1 and self.nested_pids[-1] == "1"


def look_at_process(pid: int, host: HostAccess, recorder: Recorder) -> SeenProcess | None:
    """Keeps the status and the cgroup of a process; None where it has ended."""
    status = recorder.keep(host.file(f"/proc/{pid}/status"))
    cgroup = recorder.keep(host.file(f"/proc/{pid}/cgroup"))
    if status.content is None:
        return None
    rows = dict(_ROW.findall(status.text()))
    parent = rows.get("PPid", "")
    return SeenProcess(
        pid,
        int(parent) if parent.isascii() and parent.isdecimal() and len(parent) < 12 else 0,
        rows.get("Name", ""),
        rows.get("Threads", ""),
        tuple(rows.get("NSpid", "").split()),
        cgroup.text(),
        tuple(rows.get("Uid", "").split()),
    )


def held_for_engines(processes: Mapping[int, SeenProcess]) -> set[int]:
    """Processes below one that holds containers for an engine, wherever their cgroup is."""
    children: dict[int, list[int]] = {}
    for process in processes.values():
        children.setdefault(process.parent, []).append(process.pid)
    pending = [
        child
        for process in processes.values()
        if holds_containers(process.name)
        for child in children.get(process.pid, ())
    ]
    found: set[int] = set()
    while pending:
        pid = pending.pop()
        if pid not in found:
            found.add(pid)
            pending += children.get(pid, ())
    return found


def in_namespaces_of_their_own(
    processes: Iterable[SeenProcess], host: HostAccess, recorder: Recorder
) -> set[int]:
    """Processes of no known workload whose PID, user or network namespace is not the reader's."""
    own = {kind: host.link(f"/proc/self/ns/{kind}").content for kind in _TELLING_NAMESPACES}
    found: set[int] = set()
    for process in processes:
        nested = len(process.nested_pids) > 1
        if (
            container_of(process.cgroup) is not None
            or process.monitor
            or is_the_hosts_own(process.pid, process.parent)
            or (of_host_service(process.cgroup) and not nested)
        ):
            continue
        links = [recorder.keep(host.link(f"/proc/{process.pid}/ns/{kind}")) for kind in own]
        apart = any(
            link.content not in (None, mine) for link, mine in zip(links, own.values(), strict=True)
        )
        if nested or apart:
            found.add(process.pid)
    return found
