"""Names beside the heat map: of rows at its left, of columns below it, on strips that stay in sight
when the cells are panned beneath them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QTransform

from isoscope.texts import tr

Span = tuple[str, int, int]
"""A name with its first row and the one after its last; columns are the same."""

_STRIP = 110.0
"""Pixels that names have at most."""
_PAD = 5.0
_TO_THE_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_REACHES = tr("what reaches:")
"""Stands over the names of rows."""
_REACHED = tr("what is reached:")
"""Stands before the names of columns."""


def draw_names(
    painter: QPainter,
    spans: Sequence[Span],
    to_pixels: QTransform,
    area: QRectF,
    palette: QPalette,
) -> None:
    """Draws the names that are in sight and have room.

    Args:
        painter: in pixels of the canvas.
        spans: what has names, in order.
        to_pixels: from rows and columns.
        area: of the canvas.
        palette: for ink and ground.
    """
    if not spans:
        return
    whole = to_pixels.mapRect(QRectF(0, 0, spans[-1][2], spans[-1][2]))
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    ground = palette.color(QPalette.ColorRole.Base)
    columns = _seen(spans, to_pixels, area, across=True)
    floor = _draw_columns(painter, columns, area, whole, palette)
    rows = _seen(spans, to_pixels, area, across=False)
    metrics = painter.fontMetrics()
    names = (_REACHES, _REACHED, *(name for name, *_ in rows))
    width = min(max(map(metrics.horizontalAdvance, names)) + 2.0, _STRIP)
    right = max(whole.left(), width + 2 * _PAD)
    if right > whole.left():
        painter.fillRect(QRectF(0, 0, right, area.height()), ground)
    left, height = right - _PAD - width, metrics.height()
    above = max(whole.top() - height - 1, 0.0)
    painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
    painter.drawText(QRectF(left, above, width, height), _TO_THE_RIGHT, _REACHES)
    painter.drawText(QRectF(left, floor + _PAD, width, height), _TO_THE_RIGHT, _REACHED)
    painter.setPen(palette.color(QPalette.ColorRole.Text))
    last = above + height / 2
    for name, start, end in rows:
        middle = (start + end) / 2
        if middle - last < height or middle + height / 2 > floor:
            continue
        last = middle
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(width))
        painter.drawText(QRectF(left, middle - height / 2, width, height), _TO_THE_RIGHT, text)


def _seen(
    spans: Sequence[Span], to_pixels: QTransform, area: QRectF, *, across: bool
) -> list[tuple[str, float, float]]:
    """The names in sight, with the pixels where their rows or columns begin and end."""
    found = []
    for name, first, end in spans:
        start, stop = to_pixels.map(QPointF(first, first)), to_pixels.map(QPointF(end, end))
        low, high = (start.x(), stop.x()) if across else (start.y(), stop.y())
        if high > 0 and low < (area.width() if across else area.height()):
            found.append((name, low, high))
    return found


def _draw_columns(
    painter: QPainter,
    columns: Sequence[tuple[str, float, float]],
    area: QRectF,
    whole: QRectF,
    palette: QPalette,
) -> float:
    """Draws names along the columns where all fit so, and else upright; returns where the strip
    begins."""
    metrics = painter.fontMetrics()
    along = all(metrics.horizontalAdvance(n) + _PAD < end - start for n, start, end in columns)
    longest = max((metrics.horizontalAdvance(name) for name, *_ in columns), default=0)
    height = metrics.height() if along else min(longest + 2.0, _STRIP)
    top = min(whole.bottom(), area.height() - height - 2 * _PAD)
    if top < whole.bottom():
        strip = QRectF(0, top, area.width(), area.height() - top)
        painter.fillRect(strip, palette.color(QPalette.ColorRole.Base))
    last = -1e9
    for name, start, end in columns:
        middle = (start + end) / 2
        if along:
            place = QRectF(start, top + _PAD, end - start, height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), name)
            continue
        if middle - last < metrics.height():
            continue
        last = middle
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, int(height))
        painter.save()
        painter.translate(middle, top + _PAD)
        painter.rotate(-90)
        place = QRectF(-height, -metrics.height() / 2, height, metrics.height())
        painter.drawText(
            place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text
        )
        painter.restore()
    return top
