"""A line for each direction: the lowest rung over the looks that are kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme import is_dark
from gui.trending import Point
from gui.words import DIRECTION
from isoscope.assessment.vocabulary import Direction
from isoscope.texts import tr

_TOP_RUNG = 5
_LEFT = 26
_BOTTOM = 20
# Okabe and Ito's colours, told apart with any colour vision; each line has its dashes too.
_LINES = {
    Direction.WORKLOAD_FROM_WORKLOAD: ("#0072b2", "#56b4e9", Qt.PenStyle.SolidLine),
    Direction.HOST_FROM_WORKLOAD: ("#b25000", "#e69f00", Qt.PenStyle.DashLine),
    Direction.WORKLOAD_FROM_HOST: ("#00795c", "#2fc39b", Qt.PenStyle.DotLine),
}


class TrendChart(QWidget):
    """Draws a trend; its words say the same."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Lowest rung that is required, over the looks that are kept"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._points: tuple[Point, ...] = ()

    def show_points(self, points: Sequence[Point]) -> None:
        """Shows another trend."""
        self._points = tuple(points)
        said = [
            f"{DIRECTION[direction]}: {', '.join(str(p.lowest[direction]) for p in self._points)}"
            for direction in Direction
        ]
        self.setAccessibleDescription(". ".join(said) if self._points else tr("no looks"))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 170)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 150)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        legend = self.fontMetrics().height() + 6
        plot = QRectF(_LEFT, legend, self.width() - _LEFT - 8, self.height() - legend - _BOTTOM)
        self._draw_grid(painter, plot)
        left = float(_LEFT)
        for direction in Direction:
            pen = self._pen(direction)
            painter.setPen(pen)
            painter.drawLine(QPointF(left, legend / 2), QPointF(left + 22, legend / 2))
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            text = DIRECTION[direction]
            painter.drawText(QPointF(left + 27, legend / 2 + 5), text)
            left += 27 + self.fontMetrics().horizontalAdvance(text) + 22
            self._draw_line(painter, plot, direction, pen)
        painter.end()

    def _draw_grid(self, painter: QPainter, plot: QRectF) -> None:
        muted = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for rung in range(_TOP_RUNG + 1):
            y = plot.bottom() - rung / _TOP_RUNG * plot.height()
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Midlight), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(muted)
            label = QRectF(0, y - 8, _LEFT - 8, 16)
            painter.drawText(label, int(Qt.AlignmentFlag.AlignRight), str(rung))
        if self._points:
            ends = (self._points[0], self._points[-1])
            first, last = (f"{point.at:%Y-%m-%d %H:%M}" for point in ends)
            below = QRectF(plot.left(), plot.bottom() + 4, plot.width(), 16)
            painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), first)
            if len(self._points) > 1:
                painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), last)

    def _draw_line(self, painter: QPainter, plot: QRectF, direction: Direction, pen: QPen) -> None:
        step = plot.width() / max(len(self._points) - 1, 1)
        places = [
            QPointF(
                plot.left() + number * step,
                plot.bottom() - point.lowest[direction] / _TOP_RUNG * plot.height(),
            )
            for number, point in enumerate(self._points)
        ]
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pen.color())
        for place in places:
            painter.drawEllipse(place, 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _pen(self, direction: Direction) -> QPen:
        light, dark, style = _LINES[direction]
        return QPen(QColor(dark if is_dark(self.palette()) else light), 2, style)
