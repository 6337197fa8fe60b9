"""How files are read, whatever host they belong to: bounded, and nothing but regular files opened.

Sources: ``open(2)`` on ``O_PATH``, ``proc(5)`` on ``/proc/self/fd``.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from collections.abc import Callable

from isoscope.snapshot.reading import Gap, Reading, Source, gap_of_error
from probes.host.access import DOCUMENT_LIMIT, NoAnswerError

_READ_SIZE = 64 * 1024
_READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


_ONE_ANSWER = 2048
"""The kernel fills a page with records before it answers a read: Documentation/filesystems/
seq_file.rst. Whatever is shorter than half of one, and has no record as long, was all."""
_LONG_RECORDS = ("/mountinfo", "/mounts", "/cmdline")


class Swapped(OSError):  # noqa: N818 - a way to fail, as errno(3) has many
    """What a name stood for was exchanged between looking at it and opening it."""

    def __init__(self) -> None:
        super().__init__(errno.ESTALE, "was exchanged for something else while it was looked at")


def reading_of(source: Source, privilege: str, question: Callable[[], bytes]) -> Reading:
    """The answer to a question, or the gap that its error means."""
    gap, detail = Gap.FAILED, ""
    try:
        content = question()
    except NoAnswerError as error:
        gap, detail = error.gap, error.detail
    except OSError as error:
        gap, detail = gap_of_error(error), error.strerror or str(error)
    except ValueError as error:  # a path with a NUL byte, or that no file system can encode
        detail = str(error)
    else:
        return Reading(source, time.time(), privilege, content=content)
    return Reading(source, time.time(), privilege, gap=gap, detail=detail)


def kernel_file(path: str, limit: int) -> bytes:
    """The bytes of a file of procfs or sysfs, which hold no devices or pipes to be opened by
    accident.

    Raises:
        OSError: it cannot be opened or read.
        NoAnswerError: it is not a regular file, or longer than ``limit``.
    """
    descriptor = os.open(path, _READING)
    try:
        _require_regular(os.fstat(descriptor))
        first = os.read(descriptor, _READ_SIZE)
        if len(first) > limit:
            raise _too_large(limit)
        if len(first) < _ONE_ANSWER and not path.endswith(_LONG_RECORDS):
            return first
        return first + _content(descriptor, limit - len(first))
    finally:
        os.close(descriptor)


def regular_file(path: str, limit: int, *, directory: int | None = None) -> bytes:
    """The bytes of a regular file. Anything else is never opened: to open a device can already do
    something to it.

    Args:
        path: the file, links followed; with ``directory``, a name in it, not followed.
        limit: the most bytes that it may have.
        directory: an open directory, ``openat(2)``.

    Raises:
        OSError: it cannot be opened or read.
        NoAnswerError: it is not a regular file, or longer than ``limit``.
    """
    flags = os.O_PATH | os.O_CLOEXEC | (0 if directory is None else os.O_NOFOLLOW)
    place = os.open(path, flags, dir_fd=directory)
    try:
        found = os.fstat(place)
        if stat.S_ISLNK(found.st_mode):
            raise Swapped
        _require_regular(found)
        descriptor = _opened_again(place)
        try:
            return _content(descriptor, limit)
        finally:
            os.close(descriptor)
    finally:
        os.close(place)


def names_in(directory: str | int, limit: int = DOCUMENT_LIMIT) -> bytes:
    """The names in a directory, sorted, joined by NUL bytes.

    Raises:
        OSError: it cannot be opened or read.
        NoAnswerError: they take more than ``limit`` bytes.
    """
    names: list[bytes] = []
    total = 0
    with os.scandir(directory) as entries:
        for entry in entries:
            name = os.fsencode(entry.name)
            names.append(name)
            total += len(name) + 1
            if total > limit:
                raise _too_large(limit)
    return b"\0".join(sorted(names))


def status_document(found: os.stat_result) -> bytes:
    """``stat(2)`` as the JSON object that a reading holds."""
    return json.dumps(
        {
            "mode": found.st_mode,
            "uid": found.st_uid,
            "gid": found.st_gid,
            "dev": found.st_dev,
            "ino": found.st_ino,
            "rdev": found.st_rdev,
        }
    ).encode()


def _opened_again(place: int) -> int:
    try:
        return os.open(f"/proc/self/fd/{place}", _READING)
    except FileNotFoundError as error:  # which must not read as if the file were absent
        raise NoAnswerError(Gap.FAILED, "it cannot be opened where /proc is missing") from error


def _require_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NoAnswerError(Gap.UNSUPPORTED, "not a regular file")


def _content(descriptor: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    while piece := os.read(descriptor, _READ_SIZE):
        pieces.append(piece)
        total += len(piece)
        if total > limit:
            raise _too_large(limit)
    return b"".join(pieces)


def _too_large(limit: int) -> NoAnswerError:
    return NoAnswerError(Gap.TOO_LARGE, f"more than {limit} bytes")
