"""Quotas of file systems, and the places of workloads that a project quota may bound: what the
kernel's probe and those who read its findings must agree on.

Sources: quotactl(2), ``Q_XGETQSTAT`` and ``Q_GETQUOTA``; include/uapi/linux/dqblk_xfs.h
(``FS_QUOTA_*``); proc(5), ``/proc/PID/mountinfo``; Documentation/filesystems/overlayfs.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isoscope.snapshot.places import unescaped
from isoscope.snapshot.reading import Channel, Source

QUOTAS = Source(Channel.KERNEL, "quotas", "quotactl_fd(Q_XGETQSTAT)")
"""Which quotas file systems keep: ``{"devices": {"254:1": FLAGS}}``, 0 where it keeps none."""
PROJECTS = Source(Channel.KERNEL, "projects", "quotactl_fd(Q_GETQUOTA, PRJQUOTA)")
"""Of places of workloads: ``{"places": {"/var/…/diff": {"project": 7, "inherits": true,
"most": 1048576}}}``, in bytes, 0 for no limit."""

KEEPING = ("ext2", "ext3", "ext4", "f2fs", "xfs")
"""File systems whose quotas the kernel tells by quotactl(2)."""
PROJECTS_ENFORCED = 32
"""``FS_QUOTA_PDQ_ENFD`` among the flags."""
ENFORCED = 2 | 8 | PROJECTS_ENFORCED
"""And of users and groups."""


@dataclass(frozen=True, slots=True)
class MountLine:
    """What of a line of ``/proc/PID/mountinfo`` tells where something is stored."""

    device: str
    root: str
    mount_point: str
    file_system: str
    super_options: tuple[str, ...]


def mount_lines(mountinfo: str) -> Iterator[MountLine]:
    """The lines of a mount table; those of another shape are passed over."""
    for line in mountinfo.split("\n"):
        left, dash, right = line.partition(" - ")
        fields, rest = left.split(" "), right.split(" ")
        if dash and len(fields) > 5 and len(rest) > 2:
            options = tuple(unescaped(option) for option in rest[2].split(","))
            yield MountLine(fields[2], unescaped(fields[3]), unescaped(fields[4]), rest[0], options)


def upper_directory(super_options: tuple[str, ...] | frozenset[str]) -> str:
    """Where on the host an overlay keeps what is written to it; empty where nothing can be."""
    found = (option.partition("=") for option in super_options)
    return next((value for name, _, value in found if name == "upperdir"), "")


def place_in(device: str, root: str) -> str:
    """By which name the directory of a mount stands among `PROJECTS`."""
    return f"{device}:{root}"
