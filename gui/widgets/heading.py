"""The headings of tables: muted words over a thin line."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QHeaderView, QWidget

from gui.painting import MARGIN


class QuietHeader(QHeaderView):
    """Headings that stand over what they head, left edge over left edge.

    Tells of columns that a hand makes wider or narrower; a double click at the edge of one gives it
    back to its content.
    """

    widened = Signal()
    """A hand changed the width of a column."""

    def __init__(self, parent: QWidget, first_indent: int = 0) -> None:
        """``first_indent`` is how much further the first column's content is indented."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._first_indent = first_indent
        self._widths: dict[int, int] = {}
        self._held = False
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.sectionResized.connect(self._on_resized)
        self.sectionHandleDoubleClicked.connect(self._on_given_back)

    @property
    def widths(self) -> Mapping[int, int]:
        """Widths that a hand chose, by column."""
        return self._widths

    def use_widths(self, widths: Mapping[int, int]) -> None:
        """Uses widths that a hand chose, now or earlier."""
        self._widths = dict(widths)
        for column, width in self._widths.items():
            if column < self.count():
                self.resizeSection(column, width)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """From now on a hand changes widths."""
        self._held = True
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """From now on it is the program again."""
        super().mouseReleaseEvent(event)
        self._held = False

    def _on_resized(self, column: int, _before: int, width: int) -> None:
        by_hand = self._held and width > 0
        if by_hand and self.sectionResizeMode(column) is QHeaderView.ResizeMode.Interactive:
            self._widths[column] = width
            self.widened.emit()

    def _on_given_back(self, column: int) -> None:
        self._held = False
        if self._widths.pop(column, None) is not None:
            self.widened.emit()

    def sizeHint(self) -> QSize:
        """A line of text with some space."""
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 10)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:  # noqa: N803
        """Paints one heading."""
        palette = self.palette()
        painter.save()
        painter.fillRect(rect, palette.color(QPalette.ColorRole.Base))
        painter.setPen(palette.color(QPalette.ColorRole.Midlight))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        model = self.model()
        text = model.headerData(logicalIndex, Qt.Orientation.Horizontal)
        place = rect.adjusted(MARGIN + (self._first_indent if logicalIndex == 0 else 0), 0, -2, 0)
        if self.isSortIndicatorShown() and logicalIndex == self.sortIndicatorSection():
            down = self.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
            text = f"{text} {'↓' if down else '↑'}"
        elided = painter.fontMetrics().elidedText(
            str(text), Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), elided)
        painter.restore()
