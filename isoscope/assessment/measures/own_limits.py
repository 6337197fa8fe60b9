"""Whether a container can undo its own limits, and whether they hold for huge pages too."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    any_of,
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
)
