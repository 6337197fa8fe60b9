"""Paints the cells of a grid."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import (
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from gui.grid import Cell
from gui.models.grid import CELL_ROLE
from gui.painting import GAP, MARGIN, SHAPE, draw_shape

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
