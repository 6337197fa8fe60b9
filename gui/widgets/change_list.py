"""Changes to choose from: headings, and under each what can be supposed, checked or not."""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QWidget,
)

from gui.models.changes import CHANGE_ROLE, ChangeModel
from gui.supposing import ChangeRow
from gui.wrapped import WrappedText

Index = QModelIndex | QPersistentModelIndex

_PAD = 5
_LEFT = 14
_ABOVE_HEADING = 12
_CHECK = 26
"""Width that a check box takes with what is beside it."""
_TOGGLES = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ChangeDelegate(QStyledItemDelegate):
    """Paints a check box, what would be so, and where in a muted colour."""

    def __init__(self, view: ChangeList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """The height of the wrapped text in the view as wide as it is now."""
        row: ChangeRow = index.data(CHANGE_ROLE)
        width = self._view.viewport().width()
        height = sum(part.height for part in self._parts(row, width))
        above = _ABOVE_HEADING if row.is_heading else 0
        return QSize(width, math.ceil(height) + 2 * _PAD + above)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one row."""
        row: ChangeRow = index.data(CHANGE_ROLE)
        rectangle: QRect = option.rect
        palette: QPalette = option.palette
        text, note = self._parts(row, rectangle.width())
        painter.save()
        top = rectangle.y() + _PAD
        if row.is_heading:
            active = QPalette.ColorGroup.Active  # a heading cannot be chosen, and is not dimmed
            painter.setPen(palette.color(active, QPalette.ColorRole.Text))
            text.draw(painter, rectangle.x() + _LEFT, top + _ABOVE_HEADING)
            painter.restore()
            return
        style = self._view.style()
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, self._view
        )
        self._draw_check(painter, option, index)
        left = rectangle.x() + _LEFT + _CHECK
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        text.draw(painter, left, top)
        if not selected:
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        note.draw(painter, left, top + text.height)
        painter.restore()

    def _draw_check(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        style = self._view.style()
        check = QStyleOptionButton()
        side = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
        line = option.fontMetrics.height()
        rectangle: QRect = option.rect
        top = rectangle.y() + _PAD + max(0, (line - side) // 2)
        check.rect = QRect(rectangle.x() + _LEFT, top, side, side)
        check.palette = option.palette
        state = QStyle.StateFlag.State_Enabled
        state |= {
            Qt.CheckState.Checked: QStyle.StateFlag.State_On,
            Qt.CheckState.PartiallyChecked: QStyle.StateFlag.State_NoChange,
            Qt.CheckState.Unchecked: QStyle.StateFlag.State_Off,
        }[Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole))]
        check.state = state
        style.drawPrimitive(
            QStyle.PrimitiveElement.PE_IndicatorCheckBox, check, painter, self._view
        )

    def _parts(self, row: ChangeRow, width: float) -> tuple[WrappedText, WrappedText]:
        font = QFont(self._view.font())
        font.setBold(row.is_heading)
        room = width - 2 * _LEFT
        if not row.is_heading:
            room -= _CHECK
        return (
            WrappedText(row.text, font, room),
            WrappedText(row.note, self._view.font(), room if row.note else 1),
        )


class ChangeList(QListView):
    """A click anywhere on a change, or Space, supposes it or no longer does."""

    toggled = Signal(object, bool)
    """A `ChangeRow`, and whether it is to be supposed."""

    def __init__(self, model: ChangeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._changes = model
        self.setModel(model)
        self.setItemDelegate(ChangeDelegate(self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(False)
        self._relayout = QTimer(self)
        self._relayout.setSingleShot(True)
        self._relayout.timeout.connect(self.scheduleDelayedItemsLayout)
        self.clicked.connect(self.toggle)

    @property
    def rows(self) -> tuple[ChangeRow, ...]:
        """Everything that can be chosen, under its headings."""
        return self._changes.rows

    def show_changes(self, rows: tuple[ChangeRow, ...]) -> None:
        """Shows other changes; the current one and the place stay where they are still there."""
        current: ChangeRow | None = self.currentIndex().data(CHANGE_ROLE)
        at = self.verticalScrollBar().value()
        if not self._changes.show(rows):
            return
        for place, row in enumerate(rows):
            if current is not None and (row.id, row.text) == (current.id, current.text):
                self.setCurrentIndex(self._changes.index(place))
                break
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(at)

    def toggle(self, index: Index) -> None:
        """Supposes a change, or no longer does."""
        row: ChangeRow | None = index.data(CHANGE_ROLE)
        if row is not None and not row.is_heading:
            self.toggled.emit(row, self._changes.state(row) is not Qt.CheckState.Checked)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggles the current change."""
        if event.key() in _TOGGLES and self.currentIndex().isValid():
            self.toggle(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wraps anew when the width changes."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._relayout.start(0)
