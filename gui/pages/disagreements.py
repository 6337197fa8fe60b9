"""Every disagreement between what managers say and what the kernel shows, in one place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.disagreeing import DisagreementRow
from gui.models.disagreements import DisagreementModel
from gui.widgets.labels import PlainLabel
from gui.widgets.tree import NodeView

_NONE = (
    "No manager says anything that the kernel contradicts.\n\n"
    "What either of them does not say, or could not be asked, cannot be compared."
)


class DisagreementsPage(QWidget):
    """A table, and the evidence of the chosen row below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Declared against observed")
        self.model = DisagreementModel(self)
        self.table = QTableView(self)
        self.table.setAccessibleName("Disagreements")
        self.table.setModel(self.model)
        self.table.setFrameShape(QTableView.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().setVisible(False)
        heading = self.table.horizontalHeader()
        heading.setHighlightSections(False)
        heading.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        heading.setStretchLastSection(True)
        self.evidence = NodeView(self)
        self.evidence.setAccessibleName("Evidence of the disagreement")
        self._none = PlainLabel(_NONE, self, muted=True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setWordWrap(True)
        self._none.setMargin(30)
        self._none.setAccessibleName("No disagreements")
        both = QSplitter(Qt.Orientation.Vertical, self)
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

    def _on_current(self, current: QModelIndex) -> None:
        row = self.model.row(current.row())
        self.evidence.show_nodes(row.nodes() if row is not None else ())


_SHARES = (0.2, 0.2, 0.32)
"""Of the width, for each column but the last."""
