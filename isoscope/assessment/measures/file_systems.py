"""What a workload sees of the host's files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import HostLayout, HostPath, below
from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    not_applicable,
    quoting,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Mount, NamespaceKind, Volume

_ALTOGETHER = "it is in the host's mount namespace altogether"

SYSTEM_PATHS = (
    "/etc",
    "/root",
    "/boot",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/dev",
    "/var/lib/docker",
    "/var/lib/containers",
    "/var/lib/libvirt",
    "/var/spool/cron",
    "/run/systemd",
)
"""Directories of the host with which, when written, the host can be taken."""

SENSITIVE_PATHS = (
    *SYSTEM_PATHS,
    "/home",
    "/var",
    "/run",
    "/proc",
    "/sys",
    "/var/log",
    "/dev/pts",
)
"""Directories of the host that hold other people's data or secrets."""

_WHERE_OTHERS_KEEP_DATA = ("/var", "/run", "/home", "/dev")
"""Sensitive as a whole; what lies deeper in them belongs to single applications."""

_DEVICES_FOR_ALL = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
)
_SHOWN_TO_ALL = (
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
)
"""Below a sensitive directory, but no secret; who can write them still changes the host."""

_VOLUMES = (
    "/var/lib/docker/volumes",
    "/var/lib/containers/storage/volumes",
)
"""Each directory below is one volume: whose, is judged between neighbours."""
_CONTAINERS = (
    "/var/lib/docker/containers",
    "/var/lib/containers/storage/overlay-containers",
)
"""Each directory below belongs to the container whose id it has."""

_KERNEL_VIEWS = {
    "proc": "/proc",
    "sysfs": "/sys",
    "cgroup": "/sys/fs/cgroup",
    "cgroup2": "/sys/fs/cgroup",
    "mqueue": "/dev/mqueue",
}
"""File systems of the kernel that every container has, and where: there they are judged by what can
be written and by the namespaces that they show. Elsewhere somebody put the host's own."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A path of the host that a workload sees."""

    path: str
    at: str
    writable: bool
    words: str
    """Of the document that says so."""


def _paths(subject: Subject, mounts: tuple[Mount, ...], layout: HostLayout) -> list[_Shown]:
    """Paths of the host that a container sees, without those that are its own or made for all."""
    paths = layout.paths(mounts)
    roots = {path.path for path in paths if path.mount.mount_point == "/"} - {"/"}
    return [
        _Shown(path.path, path.mount.mount_point, path.mount.writable, path.line)
        for path in paths
        if not _own(subject, path, roots) and not _for_all(path)
    ]


def _shares(disks: Iterable[Volume]) -> list[_Shown]:
    """Directories of the host that a guest was given, by virtiofs or 9p."""
    return [
        _Shown(disk.source, disk.destination, disk.writable, f"{disk.kind} {disk.source}")
        for disk in disks
        if disk.kind == "filesystem" and disk.source.startswith("/")
    ]


def _own(subject: Subject, path: HostPath, roots: set[str]) -> bool:
    """Whether it is part of the workload's own root, a volume, its engine's files for it, or a view
    of the kernel where each container has one."""
    if any(below(path.path, root) for root in roots):
        return True
    place = _KERNEL_VIEWS.get(path.mount.file_system)
    if place is not None and below(path.mount.mount_point, place):
        return True
    if any(path.path.startswith(f"{volumes}/") for volumes in _VOLUMES):
        return True
    identity = subject.workload.id.rpartition(":")[2]
    return any(below(path.path, f"{containers}/{identity}") for containers in _CONTAINERS)


def _for_all(path: HostPath) -> bool:
    if path.path in _DEVICES_FOR_ALL:
        return True
    return not path.mount.writable and any(below(path.path, shown) for shown in _SHOWN_TO_ALL)


def _seen(
    subject: Subject, matches: Callable[[_Shown], bool], says: str, otherwise: str
) -> Judgement:
    """Whether any path of the host that it sees matches."""
    if subject.workload.own_kernel:
        machine = subject.workload.machine
        if machine is None:
            return undecided(UNDESCRIBED, subject.kind)
        if machine.disks.value is None:
            return undecided(machine.disks.doubt, machine.disks)
        found = [share for share in _shares(machine.disks.value) if matches(share)]
        return _worded(found, says, otherwise, machine.disks)
    own = subject.process.in_host_namespace[NamespaceKind.MOUNT]
    if own.value:
        return not_applicable(_ALTOGETHER, own)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    layout = subject.surroundings.layout
    if mounts.value is None or layout is None:
        return undecided((host if mounts.known else mounts).doubt, mounts, host)
    found = [path for path in _paths(subject, mounts.value, layout) if matches(path)]
    return _worded(found, says, otherwise, mounts, host)


def _worded(
    found: list[_Shown],
    says: str,
    otherwise: str,
    said: Observation[object],
    *further: Observation[object],
) -> Judgement:
    if not found:
        return failing(otherwise, said, *further)
    shown = ", ".join(
        f"{path.path} at {path.at} ({'writable' if path.writable else 'read-only'})"
        for path in found[:3]
    )
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    evidence = quoting(said, "\n".join(path.words for path in found[:5]))
    return holding(f"{says}: {shown}{more}", evidence, *further)


def _root_mounted(subject: Subject) -> Judgement:
    return _seen(
        subject,
        lambda path: path.path == "/",
        "it sees the host's root file system",
        "the host's root is not mounted in it",
    )


def _system_writable(subject: Subject) -> Judgement:
    return _seen(
        subject,
        lambda path: path.writable and (path.path == "/" or _touches(path.path, SYSTEM_PATHS)),
        "it can write the host's own files",
        "it can write no system directory of the host",
    )


def _sensitive(subject: Subject) -> Judgement:
    return _seen(
        subject,
        lambda path: path.path == "/" or _touches(path.path, SENSITIVE_PATHS),
        "it sees sensitive paths of the host",
        "no sensitive path of the host is mounted in it",
    )


def _touches(path: str, directories: tuple[str, ...]) -> bool:
    """Whether a mounted path is one of these directories, holds one, or lies inside one that is
    sensitive throughout."""
    return any(
        below(directory, path)
        or (directory not in _WHERE_OTHERS_KEEP_DATA and below(path, directory))
        for directory in directories
    )


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "host-root-mounted",
        "The host's root file system is mounted",
        what="The workload sees the whole file system of the host.",
        why="Keys, password hashes and other tenants' volumes can be read; where it is writable, "
        "changed.",
        by_hand="awk '$4 == \"/\" {print $3, $5, $6}' /proc/PID/mountinfo",
        remedy="Mount only the directory that it needs.",
        references=("proc(5): mountinfo",),
        judge=_root_mounted,
    ),
    exposure(
        "host-system-path-writable",
        "System directories of the host are writable",
        what="The workload can write directories from which the host runs programs or takes its "
        "settings.",
        why="A line in /etc/cron.d or a changed program is root on the host at its next use.",
        by_hand="grep ' rw' /proc/PID/mountinfo",
        remedy="Mount it read-only, or mount only what it needs.",
        references=("proc(5): mountinfo",),
        judge=_system_writable,
    ),
    exposure(
        "sensitive-host-path-mounted",
        "Sensitive paths of the host are mounted",
        what="The workload sees directories of the host that hold settings, secrets or other "
        "people's data.",
        why="What it can read it can carry away.",
        by_hand="awk '{print $3, $4, $5, $6}' /proc/PID/mountinfo",
        remedy="Mount only the files that it needs.",
        references=("proc(5): mountinfo",),
        judge=_sensitive,
    ),
)
