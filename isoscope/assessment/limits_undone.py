"""Whether a workload may undo its own limits.

Source: Documentation/admin-guide/cgroup-v2.rst, Delegation.
"""

from __future__ import annotations

from isoscope.assessment.host_paths import words_of
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    holding,
    not_applicable,
    quoting,
    test,
    undecided,
)
from isoscope.assessment.root_for_kernel import is_root
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import (
    Mount,
    NamespaceKind,
    ProcessFacts,
    Workload,
    WorkloadKind,
)

_LIMITING = frozenset({"memory", "pids", "cpu", "blkio"})
_VM = "a guest's control groups are its own kernel's"
_SELINUX = Unknown(
    Doubt.NOT_SAID,
    "SELinux lets a container write control groups only where container_manage_cgroup is on, which "
    "is not read",
    "getsebool container_manage_cgroup",
)


def limits_writable(
    workload: Workload, process: ProcessFacts, kind: Observation[WorkloadKind]
) -> Judgement:
    """Whether a running workload's root may write the files of its limits: they are the host's
    root's, also in a cgroup that was delegated."""
    if workload.behind_own_kernel:
        return not_applicable(_VM, kind)
    mounts = process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    places = [mount for mount in mounts.value if _limits(mount) and mount.writable]
    if not places:
        return failing("it has no control group mounted writable", mounts)
    words = quoting(mounts, "\n".join(words_of(mount) for mount in places[:5]))
    at = ", ".join(mount.mount_point for mount in places[:3])
    writable = holding(f"it can write its limits, and those below, at {at}", words)
    label = process.label
    confined = label.value is not None and label.value.module == "selinux" and label.value.enforced
    return all_of(
        writable,
        _not_delegated(process, places),
        is_root(process),
        *((undecided(_SELINUX, label),) if confined else ()),
        says=writable.says,
    )


def _limits(mount: Mount) -> bool:
    if mount.file_system == "cgroup2":
        return True
    return mount.file_system == "cgroup" and bool(mount.super_options & _LIMITING)


def _not_delegated(process: ProcessFacts, places: list[Mount]) -> Judgement:
    """With ``nsdelegate``, nobody in a cgroup namespace writes the limits at its root."""
    bounded = all(
        mount.file_system == "cgroup2" and "nsdelegate" in mount.super_options for mount in places
    )
    mounts = process.mounts
    if not bounded:
        return holding("no cgroup namespace bounds what it writes", mounts)
    return test(
        process.in_host_namespace[NamespaceKind.CGROUP],
        bool,
        yes="it is in the host's cgroup namespace",
        no="its cgroup namespace keeps it from its own limits: nsdelegate",
    )
