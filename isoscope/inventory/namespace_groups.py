"""Processes in namespaces of their own that no manager claims: unshare(1), bwrap, firejail, a
browser's or a build tool's sandbox. ``namespaces(7)``, ``user_namespaces(7)``.

The host's own services are none, whatever namespaces systemd gave them: whoever may start a system
service is the host. A process that entered the namespaces of a known workload is none either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from isoscope.inventory.host import Hole
from isoscope.inventory.process_namespaces import HostNamespaces, namespace_number
from isoscope.inventory.process_table import Process, ProcessGroup, ended, group_of, hole_of
from isoscope.inventory.workload import NamespaceKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.process_marks import is_the_hosts_own, of_host_service
from isoscope.snapshot.reading import Gap, Reading

Namespace = tuple[NamespaceKind, int]
ENGINE = "namespaces"
"""What stands for an engine where none claims a group."""
_TELLING = (NamespaceKind.USER, NamespaceKind.NETWORK)
"""Kinds that are looked at for each process; the PID namespace shows in its status."""


@dataclass(slots=True)
class _Sets:
    """Processes that belong together, as disjoint sets."""

    above: dict[object, object] = field(default_factory=dict)

    def top(self, item: object) -> object:
        while (upper := self.above.get(item, item)) != item:
            self.above[item] = self.above.get(upper, upper)
            item = upper
        return item

    def join(self, one: object, two: object) -> None:
        self.above[self.top(one)] = self.top(two)


def namespace_groups(
    snapshot: Snapshot,
    processes: Iterable[Process],
    host: HostNamespaces,
    claimed: Collection[Namespace],
) -> tuple[list[ProcessGroup], list[Hole]]:
    """One group for each tree of processes, and for all that share a namespace.

    Args:
        snapshot: where their namespaces were read.
        processes: those that belong to no workload.
        host: the host's own namespaces.
        claimed: namespaces of known workloads.
    """
    members: dict[int, Process] = {}
    unread: list[Reading] = []
    sets = _Sets()
    for process in processes:
        if not _may_be_apart(process):
            continue
        own, gap = _apart(snapshot, process, host)
        if gap is not None:
            unread.append(gap)
        if not own.isdisjoint(claimed) or not (own or _nested(process)):
            continue
        members[process.pid] = process
        for namespace in own:
            sets.join(process.pid, namespace)
    for pid, process in members.items():
        if process.status is not None and process.status.parent in members:
            sets.join(pid, process.status.parent)
    groups: dict[object, list[Process]] = {}
    for pid, process in members.items():
        groups.setdefault(sets.top(pid), []).append(process)
    return [group_of(ENGINE, "", each) for each in groups.values()], list(_holes(unread))


def namespaces_of(snapshot: Snapshot, pids: Iterable[int]) -> Iterator[Namespace]:
    """The telling namespaces of some processes, as far as they were read."""
    for pid in pids:
        for kind in _TELLING:
            number = namespace_number(snapshot.link(f"/proc/{pid}/ns/{kind}"))
            if number is not None:
                yield kind, number


def _may_be_apart(process: Process) -> bool:
    status = process.status
    if status is None or status.runs_nothing or is_the_hosts_own(process.pid, status.parent):
        return False
    return _nested(process) or not of_host_service(process.cgroup.text())


def _nested(process: Process) -> bool:
    nested = None if process.status is None else process.status.pids_by_namespace
    return nested is not None and len(nested) > 1


def _apart(
    snapshot: Snapshot, process: Process, host: HostNamespaces
) -> tuple[set[Namespace], Reading | None]:
    """The namespaces of a process that are not the host's, and a link that could not be read."""
    found: set[Namespace] = set()
    unread: Reading | None = None
    for kind in _TELLING:
        hosts = host[kind].value
        reading = snapshot.link(f"/proc/{process.pid}/ns/{kind}")
        number = namespace_number(reading)
        if number is None and not ended(snapshot, reading):
            unread = reading
        elif number is not None and hosts is not None and number != hosts:
            found.add((kind, number))
    return found, unread


def _holes(unread: list[Reading]) -> Iterator[Hole]:
    if unread:
        what = f"{len(unread)} processes whose namespaces were not read, first {unread[0].source}"
        yield hole_of(what, unread[0], unread[0].gap or Gap.FAILED, "run Isoscope as root")
