"""A canvas that is panned and zoomed, and a picture of bytes on one: pyqtgraph's work.

The only module that imports pyqtgraph or numpy. Both take long to import: a worker does it, when a
page that draws is first opened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPixmap, QTransform
from PySide6.QtWidgets import QToolTip, QWidget

from gui.heat import CODES, NOT_NAMED
from gui.text import tooltip

# At the end of the program pyqtgraph would take apart whatever it finds; Qt does that in order.
pg.setConfigOption("exitCleanup", False)

SMALLEST_CELL = 3.0
"""Pixels of the smallest cell that is drawn: smaller ones are drawn together as the worst."""

LONG = 0.03
"""Seconds of drawing from which on a canvas that moves shows its last picture, and is drawn when it
stands."""

CALM = 150
"""Milliseconds without a movement after which a canvas stands."""


class Canvas(pg.GraphicsView):  # type: ignore[misc] # pyqtgraph has no types
    """Draws in device pixels above a view that is panned and zoomed; tells what is pointed at."""

    pointed = Signal(QPointF)
    """Where the pointer is, in the map's units."""
    clicked = Signal(QPointF)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, background=None)
        self.box = pg.ViewBox(enableMenu=False, invertY=True, defaultPadding=0.0)
        self.box.setAspectLocked(True)
        self.setCentralItem(self.box)
        self.setViewportUpdateMode(Canvas.ViewportUpdateMode.FullViewportUpdate)
        self.setFrameShape(Canvas.Shape.NoFrame)
        self.setMinimumSize(260, 200)
        self.scene().sigMouseClicked.connect(self._on_click)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM)
        self._calm.timeout.connect(self.viewport().update)
        self.box.sigRangeChanged.connect(self._on_range)
        self._shown_tip = ""
        self._seconds = 0.0  # that it took to draw all of it when it was last drawn
        self._last_drawn: tuple[QPixmap, QTransform] | None = None  # and from where it was drawn
        self._ground()

    def show_all(self, around: QRectF) -> None:
        """Zooms so that all of a rectangle is seen, and lets nobody get lost far from it."""
        widest = max(around.width(), around.height(), 1.0)
        self.box.setLimits(
            xMin=around.left() - 2 * widest,
            xMax=around.right() + 2 * widest,
            yMin=around.top() - 2 * widest,
            yMax=around.bottom() + 2 * widest,
        )
        self.box.setRange(around, padding=0.0)

    @property
    def moving(self) -> bool:
        """Whether it is being panned or zoomed: what takes long to draw is drawn when it stands."""
        return self._calm.isActive()

    def _on_range(self, *_: object) -> None:
        self._calm.start()
        self.viewport().update()

    def to_pixels(self) -> QTransform:
        """From the map's units to pixels of the canvas."""
        made: QTransform = (
            self.box.childTransform() * self.box.sceneTransform() * self.viewportTransform()
        )
        return made

    def redraw(self) -> None:
        """Something else is to be drawn."""
        self._last_drawn, self._seconds = None, 0.0
        self.viewport().update()

    def draw(self, painter: QPainter) -> None:
        """Draws above what the view shows, in pixels of the canvas."""

    def tip(self, text: str) -> None:
        """Says something beside the pointer, or no more."""
        if text == self._shown_tip:
            return
        self._shown_tip = text
        if text:
            QToolTip.showText(self.cursor().pos(), tooltip(text), self)
        else:
            QToolTip.hideText()

    def reveal(self, at: QPointF) -> None:
        """Pans until a place is well in sight; one that is stays where it is."""
        sight = self.box.viewRect()
        edge = 0.2 * min(sight.width(), sight.height())
        inner = sight.adjusted(edge, edge, -edge, -edge)
        right = at.x() - min(max(at.x(), inner.left()), inner.right())
        down = at.y() - min(max(at.y(), inner.top()), inner.bottom())
        if sight.contains(at) or not (right or down):
            return
        self.box.translateBy((right, down))

    def zoom(self, factor: float) -> None:
        """Zooms towards the middle."""
        self.box.scaleBy((1 / factor, 1 / factor))

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:  # noqa: ARG002
        painter.save()
        painter.resetTransform()
        if self.moving and self._seconds > LONG:
            picture, drawn_from = self._last_drawn or self._make_picture()
            painter.setTransform(drawn_from.inverted()[0] * self.to_pixels())
            painter.drawPixmap(0, 0, picture)
        else:
            self._last_drawn = None
            self._draw_on(painter)
        painter.restore()

    def _draw_on(self, painter: QPainter) -> None:
        began = time.monotonic()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        self.draw(painter)
        self._seconds = time.monotonic() - began

    def _make_picture(self) -> tuple[QPixmap, QTransform]:
        """What is moved about, stretched and shrunk, in place of drawing it again and again."""
        scale = self.devicePixelRatioF()
        picture = QPixmap(self.viewport().size() * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self._draw_on(painter)
        painter.end()
        self._last_drawn = picture, self.to_pixels()
        return self._last_drawn

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            self.pointed.emit(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.tip("")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "box"):
            self._ground()

    def _ground(self) -> None:
        self.setBackgroundBrush(self.palette().color(QPalette.ColorRole.Base))

    def _at(self, place: QPointF) -> QPointF:
        inverted, _ = self.to_pixels().inverted()
        return inverted.map(place)

    def _on_click(self, event: object) -> None:
        if event.button() is Qt.MouseButton.LeftButton:  # type: ignore[attr-defined]
            self.clicked.emit(self._at(self.mapFromScene(event.scenePos()).toPointF()))  # type: ignore[attr-defined]


class CellPicture:
    """Square cells of one byte each, on a canvas; the larger byte is drawn where cells are small.

    Cells that would be smaller than ``SMALLEST_CELL`` are drawn together, so that a lonely one is
    seen from any distance.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._item = pg.ImageItem(axisOrder="row-major")
        self._item.setAutoDownsample(False)
        canvas.box.addItem(self._item)
        canvas.box.sigRangeChanged.connect(lambda *_: self._draw())
        self._cells = np.zeros((0, 0), np.uint8)
        self._colours = np.zeros((CODES, 4), np.uint8)
        self._levels = [self._cells]
        self._block = 0
        self._rows = self._columns = (0, 0)

    def show_cells(  # what a sparse table is
        self,
        size: int,
        rows: Sequence[int],
        columns: Sequence[int],
        codes: bytes,
        *,
        not_named: Sequence[int],
        blocks: Sequence[tuple[int, int]],
        hidden: Sequence[int],
    ) -> None:
        """Shows other cells.

        Args:
            size: how many rows and columns there are.
            rows, columns, codes: the cells that are not empty; a later one covers an earlier.
            not_named: columns whose empty cells are not known to be empty.
            blocks: first and last+1 of rows and columns within which nothing crosses.
            hidden: codes that are not drawn.
        """
        cells = np.zeros((size, size), np.uint8)
        cells[:, list(not_named)] = NOT_NAMED
        for first, end in blocks:
            cells[first:end, first:end] = 0
        found = np.frombuffer(codes, np.uint8)
        kept = ~np.isin(found, np.array(list(hidden), np.uint8))
        at = np.frombuffer(rows, np.uint16)[kept], np.frombuffer(columns, np.uint16)[kept]  # type: ignore[call-overload]
        cells[at] = found[kept]
        self._cells = cells
        self._levels = [cells]
        self._block = 0
        self._draw()

    def show_colours(self, colours: Sequence[QColor]) -> None:
        """Colours by byte."""
        self._colours = np.array([colour.getRgb() for colour in colours], np.uint8)
        self._block = 0
        self._draw()

    def code(self, row: int, column: int) -> int:
        """The byte of a cell; 0 outside."""
        size = len(self._cells)
        return int(self._cells[row, column]) if 0 <= row < size and 0 <= column < size else 0

    def nearest(self, row: int, column: int) -> tuple[int, int]:
        """The worst cell among those that are drawn together with one, the cell itself if none."""
        block = max(self._block, 1)
        top, left = row - row % block, column - column % block
        part = self._cells[max(top, 0) : top + block, max(left, 0) : left + block]
        if part.size == 0 or not part.max():
            return row, column
        down, right = np.unravel_index(int(part.argmax()), part.shape)
        return top + int(down), left + int(right)

    def _draw(self) -> None:
        """Draws what is in sight, and half as much around it, unless that is drawn already."""
        if not len(self._cells):
            self._item.clear()
            return
        pixels = max(self._canvas.to_pixels().m11(), 1e-6)
        level = 0
        while pixels * 2**level < SMALLEST_CELL and 2**level < len(self._cells):
            level += 1
        cells, block = self._together(level), 2**level
        sight: QRectF = self._canvas.box.viewRect()
        rows = _span(sight.top() / block, sight.bottom() / block, len(cells))
        columns = _span(sight.left() / block, sight.right() / block, len(cells))
        if block == self._block and _within(rows, self._rows) and _within(columns, self._columns):
            return
        self._block = block
        self._rows = _span(rows[0] - len(cells) / 8, rows[1] + len(cells) / 8, len(cells))
        self._columns = _span(columns[0] - len(cells) / 8, columns[1] + len(cells) / 8, len(cells))
        (top, bottom), (left, right) = self._rows, self._columns
        if top == bottom or left == right:
            self._item.clear()
            return
        part = cells[top:bottom, left:right]
        self._item.setImage(self._colours[part], autoLevels=False, levels=None)
        across, down = (right - left) * block, (bottom - top) * block
        self._item.setRect(QRectF(left * block, top * block, across, down))

    def _together(self, level: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """The worst of each square of ``2**level`` cells a side; each level is made of the one
        before, when it is first drawn."""
        while len(self._levels) <= level:
            finer = self._levels[-1]
            odd = len(finer) % 2
            finer = np.pad(finer, ((0, odd), (0, odd)))
            pairs = np.maximum(finer[0::2], finer[1::2])
            self._levels.append(np.maximum(pairs[:, 0::2], pairs[:, 1::2]))
        return self._levels[level]


def _span(first: float, last: float, size: int) -> tuple[int, int]:
    """From the first to after the last of the numbers from 0 that lie there."""
    return min(max(math.floor(first), 0), size), min(max(math.ceil(last), 0), size)


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]
