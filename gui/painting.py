"""Shapes of statuses and badges, drawn; each status has a shape of its own."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette, QPen, QPolygonF

from gui.theme import status_colours
from isoscope.assessment.vocabulary import Status

SHAPE = 11.0
"""Side of a shape's square, in device-independent pixels."""

PADDING = 5.0
"""Space around the content of a badge, left and right."""

GAP = 4.0
"""Space between a shape and its text."""

MARGIN = 7
"""Space left and right of a table's cells and of its headings."""


def draw_shape(painter: QPainter, status: Status, square: QRectF, palette: QPalette) -> None:
    """Draws the shape of a status: a tick in a disc, a cross in a square, a diamond of which only
    half is filled, an empty ring."""
    ink = status_colours(status, palette).ink
    inside = palette.color(QPalette.ColorRole.Base)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = square.width()
    if status is Status.NOT_REQUIRED:
        painter.setPen(QPen(ink, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(square.adjusted(1.5, 1.5, -1.5, -1.5))
        painter.restore()
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    pen = QPen(inside, side * 0.15)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)

    def at(x: float, y: float) -> QPointF:
        return QPointF(square.x() + x * side, square.y() + y * side)

    if status is Status.MEETS:
        painter.drawEllipse(square)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF([at(0.27, 0.53), at(0.44, 0.70), at(0.74, 0.34)]))
    elif status is Status.FALLS_SHORT:
        painter.drawRoundedRect(square.adjusted(0.4, 0.4, -0.4, -0.4), 2, 2)
        painter.setPen(pen)
        painter.drawLine(at(0.30, 0.30), at(0.70, 0.70))
        painter.drawLine(at(0.70, 0.30), at(0.30, 0.70))
    else:
        # No question mark: in a filled diamond it is what stands for a letter that is not known.
        left, top, right, low = at(-0.04, 0.5), at(0.5, -0.04), at(1.04, 0.5), at(0.5, 1.04)
        painter.drawPolygon(QPolygonF([left, top, low]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        outline = QPen(ink, side * 0.13)
        outline.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(outline)
        painter.drawPolygon(QPolygonF([left, top, right, low]))
    painter.restore()


def badge_width(text: str, font: QFont) -> float:
    """Width of a badge that shows this text."""
    return PADDING + SHAPE + GAP + QFontMetricsF(font).horizontalAdvance(text) + PADDING


def draw_badge(
    painter: QPainter, status: Status, text: str, rectangle: QRectF, palette: QPalette
) -> None:
    """Draws a badge: a tint, the shape and the text, in the painter's font."""
    colours = status_colours(status, palette)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.tint)
    painter.drawRoundedRect(rectangle, 4, 4)
    square = QRectF(rectangle.x() + PADDING, rectangle.center().y() - SHAPE / 2, SHAPE, SHAPE)
    draw_shape(painter, status, square, palette)
    painter.setPen(colours.ink)
    painter.drawText(
        rectangle.adjusted(PADDING + SHAPE + GAP, 0, -2, 0),
        int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
        text,
    )
    painter.restore()
