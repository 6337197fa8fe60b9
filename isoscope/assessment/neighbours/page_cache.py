"""Files of which workloads of different tenants read the same pages in memory: layers of images,
Documentation/filesystems/overlayfs.rst, and disks and directories that both only read."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cache

from isoscope.assessment.host_paths import HostLayout
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.places import Place, ignored, place_of
from isoscope.assessment.neighbours.possessions import (
    NOTHING,
    Possessions,
    Things,
    Wording,
    in_common,
)
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.snapshot.places import unescaped

_WITHOUT_LAYERS = "fuse.fuse-overlayfs"
_UNSHOWN = Unknown(
    Doubt.NOT_SAID,
    "fuse-overlayfs does not show the layers that it joins",
    "tr '\\0' ' ' < /proc/PID/cmdline, of the fuse-overlayfs that serves it",
)


def _says(files: Sequence[str], names: str) -> str:
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return f"pages of {files[0]}{more} are also read by {names}"


_WORDS = Wording(_says, "no other tenant reads pages of the same files")


def same_pages(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's reads the same pages of the same files."""
    host = neighbours.inventory.host_mounts
    layout = None if host.value is None else HostLayout(host.value)

    @cache
    def located(path: str) -> Place:
        return place_of(path, layout)

    containers = _Containers(neighbours)
    return in_common(
        neighbours,
        [
            _of_machine(neighbours, index, located) if workload.own_kernel else containers.of(index)
            for index, workload in enumerate(neighbours.workloads)
        ],
        _WORDS,
    )


def _of_machine(neighbours: Neighbours, index: int, located: Callable[[str], Place]) -> Possessions:
    """The images that a guest only reads: those that its own are based on, for the most part."""
    machine = neighbours.workloads[index].machine
    if machine is None:
        return Possessions(NOTHING, (), neighbours.undescribed(index))
    disks = machine.disks
    read = [d for d in disks.value or () if d.source.startswith("/") and not d.writable]
    return Possessions(
        {located(disk.source): disk.source for disk in read},
        (disks,),
        None if disks.known else disks,
    )


class _Containers:
    """What containers read, of which most have the same: those of one image."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._made: dict[tuple[tuple[str, ...], frozenset[Hashable]], Things] = {}

    def of(self, index: int) -> Possessions:
        """Layers of its file system, and what is mounted in it to be read only."""
        mounts = self._neighbours.process(index).mounts
        layers: tuple[str, ...] = ()
        read: dict[Hashable, str] = {}
        unread: Observation[object] | None = None if mounts.known else mounts
        for mount in mounts.value or ():
            if mount.file_system == "overlay":
                layers += tuple(option for option in mount.super_options if _of_layers(option))
            elif mount.file_system == _WITHOUT_LAYERS and unread is None:
                unread = replace(mounts, value=None, unknown=_UNSHOWN)
            elif not mount.writable and mount.file_system != "tmpfs" and not ignored(mount):
                read[Place(mount.device, mount.root)] = mount.mount_point
        key = tuple(sorted(layers)), frozenset(read)
        if key not in self._made:
            self._made[key] = {**_named(key[0]), **read} or NOTHING
        return Possessions(self._made[key], (mounts,), unread)


def _of_layers(option: str) -> bool:
    return option.startswith(("lowerdir=", "lowerdir+=", "datadir+="))


def _named(options: Sequence[str]) -> Things:
    """Directories of layers as mountinfo gives them. One that another mount was given too is the
    same directory: engines name those that they make by what is in them, or at random."""
    found: dict[Hashable, str] = {}
    for option in options:
        directories = option.partition("=")[2]
        for directory in re.split(r"(?<!\\):+", directories):
            path = unescaped(directory)
            found["layer", path] = f"layer {path}"
    return found
