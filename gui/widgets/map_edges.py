"""The lines of the map: their curves, and which of them the pointer is on."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette, QTransform

from gui.crossing_style import pen_of
from gui.edges import HOST, Edge
from gui.map_layout import Disc

_BEND = 0.16
"""How far a line between two sides bends, as a share of its length: away from the host."""
_APART = 0.09
"""The same between lines of the same two sides."""
_STEPS = 16


@dataclass(frozen=True, slots=True)
class Curve:
    """An edge as a quadratic curve, in the map's units."""

    edge: Edge
    start: QPointF
    control: QPointF
    end: QPointF

    def path(self, to_pixels: QTransform) -> QPainterPath:
        """As it is drawn."""
        made = QPainterPath(to_pixels.map(self.start))
        made.quadTo(to_pixels.map(self.control), to_pixels.map(self.end))
        return made

    def at(self, share: float) -> QPointF:
        """A point of it, from 0 to 1."""
        rest = 1 - share
        return self.start * (rest * rest) + self.control * (2 * rest * share) + self.end * share**2

    def may_be_within(self, point: QPointF, distance: float) -> bool:
        """Whether a point is so near to the box around it: asked first, as it costs little."""
        xs = self.start.x(), self.control.x(), self.end.x()
        ys = self.start.y(), self.control.y(), self.end.y()
        return (
            min(xs) - distance <= point.x() <= max(xs) + distance
            and min(ys) - distance <= point.y() <= max(ys) + distance
        )

    def distance(self, point: QPointF) -> float:
        """How far a point is from it."""
        corners = [self.at(step / _STEPS) for step in range(_STEPS + 1)]
        return min(
            _to_segment(point, first, second) for first, second in itertools.pairwise(corners)
        )


@dataclass(frozen=True, slots=True)
class CurveLook:
    """How a curve stands out.

    Attributes:
        bright: whether it belongs to what is looked at or searched, or nothing is.
        alone: whether it belongs to what is looked at.
        crowded: whether it is one of very many.
        marked: whether the pointer is on it.
    """

    bright: bool
    alone: bool
    crowded: bool
    marked: bool


def draw_curve(
    painter: QPainter,
    curve: Curve,
    to_pixels: QTransform,
    sight: QRectF,
    palette: QPalette,
    look: CurveLook,
) -> None:
    """Draws what of a curve is in sight. One of very many has no pattern: nobody could tell it at
    its width, and it takes by far the longest to draw."""
    path = curve.path(to_pixels)
    if not path.controlPointRect().intersects(sight):
        return
    edge, thin = curve.edge, look.crowded and not look.alone
    pen = pen_of(edge.crossing, edge.level, palette, known=edge.known, crowded=thin)
    if look.marked:
        pen.setWidthF(pen.widthF() + 2)
    elif not look.bright:
        colour = QColor(pen.color())
        colour.setAlphaF(0.12)
        pen.setColor(colour)
    if thin:
        pen.setStyle(Qt.PenStyle.SolidLine)
    painter.setPen(pen)
    painter.drawPath(path)


def _to_segment(point: QPointF, first: QPointF, second: QPointF) -> float:
    along, to = second - first, point - first
    length = QPointF.dotProduct(along, along)
    share = max(0.0, min(1.0, QPointF.dotProduct(to, along) / length)) if length else 0.0
    away = to - along * share
    return math.hypot(away.x(), away.y())


def curves(edges: Sequence[Edge], places: Mapping[str, Disc]) -> list[Curve]:
    """The curves of edges; several between the same two sides lie beside each other."""
    beside: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        first, second = sorted((edge.source, edge.target))
        beside.setdefault((first, second), []).append(edge)
    found: dict[int, Curve] = {}
    for (first, second), of_pair in beside.items():
        start, end = _centre(places[first]), _centre(places[second])
        along = end - start
        across = QPointF(-along.y(), along.x())
        outwards = 1 if QPointF.dotProduct(across, start + end) >= 0 else -1
        bend = 0.0 if HOST in (first, second) else _BEND * outwards
        for number, edge in enumerate(of_pair):
            offset = bend + _APART * (number - (len(of_pair) - 1) / 2)
            control = (start + end) / 2 + across * offset
            found[id(edge)] = Curve(edge, start, control, end)
    return [found[id(edge)] for edge in edges]


def nearest(point: QPointF, among: Iterable[Curve], within: float) -> Curve | None:
    """The curve next to a point, if it is near enough."""
    best, least = None, within
    for curve in among:
        if not curve.may_be_within(point, least):
            continue
        away = curve.distance(point)
        if away < least:
            best, least = curve, away
    return best


def _centre(disc: Disc) -> QPointF:
    return QPointF(disc.x, disc.y)
