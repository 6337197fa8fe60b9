"""Which namespaces a workload's processes are in, and whether they are the host's.

Sources: ``namespaces(7)``, ``user_namespaces(7)``, include/linux/proc_ns.h and nsfs.h.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.json_fields import get_object, parse_json
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, parsed, unknown
from isoscope.inventory.process_table import Process, ProcessGroup, ended
from isoscope.inventory.process_tasks import AS_ROOT
from isoscope.inventory.procfs import parse_id_map, parse_namespace_link
from isoscope.inventory.workload import IdMapping, NamespaceKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import namespace_owners_source
from isoscope.snapshot.reading import Reading

_WHOLE_MAP = (IdMapping(0, 0, 4294967295),)
"""The id map of the initial user namespace: ``user_namespaces(7)``."""

_INITIAL = {
    NamespaceKind.IPC: 4026531839,
    NamespaceKind.UTS: 4026531838,
    NamespaceKind.USER: 4026531837,
    NamespaceKind.PID: 4026531836,
    NamespaceKind.CGROUP: 4026531835,
    NamespaceKind.TIME: 4026531834,
}
"""Inode numbers that the initial namespaces always have: include/linux/proc_ns.h. The network and
mount namespaces got fixed numbers only in recent kernels."""

INITIAL_USER = _INITIAL[NamespaceKind.USER]
"""The host's own user namespace."""

_DYNAMIC_FROM = 0xF0000000
"""The first number that is given to a namespace made later: fs/proc/generic.c. Lower ones are those
of the initial namespaces."""

HostNamespaces = Mapping[NamespaceKind, Observation[int]]


def host_namespaces(snapshot: Snapshot) -> dict[NamespaceKind, Observation[int]]:
    """The host's own namespaces: the numbers that never change; else process 1's where that is the
    host's init; else the reader's own where their numbers are those of initial namespaces.

    The reader's own alone prove nothing: whoever looks may have a network or mount namespace apart.
    """
    looked_from = "/proc/self" if snapshot.collector.uid is not None else "/proc/1"
    own_pid = namespace_number(snapshot.link(f"{looked_from}/ns/pid"))
    on_host = own_pid == _INITIAL[NamespaceKind.PID]
    found: dict[NamespaceKind, Observation[int]] = {}
    for kind in NamespaceKind:
        key = f"host-namespace-{kind}"
        first = snapshot.link(f"/proc/1/ns/{kind}")
        own = snapshot.link(f"/proc/self/ns/{kind}")
        number_of_first, own_number = namespace_number(first), namespace_number(own)
        if kind in _INITIAL:
            found[kind] = known("host", key, _INITIAL[kind], own, parties=KERNEL)
        elif on_host and number_of_first is not None:
            found[kind] = known("host", key, number_of_first, first, parties=KERNEL)
        elif own_number is not None and own_number < _DYNAMIC_FROM:
            found[kind] = known("host", key, own_number, own, parties=KERNEL)
        else:
            found[kind] = unknown(
                "host",
                key,
                first.gap or Doubt.NOT_SAID,
                f"{first.source}: {first.gap or 'may not be of the host'}",
                "run Isoscope as root on the host itself",
                first,
                own,
            )
    return found


def namespace_number(reading: Reading) -> int | None:
    """The number in a namespace's link; None where it could not be read."""
    try:
        return parse_namespace_link(reading.text())
    except ValueError:
        return None


def own_namespaces(
    subject: str, pid: int, snapshot: Snapshot
) -> dict[NamespaceKind, Observation[int]]:
    """The namespaces of one process."""
    return {
        kind: parsed(
            subject,
            f"namespace-{kind}",
            snapshot.link(f"/proc/{pid}/ns/{kind}"),
            parse_namespace_link,
            parties=KERNEL,
            settled_by=AS_ROOT,
        )
        for kind in NamespaceKind
    }


def namespace_owners(
    subject: str, pid: int, snapshot: Snapshot
) -> Observation[Mapping[NamespaceKind, int]]:
    """Inode numbers of the user namespaces that own those of one process, ``ioctl_ns(2)``."""
    source = namespace_owners_source(pid)
    return parsed(
        subject,
        "namespace-owners",
        snapshot.get(source.channel, source.target, source.request),
        parse_owners,
        parties=KERNEL,
        settled_by="lsns -o NS,TYPE,ONS as root",
    )


def parse_owners(text: str) -> Mapping[NamespaceKind, int]:
    """The answer of ``probes.namespace_owners``.

    Raises:
        ValueError: it is none, or names no namespace.
    """
    found = {}
    for name, inode in get_object(parse_json(text)).items():
        if isinstance(inode, bool) or not isinstance(inode, int) or inode <= 0:
            raise ValueError(f"{name[:20]!r} is owned by no inode")
        found[NamespaceKind(name)] = inode
    if not found:
        raise ValueError("it names no namespace")
    return found


def in_host_namespace(
    subject: str,
    kind: NamespaceKind,
    group: ProcessGroup,
    snapshot: Snapshot,
    host: HostNamespaces,
) -> Observation[bool]:
    """Whether any process that comes first in a workload is in the host's own namespace; of the
    user namespace, whether any process at all is."""
    key = f"in-host-namespace-{kind}"
    hosts = host[kind]
    unread: Reading | None = None
    apart: list[Reading] = []
    looked_at = group.first
    if kind is NamespaceKind.USER:  # capabilities are those of all, and count where each holds them
        looked_at += tuple(process for process in group.processes if process not in group.first)
    for process in looked_at:
        reading = snapshot.link(f"/proc/{process.pid}/ns/{kind}")
        if ended(snapshot, reading) and process is not group.first[0]:
            continue
        number = namespace_number(reading)
        if number is not None:
            inside = None if hosts.value is None else number == hosts.value
        else:
            inside, reading = _inferred(kind, process, snapshot, reading)
        if inside:
            return known(subject, key, True, reading, parties=KERNEL)
        if inside is None:
            unread = reading
        else:
            apart.append(reading)
    if unread is None:
        return known(subject, key, False, *apart, parties=KERNEL)
    if unread.gap is not None:
        explanation = f"{unread.source}: {unread.gap}"
        return unknown(subject, key, unread.gap, explanation, AS_ROOT, unread)
    reason = hosts.unknown.reason if hosts.unknown else Doubt.NOT_UNDERSTOOD
    explanation = f"{unread.source} has nothing to be compared with"
    return unknown(subject, key, reason, explanation, AS_ROOT, unread)


def _inferred(
    kind: NamespaceKind, process: Process, snapshot: Snapshot, link: Reading
) -> tuple[bool | None, Reading]:
    """What readable files tell of a namespace whose link may not be read, and which.

    ``NSpid`` has one number exactly when the process is in the reader's own PID namespace; the id
    map of the initial user namespace is the whole range (``user_namespaces(7)``).
    """
    if kind is NamespaceKind.PID and process.status is not None:
        nested = process.status.pids_by_namespace
        if nested is not None:
            return len(nested) == 1, process.status_reading
    if kind is NamespaceKind.USER:
        reading = snapshot.file(f"/proc/{process.pid}/uid_map")
        if reading.gap is None and not reading.truncated:
            try:
                return parse_id_map(reading.text()) == _WHOLE_MAP, reading
            except ValueError:
                return None, link
    return None, link
