"""A tree of nodes as a Qt model, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.nodes import Node
from gui.words import MARK

Index = QModelIndex | QPersistentModelIndex

NODE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `Node` of an index."""

_ROOT = -1


@dataclass(frozen=True, slots=True)
class _Place:
    node: Node
    parent: int
    row: int
    children: tuple[int, ...]


class NodeModel(QAbstractItemModel):
    """Nodes in one column. Places are numbered, and an index carries its place's number."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._places: list[_Place] = []
        self._top: tuple[int, ...] = ()
        self._nodes: tuple[Node, ...] = ()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Those at the top, with what is below them."""
        return self._nodes

    def show(self, nodes: Sequence[Node]) -> None:
        """Shows other nodes."""
        self.beginResetModel()
        self._nodes = tuple(nodes)
        self._places = []
        self._top = tuple(self._add(node, _ROOT, row) for row, node in enumerate(nodes))
        self.endResetModel()

    def _add(self, node: Node, parent: int, row: int) -> int:
        number = len(self._places)
        self._places.append(_Place(node, parent, row, ()))
        children = tuple(self._add(child, number, at) for at, child in enumerate(node.children))
        self._places[number] = _Place(node, parent, row, children)
        return number

    def _children(self, parent: Index) -> tuple[int, ...]:
        return self._places[parent.internalId()].children if parent.isValid() else self._top

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self._children(parent)
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row])

    @overload
    def parent(self) -> QObject | None: ...
    @overload
    def parent(self, child: Index) -> QModelIndex: ...
    def parent(self, child: Index | None = None) -> QObject | QModelIndex | None:
        if child is None:
            return super().parent()
        if not child.isValid():
            return QModelIndex()
        number = self._places[child.internalId()].parent
        if number == _ROOT:
            return QModelIndex()
        return self.createIndex(self._places[number].row, 0, number)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return len(self._children(parent)) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: ARG002, B008
        return 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        node = self._places[index.internalId()].node
        if role == NODE_ROLE:
            return node
        if role == Qt.ItemDataRole.DisplayRole:
            return node.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            marked = f"{MARK[node.mark]}: " if node.mark else ""
            return f"{marked}{node.text}" + (f". {node.note}" if node.note else "")
        return None
