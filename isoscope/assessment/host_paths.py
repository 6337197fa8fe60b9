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


def host_paths(mounts: Iterable[Mount], host_mounts: Iterable[Mount]) -> list[HostPath]:
    """The paths of the host that these mounts show, in the order of the mounts.

    The mount at ``/`` is left out where it is the workload's own root file system, that is: where
    the host has no mount of the same device with that root or above it.
    """
    by_device: dict[str, list[Mount]] = {}
    for mount in host_mounts:
        by_device.setdefault(mount.device, []).append(mount)
    found = []
    for mount in mounts:
        candidates = [
            host for host in by_device.get(mount.device, ()) if below(mount.root, host.root)
        ]
        if candidates:
            host = max(candidates, key=lambda candidate: len(candidate.root))
            found.append(HostPath(_joined(host.mount_point, mount.root, host.root), mount))
    return found


def covers(mount: Mount, path: str, host_mounts: Iterable[Mount]) -> bool:
    """Whether a workload's mount shows the file at ``path`` of the host.

    The file lies on the file system of the host's mount that is nearest above it.
    """
    holding = [host for host in host_mounts if below(path, host.mount_point)]
    if not holding:
        return False
    host = max(enumerate(holding), key=lambda item: (len(item[1].mount_point), item[0]))[1]
    rest = path[len(host.mount_point.rstrip("/")) :]
    inside = f"{host.root.rstrip('/')}{rest}" or "/"
    return mount.device == host.device and below(inside, mount.root)


def _joined(mount_point: str, root: str, host_root: str) -> str:
    rest = root[len(host_root.rstrip("/")) :].strip("/")
    return f"{mount_point.rstrip('/')}/{rest}".rstrip("/") or "/"
