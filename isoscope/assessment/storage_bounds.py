"""Whether what a workload can store is bounded: quotactl(2), Docker's "--storage-opt size".

A project quota binds whoever cannot give a file another project. That takes the host's user
namespace: fs/file_attr.c, ``fileattr_set_prepare``.
"""

from __future__ import annotations

from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    holding,
    negated,
    test,
    undecided,
)
from isoscope.inventory.host import HostFacts
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.quotas import Quotas
from isoscope.inventory.workload import Mount, NamespaceKind, ProcessFacts
from isoscope.snapshot.quota_places import place_in, upper_directory

_NOT_STORED = frozenset(
    {
        "proc",
        "sysfs",
        "cgroup",
        "cgroup2",
        "mqueue",
        "devpts",
        "devtmpfs",
        "tmpfs",
        "securityfs",
        "debugfs",
        "tracefs",
        "bpf",
        "nsfs",
        "configfs",
        "binfmt_misc",
        "fusectl",
        "fuse.lxcfs",
    }
)
"""File systems that store nothing on a disk; a tmpfs is memory, and counts as that."""


def storage_bounded(process: ProcessFacts, host: HostFacts) -> Judgement:
    """Nothing that it can write is without bound: it can write no storage of the host, or project
    quotas bound all that it can."""
    mounts = process.mounts
    if mounts.value is None:
        return undecided(mounts.doubt, mounts)
    open_to_fill = [mount for mount in mounts.value if _can_be_filled(mount)]
    if not open_to_fill:
        return holding("it can write no storage of the host", mounts)
    quotas = host.quotas
    known = None if quotas is None else quotas.value
    without = [mount for mount in open_to_fill if _has_no_quota(mount, known)]
    if without:
        says = f"it can write {_places(without)}, on a file system that keeps no quotas"
        shown = [_without_option(mount) for mount in without]
        return failing(says, mounts, *([] if all(shown) or quotas is None else [quotas]))
    unclear = [mount for mount in open_to_fill if not _has_project_quota(mount, known)]
    if quotas is None or unclear:
        return _unclear(unclear or open_to_fill, mounts, quotas)
    bounded = holding(f"project quotas bound {_places(open_to_fill)}", mounts, quotas)
    return all_of(bounded, _keeps_its_project(process), says=bounded.says)


def _keeps_its_project(process: ProcessFacts) -> Judgement:
    """Whether a quota of a project holds it: in the host's user namespace it gives its files
    another."""
    own = negated(
        test(
            process.in_host_namespace[NamespaceKind.USER],
            bool,
            yes="it may give its files another project",
            no="it is in a user namespace, in which it cannot give its files another project",
        )
    )
    if own.holds is not False:
        return own
    doubt = Unknown(
        Doubt.NOT_SAID,
        "project quotas bound it, but in the host's user namespace it may be able to give its "
        "files another project",
        "run it in a user namespace of its own",
    )
    return undecided(doubt, *own.observations)


def _unclear(
    unclear: list[Mount], mounts: Observation[tuple[Mount, ...]], quotas: Observation[Quotas] | None
) -> Judgement:
    doubt = Unknown(
        Doubt.NOT_SAID,
        f"it can write {_places(unclear)}; whether a quota bounds that, is not shown",
        "repquota -P, xfs_quota, btrfs qgroup or zfs get quota on the host, or a read-only root "
        "and bounded volumes",
    )
    return undecided(doubt, mounts, *([] if quotas is None else [quotas]))


def _places(mounts: list[Mount]) -> str:
    return ", ".join(mount.mount_point for mount in mounts[:3])


def _has_no_quota(mount: Mount, quotas: Quotas | None) -> bool:
    if _without_option(mount):
        return True
    return quotas is not None and quotas.keeps_none(_device(mount, quotas))


def _without_option(mount: Mount) -> bool:
    """XFS says where it keeps none: xfs_fs_show_options(). ext4 may keep some and say nothing."""
    return mount.file_system == "xfs" and "noquota" in mount.super_options


def _has_project_quota(mount: Mount, quotas: Quotas | None) -> bool:
    if quotas is None:
        return False
    upper = upper_directory(mount.super_options)
    place = upper or place_in(mount.device, mount.root)
    return quotas.project_bounds(_device(mount, quotas), place)


def _device(mount: Mount, quotas: Quotas) -> str:
    """That of the file system which keeps what is written; of an overlay, its upper directory's."""
    if mount.file_system != "overlay":
        return mount.device
    upper = upper_directory(mount.super_options)
    return quotas.device_of(upper) if upper else ""


def _can_be_filled(mount: Mount) -> bool:
    return mount.writable and (mount.file_system not in _NOT_STORED or mount.mount_point == "/")
