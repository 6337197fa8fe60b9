"""Every disagreement between what managers say and what the kernel shows, in one place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.disagreeing import DisagreementRow
from gui.models.disagreements import DisagreementModel
from gui.widgets.labels import EmptyState
from gui.widgets.plain_table import plain_table, use_chosen_widths
from gui.widgets.tree import NodeView
from isoscope.texts import tr

_NONE = tr(
    "No manager says anything that the kernel contradicts.\n\n"
    "What either of them does not say, or could not be asked, cannot be compared."
)


class DisagreementsPage(QWidget):
    """A table, and the evidence of the chosen row below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Declared against observed"))
        self.model = DisagreementModel(self)
        self.table = plain_table(self.model, tr("Disagreements"), self)
        heading = self.table.horizontalHeader()
        heading.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        heading.setStretchLastSection(True)
        self.evidence = NodeView(self)
        self.evidence.setAccessibleName(tr("Evidence of the disagreement"))
        self._none = EmptyState(_NONE, tr("No disagreements"), self)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setObjectName("disagreements")
        both.setChildrenCollapsible(False)
        both.addWidget(self.table)
        both.addWidget(self.evidence)
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(both)
        self._stack.addWidget(self._none)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)

    @property
    def says_none(self) -> bool:
        """Whether it says that there are none."""
        return self._stack.currentWidget() is self._none

    def show_rows(self, rows: Sequence[DisagreementRow]) -> None:
        """Shows other disagreements; the first is chosen."""
        self.model.show(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.evidence.show_nodes(())
        if rows:
            self.table.selectRow(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Divides the width anew when it changes."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            for column, share in enumerate(_SHARES):
                self.table.setColumnWidth(column, int(event.size().width() * share))
            use_chosen_widths(self.table)

    def _on_current(self, current: QModelIndex) -> None:
        row = self.model.row(current.row())
        self.evidence.show_nodes(row.nodes() if row is not None else ())


_SHARES = (0.2, 0.2, 0.32)
"""Of the width, for each column but the last."""
