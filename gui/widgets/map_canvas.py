"""The map: the host in the middle, tenants around it, and what crosses between them."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from gui.edges import HOST, Edge
from gui.map_layout import Disc, extent, laid_out, wideness
from gui.paths import IsolationMap, MapNode
from gui.widgets.map_drawing import SHAPE_OF, NodePictures, Taken, draw_disc, draw_label
from gui.widgets.map_edges import Curve, CurveLook, curves, draw_curve, nearest
from gui.widgets.map_words import edge_words, node_words
from gui.widgets.plotting import Canvas
from isoscope.assessment.crossings import Crossing
from isoscope.texts import tr

_NEAR = 7.0
"""Pixels within which a line is pointed at."""
_HOW = tr(
    "Arrow keys, Page Up and Page Down walk from node to node, Enter opens. "
    "The list beside has the same paths."
)
_CROWD = 80
"""Lines from which on each is drawn thinner."""
_BEYOND = 120.0
"""Pixels beyond the edge within which what stands there is still drawn: its name may be seen."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class MapCanvas(Canvas):
    """Draws a map; arrow keys walk from node to node, Enter opens."""

    selected = Signal(str)
    """The key of the node that is looked at; empty for none."""
    chosen = Signal(object)
    """An `Edge` whose finding is wanted."""
    opened = Signal(str)
    """The key of a node that is to be opened: a tenant, or a workload."""

    _map = IsolationMap((), ())  # Qt's resizing asks for it before there is another

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Map of tenants, workloads and the paths between them"))
        self._nodes: dict[str, MapNode] = {}
        self._places: dict[str, Disc] = {}
        self._curves: list[Curve] = []
        self._hidden: frozenset[Crossing] = frozenset()
        self._matching: frozenset[str] | None = None
        self._current = ""
        self._pointed: Edge | None = None
        self._around = QRectF()
        self._wide = 1.0
        self._pictures = NodePictures(self.palette(), self.devicePixelRatioF())
        self.pointed.connect(self._on_pointed)
        self.clicked.connect(self._on_clicked)

    @property
    def current(self) -> str:
        """The key of the node that is looked at; empty for none."""
        return self._current

    def show_map(self, shown: IsolationMap) -> None:
        """Shows another map; the view stays where it is when the same places are shown."""
        self._map = shown
        self._nodes = {node.key: node for node in shown.nodes}
        self._wide = wideness(self.width(), self.height())
        self._places = dict(laid_out(shown.nodes, self._wide))
        self._curves = curves(shown.edges, self._places)
        self._pointed = None
        if self._current not in self._nodes:
            self._current = ""
        around = QRectF(*extent(self._places.values()))
        if around != self._around:
            self._around = around
            self.show_all(around)
        self._describe()
        self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lays the map out anew where its room has another shape."""
        super().resizeEvent(event)
        if self._map.nodes and wideness(self.width(), self.height()) != self._wide:
            self.show_map(self._map)

    def hide_crossings(self, hidden: frozenset[Crossing]) -> None:
        """Draws all edges but those of these kinds."""
        self._hidden = hidden
        self.redraw()

    def find(self, words: str) -> None:
        """Dims what these words do not describe."""
        wanted = words.casefold().split()
        found = frozenset(
            node.key
            for node in self._map.nodes
            if wanted and all(word in node.search for word in wanted)
        )
        tenants = frozenset(self._nodes[key].tenant for key in found)
        self._matching = found | tenants if wanted else None
        self.redraw()

    def select(self, key: str) -> None:
        """Looks at a node."""
        if key == self._current:
            return
        self._current = key
        self._describe()
        self.redraw()
        self.selected.emit(key)

    def _describe(self) -> None:
        node = self._nodes.get(self._current)
        self.setAccessibleDescription(node_words(self._map, node) if node is not None else _HOW)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
        )

    def _shown_curves(self) -> list[Curve]:
        return [curve for curve in self._curves if curve.edge.crossing not in self._hidden]

    def _edge_at(self, at: QPointF) -> Edge | None:
        within = _NEAR / max(self.to_pixels().m11(), 1e-6)
        found = nearest(at, self._shown_curves(), within)
        return found.edge if found is not None else None

    def _node_at(self, at: QPointF) -> MapNode | None:
        """The smallest node that is pointed at."""
        pixels = max(self.to_pixels().m11(), 1e-6)
        found: tuple[float, MapNode] | None = None
        for node in self._map.nodes:
            disc = self._places[node.key]
            least = (SHAPE_OF[node.kind] / 2 + 3) / pixels
            away = math.hypot(at.x() - disc.x, at.y() - disc.y)
            inside = away <= (least if not node.open else max(least, disc.radius))
            if inside and (found is None or disc.radius < found[0]):
                found = disc.radius, node
        return found[1] if found else None

    def _what_is_at(self, at: QPointF) -> tuple[MapNode | None, Edge | None]:
        node = self._node_at(at)
        return node, None if node is not None and not node.open else self._edge_at(at)

    def _on_pointed(self, at: QPointF) -> None:
        node, edge = self._what_is_at(at)
        if edge is not None:
            self.tip(edge_words(edge, self._nodes))
        else:
            self.tip(node_words(self._map, node) if node is not None else "")
        hand = edge is not None or node is not None
        shape = Qt.CursorShape
        self.setCursor(shape.PointingHandCursor if hand else shape.ArrowCursor)
        if edge is not self._pointed:
            self._pointed = edge
            self.redraw()

    def _on_clicked(self, at: QPointF) -> None:
        node, edge = self._what_is_at(at)
        if edge is not None:
            self.chosen.emit(edge)
        else:
            self.select(node.key if node is not None else "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        node = self._node_at(self._at(event.position()))
        if node is not None:
            self.opened.emit(node.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self._walk(*_ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._current:
            self.opened.emit(self._current)
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._step(1 if key is Qt.Key.Key_PageDown else -1)
        elif key is Qt.Key.Key_Escape and self._current:
            self.select("")
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.25)
        elif key is Qt.Key.Key_Minus:
            self.zoom(0.8)
        elif key is Qt.Key.Key_0:
            self.show_all(self._around)
        else:
            event.ignore()

    def _walk(self, right: int, down: int) -> None:
        """To the nearest node in a direction; at first to the host."""
        if self._current not in self._nodes:
            self.select(HOST if HOST in self._nodes else "")
            return
        start = self._foothold(self._current)
        best, least = self._current, math.inf
        for key in self._nodes:
            to = self._foothold(key) - start
            ahead, aside = to.x() * right + to.y() * down, abs(to.x() * down) + abs(to.y() * right)
            if ahead > 0.05 and ahead + 2.2 * aside < least and aside < 2.5 * ahead:
                best, least = key, ahead + 2.2 * aside
        self.reveal(self._foothold(best))
        self.select(best)

    def _step(self, by: int) -> None:
        """To the next node in the order of the map, which has all of them."""
        keys = list(self._nodes)
        if keys:
            at = keys.index(self._current) + by if self._current in self._nodes else 0
            self.reveal(self._foothold(keys[at % len(keys)]))
            self.select(keys[at % len(keys)])

    def _foothold(self, key: str) -> QPointF:
        """Where a node stands for keys: an opened tenant above its workloads."""
        disc = self._places[key]
        return QPointF(disc.x, disc.y - disc.radius if self._nodes[key].open else disc.y)

    def draw(self, painter: QPainter) -> None:
        to_pixels, palette = self.to_pixels(), self.palette()
        scale = to_pixels.m11()
        for node in self._map.nodes:
            if node.open:
                draw_disc(
                    painter,
                    to_pixels.map(self._centre(node.key)),
                    self._places[node.key].radius * scale,
                    palette,
                    marked=node.key == self._current,
                )
        sight = QRectF(self.rect())
        near, drawn = self._near_current(), self._shown_curves()
        crowded = len(drawn) > _CROWD
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=not (crowded and self.moving))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for curve in reversed(drawn):
            bright = self._bright(curve.edge, near)
            alone, marked = near is not None and bright, curve.edge is self._pointed
            look = CurveLook(bright=bright, alone=alone, crowded=crowded, marked=marked)
            draw_curve(painter, curve, to_pixels, sight, palette, look)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._pictures.holds_for(palette, self.devicePixelRatioF()):
            self._pictures = NodePictures(palette, self.devicePixelRatioF())
        seen = sight.adjusted(-_BEYOND, -_BEYOND, _BEYOND, _BEYOND)
        at = {node.key: to_pixels.map(self._centre(node.key)) for node in self._map.nodes}
        inside = [node for node in self._map.nodes if node.open or seen.contains(at[node.key])]
        taken = Taken()
        for node in inside:
            dim = self._matching is not None and node.key not in self._matching
            place = at[node.key]
            self._pictures.draw(painter, node, place, marked=node.key == self._current, dim=dim)
            if not node.open:
                side = SHAPE_OF[node.kind] - 2
                taken.add(QRectF(place.x() - side / 2, place.y() - side / 2, side, side))
        first = self._named_first()
        for node in sorted(inside, key=lambda node: node.key not in first):
            away = self._places[node.key].radius * scale if node.open else SHAPE_OF[node.kind] / 2
            if seen.contains(at[node.key] + QPointF(0, away + 2)):
                marked = node.key == self._current
                draw_label(painter, node, (at[node.key], away + 2), palette, taken, marked=marked)

    def _centre(self, key: str) -> QPointF:
        return QPointF(self._places[key].x, self._places[key].y)

    def _named_first(self) -> frozenset[str]:
        """The nodes whose names have room before those of others: what is looked at, with the
        other ends of its lines, or what is searched."""
        near = self._near_current() or frozenset()
        ends = (
            {curve.edge.source, curve.edge.target}
            for curve in self._shown_curves()
            if near & {curve.edge.source, curve.edge.target}
        )
        return near.union(*ends) | (self._matching or frozenset()) | {HOST}

    def _near_current(self) -> frozenset[str] | None:
        if self._current in ("", HOST):
            return None
        inside = {node.key for node in self._map.nodes if node.tenant == self._current}
        return frozenset(inside | {self._current})

    def _bright(self, edge: Edge, near: frozenset[str] | None) -> bool:
        ends = {edge.source, edge.target}
        if near is not None and not ends & near:
            return False
        return self._matching is None or bool(ends & self._matching)
