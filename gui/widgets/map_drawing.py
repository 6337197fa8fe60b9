"""How nodes of the map are drawn, in device pixels, so that they keep their size at any zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette, QPen, QPixmap

from gui.painting import draw_shape
from gui.paths import MapNode, MapNodeKind
from isoscope.assessment.vocabulary import Status

SHAPE_OF = {MapNodeKind.TENANT: 15.0, MapNodeKind.WORKLOAD: 10.0, MapNodeKind.HOST: 22.0}
"""Sides of the shapes."""
_RIM = 4.0
"""Room around a shape in its picture."""
_SQUARE = 48
"""Pixels of a side of the squares by which covered places are found."""
LABEL = 22
"""Characters of a name in the picture; the tooltip has more of it."""


def draw_disc(
    painter: QPainter, at: QPointF, radius: float, palette: QPalette, *, marked: bool
) -> None:
    """The ground on which the workloads of an opened tenant stand."""
    painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
    role = QPalette.ColorRole.Accent if marked else QPalette.ColorRole.Mid
    painter.setPen(QPen(palette.color(role), 2 if marked else 1))
    painter.drawEllipse(at, radius, radius)


class NodePictures:
    """The shapes of nodes, each drawn once: a map has hundreds that look alike."""

    def __init__(self, palette: QPalette, scale: float) -> None:
        self._palette = palette
        self._scale = scale
        self._drawn: dict[tuple[MapNodeKind, Status, bool], QPixmap] = {}

    def holds_for(self, palette: QPalette, scale: float) -> bool:
        """Whether they are drawn for this palette and so many device pixels a pixel."""
        return self._scale == scale and self._palette == palette

    def draw(
        self, painter: QPainter, node: MapNode, at: QPointF, *, marked: bool, dim: bool
    ) -> None:
        """The shape of a node's status; the host has one of its own. An opened tenant has none."""
        if node.open:
            return
        key = node.kind, node.status, dim
        picture = self._drawn.get(key)
        if picture is None:
            picture = self._drawn[key] = self._picture(node, dim=dim)
        half = SHAPE_OF[node.kind] / 2 + _RIM
        painter.drawPixmap(QPointF(at.x() - half, at.y() - half), picture)
        if marked:
            side = SHAPE_OF[node.kind]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._palette.color(QPalette.ColorRole.Accent), 2))
            painter.drawEllipse(at, side / 2 + 4, side / 2 + 4)

    def _picture(self, node: MapNode, *, dim: bool) -> QPixmap:
        side = SHAPE_OF[node.kind]
        whole = math.ceil((side + 2 * _RIM) * self._scale)
        picture = QPixmap(whole, whole)
        picture.setDevicePixelRatio(self._scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(side / 2 + _RIM, side / 2 + _RIM)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._palette.color(QPalette.ColorRole.Base))
        painter.drawEllipse(middle, side / 2 + 2.5, side / 2 + 2.5)
        square = QRectF(_RIM, _RIM, side, side)
        if node.kind is MapNodeKind.HOST:
            _draw_host(painter, square, self._palette)
        else:
            painter.setOpacity(0.35 if dim else 1.0)
            draw_shape(painter, node.status, square, self._palette)
        painter.end()
        return picture


class Taken:
    """Places of a picture that are covered, found by the squares of a grid that they lie in."""

    def __init__(self) -> None:
        self._by_square: dict[tuple[int, int], list[QRectF]] = {}

    def add(self, place: QRectF) -> None:
        """Covers a place."""
        for square in _squares(place):
            self._by_square.setdefault(square, []).append(place)

    def touches(self, place: QRectF) -> bool:
        """Whether anything of a place is covered."""
        return any(
            place.intersects(other)
            for square in _squares(place)
            for other in self._by_square.get(square, ())
        )


def _squares(place: QRectF) -> list[tuple[int, int]]:
    return [
        (across, down)
        for across in range(int(place.left()) // _SQUARE, int(place.right()) // _SQUARE + 1)
        for down in range(int(place.top()) // _SQUARE, int(place.bottom()) // _SQUARE + 1)
    ]


def _draw_host(painter: QPainter, square: QRectF, palette: QPalette) -> None:
    painter.setBrush(palette.color(QPalette.ColorRole.Text))
    painter.drawRoundedRect(square, 4, 4)
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 1.6))
    for part in (0.36, 0.64):
        y = square.top() + part * square.height()
        painter.drawLine(QPointF(square.left() + 4, y), QPointF(square.right() - 4, y))


def draw_label(
    painter: QPainter,
    node: MapNode,
    around: tuple[QPointF, float],
    palette: QPalette,
    taken: Taken,
    *,
    marked: bool,
) -> None:
    """The name beside a node, where it covers nothing that is taken: below it, or else above or
    at a side. Only of a workload that has no such place it is left out; a tooltip has it.

    Args:
        painter: in pixels.
        node: whose name it is.
        around: the node's middle, and how far from it a name begins.
        palette: for ink and ground.
        taken: places that are covered already.
        marked: whether the node is looked at.
    """
    workload = node.kind is MapNodeKind.WORKLOAD
    font = QFont(painter.font())
    font.setBold(not workload)
    metrics = QFontMetricsF(font)
    text = node.name if len(node.name) <= LABEL else node.name[: LABEL - 1] + "…"
    size = QSizeF(metrics.horizontalAdvance(text) + 4, metrics.height())
    places = _beside(*around, size)
    free = next((place for place in places if not taken.touches(place)), None)
    if free is None and workload and not marked:
        return
    place = free or places[0]
    taken.add(place)
    ground = palette.color(QPalette.ColorRole.Base)
    ground.setAlphaF(0.78)
    painter.fillRect(place, ground)
    muted = workload and not marked
    painter.setPen(
        palette.color(QPalette.ColorRole.PlaceholderText if muted else QPalette.ColorRole.Text)
    )
    before = painter.font()
    painter.setFont(font)
    painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.setFont(before)


def _beside(middle: QPointF, away: float, size: QSizeF) -> list[QRectF]:
    """Places for a name: below a node, above it, at its right and at its left."""
    x, y, width, height = middle.x(), middle.y(), size.width(), size.height()
    corners = (
        (x - width / 2, y + away),
        (x - width / 2, y - away - height),
        (x + away, y - height / 2),
        (x - away - width, y - height / 2),
    )
    return [QRectF(QPointF(*corner), size) for corner in corners]
