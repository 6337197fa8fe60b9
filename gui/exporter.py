"""Writes reports on a worker, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.errors import file_error
from gui.jobs import Job, Jobs
from gui.text import one_line

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.supposing.plan import Plan


class Exporter(QObject):
    """Exports what is shown. All signals are emitted on the GUI thread."""

    exported = Signal(str)
    """Name of the file that was written."""
    failed = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running: Job | None = None

    def export(self, shown: Shown, path: Path, tenant: str = "") -> None:
        """Writes a report; one that is being written is left to itself."""

        def work() -> None:
            from gui.exporting import export

            export(shown, path, tenant)

        self._write(work, path)

    def export_plan(self, plan: Plan, path: Path) -> None:
        """Writes a plan of what is supposed."""

        def work() -> None:
            from gui.plan_exporting import export_plan

            export_plan(plan, path)

        self._write(work, path)

    def _write(self, work: Callable[[], None], path: Path) -> None:
        self._running = self._jobs.start(
            lambda _: work(),
            done=lambda _: self.exported.emit(one_line(path.name, 80)),
            failed=partial(self._on_failed, path),
            name="export",
        )

    def close(self) -> None:
        """Stops listening."""
        if self._running is not None:
            self._running.discard()

    def _on_failed(self, path: Path, error: Exception) -> None:
        self.failed.emit(one_line(file_error(error, f"{path} cannot be written")))
