"""Saves snapshots on a worker."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.errors import file_error
from gui.jobs import Job, Jobs
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from isoscope.snapshot.document import Snapshot


class Saver(QObject):
    """Writes what was read. All signals are emitted on the GUI thread."""

    saved = Signal(object)
    """The `Path` of the snapshot that was written."""
    failed = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running: Job | None = None

    def save(self, snapshot: Snapshot, path: Path) -> None:
        """Writes a snapshot; one that is being written is left to itself."""

        def work(_: Job) -> None:
            from gui import judging

            judging.saved(snapshot, path)

        self._running = self._jobs.start(
            work,
            done=lambda _: self.saved.emit(path),
            failed=partial(self._on_failed, path),
            name="save",
        )

    def close(self) -> None:
        """Stops listening."""
        if self._running is not None:
            self._running.discard()

    def _on_failed(self, path: Path, error: Exception) -> None:
        self.failed.emit(
            one_line(file_error(error, tr("{path} cannot be saved").format(path=path)))
        )
