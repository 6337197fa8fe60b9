"""Places of storage: a directory or file by the file system that holds it, so that paths of the
host and mounts of containers meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from isoscope.assessment.host_paths import HostLayout, above
from isoscope.inventory.workload import Mount

_KERNEL_VIEWS = frozenset(
    {
        "proc",
        "sysfs",
        "cgroup",
        "cgroup2",
        "devpts",
        "mqueue",
        "securityfs",
        "debugfs",
        "tracefs",
        "bpf",
        "nsfs",
        "binfmt_misc",
        "configfs",
        "fusectl",
        "fuse.lxcfs",
    }
)
"""File systems that show the kernel's own state; sharing them is judged by namespaces."""

_HARMLESS_DEVICES = frozenset(
    {"/null", "/zero", "/full", "/random", "/urandom", "/tty", "/fuse", "/net/tun"}
)
"""Devices that keep nothing: of fuse(4) and tun, whoever opens them gets one of his own."""
_GUEST_API = frozenset({"/dev/lxd", "/dev/incus"})
"""Where Incus and LXD mount the directory of the socket by which they answer a container about
itself: it holds nothing else, and only the host's own root can write to it."""
_GUEST_API_SIZE = "size=100k"
_ELSEWHERE = "elsewhere"
"""Device of storage that is not on a file system of the host, and has nothing above or below."""


class Place(NamedTuple):
    """A directory or file of a file system."""

    device: str
    """``major:minor``."""
    root: str
    """Its path from the root of that file system."""


def place_of(source: str, layout: HostLayout | None) -> Place:
    """Where a path of the host is; whatever is no path, or is on no file system of the host, is a
    place by itself."""
    file = layout.locate(source) if layout is not None and source.startswith("/") else None
    return Place(_ELSEWHERE, source) if file is None else Place(file.device, file.inside)


def ignored(mount: Mount) -> bool:
    """Whether a mount is no storage: a view of the kernel's own state, or a device that keeps
    nothing."""
    if mount.file_system in _KERNEL_VIEWS:
        return True
    if mount.file_system == "tmpfs" and mount.mount_point in _GUEST_API:
        return mount.root == "/" and _GUEST_API_SIZE in mount.super_options
    return mount.file_system == "devtmpfs" and mount.root in _HARMLESS_DEVICES


def places_above(place: Place) -> Iterator[Place]:
    """The directories above a place, of its file system."""
    if place.device != _ELSEWHERE:
        for root in above(place.root):
            yield Place(place.device, root)
