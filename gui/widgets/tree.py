"""A tree of nodes on screen: wrapped plain text, with shapes and quotes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from gui.models.nodes import NODE_ROLE, NodeModel
from gui.nodes import Node, NodeStyle
from gui.painting import GAP, SHAPE, draw_shape

Index = QModelIndex | QPersistentModelIndex

_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere)
_PAD = 4
_ABOVE_SECTION = 10
_TALLEST = 6000


class NodeDelegate(QStyledItemDelegate):
    """Paints one node: shape, text, and below it the note in a muted colour."""

    def __init__(self, view: NodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """The height that the wrapped text takes in the column as wide as it is now."""
        node: Node = index.data(NODE_ROLE)
        room = QRect(0, 0, self._view.room_for(index), _TALLEST)
        text, note = self._places(node, room)
        bottom = max(text.bottom(), note.bottom() if node.note else 0)
        return QSize(room.width(), bottom + 1 + _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints the node in its place."""
        node: Node = index.data(NODE_ROLE)
        palette: QPalette = option.palette
        rectangle: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._view.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, self._view
        )
        text, note = self._places(node, rectangle)
        painter.save()
        if node.mark is not None:
            first = QFontMetrics(self._font(node)).height()
            square = QRectF(rectangle.x() + 2, text.y() + (first - SHAPE) / 2, SHAPE, SHAPE)
            draw_shape(painter, node.mark, square, palette)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        painter.setFont(self._font(node))
        painter.drawText(text, _WRAP, node.text)
        if node.note:
            painter.setFont(self._view.font())
            if not selected:
                painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(note, _WRAP, node.note)
        painter.restore()

    def _font(self, node: Node) -> QFont:
        if node.style is NodeStyle.QUOTE:
            fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            fixed.setPointSizeF(max(self._view.font().pointSizeF() - 0.5, 7))
            return fixed
        font = QFont(self._view.font())
        font.setBold(node.style is NodeStyle.SECTION)
        return font

    def _places(self, node: Node, rectangle: QRect) -> tuple[QRect, QRect]:
        top = _ABOVE_SECTION if node.style is NodeStyle.SECTION else _PAD
        left = int(SHAPE + GAP) + 4 if node.mark is not None else 2
        room = rectangle.adjusted(left, top, -4, 0)
        room.setHeight(_TALLEST)
        text = QFontMetrics(self._font(node)).boundingRect(room, _WRAP, node.text)
        text.setWidth(room.width())
        below = QRect(room.x(), text.bottom() + 1, room.width(), _TALLEST)
        note = self._view.fontMetrics().boundingRect(below, _WRAP, node.note)
        note.setWidth(room.width())
        return text, note


class NodeView(QTreeView):
    """Shows nodes; Ctrl+C copies the chosen one with all below it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._nodes = NodeModel(self)
        self.setModel(self._nodes)
        self.setItemDelegate(NodeDelegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(18)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self._relayout = QTimer(self)
        self._relayout.setSingleShot(True)
        self._relayout.timeout.connect(self.scheduleDelayedItemsLayout)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Shows other nodes, opened as they ask for."""
        self._nodes.show(nodes)
        self._open(QModelIndex())

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Puts the arrow beside the first line, not beside the middle of a long text."""
        node: Node = index.data(NODE_ROLE)
        first = QRect(rect)
        above = _ABOVE_SECTION if node.style is NodeStyle.SECTION else _PAD
        first.setTop(rect.top() + above)
        first.setHeight(self.fontMetrics().height())
        super().drawBranches(painter, first, index)

    def room_for(self, index: Index) -> int:
        """Width that a node has at its depth."""
        depth = 1
        above = index.parent()
        while above.isValid():
            depth += 1
            above = above.parent()
        return max(60, self.viewport().width() - depth * self.indentation())

    def _open(self, parent: QModelIndex) -> None:
        for row in range(self._nodes.rowCount(parent)):
            index = self._nodes.index(row, 0, parent)
            node: Node = index.data(NODE_ROLE)
            if node.expanded:
                self.expand(index)
                self._open(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wraps anew when the width changes."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._relayout.start(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copies on the system's copy keys."""
        if event.matches(QKeySequence.StandardKey.Copy):
            node: Node | None = self.currentIndex().data(NODE_ROLE)
            if node is not None:
                QGuiApplication.clipboard().setText(node.as_text())
            return
        super().keyPressEvent(event)
