"""Writes reports on a worker, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from gui.activity import Activity
from gui.errors import file_error
from gui.jobs import Job, Jobs
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.supposing.plan import Plan


class Exporter(QObject):
    """Exports what is shown. All signals are emitted on the GUI thread."""

    exported = Signal(str)
    """Name of the file that was written."""
    failed = Signal(str)
    activity_changed = Signal(object)
    """An `Activity` while a report is being written; None when none is."""

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._running: Job | None = None

    def export(self, shown: Shown, path: Path, tenant: str = "") -> None:
        """Writes a report; one that is being written is dropped for it."""
        name = one_line(path.name, 80)

        def work(job: Job) -> None:
            from gui.exporting import export

            def tell(page: int, pages: int) -> None:
                activity = Activity(
                    tr("Writing {name}, page {page:,} of {pages:,} …").format(
                        name=name, page=page, pages=pages
                    ),
                    page,
                    pages,
                )
                job.tell(lambda: self.activity_changed.emit(activity))

            export(shown, path, tenant, stopped=job.cancelled.is_set, tell=tell)

        self._write(work, path)

    def export_plan(self, plan: Plan, path: Path) -> None:
        """Writes a plan of what is supposed."""

        def work(_: Job) -> None:
            from gui.plan_exporting import export_plan

            export_plan(plan, path)

        self._write(work, path)

    def cancel(self) -> None:
        """Drops the report that is being written; its file stays as it was."""
        if self._running is not None:
            self._running.discard()
            self._running = None
            self.activity_changed.emit(None)

    def close(self) -> None:
        """Stops listening."""
        if self._running is not None:
            self._running.discard()

    def _write(self, work: Callable[[Job], None], path: Path) -> None:
        self.cancel()
        name = one_line(path.name, 80)
        self.activity_changed.emit(Activity(tr("Writing {name} …").format(name=name)))
        self._running = self._jobs.start(
            work,
            done=lambda _: self._ended(partial(self.exported.emit, name)),
            failed=lambda error: self._ended(partial(self._on_failed, path, error)),
            name="export",
        )

    def _ended(self, tell: Callable[[], object]) -> None:
        self._running = None
        self.activity_changed.emit(None)
        tell()

    def _on_failed(self, path: Path, error: Exception) -> None:
        self.failed.emit(
            one_line(file_error(error, tr("{path} cannot be written").format(path=path)))
        )
