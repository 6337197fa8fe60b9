"""The paths of the host that a workload sees and that are not its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from isoscope.assessment.host_paths import HostLayout, HostPath, below
from isoscope.inventory.workload import Mount, Volume

_DEVICES_FOR_ALL = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
)
SHOWN_TO_ALL = (
    "/etc/os-release",
    "/usr/lib/os-release",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
)
"""Below a sensitive directory, but no secret; who can write them still changes the host."""

_VOLUMES = ("/var/lib/docker/volumes/", "/var/lib/containers/storage/volumes/")
"""Each directory below is one volume: whose, is judged between neighbours."""
_CONTAINERS = (
    "/var/lib/docker/containers",
    "/var/lib/containers/storage/overlay-containers",
)
"""Each directory below belongs to the container whose id it has."""
_MACHINES = ("/run/systemd/nspawn/propagate", "/run/systemd/nspawn/unix-export")
"""The same of systemd-nspawn, by the machine's name: what is mounted into it while it runs, and
sockets that it shows."""
_OF_A_NETWORK = frozenset({"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})
"""Files that an engine mounts from the directory of the container whose network namespace another
joins: whose they are, is judged between neighbours."""

_KERNEL_VIEWS = {
    "proc": "/proc",
    "sysfs": "/sys",
    "cgroup": "/sys/fs/cgroup",
    "cgroup2": "/sys/fs/cgroup",
    "mqueue": "/dev/mqueue",
    "selinuxfs": "/sys/fs/selinux",
}
"""File systems of the kernel that every container has, and where: there they are judged by what can
be written and by the namespaces that they show. Elsewhere somebody put the host's own."""


@dataclass(frozen=True, slots=True)
class ShownPath:
    """A path of the host that a workload sees."""

    path: str
    at: str
    """Where it sees it."""
    writable: bool
    words: str
    """Of the document that says so."""
    covered: bool = False
    """Whether another mount lies over it."""


def named_volumes(volumes: Iterable[Volume]) -> tuple[str, ...]:
    """Directories of the host that an engine keeps as volumes for a container, wherever its data
    are: each is ``DATA/volumes/NAME/_data``. A volume that is made of another path is none."""
    sources = (volume.source for volume in volumes if volume.kind == "volume")
    return tuple(source for source in sources if _NAMED_VOLUME.fullmatch(source))


_NAMED_VOLUME = re.compile(r"/.*/volumes/[A-Za-z0-9][A-Za-z0-9_.-]*/_data", re.DOTALL)


def shown_to_container(
    identity: str, mounts: Iterable[Mount], layout: HostLayout, volumes: Iterable[str] = ()
) -> list[ShownPath]:
    """What a container sees of the host by its mounts, without what is its own or made for all.

    Args:
        identity: the container's id, by which its engine names its own files for it.
        mounts: the container's mounts.
        layout: the host's.
        volumes: see ``named_volumes``: whose they are, is judged between neighbours.
    """
    paths = layout.paths(mounts)
    roots = {path.path for path in paths if path.mount.mount_point == "/"} - {"/"}
    own = [*roots, *volumes, *(f"{kept}/{identity}" for kept in (*_CONTAINERS, *_MACHINES))]
    return [
        ShownPath(
            path.path,
            path.mount.mount_point,
            path.mount.writable,
            path.line,
            path.mount.covered,
        )
        for path in paths
        if not _is_own(path, own) and not _is_for_all(path) and not _bears_id(path, identity)
    ]


def shown_to_guest(disks: Iterable[Volume]) -> list[ShownPath]:
    """Directories of the host that a guest was given, by virtiofs or 9p."""
    return [
        ShownPath(disk.source, disk.destination, disk.writable, f"{disk.kind} {disk.source}")
        for disk in disks
        if disk.kind == "filesystem" and disk.source.startswith("/")
    ]


def _is_own(path: HostPath, own: Iterable[str]) -> bool:
    """Whether it is part of the workload's own root, a volume, its engine's files for it, or a view
    of the kernel where each container has one."""
    place = _KERNEL_VIEWS.get(path.mount.file_system)
    if place is not None and below(path.mount.mount_point, place):
        return True
    if _is_of_a_network(path):
        return True
    return path.path.startswith(_VOLUMES) or any(below(path.path, each) for each in own)


def _bears_id(path: HostPath, identity: str) -> bool:
    """Whether it lies in a directory that is called by the container's id. Engines make those,
    wherever they keep their files; nobody else knows an id before there is one."""
    return bool(_ID.fullmatch(identity)) and identity in path.path.split("/")


_ID = re.compile(r"[0-9a-f]{64}")


def _is_of_a_network(path: HostPath) -> bool:
    name = path.mount.mount_point
    return (
        name in _OF_A_NETWORK
        and path.path.endswith(name.removeprefix("/etc"))
        and any(path.path.startswith(f"{containers}/") for containers in _CONTAINERS)
    )


def _is_for_all(path: HostPath) -> bool:
    if path.path in _DEVICES_FOR_ALL:
        return True
    if path.mount.file_system == "devpts" and path.mount.mount_point == "/dev/console":
        return True  # the terminal that its engine made for it
    return not path.mount.writable and any(below(path.path, shown) for shown in SHOWN_TO_ALL)
