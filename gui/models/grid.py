"""A grid as a flat Qt model."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.grid import Cell, Grid, GridRow
from gui.text import tooltip
from gui.words import MARK

Index = QModelIndex | QPersistentModelIndex

CELL_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `Cell` of an index."""
GRID_ROW_ROLE = CELL_ROLE + 1
"""The `GridRow` of an index."""


class GridModel(QAbstractTableModel):
    """Cells as they were handed over."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._grid = Grid("", "", (), ())

    def show(self, grid: Grid) -> None:
        """Shows another grid."""
        self.beginResetModel()
        self._grid = grid
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._grid.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._grid.headings)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._grid.headings[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._grid.rows):
            return None
        row: GridRow = self._grid.rows[index.row()]
        if role == GRID_ROW_ROLE:
            return row
        cell: Cell = row.cells[index.column()]
        if role == CELL_ROLE:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(cell.tip or cell.text) if cell.tip or cell.text else None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{cell.text}, {MARK[cell.mark]}" if cell.mark is not None else cell.text
        return None
