"""A grid with its note, and below it what stands behind the chosen row."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.grid import Cell, Grid, GridRow
from gui.models.grid import CELL_ROLE, GRID_ROW_ROLE, GridModel
from gui.painting import GAP, MARGIN, SHAPE, draw_shape
from gui.widgets.labels import EmptyState, PlainLabel
from gui.widgets.plain_table import fit_columns, plain_table
from gui.widgets.tree import NodeView

Index = QModelIndex | QPersistentModelIndex

_WIDEST = 320


class CellDelegate(QStyledItemDelegate):
    """Paints the shape of a cell before its text."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        cell: Cell = index.data(CELL_ROLE)
        palette: QPalette = option.palette
        place: QRect = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        painter.save()
        painter.setFont(option.font)
        if cell.mark is not None:
            square = QRectF(place.x(), place.center().y() - SHAPE / 2 + 1, SHAPE, SHAPE)
            draw_shape(painter, cell.mark, square, palette)
            place.adjust(int(SHAPE + GAP) + 2, 0, 0, 0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        text = option.fontMetrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As wide as the text with its shape, up to a bound."""
        cell: Cell = index.data(CELL_ROLE)
        width = option.fontMetrics.horizontalAdvance(cell.text[:200]) + 2 * MARGIN + 6
        if cell.mark is not None:
            width += int(SHAPE + GAP) + 2
        return QSize(min(width, _WIDEST), option.fontMetrics.height() + 10)


class GridWidget(QWidget):
    """One grid."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._note = PlainLabel(parent=self, muted=True)
        self._note.setWordWrap(True)
        self._note.setMargin(10)
        self._note.setAccessibleName(f"About: {name}")
        self.model = GridModel(self)
        self.table = plain_table(self.model, name, self)
        self.table.setItemDelegate(CellDelegate(self.table))
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 10)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.detail = NodeView(self)
        self.detail.setAccessibleName(f"Evidence: {name}")
        self._empty = EmptyState("", f"Nothing: {name}", self)
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
