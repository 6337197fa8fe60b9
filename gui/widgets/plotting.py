"""A canvas that is panned and zoomed, and a picture of bytes on one: pyqtgraph's work.

The only module that imports pyqtgraph or numpy. Both take long to import: a worker does it, when a
page that draws is first opened.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QTransform
from PySide6.QtWidgets import QToolTip, QWidget

from gui.heat import CODES, NOT_NAMED
from gui.text import tooltip

# At the end of the program pyqtgraph would take apart whatever it finds; Qt does that in order.
pg.setConfigOption("exitCleanup", False)

SMALLEST_CELL = 3.0
"""Pixels of the smallest cell that is drawn: smaller ones are drawn together as the worst."""


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
        self.box.sigRangeChanged.connect(lambda *_: self.viewport().update())
        self._shown_tip = ""
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

    def to_pixels(self) -> QTransform:
        """From the map's units to pixels of the canvas."""
        made: QTransform = (
            self.box.childTransform() * self.box.sceneTransform() * self.viewportTransform()
        )
        return made

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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        self.draw(painter)
        painter.restore()

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
        self._block = 0

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
        size = len(self._cells)
        if not size:
            self._item.clear()
            return
        pixels = max(self._canvas.to_pixels().m11(), 1e-6)
        block = 1
        while block * pixels < SMALLEST_CELL and block < size:
            block *= 2
        if block == self._block:
            return
        self._block = block
        edges = np.arange(0, size, block)
        pooled = np.maximum.reduceat(np.maximum.reduceat(self._cells, edges, 0), edges, 1)
        self._item.setImage(self._colours[pooled], autoLevels=False, levels=None)
        self._item.setRect(QRectF(0, 0, len(edges) * block, len(edges) * block))
