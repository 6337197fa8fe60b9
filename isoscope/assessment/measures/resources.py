"""What bounds a workload, and what bounds its neighbours: ``cgroups(7)``, ``getrlimit(2)``."""

from __future__ import annotations

import re
from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, measure
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.limits import LIMITS
from isoscope.assessment.measures.cgroup_files import shown_by_hand

_MEMORY = ("memory.max", "memory/memory.limit_in_bytes")
_PROCESSES = ("pids.max", "pids/pids.max")
_CPU = ("cpu.max", "cpu/cpu.cfs_quota_us")
_TEXTS = {
    "some-limit": (
        "At least one limit",
        "At least one of memory, processes and CPU time is limited.",
        "Without any, one runaway program takes the host and everybody on it.",
        shown_by_hand(*_MEMORY, *_PROCESSES, *_CPU),
        "Start it with --memory, --pids-limit or --cpus.",
    ),
    "memory-limited": (
        "Memory limited",
        "Memory is limited below what the host has, on the cgroup or on one above it.",
        "Without it, the kernel kills whoever is largest when memory runs out, not who took it.",
        shown_by_hand(*_MEMORY),
        "Start it with --memory; for a VM, give it less memory than the host has.",
    ),
    "processes-limited": (
        "Processes limited",
        "The number of processes is limited.",
        "Without it, a fork bomb fills the host's process table.",
        shown_by_hand(*_PROCESSES),
        "Start it with --pids-limit.",
    ),
    "cpu-limited": (
        "CPU time limited",
        "CPU time is limited below all CPUs of the host, by quota or by the CPUs that it may use.",
        "Without it, the workload can take every CPU; weights only matter against siblings.",
        shown_by_hand(*_CPU),
        "Start it with --cpus or --cpuset-cpus.",
    ),
    "block-io-limited": (
        "Block I/O limited",
        "Reading or writing of block devices is throttled.",
        "Without it, one workload can keep the disk busy for all.",
        shown_by_hand("io.max", "blkio/blkio.throttle.*_device"),
        "Start it with --device-read-bps and --device-write-bps; for a VM, use iotune.",
    ),
    "open-files-limited": (
        "Open files limited",
        "The number of open files per process is limited below the kernel's own bound.",
        "File descriptors are kernel memory that all share.",
        "grep 'open files' /proc/PID/limits",
        "Start it with --ulimit nofile=1024:1024.",
    ),
    "storage-limited": (
        "Storage limited",
        "The workload can fill no storage of the host without bound.",
        "A full file system stops everybody on it, the host's own services first.",
        "repquota -P /var/lib/docker; docker info | grep -A5 'Storage Driver'",
        "Use a read-only root, and volumes with a quota or of their own size.",
    ),
    "bandwidth-limited": (
        "Network traffic limited",
        (
            "What the workload may send and what it may receive is bounded at the host's end of "
            "each of its network devices. Bounds that it could change itself do not count."
        ),
        "One that sends or receives all that a link carries leaves nothing of it to the others.",
        "tc -s qdisc show; ip -d link",
        (
            "For a VM, use <bandwidth> in its <interface>; for containers, the bandwidth plugin of "
            "CNI or tc(8) on the host's device."
        ),
    ),
}
_REFERENCES = ("cgroups(7)", "getrlimit(2)", "Documentation/admin-guide/cgroup-v2.rst")
_OF_NETWORKS = ("tc(8)", "https://libvirt.org/formatdomain.html#quality-of-service")


def _surveyed(key: str) -> Callable[[Subject], Judgement]:
    return lambda subject: subject.neighbourhood[key]


def _declare(limit: str) -> Declaration:
    title, what, why, by_hand, remedy = _TEXTS[limit]
    return measure(
        limit,
        title,
        what=what,
        why=why,
        by_hand=by_hand,
        remedy=remedy,
        references=_OF_NETWORKS if limit == "bandwidth-limited" else _REFERENCES,
        judge=_surveyed(limit),
    )


def _declare_neighbours(limit: str) -> Declaration:
    title, what, why, by_hand, remedy = _TEXTS[limit]
    return measure(
        f"neighbours-{limit}",
        f"Neighbours: {_within(title)}",
        what=f"For every workload of the other tenants: {_within(what)}",
        why=f"It is the neighbours' limits that protect a tenant. {why}",
        by_hand=re.sub(r"\b(CGROUP|PID)\b", r"OTHER_\1", by_hand),
        remedy=f"On the neighbour's workload: {remedy}",
        references=_OF_NETWORKS if limit == "bandwidth-limited" else _REFERENCES,
        judge=_surveyed(f"neighbours-{limit}"),
    )


def _within(text: str) -> str:
    """Words as they stand within a sentence: an abbreviation keeps its capitals."""
    return text if text[1:2].isupper() else f"{text[0].lower()}{text[1:]}"


DECLARATIONS: tuple[Declaration, ...] = (
    *(_declare(limit) for limit in LIMITS),
    *(_declare_neighbours(limit) for limit in LIMITS),
    measure(
        "share-reserved",
        "A share of its own",
        what="CPUs that no other tenant may run on, and memory that the kernel does not reclaim.",
        why="A bound on others still leaves the rest to be fought for; a reserved share does not.",
        by_hand=shown_by_hand(
            "cpuset.cpus.effective", "memory.min", "cpuset/cpuset.effective_cpus"
        ),
        remedy="Give each tenant CPUs of its own (--cpuset-cpus) and memory.min on its cgroup.",
        references=("cpuset(7)", "Documentation/admin-guide/cgroup-v2.rst: memory.min"),
        judge=_surveyed("share-reserved"),
    ),
)
