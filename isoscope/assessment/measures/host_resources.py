"""What else of the host's resources a workload may take, or take first.

None of these decides a rung: the ladder's rungs name memory, processes, CPU, block I/O, open files
and storage. Sources: ``getrlimit(2)``, ``sched(7)``, ``proc(5)``, ``tmpfs(5)``.
"""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.host_paths import words_of
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    negated,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.measures.cgroup_files import shown_by_hand
from isoscope.assessment.measures.from_host import UNSEEN, of_declared, of_host
from isoscope.assessment.measures.privileges import can_have, counts_on_host
from isoscope.inventory.declared import KeptLog
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.reach import HostSide
from isoscope.inventory.workload import Mount

_KEPT_ELSEWHERE = Unknown(
    Doubt.NOT_SAID,
    "another program keeps its log, by rules of its own",
    "look at that program's settings: for the journal, SystemMaxUse in journald.conf",
)
_OWN_PRECEDENCE = caps.mask("SYS_NICE", "SYS_RESOURCE")
_OWN_LIMITS = caps.mask("SYS_RESOURCE")
_IN_MEMORY = ("tmpfs", "ramfs")


def _seen(subject: Subject, judge: Callable[[HostSide], Judgement]) -> Judgement:
    side = subject.process.host_side
    return undecided(UNSEEN) if side is None else judge(side)


def _or_raised(subject: Subject, found: Judgement, bits: int) -> Judgement:
    """What holds now, or what a capability in the host's user namespace lets its processes bring
    about: the kernel asks for these with ``capable()``, not in the namespace of the caller."""
    if subject.workload.own_kernel:
        return found
    held = can_have(subject, bits, yes="it can have", no="it cannot have such a capability")
    raised = all_of(held, counts_on_host(subject), says=f"{held.says}, which counts on the host")
    return any_of(found, raised, otherwise=found.says)


def _spared(subject: Subject) -> Judgement:
    now = _seen(
        subject,
        lambda side: test(
            side.chosen_by_oom,
            lambda score: score < 0,
            yes=lambda score: f"others are killed before it: oom_score_adj {score}",
            no="it is killed no later than others when memory runs out",
        ),
    )
    return _or_raised(subject, now, _OWN_LIMITS)


def _hurries(subject: Subject) -> Judgement:
    by_limit = _seen(
        subject,
        lambda side: test(
            side.hurrying,
            bool,
            yes=lambda ways: f"its limits let it take {' and '.join(ways)}",
            no="its limits let it take no precedence",
        ),
    )
    return _or_raised(subject, by_limit, _OWN_PRECEDENCE)


def _unbounded(subject: Subject) -> Judgement:
    now = _seen(
        subject,
        lambda side: test(
            side.unbounded,
            bool,
            yes=lambda found: f"no limit on {', '.join(found)}",
            no="locked memory, message queues, pending signals and core dumps are limited",
        ),
    )
    return _or_raised(subject, now, _OWN_LIMITS)


def _swap_limited(subject: Subject) -> Judgement:
    none = negated(
        test(
            subject.inventory.host.swap_active,
            bool,
            yes="no limit on swap",
            no="the host has no swap",
        )
    )
    limited = _seen(
        subject,
        lambda side: test(
            side.swap_limit,
            lambda amount: amount != float("inf"),
            yes="its cgroup, or one above it, limits its swap",
            no="no limit on swap, on its cgroup or one above it",
        ),
    )
    return any_of(none, limited, otherwise=none.says)


def _memory_files_bounded(subject: Subject) -> Judgement:
    """A tmpfs without a size takes half of the memory, one of size 0 and a ramfs take all:
    tmpfs(5). Where memory is limited, what is in them counts as that."""
    if subject.workload.own_kernel:
        return not_applicable("a guest's memory holds its own tmpfs", subject.kind)
    mounts = subject.process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    sizeless = [
        mount
        for mount in mounts.value
        if mount.file_system in _IN_MEMORY and mount.writable and not _sized(mount)
    ]
    if not sizeless:
        return holding("every tmpfs that it writes has a size", mounts)
    where = ", ".join(mount.mount_point for mount in sizeless[:3])
    words = "\n".join(words_of(mount) for mount in sizeless[:5])
    unsized = failing(
        f"tmpfs without a size, and without a limit on memory: {where}", quoting(mounts, words)
    )
    limited = test(
        subject.process.memory,
        lambda limit: limit.amount is not None,
        yes="what it writes to tmpfs counts against its limit on memory",
        no=unsized.says,
    )
    return any_of(limited, unsized, otherwise=unsized.says)


def _sized(mount: Mount) -> bool:
    """The kernel shows ``nr_blocks=`` as ``size=``, and a size of 0 for none."""
    sizes = [option for option in mount.super_options if option.startswith("size=")]
    return mount.file_system == "tmpfs" and bool(sizes) and not sizes[0].startswith("size=0")


def _log_bounded(subject: Subject) -> Judgement:
    def judge(log: Observation[KeptLog]) -> Judgement:
        if log.value is not None and log.value.bounded is None:
            return undecided(_KEPT_ELSEWHERE, log)
        return test(
            log,
            lambda kept: bool(kept.bounded),
            yes=lambda kept: f"its log, kept by {kept.driver[:30]}, has a bound",
            no=lambda kept: f"its log, kept by {kept.driver[:30]}, grows without bound",
        )

    return of_declared(subject, lambda details: details.log, judge)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "spared-by-oom-killer",
        "Others are killed before it",
        what="When memory runs out, the kernel kills the host's own services and other workloads "
        "before this one, or its processes may bring that about.",
        why="A workload that takes all memory then ends everybody else first, and itself last.",
        by_hand="cat /proc/PID/oom_score_adj; grep CapBnd /proc/PID/status",
        remedy="Start it without --oom-score-adj, or with a number above 0, and without --cap-add "
        "SYS_RESOURCE.",
        references=(
            "proc(5): oom_score_adj",
            "capabilities(7): CAP_SYS_RESOURCE",
            "docker-run(1): --oom-score-adj",
        ),
        judge=_spared,
    ),
    exposure(
        "realtime-scheduling-allowed",
        "It may run before everybody else",
        what="Its processes may give themselves real-time priority or a nice value below 0.",
        why="A real-time thread that never waits keeps a CPU from the host's own services.",
        by_hand="grep -E 'nice|realtime' /proc/PID/limits; grep CapBnd /proc/PID/status",
        remedy="Start it without --ulimit rtprio and without --cap-add SYS_NICE or SYS_RESOURCE.",
        references=("sched(7)", "getrlimit(2): RLIMIT_RTPRIO, RLIMIT_NICE", "capabilities(7)"),
        judge=_hurries,
    ),
    exposure(
        "process-limits-open",
        "Kernel memory or core dumps without a limit",
        what="Its processes have no limit on locked memory, message queues, pending signals or "
        "core dumps, or may raise it.",
        why="These are taken from the kernel and the host's disk; a limit on memory bounds only "
        "some of it.",
        by_hand="grep -E 'locked|msgqueue|pending|core' /proc/PID/limits; grep CapBnd "
        "/proc/PID/status",
        remedy="Start it with --ulimit memlock=8388608 and --ulimit core=0, or set default-ulimits "
        "in daemon.json; leave out --cap-add SYS_RESOURCE.",
        references=("getrlimit(2)", "capabilities(7): CAP_SYS_RESOURCE", "docker-run(1): --ulimit"),
        judge=_unbounded,
    ),
    measure(
        "swap-limited",
        "Swap limited",
        what="The swap that it may fill is limited, or the host has none.",
        why="A limit on memory alone only moves what is above it to swap, which all share, and "
        "whoever swaps slows the disk for everybody.",
        by_hand=shown_by_hand("memory.swap.max", "memory/memory.memsw.limit_in_bytes") + "; swapon",
        remedy="Start it with --memory-swap equal to --memory.",
        references=("Documentation/admin-guide/cgroup-v2.rst: memory.swap.max", "docker-run(1)"),
        judge=_swap_limited,
    ),
    measure(
        "tmpfs-limited",
        "Files in memory limited",
        what="Each tmpfs that it writes has a size, and it writes no ramfs, or both count against "
        "its limit on memory.",
        why="A tmpfs without a size holds as much as half of the host's memory, a ramfs all of it.",
        by_hand="grep -E ' (tmpfs|ramfs) ' /proc/PID/mountinfo",
        remedy="Mount it with a size (--tmpfs /tmp:size=64m), or start it with --memory.",
        references=("tmpfs(5)", "docker-run(1): --tmpfs, --shm-size"),
        judge=_memory_files_bounded,
    ),
    measure(
        "log-limited",
        "Its log limited",
        what="The engine keeps no more than some size of what it writes to its standard output.",
        why="A log without a bound fills the file system on which the engine keeps it, and with it "
        "everybody who writes there.",
        by_hand="docker inspect --format '{{json .HostConfig.LogConfig}}' NAME",
        remedy="Start it with --log-opt max-size=10m, or set log-opts in daemon.json.",
        references=("Docker: Configure logging drivers", "podman-run(1): --log-opt"),
        judge=_log_bounded,
    ),
    exposure(
        "kernel-table-nearly-full",
        "A table of the kernel is nearly full",
        what="Four fifths of a table that all share are used: open files, pseudo-terminals, or "
        "connections that the firewall tracks.",
        why="No control group limits these. Whoever takes the rest denies it to the host and to "
        "every neighbour.",
        by_hand="sysctl fs.file-nr kernel.pty.nr kernel.pty.max net.netfilter.nf_conntrack_count "
        "net.netfilter.nf_conntrack_max",
        remedy="Find out who fills it, and raise its limit with sysctl.",
        references=(
            "Documentation/admin-guide/sysctl/fs.rst: file-nr",
            "Documentation/networking/nf_conntrack-sysctl.rst",
        ),
        judge=of_host("kernel-table-nearly-full"),
    ),
    exposure(
        "host-under-pressure",
        "The host waits for resources now",
        what="Tasks of the host waited for CPU, memory or I/O for much of the last five minutes.",
        why="It shows that limits are missing or too wide: what one workload takes, the host and "
        "others wait for already.",
        by_hand="grep . /proc/pressure/*",
        remedy="Find out who takes it (systemd-cgtop, cgroup files *.pressure), and limit that.",
        references=("Documentation/accounting/psi.rst",),
        judge=of_host("host-under-pressure"),
    ),
)
