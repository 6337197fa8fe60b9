"""The interface behind which this machine and a captured tree look alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Gap, Reading, Source

DOCUMENT_LIMIT = 4 * 1024 * 1024
"""Bytes kept of one document unless a probe asks for less."""


class NoAnswerError(Exception):
    """A question that has no answer, with the gap that it leaves."""

    def __init__(self, gap: Gap, detail: str) -> None:
        super().__init__(detail)
        self.gap = gap
        self.detail = detail


class HostAccess(Protocol):
    """Answers questions about one host.

    No method raises for what the host does or holds: whatever goes wrong is a gap in the reading.
    All methods may be called from several threads at once.
    """

    @property
    def live(self) -> bool:
        """Whether daemons, devices and system calls of the running host can be asked."""

    def collector(self) -> Collector:
        """Who looks, and with which privilege."""

    def file(self, path: str, limit: int = DOCUMENT_LIMIT) -> Reading:
        """The bytes of a regular file; more than ``limit`` bytes are ``too-large``."""

    def directory(self, path: str) -> Reading:
        """The names in a directory, sorted."""

    def link(self, path: str) -> Reading:
        """The target of a symbolic link, not followed."""

    def status(self, path: str) -> Reading:
        """``stat(2)`` of a path, links followed: a JSON object with ``mode``, ``uid``, ``gid``,
        ``dev``, ``ino`` and ``rdev`` in decimal."""

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """The bytes that ``question`` returns, or the gap of the ``OSError`` or ``NoAnswerError``
        that it raises. A host that is not live answers ``unsupported`` without asking."""
