"""Snapshots as files: bounded reads of regular files, and writes that are whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

FILE_LIMIT = 512 * 1024 * 1024
"""Bytes of a snapshot file that are read at most."""


def read_file(path: Path) -> bytes:
    """The bytes of a regular file.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger than ``FILE_LIMIT``.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(None, "not a regular file", str(path))
        content = file.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        raise OSError(None, f"larger than {FILE_LIMIT // 2**20} MiB", str(path))
    return content


def read_text(path: Path) -> str:
    """The text of a regular file, without the mark that some editors begin one with.

    Raises:
        OSError: it cannot be read, see `read_file`, or is not UTF-8.
    """
    try:
        return read_file(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(error.start, "not UTF-8 text", str(path)) from error


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Writes a file so that nobody ever sees half of it: beside it first, then in its place. One
    that is there keeps its mode, and stays where a link leads to it.

    Args:
        path: the file.
        content: all of it, or its pieces, each made when those before it are written.

    Raises:
        OSError: it cannot be written there.
    """
    import tempfile  # not before it is needed: the window is painted first

    if path.is_dir():
        raise IsADirectoryError(None, "a directory", str(path))
    path = path.resolve()
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name[:60]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            if mode is not None:
                os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
