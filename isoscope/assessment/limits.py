"""Whether what a workload may take of the host is bounded.

A limit that is no smaller than what the host has does not bound anything. Sources: ``cgroups(7)``,
``getrlimit(2)``.
"""

from __future__ import annotations

from isoscope.assessment.bandwidth import bandwidth_limited
from isoscope.assessment.judgement import (
    Judgement,
    any_of,
    failing,
    holding,
    not_applicable,
    test,
    undecided,
)
from isoscope.assessment.storage_bounds import storage_bounded
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Limit, ProcessFacts, Workload, WorkloadKind

_MANY_FILES = 1_048_576
"""Open files from which a limit bounds nothing: ``fs.nr_open``'s default, ``proc(5)``."""
_MANY_PROCESSES = 4_194_304
"""Processes from which a limit bounds nothing: ``PID_MAX_LIMIT``, ``proc(5)``."""


LIMITS = (
    "some-limit",
    "memory-limited",
    "processes-limited",
    "cpu-limited",
    "block-io-limited",
    "open-files-limited",
    "storage-limited",
    "bandwidth-limited",
)
"""Ids of the measures that bound a workload; ``neighbours-`` before one names its twin, which
protects a tenant by the limits of the others."""


def limits_of(
    workload: Workload, kind: Observation[WorkloadKind], host: HostFacts
) -> dict[str, Judgement]:
    """For each of ``LIMITS``: whether a running workload has it.

    Raises:
        ValueError: it does not run.
    """
    process = workload.process
    if process is None:
        raise ValueError(f"{workload.id} does not run")
    memory = _memory(workload, process, host)
    processes = (
        not_applicable("a VM's processes are its own kernel's", kind)
        if workload.own_kernel
        else _processes(process)
    )
    cpu = _cpu(workload, process, host)
    storage = (
        not_applicable("a VM's disks have the sizes that they were made with", kind)
        if workload.own_kernel
        else storage_bounded(process, host)
    )
    some = any_of(memory, processes, cpu, otherwise="nothing limits its memory, processes or CPU")
    network = bandwidth_limited(workload, host)
    found = (
        *(some, memory, processes, cpu, _block_io(process), _open_files(process), storage),
        network,
    )
    return dict(zip(LIMITS, found, strict=True))


def _memory(workload: Workload, process: ProcessFacts, host: HostFacts) -> Judgement:
    """Memory below the host's, by cgroup, or by the size of a VM's memory."""
    by_cgroup = _below(process.memory, host.memory_bytes)
    machine = workload.machine
    if not workload.own_kernel or machine is None or machine.memory is None:
        return by_cgroup
    by_size = _below(machine.memory, host.memory_bytes)
    return any_of(by_cgroup, by_size, otherwise=by_cgroup.says)


def _processes(process: ProcessFacts) -> Judgement:
    return test(
        process.processes,
        lambda limit: limit.amount is not None and limit.amount < _MANY_PROCESSES,
        yes=lambda limit: f"at most {limit.amount:.0f} processes, set at {limit.set_at}",
        no="no limit on processes",
    )


def _cpu(workload: Workload, process: ProcessFacts, host: HostFacts) -> Judgement:
    """CPU time below all CPUs', by quota, by the CPUs that it may run on, or by a VM's CPUs."""
    online = host.online_cpus
    if online.value is None:
        return undecided(online.doubt, online)
    every = online.value
    count = len(every)
    either = [
        test(
            process.cpu,
            lambda limit: limit.amount is not None and limit.amount < count,
            yes=lambda limit: f"{limit.amount:.2f} of {count} CPUs, set at {limit.set_at}",
            no="no limit on CPU time",
        ),
        test(
            process.allowed_cpus,
            lambda cpus: len(cpus & every) < count,
            yes=lambda cpus: f"runs on {len(cpus & every)} of {count} CPUs",
            no=f"may run on all {count} CPUs",
        ),
    ]
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


def _block_io(process: ProcessFacts) -> Judgement:
    """Reading and writing of at least one device is throttled."""
    return test(
        process.block_io,
        lambda limit: limit.amount is not None,
        yes=lambda limit: f"block I/O throttled at {limit.set_at}",
        no="no limit on block I/O",
    )


def _open_files(process: ProcessFacts) -> Judgement:
    """File descriptors per process below what the kernel gives anyway."""
    return test(
        process.open_files,
        lambda limit: limit.amount is not None and limit.amount < _MANY_FILES,
        yes=lambda limit: f"at most {limit.amount:.0f} open files per process",
        no="no limit on open files below the kernel's own",
    )


def _below(limit: Observation[Limit], most: Observation[int]) -> Judgement:
    """Whether there is a limit on memory, and whether it is smaller than what the host has."""
    judgement = test(
        limit,
        lambda value: value.amount is not None,
        yes=lambda value: (
            f"memory limited to {_bytes(value.amount or 0)}"
            + (f", set at {value.set_at}" if value.set_at else "")
        ),
        no="no limit on memory",
    )
    if not judgement.holds or limit.value is None or limit.value.amount is None:
        return judgement
    if most.value is None:
        return undecided(most.doubt, limit, most)
    if limit.value.amount >= most.value:
        says = f"its memory limit is no smaller than the host's {_bytes(most.value)}"
        return failing(says, limit, most)
    return holding(judgement.says, limit, most)


def _bytes(amount: float) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if amount >= size:
            return f"{amount / size:.1f} {unit}"
    return f"{amount:.0f} bytes"
