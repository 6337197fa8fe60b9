"""Cells of the live table: a bar up to the limit, the last minutes as a line, and words."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.models.live import AMOUNT_ROLE
from gui.painting import MARGIN
from gui.taking import Amount
from gui.theme import status_colours
from isoscope.assessment.vocabulary import Status

Index = QModelIndex | QPersistentModelIndex

_NEAR = 0.9
"""Share of a limit from which a bar warns."""


class AmountDelegate(QStyledItemDelegate):
    """Paints one amount."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell: the words stand over the bar, so that colour decides nothing alone."""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        amount: Amount | None = index.data(AMOUNT_ROLE)
        if amount is None:
            return
        palette: QPalette = option.palette
        cell: QRect = option.rect.adjusted(MARGIN, 4, -MARGIN, -4)
        painter.save()
        painter.setFont(option.font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = QRect(cell.x(), cell.y(), cell.width(), option.fontMetrics.height())
        muted = amount.value is None
        role = QPalette.ColorRole.PlaceholderText if muted else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        text = option.fontMetrics.elidedText(
            amount.text, Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), text)
        bar = QRectF(cell.x(), words.bottom() + 3, cell.width(), cell.bottom() - words.bottom() - 3)
        if len(amount.history) > 1:
            _draw_line(painter, amount, bar, palette)
        elif amount.value is not None and amount.limit:
            _draw_bar(painter, amount.value / amount.limit, bar, palette)
        painter.restore()


class TakerDelegate(QStyledItemDelegate):
    """Paints the name of what takes something, below its heading's left edge."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one name."""
        option.widget.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
        )
        place: QRect = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.save()
        painter.setFont(option.font)
        painter.setPen(option.palette.color(role))
        text = option.fontMetrics.elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()


def _draw_bar(painter: QPainter, share: float, bar: QRectF, palette: QPalette) -> None:
    track = bar.adjusted(0, 1, 0, -max(0.0, bar.height() - 7))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Midlight))
    painter.drawRoundedRect(track, 2, 2)
    painter.setBrush(_colour(share, palette))
    filled = QRectF(track)
    filled.setWidth(track.width() * min(max(share, 0.0), 1.0))
    painter.drawRoundedRect(filled, 2, 2)


def _draw_line(painter: QPainter, amount: Amount, bar: QRectF, palette: QPalette) -> None:
    top = amount.limit or max(*amount.history, 0.1)
    step = bar.width() / max(len(amount.history) - 1, 1)
    points = [
        QPointF(
            bar.left() + place * step,
            bar.bottom() - 1 - min(value / top, 1.0) * (bar.height() - 3),
        )
        for place, value in enumerate(amount.history)
    ]
    share = (amount.value or 0.0) / top if amount.limit else 0.0
    painter.setPen(QPen(_colour(share, palette), 1.4))
    painter.drawPolyline(QPolygonF(points))


def _colour(share: float, palette: QPalette) -> QColor:
    if share >= _NEAR:
        return status_colours(Status.FALLS_SHORT, palette).ink
    return palette.color(QPalette.ColorRole.Accent)
