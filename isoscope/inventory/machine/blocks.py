"""Which block devices of the host are encrypted, and what lies on those that are not.

Sources: Documentation/ABI/testing/sysfs-block-dm (``dm/uuid`` begins with ``CRYPT-`` for dm-crypt),
``proc(5)`` on ``/proc/swaps``, Documentation/admin-guide/blockdev/zram.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.machine.answers import HOST, settling
from isoscope.inventory.machine.resources import parse_swap_areas
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.procfs import parse_mountinfo
from isoscope.inventory.workload import Mount
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import STACKED_BLOCKS
from isoscope.snapshot.reading import Reading

PLACES = (
    "/",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/incus",
    "/var/lib/libvirt",
    "/var/lib/lxc",
    "/var/lib/lxd",
    "/var/lib/machines",
    "/var/lib/rancher",
)
"""Where managers keep images, layers and volumes unless they are told otherwise."""
_IN_MEMORY = ("tmpfs", "ramfs", "zram")
_DEEPEST = 16
_SETTLED_BY = "lsblk -o NAME,TYPE,MOUNTPOINTS, and look for crypt above what is mounted"


class _UnknownError(Exception):
    """That it cannot be told whether something is encrypted."""


@dataclass(frozen=True)
class _Blocks:
    """The block devices of a snapshot."""

    snapshot: Snapshot

    @cached_property
    def listing(self) -> Reading:
        return self.snapshot.directory("/sys/block")

    @cached_property
    def mounts(self) -> tuple[Mount, ...]:
        own = self.snapshot.file("/proc/self/mountinfo")
        reading = own if own.content is not None else self.snapshot.file("/proc/1/mountinfo")
        try:
            return () if reading.content is None else parse_mountinfo(reading.text())
        except ValueError:
            return ()

    @cached_property
    def stacked(self) -> dict[str, str]:
        """Names of stacked devices by number, kernel's name and device mapper's name."""
        found = {}
        for name in self.listing.names():
            if name.startswith(STACKED_BLOCKS):
                mapper = self._text(f"{name}/dm/name")
                for key in (name, self._text(f"{name}/dev"), mapper and f"mapper/{mapper}"):
                    found[key] = name
        return found

    def encrypted(self, name: str, depth: int = 0) -> bool:
        """Whether all that is written to a device is encrypted by dm-crypt, on it or below it."""
        if not name.startswith(STACKED_BLOCKS):
            return False
        uuid = self.snapshot.file(f"/sys/block/{name}/dm/uuid")
        if uuid.content is not None and uuid.text().startswith("CRYPT-"):
            return True
        below = self.snapshot.directory(f"/sys/block/{name}/slaves")
        if below.content is None or depth > _DEEPEST or not (below.names() or uuid.content):
            raise _UnknownError
        return bool(below.names()) and all(
            self.encrypted(slave, depth + 1) for slave in below.names()
        )

    def clear(self, device: str) -> bool:
        """Whether a device, by its path below ``/dev``, keeps data in clear."""
        if self.listing.content is None:
            raise _UnknownError
        if device.startswith("zram"):
            backing = self._text(f"{device}/backing_dev")
            return backing not in ("", "none") and self.clear(backing.removeprefix("/dev/"))
        return not self.encrypted(self.stacked.get(device, device))

    def mount_of(self, path: str) -> Mount:
        """The mount that a path lies on."""
        holding = [
            mount
            for mount in self.mounts
            if (path + "/").startswith(mount.mount_point.rstrip("/") + "/")
        ]
        if not holding:
            raise _UnknownError
        longest = max(len(mount.mount_point) for mount in holding)
        return [mount for mount in holding if len(mount.mount_point) == longest][-1]

    def lies_in_clear(self, mount: Mount) -> bool:
        """Whether a mounted file system is on a device that keeps data in clear."""
        if mount.file_system in _IN_MEMORY:
            return False
        if self.listing.content is None:
            raise _UnknownError
        if mount.device in self.stacked:
            return not self.encrypted(self.stacked[mount.device])
        if mount.mount_source.startswith("/dev/"):
            return self.clear(mount.mount_source.removeprefix("/dev/"))
        raise _UnknownError  # overlay, NFS, ZFS …: what is below shows elsewhere

    def _text(self, name: str) -> str:
        return self.snapshot.file(f"/sys/block/{name}").text().strip()


def swap_in_clear(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """The swap areas whose pages reach a disk in clear."""
    key = "swap-in-clear"
    reading, blocks = snapshot.file("/proc/swaps"), _Blocks(snapshot)
    if reading.content is None:
        return _unread(key, reading)
    try:
        areas = parse_swap_areas(reading.text())
        found = tuple(area for area in areas if _swaps_in_clear(blocks, area))
    except (ValueError, _UnknownError):
        return _unread(key, reading)
    return known(HOST, key, found, reading, parties=KERNEL)


def _swaps_in_clear(blocks: _Blocks, area: str) -> bool:
    if area.startswith("/dev/"):
        return blocks.clear(area.removeprefix("/dev/"))
    return blocks.lies_in_clear(blocks.mount_of(area))


def storage_in_clear(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Of the places where managers keep what workloads write, those on a device in clear."""
    key = "storage-in-clear"
    blocks = _Blocks(snapshot)
    try:
        mounts = dict.fromkeys(blocks.mount_of(place) for place in PLACES)
        found = tuple(
            f"{mount.mount_point} on {mount.mount_source}"
            for mount in mounts
            if blocks.lies_in_clear(mount)
        )
    except _UnknownError:
        return _unread(key, blocks.listing)
    excerpt = "\n".join(f"{mount.mount_point} on {mount.mount_source}" for mount in mounts)
    return known(HOST, key, found, blocks.listing, parties=KERNEL, excerpt=excerpt)


def _unread(key: str, reading: Reading) -> Observation[tuple[str, ...]]:
    reason = reading.gap or Doubt.NOT_SAID
    return unknown(
        HOST,
        key,
        reason,
        f"{reading.source}: whether it is encrypted cannot be told from what was read",
        settling(reading, _SETTLED_BY),
        reading,
    )
