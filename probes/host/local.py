"""This machine."""

from __future__ import annotations

import os
from collections.abc import Callable

from isoscope import __version__
from isoscope.snapshot.document import Collector
from isoscope.snapshot.reading import Channel, Reading, Source
from probes.host.access import DOCUMENT_LIMIT
from probes.host.files import kernel_file, names_in, reading_of, regular_file, status_document

_OF_THE_KERNEL = ("/proc/", "/sys/")


class LocalHost:
    """The machine that this process runs on, seen with this process's privilege."""

    live = True

    def __init__(self) -> None:
        self._privilege = "root" if os.geteuid() == 0 else f"uid {os.geteuid()}"

    def collector(self) -> Collector:
        """This process's effective user id and capabilities (``/proc/self/status``)."""
        capabilities: int | None = None
        for line in self.file("/proc/self/status").text().split("\n"):
            name, _, value = line.partition(":")
            if name == "CapEff":
                capabilities = int(value, 16)
        return Collector(__version__, os.geteuid(), capabilities, "this machine")

    def file(self, path: str, limit: int = DOCUMENT_LIMIT) -> Reading:
        """The bytes of a regular file. A pipe or device in its place is not opened."""
        read = kernel_file if path.startswith(_OF_THE_KERNEL) else regular_file
        return self.ask(Source(Channel.FILE, path), lambda: read(path, limit))

    def directory(self, path: str) -> Reading:
        """The names in a directory, sorted."""
        return self.ask(Source(Channel.DIRECTORY, path), lambda: names_in(path))

    def link(self, path: str) -> Reading:
        """``readlink(2)``."""
        return self.ask(Source(Channel.LINK, path), lambda: os.fsencode(os.readlink(path)))

    def status(self, path: str) -> Reading:
        """``stat(2)``, links followed."""
        return self.ask(Source(Channel.STATUS, path), lambda: status_document(os.stat(path)))

    def ask(self, source: Source, question: Callable[[], bytes]) -> Reading:
        """The bytes that ``question`` returns, or the gap that its error means."""
        return reading_of(source, self._privilege, question)
