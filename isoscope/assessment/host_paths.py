"""Which paths of the host a workload's mounts show.

A mount is traced by its device and root (``/proc/PID/mountinfo``): the host's own mounts of the
same device tell the paths on the host. Those of a directory above tell where on the host the
mounted directory is, under every name that it has there; those of one below are shown whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.workload import Mount


@dataclass(frozen=True, slots=True)
class HostPath:
    """A path of the host that a workload sees."""

    path: str
    mount: Mount

    @property
    def line(self) -> str:
        """The mount in the words of mountinfo."""
        return words_of(self.mount)


def words_of(mount: Mount) -> str:
    """The fields of mountinfo that tell what is mounted where."""
    mode = "rw" if mount.writable else "ro"
    return (
        f"{mount.device} {mount.root} {mount.mount_point} {mode} - {mount.file_system} "
        f"{mount.mount_source}"
    )


def below(path: str, directory: str) -> bool:
    """Whether ``path`` is ``directory`` or lies below it."""
    return directory in ("/", path) or path.startswith(directory + "/")


def above(path: str) -> Iterator[str]:
    """The directories above a path, from its parent up to ``/``."""
    while path not in ("/", ""):
        path = path.rpartition("/")[0] or "/"
        yield path


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of the host by the file system that holds it."""

    path: str
    device: str
    inside: str
    """Its path from the root of that file system."""

    def shown_by(self, mount: Mount) -> bool:
        """Whether a workload's mount shows this file."""
        return mount.device == self.device and below(self.inside, mount.root)


@dataclass(frozen=True)
class _FileSystem:
    """Where the host mounts one file system, by the directories of it that it mounts."""

    places: dict[str, list[str]]

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self.places)

    def roots_below(self, directory: str) -> Iterator[str]:
        """Directories that are mounted and lie below this one."""
        prefix = directory.rstrip("/") + "/"
        place = bisect_left(self._sorted, prefix)
        while place < len(self._sorted) and self._sorted[place].startswith(prefix):
            yield self._sorted[place]
            place += 1


class HostLayout:
    """The host's own mounts, asked again and again for what workloads see of them."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self._last: dict[str, Mount] = {}
        self._file_systems: dict[str, _FileSystem] = {}
        for mount in mounts:
            self._last[mount.mount_point] = mount
            found = self._file_systems.setdefault(mount.device, _FileSystem({}))
            found.places.setdefault(mount.root, []).append(mount.mount_point)

    def paths(self, mounts: Iterable[Mount]) -> list[HostPath]:
        """The paths of the host that these mounts show, in the order of the mounts.

        A mount of a device that the host itself does not mount shows none.
        """
        return [HostPath(path, mount) for mount in mounts for path in self._names(mount)]

    def _names(self, mount: Mount) -> list[str]:
        """Every path by which the host knows a mounted directory, and those mounted from below."""
        found = self._file_systems.get(mount.device)
        if found is None:
            return []
        names = [
            _joined(mount_point, mount.root, root)
            for root in (mount.root, *above(mount.root))
            for mount_point in found.places.get(root, ())
        ]
        names += [
            mount_point
            for root in found.roots_below(mount.root)
            if root != mount.root
            for mount_point in found.places[root]
        ]
        return list(dict.fromkeys(names))

    def mount_at(self, path: str) -> Mount | None:
        """The mount nearest above a path of the host, the last of those at one place: what is at
        that path lies on its file system. None where the host mounts nothing above it."""
        places = (path, *above(path))
        return next((self._last[place] for place in places if place in self._last), None)

    def locate(self, path: str) -> HostFile | None:
        """The file at a path of the host. None where the host mounts nothing above it."""
        host = self.mount_at(path)
        if host is None:
            return None
        rest = path[len(host.mount_point.rstrip("/")) :]
        return HostFile(path, host.device, f"{host.root.rstrip('/')}{rest}" or "/")


def _joined(mount_point: str, root: str, host_root: str) -> str:
    rest = root[len(host_root.rstrip("/")) :].strip("/")
    return f"{mount_point.rstrip('/')}/{rest}".rstrip("/") or "/"
