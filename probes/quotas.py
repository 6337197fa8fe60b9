"""Quotas of file systems: quotactl(2), of which nothing is asked but what there is.

Only file systems that are mounted in the reader's own tree are asked, by a directory that is open
for reading: ``quotactl_fd(2)``, Linux 5.14.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from isoscope.snapshot.quota_places import (
    KEEPING,
    PROJECTS,
    PROJECTS_ENFORCED,
    QUOTAS,
    MountLine,
    mount_lines,
    place_in,
    upper_directory,
)
from probes.host.access import HostAccess
from probes.probe import Recorder

_QUOTACTL_FD = 443  # the same number on every architecture
_XGETQSTAT, _GETQUOTA = 0x5805, 0x800007
_USER, _PROJECT = 0, 2
_FLAGS_AT = 2  # of struct fs_quota_stat, whose first byte is its version
_FSGETXATTR = 0x801C581F
_FSXATTR = struct.Struct("=IIIII8s")
_INHERITS = 0x200  # FS_XFLAG_PROJINHERIT
_BLOCK = 1024  # bytes: QIF_DQBLKSIZE
_MOST_PLACES = 4096
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_CLOEXEC


def keep_quotas(
    host: HostAccess, recorder: Recorder, own_mounts: str, mounts: Iterable[str]
) -> None:
    """Keeps which quotas the host's file systems keep and, where one bounds projects, what it lets
    the places have that these mount tables of workloads show."""
    here = [mount for mount in mount_lines(own_mounts) if mount.file_system in KEEPING]
    kept = recorder.keep(host.ask(QUOTAS, lambda: _of_devices(here)))
    flags = json.loads(kept.content)["devices"] if kept.content is not None else {}
    bounding = {device for device, found in flags.items() if found & PROJECTS_ENFORCED}
    if bounding:
        places = places_to_ask(here, mounts, bounding)
        recorder.keep(host.ask(PROJECTS, lambda: projects_of(places)))


def places_to_ask(
    here: list[MountLine], mounts: Iterable[str], bounding: set[str]
) -> dict[str, str]:
    """Directories of the host, by the name under which they are asked after."""
    found: dict[str, str] = {}
    for text in mounts:
        for mount in mount_lines(text):
            upper = upper_directory(mount.super_options) if mount.file_system == "overlay" else ""
            if upper:
                found[upper] = upper
            elif mount.device in bounding:
                path = _on_host(here, mount)
                if path:
                    found[place_in(mount.device, mount.root)] = path
    return dict(list(found.items())[:_MOST_PLACES])


def _of_devices(here: list[MountLine]) -> bytes:
    _require_quotactl()
    flags: dict[str, int] = {}
    for mount in here:
        if mount.device not in flags:
            with suppress(OSError):  # of one that cannot be opened nothing is said
                flags[mount.device] = _flags(mount.mount_point)
    return json.dumps({"devices": flags}).encode()


def _on_host(here: list[MountLine], mount: MountLine) -> str:
    for own in here:
        base = own.root.rstrip("/")
        if own.device == mount.device and f"{mount.root}/".startswith(f"{base}/"):
            return own.mount_point.rstrip("/") + mount.root[len(base) :]
    return ""


def projects_of(places: dict[str, str]) -> bytes:
    """The project of each directory, and what it may have: ``ioctl_xfs_fsgetxattr(2)``."""
    found = {}
    for name, path in places.items():
        try:
            with _opened(path) as directory:
                flags, _, _, project, _, _ = _FSXATTR.unpack(
                    fcntl.ioctl(directory, _FSGETXATTR, bytes(_FSXATTR.size))
                )
                found[name] = {
                    "project": project,
                    "inherits": bool(flags & _INHERITS),
                    "most": _most(directory, project) if project else 0,
                }
        except OSError:  # of this one nothing is said
            continue
    return json.dumps({"places": found}).encode()


def _most(directory: int, project: int) -> int:
    """The bytes that a project may have; 0 where there is no limit: struct if_dqblk."""
    try:
        answer = _quotactl(directory, _GETQUOTA, _PROJECT, project)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ESRCH):
            return 0
        raise
    return int(struct.unpack_from("=Q", answer)[0]) * _BLOCK


def _flags(mount_point: str) -> int:
    with _opened(mount_point) as directory:
        try:
            answer = _quotactl(directory, _XGETQSTAT, _USER, 0)
        except OSError as error:
            if error.errno == errno.ENOSYS:  # it keeps none
                return 0
            raise
    return int(struct.unpack_from("=H", answer, _FLAGS_AT)[0])


def _require_quotactl() -> None:
    """A kernel without the call answers as a file system without quotas does.

    Raises:
        OSError: it is such a kernel.
    """
    try:
        _quotactl(-1, _XGETQSTAT, _USER, 0)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise


def _quotactl(directory: int, command: int, kind: int, identity: int) -> bytes:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    answer = ctypes.create_string_buffer(256)
    failed = call(
        ctypes.c_long(_QUOTACTL_FD),
        ctypes.c_uint(directory & 0xFFFFFFFF),
        ctypes.c_uint(command << 8 | kind),
        ctypes.c_uint(identity),
        answer,
    )
    if failed:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return answer.raw


@contextmanager
def _opened(path: str) -> Iterator[int]:
    directory = os.open(path, _OPEN)
    try:
        yield directory
    finally:
        os.close(directory)
