"""The paths of the map as a list, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.edges import Edge, PathShown
from gui.nodes import Node
from gui.paths import MapNode
from gui.widgets.labels import ElidedLabel
from gui.widgets.map_words import edge_node, path_nodes
from gui.widgets.tree import NodeView
from isoscope.texts import tr, trn

LISTED = 100
"""Edges that the list has at most, the worst first."""


class PathList(QWidget):
    """A title, and below it edges with their paths; Enter chooses one."""

    chosen = Signal(object)
    """A `PathShown`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._listed: tuple[tuple[PathShown, ...], ...] = ()
        self._title = ElidedLabel(self)
        bold = self._title.font()
        bold.setBold(True)
        self._title.setFont(bold)
        self.view = NodeView(self)
        self.view.setAccessibleName(tr("Paths, the worst first; Enter opens what explains one"))
        self.view.activated.connect(self._on_activated)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 0, 0)
        layout.addWidget(self._title)
        layout.addWidget(self.view, 1)

    def show_edges(self, title: str, edges: Sequence[Edge], nodes: Mapping[str, MapNode]) -> None:
        """Shows edges between these nodes, which are found by their keys."""
        shown = [edge_node(edge, nodes) for edge in edges[:LISTED]]
        self._listed = tuple(edge.paths for edge in edges[:LISTED])
        if len(edges) > LISTED:
            shown.append(
                Node(
                    trn(
                        "and {number} more; choose a node to see its own",
                        "and {number} more; choose a node to see its own",
                        len(edges) - LISTED,
                    )
                )
            )
        self._title.show_text(f"{title} · {len(edges):,}")
        self.view.show_nodes(shown or (Node(tr("No path is drawn here.")),))

    def show_paths(self, title: str, paths: Sequence[PathShown], otherwise: str) -> None:
        """Shows paths, or a sentence where there is none."""
        self._listed = tuple((path,) for path in paths)
        self._title.show_text(title)
        self.view.show_nodes(path_nodes(paths) or (Node(otherwise),))

    def clear(self) -> None:
        """Shows nothing."""
        self._listed = ()
        self._title.show_text("")
        self.view.show_nodes(())

    def _on_activated(self, index: QModelIndex) -> None:
        parent = index.parent()
        row, child = (parent.row(), index.row()) if parent.isValid() else (index.row(), 0)
        if row < len(self._listed) and child < len(self._listed[row]):
            self.chosen.emit(self._listed[row][child])
