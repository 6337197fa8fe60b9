"""This machine."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable

from isoscope import __version__
from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Channel, Gap, Reading, Source, gap_of_error
from probes.host.access import DOCUMENT_LIMIT, NoAnswerError

_READ_SIZE = 64 * 1024


class LocalHost:
    """The machine that this process runs on, seen with this process's privilege."""

    live = True

    def __init__(self) -> None:
        self._privilege = "root" if os.geteuid() == 0 else f"uid {os.geteuid()}"

    def collector(self) -> Collector:
        """This process's effective user id and capabilities (``/proc/self/status``)."""
        capabilities: int | None = None
        for line in self.file("/proc/self/status").text().splitlines():
            name, _, value = line.partition(":")
            if name == "CapEff":
                capabilities = int(value, 16)
        return Collector(__version__, os.geteuid(), capabilities, "this machine")

    def file(self, path: str, limit: int = DOCUMENT_LIMIT) -> Reading:
        """The bytes of a regular file, opened without blocking, so that a pipe cannot hang it."""
        return self._read(Source(Channel.FILE, path), lambda: read_regular_file(path, limit))

    def directory(self, path: str) -> Reading:
        """The names in a directory, sorted."""
        return self._read(
            Source(Channel.DIRECTORY, path),
            lambda: b"\0".join(sorted(os.fsencode(name) for name in os.listdir(path))),
        )

    def link(self, path: str) -> Reading:
        """``readlink(2)``."""
        return self._read(Source(Channel.LINK, path), lambda: os.fsencode(os.readlink(path)))

    def status(self, path: str) -> Reading:
        """``stat(2)``, links followed."""
        return self._read(Source(Channel.STATUS, path), lambda: status_document(os.stat(path)))

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """The bytes that ``question`` returns, or the gap that its error means."""
        return self._read(source, question)

    def _read(self, source: Source, question: Callable[[], bytes]) -> Reading:
        try:
            content = question()
        except NoAnswerError as error:
            return self._gap(source, error.gap, error.detail)
        except OSError as error:
            return self._gap(source, gap_of_error(error), error.strerror or str(error))
        except ValueError as error:  # a NUL byte in a path
            return self._gap(source, Gap.FAILED, str(error))
        return Reading(source, time.time(), self._privilege, content=content)

    def _gap(self, source: Source, gap: Gap, detail: str) -> Reading:
        return Reading(source, time.time(), self._privilege, gap=gap, detail=detail)


def read_regular_file(
    path: str, limit: int, *, directory: int | None = None, flags: int = 0
) -> bytes:
    """The bytes of a regular file.

    Args:
        path: the file; relative to the descriptor ``directory`` where that is given.
        limit: the most bytes that it may have.
        directory: an open directory, ``openat(2)``.
        flags: further ``open(2)`` flags.

    Raises:
        OSError: it cannot be opened or read.
        NoAnswerError: it is not a regular file, or longer than ``limit``.
    """
    descriptor = os.open(
        path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | flags, dir_fd=directory
    )
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NoAnswerError(Gap.UNSUPPORTED, "not a regular file")
        pieces: list[bytes] = []
        total = 0
        while piece := os.read(descriptor, _READ_SIZE):
            pieces.append(piece)
            total += len(piece)
            if total > limit:
                raise NoAnswerError(Gap.TOO_LARGE, f"more than {limit} bytes")
        return b"".join(pieces)
    finally:
        os.close(descriptor)


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
