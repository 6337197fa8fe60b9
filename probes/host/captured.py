"""A captured tree: files of a host, copied below one directory with their paths kept."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from isoscope import __version__
from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.access import DOCUMENT_LIMIT
from probes.host.files import Swapped, names_in, reading_of, regular_file, status_document

_MOST_LINKS = 40  # as the kernel's MAXSYMLINKS, path_resolution(7)
_PRIVILEGE = "captured"
_DIRECTORY = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


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
            with self._place(path, follow=True) as (parent, name):
                return regular_file(name, limit, directory=parent)

        return self._reading(Channel.FILE, path, read)

    def directory(self, path: str) -> Reading:
        """The names in a directory of the tree, sorted."""

        def read() -> bytes:
            with self._place(path, follow=True) as (parent, name):
                found = os.open(name, os.O_RDONLY | _DIRECTORY, dir_fd=parent)
            try:
                return names_in(found)
            finally:
                os.close(found)

        return self._reading(Channel.DIRECTORY, path, read)

    def link(self, path: str) -> Reading:
        """The target of a link of the tree, wherever it leads: only its text is read."""

        def read() -> bytes:
            with self._place(path, follow=False) as (parent, name):
                return os.fsencode(os.readlink(name, dir_fd=parent))

        return self._reading(Channel.LINK, path, read)

    def status(self, path: str) -> Reading:
        """Status of a file of the tree. Owner and mode are the copy's, as the capture kept them."""

        def read() -> bytes:
            with self._place(path, follow=True) as (parent, name):
                found = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                raise Swapped
            return status_document(found)

        return self._reading(Channel.STATUS, path, read)

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """A captured tree has no daemons, devices or system calls: nothing is asked."""
        del question
        detail = "a captured tree can only be read"
        return Reading(source, time.time(), _PRIVILEGE, gap=Gap.UNSUPPORTED, detail=detail)

    def _reading(self, channel: Channel, path: str, question: Callable[[], bytes]) -> Reading:
        return reading_of(Source(channel, path), _PRIVILEGE, question)

    @contextmanager
    def _place(self, path: str, *, follow: bool) -> Iterator[tuple[int, str]]:
        """An open directory and the name in it that ``path`` means after following its links.

        The walk opens one name at a time without following, so that no link that is put there
        meanwhile can lead out. ``follow`` says whether a link at the end of the path is followed.
        """
        walk = _Walk(self._root)
        try:
            name = walk.to(path, follow=follow)
            yield walk.parent, name
        finally:
            walk.close()


class _Walk:
    """A walk through the tree, one name at a time, holding one directory open."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._walked: list[str] = []
        self.parent = os.dup(root)
        """The directory in which the next name is looked up."""

    def to(self, path: str, *, follow: bool) -> str:
        """Walks to the directory that holds what ``path`` means, and returns its name there."""
        pending = _names_of(path)
        links = 0
        while pending:
            name = pending.pop(0)
            if name == "..":
                self._up()
                continue
            found = os.stat(name, dir_fd=self.parent, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode) and (follow or pending):
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
                target = os.readlink(name, dir_fd=self.parent)
                if target.startswith("/"):
                    self._start_again([])
                pending = _names_of(target) + pending
            elif pending:
                self._down(name, was_directory=stat.S_ISDIR(found.st_mode))
            else:
                return name
        return self._name_of_here()

    def close(self) -> None:
        """Gives the descriptor back."""
        os.close(self.parent)

    def _down(self, name: str, *, was_directory: bool) -> None:
        try:
            following = os.open(name, os.O_PATH | _DIRECTORY, dir_fd=self.parent)
        except OSError as error:
            if was_directory and error.errno in (errno.ENOTDIR, errno.ELOOP, errno.ENOENT):
                raise Swapped from error
            raise
        os.close(self.parent)
        self.parent = following
        self._walked.append(name)

    def _up(self) -> None:
        if not self._walked:
            raise OSError(errno.EXDEV, "leads out of the captured tree")
        self._start_again(self._walked[:-1])

    def _start_again(self, names: list[str]) -> None:
        root = os.dup(self._root)
        os.close(self.parent)
        self.parent, self._walked = root, []
        for name in names:
            self._down(name, was_directory=True)

    def _name_of_here(self) -> str:
        """The directory reached, as a name in its parent."""
        if not self._walked:
            return "."
        name = self._walked[-1]
        self._up()
        return name


def _names_of(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
