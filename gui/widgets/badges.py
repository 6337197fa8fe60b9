"""Delegates of the matrix: the name with its note, and three badges a cell."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.models.subjects import DIRECTIONS, ROW_ROLE, verdicts_of
from gui.painting import MARGIN, badge_width, draw_badge
from gui.rows import Subject, SubjectRow
from gui.words import DIRECTION, badge
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property

Index = QModelIndex | QPersistentModelIndex

NAME_INDENT = 7
"""Further indent of names, so that they stand below the tables' titles."""

SPACE = 4


class BadgeColumns:
    """Where the three badges of a cell stand: the same in every row of both tables."""

    def __init__(self, font: QFont) -> None:
        self._font = font
        self._widths = dict.fromkeys(ASPECTS, badge_width("C 0/0", font))

    def measure(self, texts: Mapping[Aspect, frozenset[str]]) -> None:
        """Makes room for the widest of these texts."""
        for aspect, shown in texts.items():
            self._widths[aspect] = max(
                (badge_width(text, self._font) for text in shown), default=0.0
            )

    def cell_width(self, direction: Direction) -> int:
        """Width of a cell with its three badges, or of its heading where that is wider."""
        badges = sum(self._widths[Aspect(direction, quality)] for quality in Property)
        heading = QFontMetricsF(self._font).horizontalAdvance(DIRECTION[direction])
        return round(max(badges + SPACE * (len(Property) - 1), heading) + 2 * MARGIN)

    def places(self, direction: Direction, cell: QRect, height: float) -> dict[Property, QRectF]:
        """The rectangle of each badge in a cell."""
        places = {}
        left = float(cell.x() + MARGIN)
        for quality in Property:
            width = self._widths[Aspect(direction, quality)]
            places[quality] = QRectF(left, cell.center().y() - height / 2, width, height)
            left += width + SPACE
        return places

    def at(self, direction: Direction, cell: QRect, x: int) -> Property:
        """The property whose badge is nearest to a place in the cell."""
        places = self.places(direction, cell, 1)
        return min(places, key=lambda quality: abs(places[quality].center().x() - x))


class BadgeDelegate(QStyledItemDelegate):
    """Paints the badges, and a ring around the one that the detail pane explains."""

    def __init__(self, columns: BadgeColumns, parent: QObject) -> None:
        super().__init__(parent)
        self.columns = columns
        self.chosen: tuple[Subject, Aspect] | None = None

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        paint_background(painter, option)
        row: SubjectRow = index.data(ROW_ROLE)
        direction = DIRECTIONS[index.column() - 1]
        palette: QPalette = option.palette
        rectangle: QRect = option.rect
        painter.save()
        painter.setFont(option.font)
        height = option.fontMetrics.height() + 6
        places = self.columns.places(direction, rectangle, height)
        for verdict in verdicts_of(row, direction):
            place = places[verdict.aspect.property]
            draw_badge(painter, verdict.status, badge(verdict), place, palette)
            if self.chosen == (row.subject, verdict.aspect):
                paint_ring(painter, place, palette)
        painter.restore()


class NameDelegate(QStyledItemDelegate):
    """Paints the name over its note, both elided."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        paint_background(painter, option)
        row: SubjectRow = index.data(ROW_ROLE)
        metrics = option.fontMetrics
        palette: QPalette = option.palette
        room: QRect = option.rect.adjusted(MARGIN + NAME_INDENT, 0, -MARGIN, 0)
        top = room.center().y() - metrics.height() - 1
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room.width())
        note = metrics.elidedText(row.note, Qt.TextElideMode.ElideRight, room.width())
        painter.save()
        painter.setFont(option.font)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        painter.drawText(room.x(), top + metrics.ascent(), name)
        if not selected:
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        painter.drawText(room.x(), top + metrics.height() + 2 + metrics.ascent(), note)
        painter.restore()


def paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    widget = option.widget
    widget.style().drawPrimitive(
        QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget
    )


def paint_ring(painter: QPainter, place: QRectF, palette: QPalette) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Text), 1.6))
    painter.drawRoundedRect(place.adjusted(-1.5, -1.5, 1.5, 1.5), 5, 5)
    painter.restore()
