"""A captured tree: files of a host, copied below one directory with their paths kept."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from isoscope import __version__
from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Channel, Gap, Reading, Source, gap_of_error
from probes.host.access import DOCUMENT_LIMIT, NoAnswerError
from probes.host.local import read_regular_file, status_document

_MOST_LINKS = 40  # as the kernel's MAXSYMLINKS, path_resolution(7)
_PRIVILEGE = "captured"


class CapturedTree:
    """The host whose files lie below ``root``; nothing above it is ever opened.

    An absolute link means a path of the captured host, so it starts again at ``root``, as for a
    process in ``chroot(2)``. A link whose ``..`` climbs above ``root`` leads out and is refused.

    Raises:
        NotADirectoryError: ``root`` is not a directory that can be opened.
    """

    live = False

    def __init__(self, root: Path) -> None:
        try:
            self._root = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise NotADirectoryError(
                f"{root}: {error.strerror}; --root takes the directory that holds proc/ and sys/"
            ) from error

    def close(self) -> None:
        """Gives the root's descriptor back."""
        os.close(self._root)

    def collector(self) -> Collector:
        """Nobody's privilege is known for a captured tree."""
        return Collector(__version__, None, None, "captured tree")

    def file(self, path: str, limit: int = DOCUMENT_LIMIT) -> Reading:
        """The bytes of a regular file of the tree."""

        def read() -> bytes:
            parent, name = self._parent_of(path, follow=True)
            try:
                return read_regular_file(name, limit, directory=parent, flags=os.O_NOFOLLOW)
            finally:
                os.close(parent)

        return self._read(Source(Channel.FILE, path), read)

    def directory(self, path: str) -> Reading:
        """The names in a directory of the tree, sorted."""

        def read() -> bytes:
            parent, name = self._parent_of(path, follow=True)
            try:
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                found = os.open(name, flags, dir_fd=parent)
            finally:
                os.close(parent)
            try:
                return b"\0".join(sorted(os.fsencode(entry) for entry in os.listdir(found)))
            finally:
                os.close(found)

        return self._read(Source(Channel.DIRECTORY, path), read)

    def link(self, path: str) -> Reading:
        """The target of a link of the tree, wherever it leads: only its text is read."""

        def read() -> bytes:
            parent, name = self._parent_of(path, follow=False)
            try:
                return os.fsencode(os.readlink(name, dir_fd=parent))
            finally:
                os.close(parent)

        return self._read(Source(Channel.LINK, path), read)

    def status(self, path: str) -> Reading:
        """Status of a file of the tree. Owner and mode are the copy's, as the capture kept them."""

        def read() -> bytes:
            parent, name = self._parent_of(path, follow=True)
            try:
                return status_document(os.stat(name, dir_fd=parent, follow_symlinks=False))
            finally:
                os.close(parent)

        return self._read(Source(Channel.STATUS, path), read)

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """A captured tree has no daemons, devices or system calls: nothing is asked."""
        del question
        return self._gap(source, Gap.UNSUPPORTED, "a captured tree can only be read")

    def _parent_of(self, path: str, *, follow: bool) -> tuple[int, str]:
        """An open directory and the name in it that ``path`` means after following its links.

        The walk opens one name at a time without following, so that no link that is put there
        meanwhile can lead out. The caller closes the descriptor.
        """
        pending = _names_of(path)
        walked: list[str] = []
        links = 0
        while pending:
            name = pending.pop(0)
            if name == "..":
                if not walked:
                    raise OSError(errno.EXDEV, "leads out of the captured tree")
                walked.pop()
                continue
            target = self._link_target(walked, name) if follow or pending else None
            if target is None:
                walked.append(name)
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            if target.startswith("/"):
                walked = []
            pending = _names_of(target) + pending
        if not walked:
            return self._open_directory([]), "."
        return self._open_directory(walked[:-1]), walked[-1]

    def _link_target(self, parents: list[str], name: str) -> str | None:
        parent = self._open_directory(parents)
        try:
            if not stat.S_ISLNK(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                return None
            return os.readlink(name, dir_fd=parent)
        finally:
            os.close(parent)

    def _open_directory(self, names: list[str]) -> int:
        current = os.dup(self._root)
        flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        for name in names:
            try:
                following = os.open(name, flags, dir_fd=current)
            finally:
                os.close(current)
            current = following
        return current

    def _read(self, source: Source, question: Callable[[], bytes]) -> Reading:
        try:
            content = question()
        except NoAnswerError as error:
            return self._gap(source, error.gap, error.detail)
        except OSError as error:
            return self._gap(source, gap_of_error(error), error.strerror or str(error))
        except ValueError as error:  # a NUL byte in a path
            return self._gap(source, Gap.FAILED, str(error))
        return Reading(source, time.time(), _PRIVILEGE, content=content)

    def _gap(self, source: Source, gap: Gap, detail: str) -> Reading:
        return Reading(source, time.time(), _PRIVILEGE, gap=gap, detail=detail)


def _names_of(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
