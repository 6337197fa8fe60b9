"""What if: changes that are supposed, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from gui.models.changes import ChangeModel
from gui.pages.page import Page
from gui.pages.what_if_result import NOBODY, NOTHING_YET, ResultPane
from gui.rows import Subject
from gui.supposing import Asked, ChangeRow, Remedies, WhatIf, scope_of
from gui.widgets.change_list import ChangeList
from gui.widgets.labels import Title
from gui.widgets.move_chooser import MoveChooser
from gui.widgets.scope_chooser import ScopeChooser
from isoscope.assessment.supposing.suppositions import NOTHING, Enclosure, Move, Suppositions
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.vocabulary import Aspect


class WhatIfPage(Page):
    """Asks for answers as changes are chosen; it judges nothing itself."""

    wanted = Signal(object, object)
    """A `Shown`, and what is `Asked` of it."""
    remedies_wanted = Signal(object, object, object)
    """A `Shown`, a `Subject`, and findings that are to hold it no longer."""
    forgotten = Signal()  # what was answered is needed no more

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What if"))
        self._shown: Shown | None = None
        self._suppositions = NOTHING
        self._before: list[Suppositions] = []
        self._looked_at: tuple[Subject, Aspect] | None = None
        self.scope = ScopeChooser(self)
        self.move_ = MoveChooser(self)
        self.required = QPushButton(tr("&All that is required"), self)
        self.required.setToolTip(tr("Suppose every change that a required verdict needs"))
        self.undo = QPushButton(tr("&Undo"), self)
        self.clear = QPushButton(tr("Clear"), self)
        self._changes = ChangeModel(self)
        self.changes = ChangeList(self._changes, self)
        self.changes.setAccessibleName(tr("Changes that can be supposed"))
        self.result = ResultPane(self)
        for button in (self.required, self.undo, self.clear):
            button.setAccessibleName(button.text().replace("&", ""))
        self._compose()
        self.scope.chosen.connect(self._ask)
        self.move_.wanted.connect(self._on_move)
        self.changes.toggled.connect(self._on_toggled)
        self.required.clicked.connect(self.suppose_required)
        self.undo.clicked.connect(self.take_back)
        self.clear.clicked.connect(lambda: self.suppose(NOTHING))
        self.result.matrix.chosen.connect(self._on_looked_at)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.take_back)
        self._enable()

    def _compose(self) -> None:
        left = QWidget(self)
        choices = QVBoxLayout()
        choices.setContentsMargins(14, 0, 14, 0)
        choices.setSpacing(8)
        choices.addWidget(Title(tr("Suppose that"), left))
        choices.addWidget(self.scope)
        choices.addWidget(self.move_)
        heading = Title(tr("and these chan&ges were made"), left)
        heading.setBuddy(self.changes)
        choices.addSpacing(4)
        choices.addWidget(heading)
        buttons = QHBoxLayout()
        buttons.addWidget(self.required, 1)
        buttons.addWidget(self.undo)
        buttons.addWidget(self.clear)
        choices.addLayout(buttons)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(choices)
        column.addWidget(self.changes, 1)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setChildrenCollapsible(False)
        across.addWidget(left)
        across.addWidget(self.result)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setSizes([390, 890])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(across)

    @property
    def suppositions(self) -> Suppositions:
        """What is supposed now."""
        return self._suppositions

    def show_result(self, shown: Shown) -> None:
        """Supposes of another look at the host what was supposed of the one before, as far as its
        workloads are there."""
        self._shown = shown
        there = {row.subject.id for rows in shown.rows.workloads.values() for row in rows}
        self._before = [one.among(there) for one in self._before]
        self._suppositions = self._suppositions.among(there)
        self._looked_at = None
        self.scope.show_rows(shown.rows)
        self._ask()

    def let_go(self) -> None:
        """Forgets a host that is shown no more; what was supposed is kept by name."""
        self._shown = None
        self.forgotten.emit()

    def search(self, words: str) -> None:
        """Shows only the verdicts of whom these words describe."""
        self.result.search(words)

    def suppose(self, suppositions: Suppositions) -> None:
        """Supposes something else; `take_back` undoes it."""
        if suppositions != self._suppositions:
            self._before.append(self._suppositions)
            self._suppositions = suppositions
            self._ask()

    def suppose_otherwise(
        self, subject: Subject | None, findings: Sequence[tuple[str, str]]
    ) -> None:
        """Supposes that findings on workloads no longer hold a subject; with None, all tenants."""
        if self._shown is not None:
            self.remedies_wanted.emit(self._shown, subject, tuple(findings))

    def suppose_also(self, remedies: Remedies) -> None:
        """Supposes this besides, and asks about the verdicts of the subject that it is for."""
        self.scope.choose(remedies.subject)
        self._ask()
        self.suppose(self._suppositions.joined(remedies.suppositions))

    def suppose_required(self) -> None:
        """Supposes all that is listed and that a verdict needs for what is required of it."""
        wanted = self._suppositions
        for row in self.changes.rows:
            if row.needed:
                wanted = wanted.settling(row.id, row.workloads)
        self.suppose(wanted)

    def take_back(self) -> None:
        """Undoes the last change of what is supposed."""
        if self._before:
            self._suppositions = self._before.pop()
            self._ask()

    def show_what_if(self, answer: WhatIf) -> None:
        """Shows an answer, unless something else was asked meanwhile."""
        if answer.asked != self.asked:
            return
        self.changes.show_changes(answer.changes)
        self._enable()
        if answer.asked.suppositions:
            self.result.show_answer(answer)
            self.result.mark(self._looked_at)
        else:
            self.result.show_nothing(NOTHING_YET if answer.rows else NOBODY)

    def show_failed(self, line: str) -> None:
        """Says that there is no answer, and why."""
        self.result.show_failed(line)

    @property
    def asked(self) -> Asked:
        """What is asked now; the answer that is shown may still be to the question before."""
        return Asked(self.scope.subject, self._suppositions, self._looked_at)

    def _ask(self) -> None:
        """Shows at once what is supposed; what that comes to, when it is worked out."""
        self._changes.suppose(self._suppositions)
        moved = self._suppositions.moved
        self.move_.show_moves([moved.get(workload) for workload in self._in_scope()] or [None])
        self._enable()
        if self._shown is not None:
            self.result.wait()
            self.wanted.emit(self._shown, self.asked)

    def _in_scope(self) -> frozenset[str]:
        return frozenset() if self._shown is None else scope_of(self._shown, self.scope.subject)

    def _on_move(self, move: Move | None) -> None:
        wanted = self._in_scope()
        if move is not None and move.into is Enclosure.VM and self._shown is not None:
            wanted -= {one.id for one in self._shown.seen.inventory.workloads if one.own_kernel}
        self.suppose(self._suppositions.moving(wanted, move))
        self._ask()  # also where that moves nothing: the lists say how it is

    def _on_toggled(self, row: ChangeRow, supposed: bool) -> None:  # noqa: FBT001 - a signal's
        change = self._suppositions.settling if supposed else self._suppositions.unsettling
        self.suppose(change(row.id, row.workloads))

    def _on_looked_at(self, subject: Subject, aspect: Aspect) -> None:
        if self._looked_at != (subject, aspect):
            self._looked_at = subject, aspect
            self.result.mark(self._looked_at)
            self._ask()

    def _enable(self) -> None:
        self.undo.setEnabled(bool(self._before))
        self.clear.setEnabled(bool(self._suppositions))
        self.required.setEnabled(any(row.needed for row in self.changes.rows))
