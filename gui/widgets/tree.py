"""A tree of nodes on screen: wrapped plain text, with shapes and quotes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
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
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from gui.copying import commands_text, nodes_text
from gui.models.nodes import NODE_ROLE, NodeModel
from gui.nodes import Node, NodeStyle
from gui.painting import GAP, SHAPE, draw_shape
from gui.wrapped import WrappedText
from isoscope.texts import tr

Index = QModelIndex | QPersistentModelIndex

_PAD = 4
_ABOVE_SECTION = 10


class NodeDelegate(QStyledItemDelegate):
    """Paints one node: shape, text, and below it the note in a muted colour."""

    def __init__(self, view: NodeView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """The height that the wrapped text takes in the column as wide as it is now."""
        node: Node = index.data(NODE_ROLE)
        width = self._view.room_for(index)
        height = sum(part.height for part in self._parts(node, width))
        return QSize(width, math.ceil(_above(node) + height) + _PAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints the node in its place."""
        node: Node = index.data(NODE_ROLE)
        palette: QPalette = option.palette
        rectangle: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self._view.style().drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, self._view
        )
        text, note = self._parts(node, rectangle.width())
        left, top = rectangle.x() + _indent(node), rectangle.y() + _above(node)
        painter.save()
        if node.mark is not None:
            first = QFontMetrics(self._font(node)).height()
            square = QRectF(rectangle.x() + 2, top + (first - SHAPE) / 2, SHAPE, SHAPE)
            draw_shape(painter, node.mark, square, palette)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        text.draw(painter, left, top)
        if not selected:
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        note.draw(painter, left, top + text.height)
        painter.restore()

    def _font(self, node: Node) -> QFont:
        if node.style in (NodeStyle.QUOTE, NodeStyle.COMMANDS):
            fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            fixed.setPointSizeF(max(self._view.font().pointSizeF() - 0.5, 7))
            return fixed
        font = QFont(self._view.font())
        font.setBold(node.style is NodeStyle.SECTION)
        return font

    def _parts(self, node: Node, width: float) -> tuple[WrappedText, WrappedText]:
        room = width - _indent(node) - 4
        return (
            WrappedText(node.text, self._font(node), room),
            WrappedText(node.note, self._view.font(), room if node.note else 1),
        )


def _indent(node: Node) -> int:
    return int(SHAPE + GAP) + 4 if node.mark is not None else 2


def _above(node: Node) -> int:
    return _ABOVE_SECTION if node.style is NodeStyle.SECTION else _PAD


class NodeView(QTreeView):
    """Shows nodes; Ctrl+C copies the chosen one with all below it, a menu all of them."""

    moved = Signal()
    """Another node is the current one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleDescription(tr("Left and right close and open, Ctrl+C copies"))
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
        self.moved.emit()

    @property
    def current_node(self) -> Node | None:
        """The node that is chosen."""
        node: Node | None = self.currentIndex().data(NODE_ROLE)
        return node

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tells that another node is the current one."""
        super().currentChanged(current, previous)
        self.moved.emit()

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Puts the arrow beside the first line, not beside the middle of a long text."""
        node: Node = index.data(NODE_ROLE)
        first = QRect(rect)
        first.setTop(rect.top() + _above(node))
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
            self._copy_chosen()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers to copy; the menu key opens it too."""
        self.copy_menu().popup(event.globalPos())

    def copy_menu(self) -> QMenu:
        """What can be copied from here."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chosen = menu.addAction(tr("&Copy\tCtrl+C"))
        chosen.setEnabled(self.currentIndex().isValid())
        chosen.triggered.connect(self._copy_chosen)
        everything = menu.addAction(tr("Copy &all"))
        everything.triggered.connect(lambda: _to_clipboard(nodes_text(self._nodes.nodes)))
        commands = commands_text(self._nodes.nodes)
        if commands:
            by_hand = menu.addAction(tr("Copy the commands to see it &by hand"))
            by_hand.triggered.connect(lambda: _to_clipboard(commands))
        return menu

    def _copy_chosen(self) -> None:
        node = self.current_node
        if node is not None:
            _to_clipboard(node.as_text())


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
