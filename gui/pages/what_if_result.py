"""What suppositions come to: verdicts before and after, and the plan. Marked as supposed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.asking import ask_plan
from gui.models.before_after import BeforeAfterModel
from gui.rows import Subject
from gui.supposing import WhatIf
from gui.text import one_line
from gui.widgets.badges import BadgeColumns
from gui.widgets.before_after import BeforeAfterView
from gui.widgets.labels import ElidedLabel, EmptyState, PlainLabel
from gui.widgets.supposed_badge import SupposedBadge
from gui.widgets.tree import NodeView
from isoscope.assessment.vocabulary import Aspect
from isoscope.texts import tr

PATIENCE = 200
"""Milliseconds after which it is said that an answer is being worked out."""

NOTHING_YET = tr(
    "Nothing is supposed yet.\n\n"
    "Choose whose verdicts you ask about, then check changes on the left, or choose in what the "
    "workloads run. Here you see how every verdict on this host would stand then, and the plan "
    "that leads there.\n\n"
    "Nothing is changed on the host, and nothing that is supposed is taken for an assessment."
)
NOBODY = tr("No running workload was found on this host: there is nothing to suppose.")
_WORKING = tr("Working it out …")


class ResultPane(QStackedWidget):
    """The answer, or what to do to get one."""

    export_wanted = Signal(object, object)
    """A `Plan`, and the `Path` to write it to."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.answer: WhatIf | None = None
        """What is shown; None while nothing is supposed."""
        self._words = ""
        self._columns = BadgeColumns(self.font())
        self._rows = BeforeAfterModel(tr("Tenants and workloads"), self)
        self._badge = SupposedBadge(self)
        self._summary = _sentence(tr("What it comes to"), self)
        self._doubts = ElidedLabel(self, muted=True)
        self._doubts.setAccessibleName(tr("What speaks against it"))
        self.copy = QPushButton(tr("&Copy the plan"), self)
        self.export = QPushButton(tr("E&xport the plan …"), self)
        self.matrix = BeforeAfterView(self._rows, self._columns, self)
        self.matrix.setAccessibleName(tr("Verdicts, as they are and as they would be"))
        self.matrix.setFrameShape(BeforeAfterView.Shape.NoFrame)
        self.plan = NodeView(self)
        self.plan.setAccessibleName(tr("The plan"))
        self._nothing = EmptyState(NOTHING_YET, tr("Nothing is supposed"), self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(lambda: self._summary.setText(_WORKING))
        self.copy.clicked.connect(self._copy)
        self.export.clicked.connect(self._export)
        for button in (self.copy, self.export):
            button.setAccessibleName(button.text().replace("&", ""))
        self._compose()
        self.show_nothing(NOTHING_YET)

    def _compose(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(14, 10, 14, 0)
        top.setSpacing(10)
        top.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._summary, 1)
        top.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        under = QHBoxLayout()
        under.setContentsMargins(14, 0, 14, 0)
        under.addWidget(self._doubts)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setChildrenCollapsible(False)
        both.addWidget(self.matrix)
        both.addWidget(self.plan)
        both.setSizes([340, 300])
        result = QWidget(self)
        rows = QVBoxLayout(result)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addLayout(top)
        rows.addLayout(under)
        rows.addWidget(both, 1)
        self.addWidget(result)
        self.addWidget(self._nothing)

    @property
    def summary(self) -> str:
        """What it comes to, in words."""
        return self._summary.text()

    @property
    def says_nothing(self) -> bool:
        """Whether it says what to do instead of an answer."""
        return self.currentWidget() is self._nothing

    def wait(self) -> None:
        """Something else was asked; where the answer takes a while, that is said."""
        self._patience.start()

    def show_nothing(self, why: str) -> None:
        """Says what to do, or why there is nothing to do."""
        self._patience.stop()
        self.answer = None
        self._nothing.setText(why)
        self._rows.show(())
        self.plan.show_nodes(())
        self.setCurrentWidget(self._nothing)
        self._enable()

    def show_answer(self, answer: WhatIf) -> None:
        """Shows an answer."""
        self._patience.stop()
        self.answer = answer
        self._summary.setText(answer.summary)
        doubts = [one_line(doubt) for doubt in answer.doubts]
        self._doubts.show_text(" ".join(doubts), "\n".join(doubts))
        self._doubts.setVisible(bool(answer.doubts))
        self._columns.measure(answer.badges)
        self.matrix.fit_columns()
        self._show_rows()
        self.plan.show_nodes(answer.nodes)
        self.setCurrentIndex(0)
        self._enable()

    def show_failed(self, line: str) -> None:
        """Says that there is no answer, and why."""
        self._patience.stop()
        self._summary.setText(tr("This could not be worked out: {line}").format(line=line))

    def search(self, words: str) -> None:
        """Shows only the rows that these words describe."""
        self._words = words
        self._show_rows()

    def mark(self, looked_at: tuple[Subject, Aspect] | None) -> None:
        """Draws the ring around the verdict that is looked at."""
        if looked_at is not None:
            self.matrix.mark(*looked_at)

    def _show_rows(self) -> None:
        if self.answer is None:
            return
        wanted = self._words.casefold().split()
        rows = [row for row in self.answer.rows if all(word in row.search for word in wanted)]
        self._rows.show(rows)
        if self.answer.asked.looked_at is not None:
            self.matrix.make_current(self.answer.asked.looked_at[0])

    def _copy(self) -> None:
        if self.answer is not None:
            from isoscope.reports.plan_report import plan_text

            QGuiApplication.clipboard().setText(plan_text(self.answer.plan))

    def _export(self) -> None:
        path: Path | None = ask_plan(self)
        if path is not None and self.answer is not None:
            self.export_wanted.emit(self.answer.plan, path)

    def _enable(self) -> None:
        for button in (self.copy, self.export):
            button.setEnabled(self.answer is not None)


def _sentence(name: str, parent: QWidget) -> PlainLabel:
    label = PlainLabel(parent=parent)
    label.setAccessibleName(name)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return label
