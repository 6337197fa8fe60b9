"""What a container sees of the host's files and control sockets."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import HostPath, below
from isoscope.assessment.judgement import (
    Judgement,
    not_applicable,
    quoting,
    settled,
    undecided,
)
from isoscope.inventory.workload import NamespaceKind

_VM = "a guest mounts only its own disks"

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

SENSITIVE_PATHS = (*SYSTEM_PATHS, "/home", "/var", "/run", "/proc", "/sys", "/var/log")
"""Directories of the host that hold other people's data or secrets."""

_HARMLESS = (
    "/var/lib/docker/containers",
    "/var/lib/docker/volumes",
    "/var/lib/containers/storage/volumes",
    "/var/lib/containers/storage/overlay-containers",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
)
"""Below a sensitive directory, but made to be shown to containers."""

_HARMLESS_TYPES = frozenset({"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "overlay"})
_OF_THE_ENGINE = frozenset(
    {"/etc/resolv.conf", "/etc/hostname", "/etc/hosts", "/dev/shm", "/run/.containerenv"}
)


def _paths(subject: Subject) -> list[HostPath] | None:
    """Paths of the host that the workload sees; None where that is not known."""
    mounts, layout = subject.process.mounts.value, subject.surroundings.layout
    if mounts is None or layout is None:
        return None
    return [
        path
        for path in layout.paths(mounts)
        if path.mount.file_system not in _HARMLESS_TYPES
        and path.mount.mount_point not in _OF_THE_ENGINE
        and (path.mount.mount_point != "/" or path.path == "/")
        and not any(below(path.path, harmless) for harmless in _HARMLESS)
    ]


def _seen(
    subject: Subject, matches: Callable[[HostPath], bool], says: str, otherwise: str
) -> Judgement:
    """Whether any path of the host that it sees matches."""
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    own = subject.process.in_host_namespace[NamespaceKind.MOUNT]
    if own.value:
        return not_applicable("it is in the host's mount namespace altogether")
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    paths = _paths(subject)
    if paths is None:
        return undecided((host if mounts.known else mounts).doubt, mounts, host)
    found = [path for path in paths if matches(path)]
    if not found:
        return settled(False, otherwise, mounts, host)
    shown = ", ".join(
        f"{path.path} at {path.mount.mount_point} "
        f"({'writable' if path.mount.writable else 'read-only'})"
        for path in found[:3]
    )
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    evidence = quoting(mounts, "\n".join(path.line for path in found[:5]))
    return settled(True, f"{says}: {shown}{more}", evidence, host)


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
        lambda path: (
            path.mount.writable and (path.path == "/" or _touches(path.path, SYSTEM_PATHS))
        ),
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
    """Whether a mounted path is one of these directories, or one lies below it.

    What lies deeper inside a sensitive directory counts for directories that hold secrets
    throughout, but not for ``/var``, ``/run`` and ``/home``, where applications keep their data.
    """
    for directory in directories:
        if below(directory, path):
            return True
        if directory not in ("/var", "/run", "/home", "/dev") and below(path, directory):
            return True
    return False


def _engine_socket(subject: Subject) -> Judgement:
    if subject.workload.own_kernel:
        return not_applicable(_VM)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    sockets = subject.inventory.control_sockets
    if mounts.value is None or host.value is None or sockets.value is None:
        unclear = next(o for o in (mounts, host, sockets) if not o.known)
        return undecided(unclear.doubt, mounts, host, sockets)
    if subject.process.in_host_namespace[NamespaceKind.MOUNT].value:
        return not_applicable("it is in the host's mount namespace altogether")
    for mount in mounts.value:
        for socket in subject.surroundings.control_sockets:
            if socket.shown_by(mount):
                words = HostPath(socket.path, mount).line
                says = f"it reaches {socket.path} through its mount at {mount.mount_point}"
                return settled(True, says, quoting(mounts, words), quoting(sockets, socket.path))
    return settled(False, "no control socket is mounted in it", mounts, host, sockets)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "engine-socket-mounted",
        "A manager's control socket is mounted",
        what="The workload reaches the socket through which a container engine or VM manager takes "
        "orders, by itself or through a directory that holds it.",
        why="Whoever can write to it can start a privileged container: that is root on the host. A "
        "read-only mount does not help, sockets are connected to and not written.",
        by_hand="grep -E 'docker.sock|podman.sock|containerd.sock|libvirt' /proc/PID/mountinfo; "
        "find /proc/PID/root/run -type s",
        remedy="Take the mount away; where a tool needs the engine, give it a proxy that lets "
        "through only what it may ask.",
        references=("docker-run(1): --volume", "unix(7)"),
        judge=_engine_socket,
    ),
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
        by_hand="cat /proc/PID/mountinfo",
        remedy="Mount only the files that it needs.",
        references=("proc(5): mountinfo",),
        judge=_sensitive,
    ),
)
