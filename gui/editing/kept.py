"""Keeps what is edited, with undo; what changed is judged anew at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from gui.editing.requirements import Requirements
from gui.errors import file_error
from gui.files import write_file
from gui.jobs import Job, Jobs
from gui.text import one_line
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.session import Session

Make = Callable[[Requirements], Requirements]
"""Makes the next requirements of those before; raises ``OSError`` or ``ValueError``."""


class RequirementsKept(QObject):
    """What is edited now. All signals are emitted on the GUI thread."""

    changed = Signal()
    """`now` is another one."""
    failed = Signal(str)
    """One line of why a change was not made; nothing changed."""
    saved = Signal(str)
    """Name of the file that was written."""

    def __init__(self, session: Session, first: Requirements) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = Jobs(session.bridge)
        self._on_disk: dict[Path | None, str] = {None: "", first.path: first.text}
        self._running: list[Job] = []
        self.now = first
        self.undo = QUndoStack(self)

    @property
    def unsaved(self) -> bool:
        """Whether the tenants file says something that no file says."""
        return self.now.text != self._on_disk.get(self.now.path, "")

    def change(self, title: str, make: Make) -> None:
        """Changes something, on a worker; it can be undone under its title."""
        before = replace(self.now, profile=self._session.question.profile)

        def done(after: Requirements) -> None:
            if self.now.text != before.text or self.now.profiles != before.profiles:
                self.change(title, make)  # something else was changed meanwhile
                return
            self.undo.push(_Change(title, before, after, self._become))

        def work(_: Job) -> Requirements:
            return make(before)

        def failed(error: Exception) -> None:
            self.failed.emit(
                one_line(file_error(error, tr("{title}: not done").format(title=title)))
            )

        self._running.append(self._jobs.start(work, done=done, failed=failed, name="edit"))

    def open(self, path: Path) -> None:
        """Reads a tenants file, in place of the one that there is."""
        from gui.editing.requirements import opened

        def make(before: Requirements) -> Requirements:
            after = opened(before, path)
            self._on_disk[path] = after.text
            return after

        self.change(tr("Open {name}").format(name=one_line(path.name, 60)), make)

    def save(self, path: Path, *, then: Callable[[], None] | None = None) -> None:
        """Writes the tenants file; ``then`` is called when that is done."""
        text = self.now.text

        def done(_: None) -> None:
            self._on_disk[path] = text
            self.now = replace(self.now, path=path)
            self.saved.emit(one_line(path.name, 80))
            self.changed.emit()
            if then is not None:
                then()

        self._write(path, text, done)

    def save_profile(self, path: Path, text: str) -> None:
        """Writes a profile."""
        self._write(path, text, lambda _: self.saved.emit(one_line(path.name, 80)))

    def close(self) -> None:
        """Stops listening to workers."""
        for job in self._running:
            job.discard()

    def _write(self, path: Path, text: str, done: Callable[[None], None]) -> None:
        def work(_: Job) -> None:
            write_file(path, text.encode())

        def failed(error: Exception) -> None:
            self.failed.emit(
                one_line(file_error(error, tr("{path} cannot be saved").format(path=path)))
            )

        self._running.append(self._jobs.start(work, done=done, failed=failed, name="save"))

    def _become(self, before: Requirements, after: Requirements) -> None:
        """Goes from one to the other. Where a file was saved meanwhile, it stays the file."""
        moved = before.path != after.path
        self.now = after if moved else replace(after, path=self.now.path)
        asked = self._session.question.profile
        profile = asked if before.profile == after.profile else after.profile
        self._session.require(after.rules, profile)
        self.changed.emit()


class _Change(QUndoCommand):
    """One change; to redo it is to do it."""

    def __init__(
        self,
        title: str,
        before: Requirements,
        after: Requirements,
        become: Callable[[Requirements, Requirements], None],
    ) -> None:
        super().__init__(title.replace("&", "&&"))
        self._before = before
        self._after = after
        self._become = become

    def redo(self) -> None:
        """Goes to what it changed to."""
        self._become(self._before, self._after)

    def undo(self) -> None:
        """Goes back."""
        self._become(self._after, self._before)
