"""Set-user-ID files and device nodes that a workload may leave on the host."""

from __future__ import annotations

from dataclasses import replace

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, not_applicable, undecided
from isoscope.assessment.measures.file_systems import seen_paths, with_the_hosts_permission
from isoscope.assessment.shown_paths import ShownPath
from isoscope.inventory.file_types import FileType
from isoscope.inventory.observation import Doubt, Unknown

_TYPE_NOT_READ = Unknown(
    Doubt.NOT_SAID,
    "whether what is mounted in it are directories, files or sockets was not read",
    "stat -c %F on each path, as root on the host",
)
_MOST_QUOTED = 3
_NEITHER = frozenset({"nosuid", "nodev"})
_WITHOUT_PROGRAMS = frozenset({"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"})


def _set_user_id(subject: Subject) -> Judgement:
    """What counts is how the host mounts the file system: the workload's own ``nosuid`` keeps
    nobody there from executing what it left. On a socket, a pipe or a device that was mounted alone
    nothing can be left."""
    if subject.workload.own_kernel:
        return not_applicable("what a guest leaves on a share is its server's to set", subject.kind)
    layout = subject.surroundings.layout

    def kept(path: ShownPath) -> bool:
        mount = layout.mount_at(path.path) if layout is not None else None
        return (
            path.writable
            and mount is not None
            and mount.file_system not in _WITHOUT_PROGRAMS
            and not mount.options >= _NEITHER
        )

    types, shown = subject.inventory.file_types, subject.shown_paths or ()

    def type_of(path: str) -> FileType | None:
        """None where it was not read. Where the host mounts a file system's root, it is a
        directory."""
        mount = layout.mount_at(path) if layout is not None else None
        if mount is not None and (mount.mount_point, mount.root) == (path, "/"):
            return FileType.DIRECTORY
        return types[path].value if path in types else None

    def among(*wanted: FileType | None) -> Judgement:
        return seen_paths(
            subject,
            lambda path: type_of(path.path) in wanted and kept(path),
            "what it writes there may be set-user-ID or a device to the host",
            "the host takes no set-user-ID file and no device from it",
        )

    holds_files = among(FileType.DIRECTORY, FileType.REGULAR)
    unread = among(None)
    if holds_files.holds is False:
        if unread.holds:
            holds_files = undecided(_TYPE_NOT_READ, *unread.observations)
        elif unread.holds is None and unread.applicable:
            holds_files = unread
        else:
            others = [types[path.path] for path in shown if path.path in types and kept(path)]
            found = (*holds_files.observations, *others[:_MOST_QUOTED])
            holds_files = replace(holds_files, observations=found)
    return with_the_hosts_permission(subject, holds_files)


DECLARATIONS: tuple[Declaration, ...] = (
    exposure(
        "set-user-id-on-host-path",
        "It can leave set-user-ID files on the host",
        what="The workload, whose root is the host's root, writes to a file system that the host "
        "mounts without nosuid or nodev.",
        why="A set-user-ID file or a device node that it leaves there makes root of any user of "
        "the host who can reach it.",
        by_hand="findmnt -T PATH -o TARGET,OPTIONS; find PATH -perm -4000",
        remedy="Give it a volume of its engine, or a file system that the host mounts with nosuid "
        "and nodev, or a user namespace.",
        references=("mount(8): nosuid, nodev", "inode(7): S_ISUID"),
        judge=_set_user_id,
    ),
)
