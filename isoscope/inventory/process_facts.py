"""How the kernel confines the processes of one workload.

Where the processes and threads of a workload differ, the weakest counts: one process that entered
with more is enough. Sources: ``proc(5)``, ``capabilities(7)``, ``seccomp(2)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.core_cookies import CoreCookies
from isoscope.inventory.host import Selinux
from isoscope.inventory.host_side import host_side
from isoscope.inventory.observation import KERNEL, Observation, Party, known, parsed
from isoscope.inventory.process_namespaces import (
    HostNamespaces,
    in_host_namespace,
    namespace_owners,
    own_namespaces,
)
from isoscope.inventory.process_network import parse_network_devices, speaks_ipv6
from isoscope.inventory.process_table import ProcessGroup, ended
from isoscope.inventory.process_tasks import AS_ROOT, Tasks
from isoscope.inventory.procfs import (
    Status,
    parse_id_map,
    parse_ksm_stat,
    parse_mountinfo,
    parse_resource_limit,
)
from isoscope.inventory.security_label import read_label
from isoscope.inventory.workload import (
    Capabilities,
    Limit,
    Mount,
    NamespaceKind,
    ProcessFacts,
    SeccompMode,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import cgroup_paths
from isoscope.snapshot.process_marks import cgroup_of_workload
from isoscope.snapshot.reading import Gap, Reading

T = TypeVar("T")

_WEAKEST_FIRST = tuple(SeccompMode)


@dataclass(frozen=True, slots=True)
class HostView:
    """What a workload's processes are compared with."""

    namespaces: HostNamespaces
    selinux: Observation[Selinux]
    last_capability: int
    cgroups: CgroupTree
    core_cookies: CoreCookies | None


def process_facts(
    subject: str, group: ProcessGroup, snapshot: Snapshot, host: HostView
) -> ProcessFacts:
    """The facts of one workload's processes."""
    base = f"/proc/{group.first[0].pid}"
    cgroup = snapshot.file(f"{base}/cgroup")
    tasks = Tasks.of(subject, group, snapshot)
    in_host = {
        kind: in_host_namespace(subject, kind, group, snapshot, host.namespaces)
        for kind in NamespaceKind
    }
    user_id_map = _of_file(subject, "user_id_map", snapshot.file(f"{base}/uid_map"), parse_id_map)
    in_host_user = in_host[NamespaceKind.USER]
    return ProcessFacts(
        pids=group.pids,
        namespaces=own_namespaces(subject, group.first[0].pid, snapshot),
        in_host_namespace=in_host,
        user_id_map=user_id_map,
        capabilities=_capabilities(tasks, host.last_capability),
        # Against the host's objects they only count in the user namespace that owns those.
        capabilities_hold_on_host=replace(
            in_host_user,
            key="capabilities_hold_on_host",
            evidence=in_host_user.evidence + user_id_map.evidence,
        ),
        seccomp=tasks.weakest(
            "seccomp",
            ("Seccomp",),
            lambda status: status.seccomp,
            lambda modes: min(modes, key=_WEAKEST_FIRST.index),
        ),
        no_new_privileges=tasks.weakest(
            "no_new_privileges", ("NoNewPrivs",), lambda status: status.no_new_privileges, all
        ),
        host_user_ids=tasks.weakest(
            "host_user_ids", ("Uid",), lambda status: status.user_ids, _all_of
        ),
        label=read_label(subject, group, snapshot, host.selinux),
        mounts=_mounts(subject, group, snapshot),
        memory=_limit(subject, "memory", group, host.cgroups),
        processes=_limit(subject, "processes", group, host.cgroups),
        cpu=_limit(subject, "cpu", group, host.cgroups),
        block_io=_limit(subject, "block_io", group, host.cgroups),
        open_files=_open_files(subject, group, snapshot),
        device_rules=host.cgroups.device_rules(subject, cgroup),
        allowed_cpus=_allowed_cpus(tasks, host.cgroups.allowed_cpus(subject, cgroup)),
        network_interfaces=_of_file(
            subject, "network_interfaces", snapshot.file(f"{base}/net/dev"), parse_network_devices
        ),
        memory_protected=host.cgroups.memory_protected(subject, cgroup),
        mergeable=_mergeable(subject, group, snapshot),
        host_side=host_side(subject, group, snapshot, tasks, host.cgroups),
        speculation=tasks.weakest(
            "speculation",
            ("Speculation_Store_Bypass", "SpeculationIndirectBranch"),
            lambda status: status.speculation,
            lambda found: frozenset().union(*found),
        ),
        namespace_owners=namespace_owners(subject, group.first[0].pid, snapshot)
        if in_host_user.value is False
        else None,
        memory_nodes=tasks.weakest(
            "memory_nodes", ("Mems_allowed_list",), lambda status: status.memory_nodes, _all_of
        ),
        speaks_ipv6=_speaks_ipv6(subject, snapshot, base),
        core_cookies=None
        if host.core_cookies is None
        else host.core_cookies.of_group(subject, group),
    )


def _speaks_ipv6(subject: str, snapshot: Snapshot, base: str) -> Observation[bool]:
    """A kernel without IPv6 has no such file, though it has that of devices."""
    reading = snapshot.file(f"{base}/net/if_inet6")
    devices = snapshot.file(f"{base}/net/dev")
    here = snapshot.collector.uid is not None and devices.gap is None
    if reading.gap is Gap.ABSENT and here:
        return known(subject, "speaks_ipv6", False, reading, parties=KERNEL, excerpt="no IPv6")
    return _of_file(subject, "speaks_ipv6", reading, speaks_ipv6)


def _capabilities(tasks: Tasks, last: int) -> Observation[Capabilities]:
    def sets_of(status: Status) -> tuple[int, int] | None:
        if status.effective is None or status.permitted is None or status.bounding is None:
            return None
        return status.effective | status.permitted, status.bounding

    def union(sets: list[tuple[int, int]]) -> Capabilities:
        effective = bounding = 0
        for of_one in sets:
            effective |= of_one[0]
            bounding |= of_one[1]
        return Capabilities(effective, bounding, last)

    return tasks.weakest("capabilities", ("CapPrm", "CapEff", "CapBnd"), sets_of, union)


def _allowed_cpus(
    tasks: Tasks, by_cpuset: Observation[frozenset[int]]
) -> Observation[frozenset[int]]:
    """What its cpuset says; else where its tasks may run, which is their own word: each may widen
    its affinity again, ``sched_setaffinity(2)``."""
    if by_cpuset.known:
        return by_cpuset
    affinity: Observation[frozenset[int]] = tasks.weakest(
        "allowed_cpus", ("Cpus_allowed_list",), lambda status: status.allowed_cpus, _all_of
    )
    return replace(affinity, parties=KERNEL | {Party.WORKLOAD})


def _all_of(sets: list[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*sets)


def _of_file(subject: str, key: str, reading: Reading, parse: Callable[[str], T]) -> Observation[T]:
    return parsed(subject, key, reading, parse, parties=KERNEL, settled_by=AS_ROOT)


def _of_first(
    subject: str,
    key: str,
    group: ProcessGroup,
    snapshot: Snapshot,
    name: str,
    parse: Callable[[str], T],
) -> list[Observation[T]]:
    """What a file says of the first process and of every one that entered later and still runs."""
    readings = [(process, snapshot.file(f"/proc/{process.pid}/{name}")) for process in group.first]
    return [
        _of_file(subject, key, reading, parse)
        for process, reading in readings
        if process is group.first[0] or not ended(snapshot, reading)
    ]


def _limit(
    subject: str, resource: str, group: ProcessGroup, cgroups: CgroupTree
) -> Observation[Limit]:
    """The loosest limit on any of its processes."""
    distinct = {
        tuple(map(cgroup_of_workload, cgroup_paths(process.cgroup.text()).values())): process.cgroup
        for process in reversed(group.processes)
    }
    found = [cgroups.limit(subject, resource, cgroup) for cgroup in distinct.values()]
    return max(found, key=_looseness)


def _looseness(limit: Observation[Limit]) -> tuple[bool, float]:
    return limit.value is not None and limit.value.amount is None, _amount(limit.value)


def _open_files(subject: str, group: ProcessGroup, snapshot: Snapshot) -> Observation[Limit]:
    """The loosest limit of those that come first; their children have no more."""
    found = _of_first(
        subject,
        "open_files",
        group,
        snapshot,
        "limits",
        lambda text: Limit(parse_resource_limit(text, "Max open files")),
    )
    return max(found, key=_looseness)


def _amount(limit: Limit | None) -> float:
    return float("inf") if limit is None or limit.amount is None else limit.amount


def _mounts(
    subject: str, group: ProcessGroup, snapshot: Snapshot
) -> Observation[tuple[Mount, ...]]:
    """Mounts of the first process and of every one that entered later."""
    found = _of_first(subject, "mounts", group, snapshot, "mountinfo", parse_mountinfo)
    for observation in found:
        if observation.value is None:
            return observation
    seen = dict.fromkeys(mount for item in found for mount in item.value or ())
    return replace(found[0], value=tuple(seen))


def _mergeable(subject: str, group: ProcessGroup, snapshot: Snapshot) -> Observation[bool]:
    """Whether pages of any of its processes may be merged."""
    found = [
        parsed(
            subject,
            "mergeable",
            reading,
            parse_ksm_stat,
            parties=KERNEL,
            settled_by="run Isoscope as root on a kernel that has ksm_stat",
        )
        for reading in _memories(group, snapshot)
    ]
    weakest = [item for item in found if item.value] + [item for item in found if not item.known]
    return (weakest or found)[0]


def _memories(group: ProcessGroup, snapshot: Snapshot) -> Iterable[Reading]:
    """``ksm_stat`` of the first process and of every other that still has memory."""
    for process in group.processes:
        reading = snapshot.file(f"/proc/{process.pid}/ksm_stat")
        zombie = process.status is not None and process.status.state == "Z"
        if process is group.first[0] or not (zombie or ended(snapshot, reading)):
            yield reading
