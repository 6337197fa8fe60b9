"""Whether what a workload may take of the host is bounded.

A limit that is no smaller than what the host has does not bound anything. Sources: ``cgroups(7)``,
``getrlimit(2)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    not_applicable,
    settled,
    test,
    undecided,
)
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import Limit, Mount, ProcessFacts, Workload

_MANY_FILES = 1_048_576
"""Open files from which a limit bounds nothing: ``fs.nr_open``'s default, ``proc(5)``."""
_OF_THE_ENGINE = frozenset({"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/dev/shm"})
_STORED = frozenset(
    {"ext4", "ext3", "ext2", "xfs", "btrfs", "zfs", "overlay", "f2fs", "nfs", "nfs4"}
)


def memory_limited(workload: Workload, host: HostFacts) -> Judgement:
    """Memory below the host's, by cgroup, or by the size of a VM's memory."""
    by_cgroup = _below(_process(workload).memory, host.memory_bytes, "memory", _bytes)
    machine = workload.machine
    if not workload.own_kernel or machine is None or machine.memory is None:
        return by_cgroup
    by_size = _below(machine.memory, host.memory_bytes, "memory", _bytes)
    return any_of(by_cgroup, by_size, otherwise=by_cgroup.says)


def processes_limited(workload: Workload, host: HostFacts) -> Judgement:
    """Processes below a number; a guest's processes are its own kernel's."""
    del host
    if workload.own_kernel:
        return not_applicable("a VM's processes are its own kernel's")
    return test(
        _process(workload).processes,
        lambda limit: limit.amount is not None,
        yes=lambda limit: f"at most {limit.amount:.0f} processes, set at {limit.set_at}",
        no="no limit on processes",
    )


def cpu_limited(workload: Workload, host: HostFacts) -> Judgement:
    """CPU time below all CPUs', by quota, by the CPUs that it may run on, or by a VM's CPUs."""
    process = _process(workload)
    online = host.online_cpus
    if online.value is None:
        return undecided(online.doubt, online)
    count = len(online.value)
    quota = test(
        process.cpu,
        lambda limit: limit.amount is not None and limit.amount < count,
        yes=lambda limit: f"{limit.amount:.2f} of {count} CPUs, set at {limit.set_at}",
        no="no limit on CPU time",
    )
    pinned = test(
        process.allowed_cpus,
        lambda cpus: len(cpus) < count,
        yes=lambda cpus: f"runs on {len(cpus)} of {count} CPUs",
        no=f"may run on all {count} CPUs",
    )
    either = [quota, pinned]
    if workload.own_kernel and workload.machine is not None and workload.machine.cpu is not None:
        either.append(
            test(
                workload.machine.cpu,
                lambda limit: limit.amount is not None and limit.amount < count,
                yes=lambda limit: f"{limit.amount:.0f} virtual CPUs of {count}",
                no=f"as many virtual CPUs as the host's {count}",
            )
        )
    return any_of(*either, otherwise=f"no limit on CPU time of all {count} CPUs")


def some_limit(workload: Workload, host: HostFacts) -> Judgement:
    """At least one of memory, processes and CPU is limited."""
    return any_of(
        memory_limited(workload, host),
        processes_limited(workload, host),
        cpu_limited(workload, host),
        otherwise="nothing limits its memory, processes or CPU",
    )


def block_io_limited(workload: Workload, host: HostFacts) -> Judgement:
    """Block I/O of at least one device is throttled."""
    del host
    return test(
        _process(workload).block_io,
        lambda limit: limit.amount is not None,
        yes=lambda limit: f"block I/O throttled at {limit.set_at}",
        no="no limit on block I/O",
    )


def open_files_limited(workload: Workload, host: HostFacts) -> Judgement:
    """File descriptors per process below what the kernel gives anyway."""
    del host
    return test(
        _process(workload).open_files,
        lambda limit: limit.amount is not None and limit.amount < _MANY_FILES,
        yes=lambda limit: f"at most {limit.amount:.0f} open files per process",
        no="no limit on open files below the kernel's own",
    )


def storage_limited(workload: Workload, host: HostFacts) -> Judgement:
    """Nothing that it can write is without bound: a read-only root and no writable storage of the
    host, or a VM's disks. Quotas of file systems cannot be read from files."""
    del host
    if workload.own_kernel:
        return not_applicable("a VM's disks have the sizes that they were made with")
    mounts = _process(workload).mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    open_to_fill = [mount for mount in mounts.value if _can_be_filled(mount)]
    if not open_to_fill:
        return settled(True, "it can write no storage of the host", mounts)
    where = ", ".join(mount.mount_point for mount in open_to_fill[:3])
    return undecided(
        Unknown(
            Doubt.NOT_SAID,
            f"it can write {where}; whether a quota bounds that, no file says",
            "repquota -P or xfs_quota on the host, or a read-only root and bounded volumes",
        ),
        mounts,
    )


def share_reserved(workload: Workload, others_cpus: frozenset[int] | None) -> Judgement:
    """CPUs that no other tenant may run on, and memory that the kernel does not reclaim.

    ``others_cpus`` is None where a neighbour's CPUs are not known.
    """
    process = _process(workload)
    protected = test(
        process.memory_protected,
        lambda limit: bool(limit.amount),
        yes=lambda limit: f"{_bytes(limit.amount or 0)} of its memory are protected",
        no="none of its memory is protected",
    )
    if others_cpus is None:
        unseen = Unknown(
            Doubt.NOT_SAID, "on which CPUs a neighbour runs is not known", "run as root"
        )
        return all_of(protected, undecided(unseen, process.allowed_cpus), says="")
    dedicated = test(
        process.allowed_cpus,
        lambda cpus: bool(cpus) and cpus.isdisjoint(others_cpus),
        yes="no other tenant runs on its CPUs",
        no="other tenants run on its CPUs",
    )
    return all_of(protected, dedicated, says="dedicated CPUs and protected memory")


OWN_LIMITS: Mapping[str, Callable[[Workload, HostFacts], Judgement]] = {
    "some-limit": some_limit,
    "memory-limited": memory_limited,
    "processes-limited": processes_limited,
    "cpu-limited": cpu_limited,
    "block-io-limited": block_io_limited,
    "open-files-limited": open_files_limited,
    "storage-limited": storage_limited,
}
"""By the id of the measure; ``neighbours-`` before it names the twin that protects neighbours."""


def _process(workload: Workload) -> ProcessFacts:
    if workload.process is None:
        raise ValueError(f"{workload.id} does not run")
    return workload.process


def _below(
    limit: Observation[Limit], most: Observation[int], what: str, words: Callable[[float], str]
) -> Judgement:
    judgement = test(
        limit,
        lambda value: value.amount is not None,
        yes=lambda value: (
            f"{what} limited to {words(value.amount or 0)}"
            + (f", set at {value.set_at}" if value.set_at else "")
        ),
        no=f"no limit on {what}",
    )
    if not judgement.holds:
        return judgement
    if most.value is None:
        return undecided(most.doubt, limit, most)
    if limit.value is None or limit.value.amount is None or limit.value.amount >= most.value:
        says = f"its {what} limit is no smaller than the host's {words(most.value)}"
        return settled(False, says, limit, most)
    return settled(True, judgement.says, limit, most)


def _bytes(amount: float) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if amount >= size:
            return f"{amount / size:.1f} {unit}"
    return f"{amount:.0f} bytes"


def _can_be_filled(mount: Mount) -> bool:
    if mount.mount_point in _OF_THE_ENGINE or not mount.writable:
        return False
    return mount.file_system in _STORED or mount.mount_point == "/"
