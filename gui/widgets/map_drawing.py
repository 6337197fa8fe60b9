"""How nodes of the map are drawn, in device pixels, so that they keep their size at any zoom."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette, QPen

from gui.painting import draw_shape
from gui.paths import MapNode, MapNodeKind

SHAPE_OF = {MapNodeKind.TENANT: 15.0, MapNodeKind.WORKLOAD: 10.0, MapNodeKind.HOST: 22.0}
"""Sides of the shapes."""
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


def draw_node(
    painter: QPainter,
    node: MapNode,
    at: QPointF,
    palette: QPalette,
    *,
    marked: bool,
    dim: bool,
) -> None:
    """The shape of a node's status; the host has one of its own. An opened tenant has none."""
    if node.open:
        return
    side = SHAPE_OF[node.kind]
    square = QRectF(at.x() - side / 2, at.y() - side / 2, side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(palette.color(QPalette.ColorRole.Base))
    painter.drawEllipse(at, side / 2 + 2.5, side / 2 + 2.5)
    if node.kind is MapNodeKind.HOST:
        _draw_host(painter, square, palette)
    else:
        painter.setOpacity(0.35 if dim else 1.0)
        draw_shape(painter, node.status, square, palette)
        painter.setOpacity(1.0)
    if marked:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 2))
        painter.drawEllipse(at, side / 2 + 4, side / 2 + 4)


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
    top: QPointF,
    palette: QPalette,
    taken: list[QRectF],
    *,
    marked: bool,
) -> None:
    """The name below a node, where it covers nothing that is taken; of the marked one always."""
    workload = node.kind is MapNodeKind.WORKLOAD
    font = QFont(painter.font())
    font.setBold(not workload)
    metrics = QFontMetricsF(font)
    text = node.name if len(node.name) <= LABEL else node.name[: LABEL - 1] + "…"
    width = metrics.horizontalAdvance(text)
    place = QRectF(top.x() - width / 2 - 2, top.y(), width + 4, metrics.height())
    if not marked and any(place.intersects(other) for other in taken):
        return
    taken.append(place)
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
