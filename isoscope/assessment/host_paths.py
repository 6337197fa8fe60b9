"""Which paths of the host a workload's mounts show.

A mount is traced by its device and root (``/proc/PID/mountinfo``): the host's own mount of the same
device whose root is the same directory, or lies above it, tells the path on the host.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from isoscope.inventory.workload import Mount


@dataclass(frozen=True, slots=True)
class HostPath:
    """A path of the host that a workload sees."""

    path: str
    mount: Mount

    @property
    def line(self) -> str:
        """The mount in the words of mountinfo."""
        mount = self.mount
        mode = "rw" if mount.writable else "ro"
        return (
            f"{mount.device} {mount.root} {mount.mount_point} {mode} - {mount.file_system} "
            f"{mount.mount_source}"
        )


def below(path: str, directory: str) -> bool:
    """Whether ``path`` is ``directory`` or lies below it."""
    return directory == "/" or path == directory or path.startswith(directory + "/")


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


class HostLayout:
    """The host's own mounts, asked again and again for what workloads see of them."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        self._mounts = tuple(mounts)
        self._by_device: dict[str, list[Mount]] = {}
        for mount in self._mounts:
            self._by_device.setdefault(mount.device, []).append(mount)

    def paths(self, mounts: Iterable[Mount]) -> list[HostPath]:
        """The paths of the host that these mounts show, in the order of the mounts.

        A mount of a device that the host itself does not mount shows none.
        """
        found = []
        for mount in mounts:
            candidates = [
                host
                for host in self._by_device.get(mount.device, ())
                if below(mount.root, host.root)
            ]
            if candidates:
                host = max(candidates, key=lambda candidate: len(candidate.root))
                found.append(HostPath(_joined(host.mount_point, mount.root, host.root), mount))
        return found

    def locate(self, path: str) -> HostFile | None:
        """The file at a path of the host: it lies on the file system of the mount nearest above,
        the last of those at one place. None where the host mounts nothing above it."""
        holding = [host for host in self._mounts if below(path, host.mount_point)]
        if not holding:
            return None
        host = max(enumerate(holding), key=lambda item: (len(item[1].mount_point), item[0]))[1]
        rest = path[len(host.mount_point.rstrip("/")) :]
        return HostFile(path, host.device, f"{host.root.rstrip('/')}{rest}" or "/")


def _joined(mount_point: str, root: str, host_root: str) -> str:
    rest = root[len(host_root.rstrip("/")) :].strip("/")
    return f"{mount_point.rstrip('/')}/{rest}".rstrip("/") or "/"
