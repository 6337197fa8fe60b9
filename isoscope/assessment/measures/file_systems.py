"""What a workload sees of the host's files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from isoscope.assessment import capabilities as caps
from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.host_paths import above, below
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    not_applicable,
    quoting,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures.privileges import can_have, counts_on_host, root_outside
from isoscope.assessment.shown_paths import SHOWN_TO_ALL, ShownPath, shown_to_guest
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import NamespaceKind

_SHARED_WITH_GUEST = Unknown(
    Doubt.NOT_SAID,
    "which directories of the host Kata shares with its virtual machine is not read",
    "findmnt -R /run/kata-containers/shared",
)
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


def seen_paths(
    subject: Subject, matches: Callable[[ShownPath], bool], says: str, otherwise: str
) -> Judgement:
    """Whether any path of the host that it sees matches."""
    if subject.workload.own_kernel:
        machine = subject.workload.machine
        if machine is None:
            return undecided(UNDESCRIBED, subject.kind)
        if machine.disks.value is None:
            return undecided(machine.disks.doubt, machine.disks)
        found = [share for share in shown_to_guest(machine.disks.value) if matches(share)]
        return _worded(found, says, otherwise, machine.disks)
    if subject.workload.sandboxed_by is Sandbox.KATA:
        return undecided(_SHARED_WITH_GUEST, subject.kind)
    own = subject.process.in_host_namespace[NamespaceKind.MOUNT]
    if own.value and not subject.workload.behind_own_kernel:
        return not_applicable(_ALTOGETHER, own)
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    shown = subject.shown_paths
    if shown is None:
        return undecided((host if mounts.known else mounts).doubt, mounts, host)
    found = [path for path in shown if matches(path)]
    reached = [path for path in found if not path.covered]
    if found and not reached:
        return _uncovered(subject, found[0], otherwise)
    container = subject.workload.container
    if not found and container is not None and subject.named_volumes:
        return failing(otherwise, mounts, host, container.volumes)
    return _worded(reached, says, otherwise, mounts, host)


def _uncovered(subject: Subject, path: ShownPath, otherwise: str) -> Judgement:
    """What lies below another mount is reached by whoever may take that one away: with SYS_ADMIN in
    the user namespace that owns the mounts, unless they came there locked."""
    mounts, host = subject.process.mounts, subject.inventory.host_mounts
    able = can_have(subject, caps.mask("SYS_ADMIN"), yes="it can have", no="it cannot unmount")
    if able.holds is False:
        return failing(f"{otherwise}, but below other mounts", mounts, host, *able.observations)
    doubt = Unknown(
        Doubt.NOT_SAID,
        f"{path.path} is mounted at {path.at} and another mount lies over it; whether it may take "
        "that away is not shown",
        "look whether umount is refused there (EINVAL: locked), in a copy of the workload",
    )
    return undecided(doubt, quoting(mounts, path.words), host, *able.observations)


def _worded(
    found: list[ShownPath],
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
    seen = seen_paths(
        subject,
        lambda path: path.path == "/",
        "it sees the host's root file system",
        "the host's root is not mounted in it",
    )
    return with_the_hosts_permission(subject, seen)


def _system_writable(subject: Subject) -> Judgement:
    seen = seen_paths(
        subject,
        lambda path: path.writable and _SYSTEM.touched_by(path.path),
        "it can write the host's own files",
        "it can write no system directory of the host",
    )
    return with_the_hosts_permission(subject, seen)


def with_the_hosts_permission(subject: Subject, seen: Judgement) -> Judgement:
    """The same where it may be the host's root there: to any other user the host's own files are
    what they are to everybody, whatever is mounted. Of a VM that is its VMM's, not the guest's."""
    if subject.workload.behind_own_kernel or not seen.applicable or seen.holds is False:
        return seen
    be_root = any_of(
        root_outside(subject),
        counts_on_host(subject),
        otherwise="it is mounted in it, where no user is the host's root",
    )
    return all_of(seen, be_root, says=seen.says)


def _sensitive(subject: Subject) -> Judgement:
    return seen_paths(
        subject,
        lambda path: (
            _SENSITIVE.touched_by(path.path)
            # No secrets; who may write them is told apart.
            and not any(below(path.path, shown) for shown in SHOWN_TO_ALL)
        ),
        "it sees sensitive paths of the host",
        "no sensitive path of the host is mounted in it",
    )


@dataclass(frozen=True, slots=True)
class _Directories:
    """Directories, asked whether what a path shows is of them."""

    holding: frozenset[str]
    """They themselves, and all directories above them."""
    throughout: frozenset[str]
    """Those in which whatever lies deeper counts too."""

    @classmethod
    def of(cls, paths: Iterable[str]) -> _Directories:
        every = tuple(paths)
        return cls(
            frozenset(each for path in every for each in (path, *above(path))),
            frozenset(every).difference(_WHERE_OTHERS_KEEP_DATA),
        )

    def touched_by(self, path: str) -> bool:
        """Whether a path is one of them, holds one, or lies inside one."""
        return path in self.holding or not self.throughout.isdisjoint(above(path))


_SYSTEM = _Directories.of(SYSTEM_PATHS)
_SENSITIVE = _Directories.of(SENSITIVE_PATHS)


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
