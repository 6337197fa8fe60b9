"""The modes of what managers say that they give to workloads: directories, images, disks.

They are looked at after everything else, and only on file systems of this machine: to ask after a
file on a server that does not answer, or on one in user space, may take for ever, and to ask after
one that is mounted on demand would mount it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import dirname, normpath

from isoscope.snapshot.places import unescaped
from isoscope.snapshot.reading import Reading
from probes.host.access import HostAccess
from probes.probe import Recorder

MOST_SOURCES = 256
_LOCAL = frozenset(
    (
        "bcachefs",
        "btrfs",
        "devtmpfs",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "overlay",
        "ramfs",
        "tmpfs",
        "vfat",
        "xfs",
        "zfs",
    )
)
_IN_JSON = re.compile(rb'"[Ss]ource": ?"(/[^"\\\x00-\x1f]{1,4000})"')
_OF_DISK = re.compile(rb'"pdev_path": ?"(/[^"\\\x00-\x1f]{1,4000})"')
_IN_XML = re.compile(rb"<source (?:[a-z]+='[^']*' )*?(?:file|dev|dir)='(/[^'&\x00-\x1f]{1,4000})'")


def sources_in(document: Reading) -> list[str]:
    """Paths of the host in the description of a container or of a virtual machine."""
    content = document.content or b""
    found = [each for form in (_IN_JSON, _IN_XML, _OF_DISK) for each in form.findall(content)]
    return [path.decode("utf-8", "replace") for path in dict.fromkeys(found)]


def keep_sources(host: HostAccess, recorder: Recorder, sources: Iterable[str]) -> None:
    """Keeps the status of each path and of every directory that leads to it."""
    wanted: dict[str, None] = {}
    asked = list(dict.fromkeys(map(normpath, sources)))[:MOST_SOURCES]
    for source in on_this_machine(host, asked):
        wanted.update(dict.fromkeys(_way(source)))
    for place in wanted:
        recorder.keep(host.status(place))


def on_this_machine(host: HostAccess, paths: Iterable[str]) -> list[str]:
    """Those of these absolute paths that every directory on the way to them shows to be on a file
    system of this machine."""
    mounts = _mounts(host)
    return [path for path in paths if all(_kind(place, mounts) in _LOCAL for place in _way(path))]


def _way(path: str) -> list[str]:
    """The path, and every directory that leads to it."""
    way = [path]
    while way[-1] != "/":
        way.append(dirname(way[-1]))
    return way


def _mounts(host: HostAccess) -> dict[str, str]:
    """The kind of the file system at each mount point."""
    mounts = {}
    for line in host.file("/proc/self/mountinfo").text().split("\n"):
        left, dash, right = line.partition(" - ")
        fields = left.split(" ")
        if dash and len(fields) > 5:
            mounts[unescaped(fields[4])] = right.partition(" ")[0]
    return mounts


def _kind(path: str, mounts: dict[str, str]) -> str:
    while path not in mounts and path != "/":
        path = dirname(path)
    return mounts.get(path, "")
