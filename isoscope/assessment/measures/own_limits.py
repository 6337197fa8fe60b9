"""Whether a container can undo its own limits, and whether they hold for huge pages too."""

from __future__ import annotations

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
from isoscope.assessment.measures.from_host import UNSEEN
from isoscope.assessment.measures.kernel_files import is_root_for_the_kernel
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.workload import Mount, NamespaceKind

_LIMITING = frozenset({"memory", "pids", "cpu", "blkio"})
_VM = "a guest's control groups are its own kernel's"
_SELINUX = Unknown(
    Doubt.NOT_SAID,
    "SELinux lets a container write control groups only where container_manage_cgroup is on, which "
    "is not read",
    "getsebool container_manage_cgroup",
)


def _limits_writable(subject: Subject) -> Judgement:
    """The files of limits are the host's root's, also in a cgroup that was delegated."""
    if subject.workload.behind_own_kernel:
        return not_applicable(_VM, subject.kind)
    mounts = subject.process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    places = [mount for mount in mounts.value if _limits(mount) and mount.writable]
    if not places:
        return failing("it has no control group mounted writable", mounts)
    words = quoting(mounts, "\n".join(words_of(mount) for mount in places[:5]))
    at = ", ".join(mount.mount_point for mount in places[:3])
    writable = holding(f"it can write its limits, and those below, at {at}", words)
    label = subject.process.label
    confined = label.value is not None and label.value.module == "selinux" and label.value.enforced
    return all_of(
        writable,
        _not_delegated(subject, places),
        is_root_for_the_kernel(subject),
        *((undecided(_SELINUX, label),) if confined else ()),
        says=writable.says,
    )


def _limits(mount: Mount) -> bool:
    if mount.file_system == "cgroup2":
        return True
    return mount.file_system == "cgroup" and bool(mount.super_options & _LIMITING)


def _not_delegated(subject: Subject, places: list[Mount]) -> Judgement:
    """With ``nsdelegate``, nobody in a cgroup namespace writes the limits at its root."""
    bounded = all(
        mount.file_system == "cgroup2" and "nsdelegate" in mount.super_options for mount in places
    )
    mounts = subject.process.mounts
    if not bounded:
        return holding("no cgroup namespace bounds what it writes", mounts)
    return test(
        subject.process.in_host_namespace[NamespaceKind.CGROUP],
        bool,
        yes="it is in the host's cgroup namespace",
        no="its cgroup namespace keeps it from its own limits: nsdelegate",
    )


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
        by_hand="grep . /sys/kernel/mm/hugepages/*/nr_hugepages "
        "/sys/fs/cgroup/CGROUP/hugetlb.2MB.max (v2) or hugetlb.2MB.limit_in_bytes (v1)",
        remedy="Set hugetlb.2MB.max on its cgroup; for Kubernetes, resources.limits.hugepages-2Mi.",
        references=(
            "Documentation/admin-guide/cgroup-v2.rst: HugeTLB",
            "Documentation/admin-guide/mm/hugetlbpage.rst",
        ),
        judge=_huge_pages_limited,
    ),
)
