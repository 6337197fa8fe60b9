"""Reads inputs and writes outputs: whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from isoscope.cli.errors import UNREADABLE, WRONG_USAGE, CommandError, standard_output
from isoscope.snapshot.codec import LARGEST

_LARGEST_TEXT = 1024 * 1024


def read_input(name: str, limit: int = LARGEST) -> bytes:
    """The bytes of a file; ``-`` is standard input.

    Raises:
        CommandError: it cannot be read, or has more than ``limit`` bytes.
    """
    try:
        if name == "-":
            content = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{name}: {reason}; name a file that can be read", UNREADABLE) from None
    if len(content) > limit:
        raise CommandError(f"{name}: more than {limit} bytes; name a smaller file", UNREADABLE)
    return content


def read_text(name: str) -> str:
    """The text of a small file.

    Raises:
        CommandError: it cannot be read, is too large, or is not UTF-8.
    """
    try:
        return read_input(name, _LARGEST_TEXT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{name}: not UTF-8 text; save it as UTF-8", UNREADABLE) from None


def check_output(output: str | None, *inputs: str | None) -> None:
    """Refuses an output that could not be written or is one of the inputs, before any work.

    Raises:
        CommandError: so it is.
    """
    if output is None or output == "-":
        return
    path = Path(output)
    if any(_same(path, name) for name in inputs):
        raise CommandError(
            f"{output}: that is the input; name another file to write to", WRONG_USAGE
        )
    if path.is_dir():
        raise CommandError(f"{output}: is a directory; name a file in it", WRONG_USAGE)
    if not path.parent.is_dir():
        raise CommandError(f"{output}: there is no directory {path.parent}; make it", WRONG_USAGE)


def _same(path: Path, name: str | None) -> bool:
    try:
        return name not in (None, "-") and path.samefile(str(name))
    except OSError:  # one of them does not exist
        return False


def write_output(content: bytes, output: str | None, *, private: bool = False) -> None:
    """Writes to a file, or to standard output where none is named.

    A file appears whole or not at all: its content goes to a temporary file beside it, which then
    takes its name. What is no regular file, such as a pipe, is written to as it is.

    Args:
        content: what to write.
        output: the file's name; None or ``-`` for standard output.
        private: whether a new file is for its owner's eyes only.

    Raises:
        CommandError: it cannot be written.
    """
    if output is None or output == "-":
        _to_standard_output(content)
        return
    try:
        _to_file(content, Path(output), private=private)
    except OSError as error:
        raise CommandError(
            f"{output}: {error.strerror or error}; name a file that can be written", UNREADABLE
        ) from None


def _to_standard_output(content: bytes) -> None:
    with standard_output():
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(content.decode())
        else:
            buffer.write(content)
        sys.stdout.flush()


def _to_file(content: bytes, path: Path, *, private: bool) -> None:
    mode = 0o600 if private else 0o666 & ~_umask()
    if path.exists():
        # Opening it applies what the system says of links in directories that everybody writes to:
        # proc(5), protected_symlinks. Only then is a link followed.
        with path.open("r+b" if stat.S_ISREG(path.stat().st_mode) else "wb") as present:
            if not stat.S_ISREG(path.stat().st_mode):
                present.write(content)
                return
            mode = stat.S_IMODE(path.stat().st_mode)
        path = path.resolve()
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        os.replace(temporary, path)  # noqa: PTH105 - both are plain names
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
