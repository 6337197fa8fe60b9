"""The dialog in which TOML is written by hand, and checked as it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from gui.bridge import Bridge
from gui.editing.toml_view import TomlView
from gui.errors import file_error
from gui.jobs import Jobs, Latest
from gui.pages.page import while_there
from gui.text import one_line
from gui.widgets.labels import PlainLabel
from gui.widgets.shape import ShapeWidget
from isoscope.assessment.toml_text import line_of_error
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr, trn

LONGEST = 1024 * 1024
"""Characters that are taken at most."""
PATIENCE = 150
"""Milliseconds after the last key before the text is checked."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a text found."""

    text: str
    problem: str = ""
    line: int | None = None
    """From 1."""


def checked(text: str, check: Callable[[str], object]) -> Checked:
    """Checks a text, on a worker."""
    if len(text) > LONGEST:
        return Checked(
            text,
            trn("more than {number} character", "more than {number} characters", LONGEST),
        )
    try:
        check(text)
    except (OSError, ValueError) as error:
        problem = one_line(file_error(error, "").removeprefix(": "))
        return Checked(text, problem, line_of_error(text, check) or _said_line(problem))
    return Checked(text)


def _said_line(problem: str) -> int | None:
    """The line that the reader of TOML names: ``(at line 3, column 5)``."""
    _, found, rest = problem.rpartition("at line ")
    number = rest.partition(",")[0]
    return int(number) if found and number.isdecimal() and len(number) < 9 else None


class TomlDialog(QDialog):
    """Asks for a text that the check takes; accepted, `text` is it."""

    def __init__(
        self,
        parent: QWidget,
        bridge: Bridge,
        *,
        title: str,
        about: str,
        text: str,
        check: Callable[[str], object],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(one_line(title, 100))
        self._check = check
        self._latest: Latest[Checked] = Latest(
            Jobs(bridge),
            done=while_there(self, self._show),
            failed=while_there(self, self._on_failed),
            name="check",
        )
        self._about = PlainLabel(about, self)
        self._about.setWordWrap(True)
        self.edit = TomlView(one_line(title, 100), self, read_only=False)
        self.edit.setPlainText(text)
        self._shape = ShapeWidget(Status.UNPROVEN, self)
        self.problem = PlainLabel(parent=self)
        self.problem.setWordWrap(True)
        self.problem.setAccessibleName(tr("Whether it can be used"))
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.ok = self.buttons.button(standard.Ok)
        self.ok.setText(tr("&Use"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._shape)
        below.addWidget(self.problem, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._about)
        layout.addWidget(self.edit, 1)
        layout.addLayout(below)
        layout.addWidget(self.buttons)
        self.resize(720, 520)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._ask)
        self.edit.textChanged.connect(self._on_changed)
        self.edit.setFocus()
        self._on_changed()

    @property
    def text(self) -> str:
        """What is written now."""
        return self.edit.toPlainText()

    def _on_changed(self) -> None:
        self.ok.setEnabled(False)
        self._patience.start()

    def _ask(self) -> None:
        text, check = self.text, self._check
        self._latest.ask(lambda: checked(text, check))

    def _show(self, found: Checked) -> None:
        if found.text != self.text:
            return
        self.ok.setEnabled(not found.problem)
        said = found.problem or tr("It can be used.")
        if found.problem and found.line is not None:
            said = tr("Line {line:,}: {problem}").format(line=found.line, problem=found.problem)
        self.problem.setText(said)
        status = Status.FALLS_SHORT if found.problem else Status.MEETS
        self._shape.show_status(status)
        line = found.line if found.problem and found.line is not None else 0
        self.edit.mark(line - 1, min(line, 1), status)

    def _on_failed(self, error: Exception) -> None:
        self.problem.setText(one_line(file_error(error, tr("It cannot be checked"))))
