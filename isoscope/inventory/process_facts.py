"""How the kernel confines the processes of one workload.

Where the processes of a workload differ, the weakest counts: one process that entered with more is
enough. Sources: ``proc(5)``, ``namespaces(7)``, ``capabilities(7)``, ``seccomp(2)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.host import Selinux, SelinuxState
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Observation,
    known,
    parsed,
    unknown,
)
from isoscope.inventory.process_table import Process, ProcessGroup
from isoscope.inventory.procfs import (
    Status,
    parse_id_map,
    parse_ksm_stat,
    parse_mountinfo,
    parse_namespace_link,
    parse_network_devices,
    parse_resource_limit,
)
from isoscope.inventory.security_label import read_label
from isoscope.inventory.workload import (
    Capabilities,
    IdMapping,
    Limit,
    Mount,
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

T = TypeVar("T")

AS_ROOT = "run Isoscope as root"
WHOLE_MAP = (IdMapping(0, 0, 4294967295),)
"""The id map of the initial user namespace: ``user_namespaces(7)``."""

INITIAL_NAMESPACES = {
    NamespaceKind.IPC: 4026531839,
    NamespaceKind.UTS: 4026531838,
    NamespaceKind.USER: 4026531837,
    NamespaceKind.PID: 4026531836,
    NamespaceKind.CGROUP: 4026531835,
    NamespaceKind.TIME: 4026531834,
}
"""Inode numbers that the initial namespaces always have: include/linux/proc_ns.h. The network and
mount namespaces got fixed numbers only in recent kernels, so they are compared with the reader's."""


@dataclass(frozen=True, slots=True)
class HostView:
    """What a workload's processes are compared with."""

    namespaces: Mapping[NamespaceKind, Observation[int]]
    lsms: Observation[tuple[str, ...]]
    selinux: Observation[Selinux]
    last_capability: int
    cgroups: CgroupTree

    @property
    def selinux_enforcing(self) -> bool:
        """Whether SELinux is known to enforce."""
        value = self.selinux.value
        return value is not None and value.state is SelinuxState.ENFORCING


def host_namespaces(snapshot: Snapshot) -> dict[NamespaceKind, Observation[int]]:
    """The host's own namespaces.

    Process 1's where they could be read and it is the host's init; else the numbers that never
    change; else the reader's own, if it runs in the host's PID namespace.
    """
    found: dict[NamespaceKind, Observation[int]] = {}
    own_pid = _namespace_number(snapshot.link("/proc/self/ns/pid"))
    outside = snapshot.collector.uid is None or own_pid == INITIAL_NAMESPACES[NamespaceKind.PID]
    for kind in NamespaceKind:
        key = f"host-namespace-{kind}"
        first = snapshot.link(f"/proc/1/ns/{kind}")
        own = snapshot.link(f"/proc/self/ns/{kind}")
        if kind in INITIAL_NAMESPACES:
            found[kind] = known("host", key, INITIAL_NAMESPACES[kind], own, parties=KERNEL)
        elif outside and (number := _namespace_number(first)) is not None:
            found[kind] = known("host", key, number, first, parties=KERNEL)
        elif outside and (number := _namespace_number(own)) is not None:
            found[kind] = known("host", key, number, own, parties=KERNEL)
        else:
            found[kind] = unknown(
                "host",
                key,
                first.gap or own.gap or Doubt.NOT_UNDERSTOOD,
                f"{first.source}: {first.gap or 'not of the host'}",
                "run Isoscope as root on the host itself",
                first,
                own,
            )
    return found


def _namespace_number(reading: Reading) -> int | None:
    try:
        return parse_namespace_link(reading.text())
    except ValueError:
        return None


def process_facts(
    subject: str, group: ProcessGroup, snapshot: Snapshot, host: HostView
) -> ProcessFacts:
    """The facts of one workload's processes."""
    first = group.first[0]
    base = f"/proc/{first.pid}"
    cgroup = snapshot.file(f"{base}/cgroup")
    user_id_map = parsed(
        subject,
        "user_id_map",
        snapshot.file(f"{base}/uid_map"),
        parse_id_map,
        parties=KERNEL,
        settled_by=AS_ROOT,
    )
    namespaces = {
        kind: parsed(
            subject,
            f"namespace-{kind}",
            snapshot.link(f"{base}/ns/{kind}"),
            parse_namespace_link,
            parties=KERNEL,
            settled_by=AS_ROOT,
        )
        for kind in NamespaceKind
    }
    in_host = {
        kind: _in_host_namespace(subject, kind, group, snapshot, host) for kind in NamespaceKind
    }
    return ProcessFacts(
        pids=group.pids,
        namespaces=namespaces,
        in_host_namespace=in_host,
        user_id_map=user_id_map,
        capabilities=_over_all(
            subject,
            "capabilities",
            group.processes,
            ("CapEff", "CapBnd"),
            lambda status: (
                None
                if status.effective is None or status.bounding is None
                else (status.effective, status.bounding)
            ),
            lambda sets: Capabilities(
                _union(effective for effective, _ in sets),
                _union(bounding for _, bounding in sets),
                host.last_capability,
            ),
        ),
        capabilities_hold_on_host=_hold_on_host(subject, in_host[NamespaceKind.USER], user_id_map),
        seccomp=_over_all(
            subject,
            "seccomp",
            group.processes,
            ("Seccomp",),
            lambda status: status.seccomp,
            lambda modes: min(modes, key=list(SeccompMode).index),
        ),
        no_new_privileges=_over_all(
            subject,
            "no_new_privileges",
            group.processes,
            ("NoNewPrivs",),
            lambda status: status.no_new_privileges,
            all,
        ),
        host_user_ids=_over_all(
            subject,
            "host_user_ids",
            group.processes,
            ("Uid",),
            lambda status: status.user_ids,
            lambda ids: frozenset().union(*ids),
        ),
        label=read_label(subject, group, snapshot, host.lsms, enforcing=host.selinux_enforcing),
        mounts=_mounts(subject, group, snapshot),
        memory=host.cgroups.limit(subject, "memory", cgroup),
        processes=host.cgroups.limit(subject, "processes", cgroup),
        cpu=host.cgroups.limit(subject, "cpu", cgroup),
        block_io=host.cgroups.limit(subject, "block_io", cgroup),
        open_files=parsed(
            subject,
            "open_files",
            snapshot.file(f"{base}/limits"),
            lambda text: Limit(parse_resource_limit(text, "Max open files")),
            parties=KERNEL,
            settled_by=AS_ROOT,
        ),
        device_rules=host.cgroups.device_rules(subject, cgroup),
        allowed_cpus=_over_all(
            subject,
            "allowed_cpus",
            group.processes,
            ("Cpus_allowed_list",),
            lambda status: status.allowed_cpus,
            lambda sets: frozenset().union(*sets),
        ),
        network_interfaces=parsed(
            subject,
            "network_interfaces",
            snapshot.file(f"{base}/net/dev"),
            parse_network_devices,
            parties=KERNEL,
            settled_by=AS_ROOT,
        ),
        memory_protected=host.cgroups.memory_protected(subject, cgroup),
        mergeable=parsed(
            subject,
            "mergeable",
            snapshot.file(f"{base}/ksm_stat"),
            parse_ksm_stat,
            parties=KERNEL,
            settled_by="run Isoscope as root on a kernel that has ksm_stat",
        ),
    )


def _union(masks: Iterable[int]) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _over_all(
    subject: str,
    key: str,
    processes: tuple[Process, ...],
    rows: tuple[str, ...],
    take: Callable[[Status], T | None],
    join: Callable[[list[T]], object],
) -> Observation:  # type: ignore[type-arg]
    """One fact over the status files of all processes; unknown as soon as one does not say it."""
    values: list[T] = []
    for process in processes:
        value = None if process.status is None else take(process.status)
        if value is None:
            reading = process.status_reading
            return unknown(
                subject,
                key,
                reading.gap or Doubt.NOT_SAID,
                f"{reading.source}: {reading.gap or 'does not say ' + ', '.join(rows)}",
                AS_ROOT,
                reading,
            )
        values.append(value)
    weakest = processes[0].status_reading
    excerpt = "\n".join(
        line for line in weakest.text().splitlines() if line.partition(":")[0] in rows
    )
    return known(subject, key, join(values), weakest, parties=KERNEL, excerpt=excerpt)


def _in_host_namespace(
    subject: str,
    kind: NamespaceKind,
    group: ProcessGroup,
    snapshot: Snapshot,
    host: HostView,
) -> Observation[bool]:
    key = f"in-host-namespace-{kind}"
    own = host.namespaces[kind]
    unread: Reading | None = None
    last: Reading | None = None
    for process in group.first:
        reading = snapshot.link(f"/proc/{process.pid}/ns/{kind}")
        number = _namespace_number(reading)
        inferred = _inferred(kind, process, snapshot) if number is None else None
        if number is not None and own.value is not None:
            last = reading
            if number == own.value:
                return known(subject, key, True, reading, parties=KERNEL)
        elif inferred is not None:
            value, last = inferred
            if value:
                return known(subject, key, True, last, parties=KERNEL)
        else:
            unread = reading
    if unread is not None or last is None:
        gap = unread.gap if unread is not None else None
        return unknown(
            subject,
            key,
            gap or (own.unknown.reason if own.unknown else Doubt.NOT_UNDERSTOOD),
            f"{unread.source if unread else 'its processes'}: {gap or 'cannot be compared'}",
            AS_ROOT,
            *([unread] if unread is not None else []),
        )
    return known(subject, key, False, last, parties=KERNEL)


def _inferred(
    kind: NamespaceKind, process: Process, snapshot: Snapshot
) -> tuple[bool, Reading] | None:
    """What readable files tell of a namespace whose link may not be read.

    ``NSpid`` has one number exactly when the process is in the reader's own PID namespace; the id
    map of the initial user namespace is the whole range (``user_namespaces(7)``).
    """
    if kind is NamespaceKind.PID and process.status is not None:
        nested = process.status.pids_by_namespace
        return None if nested is None else (len(nested) == 1, process.status_reading)
    if kind is NamespaceKind.USER:
        reading = snapshot.file(f"/proc/{process.pid}/uid_map")
        if reading.gap is None:
            try:
                return parse_id_map(reading.text()) == WHOLE_MAP, reading
            except ValueError:
                return None
    return None


def _hold_on_host(
    subject: str,
    in_host_user: Observation[bool],
    user_id_map: Observation[tuple[IdMapping, ...]],
) -> Observation[bool]:
    """Capabilities count against the host's objects only in the user namespace that owns those."""
    if in_host_user.value is not None:
        return Observation(
            subject,
            "capabilities_hold_on_host",
            in_host_user.value,
            None,
            in_host_user.evidence + user_id_map.evidence,
            KERNEL,
        )
    return Observation(
        subject,
        "capabilities_hold_on_host",
        None,
        in_host_user.unknown,
        in_host_user.evidence,
        KERNEL,
    )


def _mounts(
    subject: str, group: ProcessGroup, snapshot: Snapshot
) -> Observation[tuple[Mount, ...]]:
    """Mounts of the first process and of every one that entered later."""
    seen: dict[Mount, None] = {}
    readings: list[Reading] = []
    for process in group.first:
        reading = snapshot.file(f"/proc/{process.pid}/mountinfo")
        if reading.gap in (Gap.GONE, Gap.ABSENT) and process is not group.first[0]:
            continue
        observation = parsed(
            subject,
            "mounts",
            reading,
            parse_mountinfo,
            parties=KERNEL,
            settled_by=AS_ROOT,
        )
        if observation.value is None:
            return observation
        seen.update(dict.fromkeys(observation.value))
        readings.append(reading)
    return known(subject, "mounts", tuple(seen), readings[0], parties=KERNEL)
