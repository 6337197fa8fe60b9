"""A grid with its note, and below it what stands behind the chosen row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.grid import Grid, GridRow
from gui.models.grid import GRID_ROW_ROLE, GridModel
from gui.widgets.cells import CellDelegate
from gui.widgets.labels import EmptyState, PlainLabel
from gui.widgets.plain_table import fit_columns, plain_table
from gui.widgets.tree import NodeView
from isoscope.texts import tr

Index = QModelIndex | QPersistentModelIndex

_MEASURED = 50
"""Rows by which the width of a column is measured: those that are seen first, of thousands."""


class GridWidget(QWidget):
    """One grid."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._note = PlainLabel(parent=self, muted=True)
        self._note.setWordWrap(True)
        self._note.setMargin(10)
        self._note.setAccessibleName(tr("About: {name}").format(name=name))
        self.model = GridModel(self)
        self.table = plain_table(self.model, name, self)
        self.table.setItemDelegate(CellDelegate(self.table))
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setResizeContentsPrecision(_MEASURED)
        self.detail = NodeView(self)
        self.detail.setAccessibleName(tr("Evidence: {name}").format(name=name))
        self._empty = EmptyState("", tr("Nothing: {name}").format(name=name), self)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setObjectName(name)
        both.setChildrenCollapsible(False)
        both.addWidget(self.table)
        both.addWidget(self.detail)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(both)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._note)
        layout.addWidget(self._stack, 1)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)

    @property
    def says_nothing(self) -> str:
        """What it says where there are no rows; empty where there are."""
        return self._empty.text() if self._stack.currentIndex() == 1 else ""

    def show_grid(self, grid: Grid) -> None:
        """Shows a grid; the first row is chosen."""
        self._note.setText(grid.note)
        self._empty.setText(grid.empty)
        self.model.show(grid)
        self._stack.setCurrentIndex(0 if grid.rows else 1)
        self.detail.show_nodes(())
        fit_columns(self.table)
        if grid.rows:
            self.table.selectRow(0)

    def _on_row(self, current: QModelIndex) -> None:
        row: GridRow | None = current.data(GRID_ROW_ROLE)
        self.detail.show_nodes(() if row is None else row.detail)
