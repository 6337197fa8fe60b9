"""Whether a container can undo its own limits, whether they hold for huge pages too, and whether
they leave the host CPUs of its own."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    holding,
    negated,
    test,
    undecided,
)
from isoscope.assessment.limits_undone import limits_writable
from isoscope.assessment.measures.cgroup_files import shown_by_hand
from isoscope.assessment.measures.from_host import UNSEEN


def _limits_writable(subject: Subject) -> Judgement:
    return limits_writable(subject.workload, subject.process, subject.kind)


def _huge_pages_limited(subject: Subject) -> Judgement:
    side = subject.process.host_side
    if side is None:
        return undecided(UNSEEN)
    none = negated(
        test(
            side.huge_page_sizes,
            bool,
            yes=lambda sizes: f"the host keeps huge pages of {', '.join(sizes)}",
            no="the host keeps no huge pages",
        )
    )
    limited = test(
        side.huge_pages_open,
        lambda sizes: not sizes,
        yes="its cgroup, or one above it, limits its huge pages",
        no=lambda sizes: f"no limit on huge pages of {', '.join(sizes)}",
    )
    return any_of(none, limited, otherwise=limited.says)


def _cpus_left(subject: Subject) -> Judgement:
    online = subject.inventory.host.online_cpus
    if online.value is None:
        return undecided(online.doubt, online)
    every = online.value
    left = test(
        subject.process.allowed_cpus,
        lambda allowed: bool(every - allowed),
        yes=lambda allowed: f"it leaves the host {len(every - allowed)} of {len(every)} CPUs",
        no=f"it may run on all {len(every)} CPUs of the host",
    )
    return all_of(left, holding(left.says, online), says=left.says) if left.holds else left


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "own-limits-writable",
        "It can write its own limits",
        what="A control group hierarchy is mounted writable in the container, and its root may "
        "write the files that hold its limits.",
        why="What a workload can write itself bounds it no more: one echo takes the limit away.",
        by_hand="grep cgroup /proc/PID/mountinfo; readlink /proc/PID/ns/cgroup",
        remedy="Mount /sys/fs/cgroup read-only, run it in a user namespace, or with cgroup v2 "
        "mounted nsdelegate and --cgroupns=private.",
        references=(
            "Documentation/admin-guide/cgroup-v2.rst: Delegation, nsdelegate",
            "cgroup_namespaces(7)",
        ),
        judge=_limits_writable,
    ),
    measure(
        "huge-pages-limited",
        "Huge pages limited",
        what="The huge pages that it may take are limited, or the host keeps none.",
        why="They are set aside for who needs them, counted apart from memory, and one workload "
        "can take them all.",
        by_hand="grep . /sys/kernel/mm/hugepages/*/nr_hugepages; "
        + shown_by_hand("hugetlb.2MB.max", "hugetlb/hugetlb.2MB.limit_in_bytes"),
        remedy="Set hugetlb.2MB.max on its cgroup; for Kubernetes, resources.limits.hugepages-2Mi.",
        references=(
            "Documentation/admin-guide/cgroup-v2.rst: HugeTLB",
            "Documentation/admin-guide/mm/hugetlbpage.rst",
        ),
        judge=_huge_pages_limited,
    ),
    measure(
        "cpus-left-for-host",
        "CPUs left for the host",
        what="At least one CPU of the host is none of those that the workload may run on.",
        why="A limit on CPU time is counted after the fact, and a real-time task or a flood of "
        "interrupts takes a CPU whole: what the host runs on a CPU of its own goes on.",
        by_hand="grep Cpus_allowed_list /proc/PID/status; cat /sys/devices/system/cpu/online",
        remedy="Start it with --cpuset-cpus; for all of them at once set AllowedCPUs= on "
        "machine.slice or on the engine's cgroup parent.",
        references=("cpuset(7)", "systemd.resource-control(5): AllowedCPUs="),
        judge=_cpus_left,
    ),
)
