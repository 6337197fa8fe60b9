"""The heat map on a canvas: rows and columns are workloads, by tenant."""

from __future__ import annotations

from math import floor

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QWidget

from gui.crossing_style import colour_of, mixed, rung_colour
from gui.heat import CODES, NOT_NAMED, HeatMap, crossing_of, level_of, seen
from gui.widgets.heat_names import draw_names
from gui.widgets.plotting import Canvas, CellPicture
from isoscope.assessment.crossings import Crossing
from isoscope.texts import tr

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_NAMES_FROM = 13.0
"""Pixels of a cell from which on every row has its name."""
_MARGIN = 0.17
"""Room for names, as a share of the picture."""


class HeatCanvas(Canvas):
    """Draws a heat map; arrow keys walk from cell to cell, Enter opens."""

    chosen = Signal(int, int)
    """Row and column of the cell whose finding is wanted."""
    selected = Signal(int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Heat map of paths from workload to workload"))
        self._heat = HeatMap()
        self._picture = CellPicture(self)
        self._hidden: frozenset[Crossing] = frozenset()
        self._by_rung = False
        self._cell: tuple[int, int] | None = None
        self.pointed.connect(self._on_pointed)
        self.clicked.connect(self._on_clicked)
        self._colour()

    def show_heat(self, heat: HeatMap) -> None:
        """Shows another heat map."""
        if heat is self._heat:
            return
        size_before = len(self._heat.names)
        self._heat = heat
        self._cell = None
        if len(heat.names) != size_before:
            self.show_cells()
        self._fill()

    def show_cells(self) -> None:
        """Zooms so that all cells are seen."""
        size = max(len(self._heat.names), 1)
        margin = size * _MARGIN
        self.show_all(QRectF(-margin, -size * 0.06, size + 1.1 * margin, size + 1.13 * margin))

    def hide_crossings(self, hidden: frozenset[Crossing]) -> None:
        """Draws all cells but those of these kinds."""
        self._hidden = hidden
        self._fill()

    def colour_by_rung(self, *, rung: bool) -> None:
        """Colours by the rung that the worst path keeps from, or by what crosses."""
        self._by_rung = rung
        self._colour()

    def words(self, row: int, column: int) -> str:
        """A cell in words."""
        size = len(self._heat.names)
        if not (0 <= row < size and 0 <= column < size):
            return ""
        names = self._heat.names
        head = f"{names[row]} → {names[column]}"
        code = self._picture.code(row, column)
        if row == column or code == 0:
            same = any(a <= row < b and a <= column < b for _, a, b in self._heat.tenants)
            return f"{head}\n{tr('the same tenant') if same else tr('no path was found')}"
        if code == NOT_NAMED:
            why = tr(
                "not named: a finding on {name} names only some of the other sides, and this may "
                "be one"
            ).format(name=names[column])
            return f"{head}\n{why}"
        paths = self._heat.told(row, column)
        return "\n".join((head, "", *(f"{path.title}\n    {path.says}" for path in paths)))

    def _fill(self) -> None:
        heat = self._heat
        hidden = [
            code for code in range(CODES) if crossing_of(code) in self._hidden and code > NOT_NAMED
        ]
        self._picture.show_cells(
            len(heat.names),
            heat.rows,
            heat.columns,
            heat.codes,
            not_named=heat.cut,
            blocks=[(first, end) for _, first, end in heat.tenants],
            hidden=hidden,
        )

    def _colour(self) -> None:
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.AlternateBase)
        colours = []
        for code in range(CODES):
            crossing = crossing_of(code)
            if code == NOT_NAMED:
                colours.append(palette.color(QPalette.ColorRole.Midlight))
            elif crossing is None:
                colours.append(ground)
            else:
                found = (
                    rung_colour(level_of(code), palette)
                    if self._by_rung
                    else colour_of(crossing, palette)
                )
                colours.append(found if seen(code) else mixed(ground, found, 0.5))
        self._picture.show_colours(colours)
        self.redraw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_by_rung"):
            self._colour()

    def _cell_at(self, at: QPointF) -> tuple[int, int]:
        return self._picture.nearest(floor(at.y()), floor(at.x()))

    def _on_pointed(self, at: QPointF) -> None:
        size = len(self._heat.names)
        inside = 0 <= at.x() < size and 0 <= at.y() < size
        self.tip(self.words(*self._cell_at(at)) if inside else "")

    def _on_clicked(self, at: QPointF) -> None:
        size = len(self._heat.names)
        if 0 <= at.x() < size and 0 <= at.y() < size:
            row, column = self._cell_at(at)
            self._select(row, column)
            if self._picture.code(row, column) > NOT_NAMED:
                self.chosen.emit(row, column)

    def _select(self, row: int, column: int) -> None:
        self._cell = row, column
        self.setAccessibleDescription(self.words(row, column))
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )
        self.redraw()
        self.selected.emit(row, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        size = len(self._heat.names)
        if key in _ARROWS and size:
            down, right = _ARROWS[key]
            row, column = self._cell or (-down if down > 0 else 0, -right if right > 0 else 0)
            row, column = (min(max(at, 0), size - 1) for at in (row + down, column + right))
            self.reveal(QPointF(column + 0.5, row + 0.5))
            self._select(row, column)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._cell:
            if self._picture.code(*self._cell) > NOT_NAMED:
                self.chosen.emit(*self._cell)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.4)
        elif key is Qt.Key.Key_Minus:
            self.zoom(1 / 1.4)
        elif key is Qt.Key.Key_0:
            self.show_cells()
        else:
            event.ignore()

    def draw(self, painter: QPainter) -> None:
        heat, to_pixels = self._heat, self.to_pixels()
        size, scale = len(heat.names), to_pixels.m11()
        if not size:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        whole = to_pixels.mapRect(QRectF(0, 0, size, size))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1))
        for _, first, _end in heat.tenants:
            if first and heat.tenants[-1][1] * scale > 3 * len(heat.tenants):
                at = to_pixels.map(QPointF(first, first))
                painter.drawLine(QPointF(at.x(), whole.top()), QPointF(at.x(), whole.bottom()))
                painter.drawLine(QPointF(whole.left(), at.y()), QPointF(whole.right(), at.y()))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Dark), 1))
        painter.drawRect(whole)
        if self._cell is not None:
            row, column = self._cell
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Text), 2))
            cell = to_pixels.mapRect(QRectF(column, row, 1, 1))
            grow = max(0.0, (8 - cell.width()) / 2)
            painter.drawRect(cell.adjusted(-grow, -grow, grow, grow))
        each = scale >= _NAMES_FROM
        spans = [(name, at, at + 1) for at, name in enumerate(heat.names)] if each else heat.tenants
        draw_names(painter, spans, to_pixels, QRectF(self.rect()), self.palette())
