"""The headings of tables: muted words over a thin line."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QHeaderView, QWidget

from gui.widgets.badges import MARGIN


class QuietHeader(QHeaderView):
    """Headings that stand over what they head, left edge over left edge."""

    def __init__(self, parent: QWidget, first_indent: int = 0) -> None:
        """``first_indent`` is how much further the first column's content is indented."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._first_indent = first_indent
        self.setSectionsClickable(False)
        self.setHighlightSections(False)

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
        elided = painter.fontMetrics().elidedText(
            str(text), Qt.TextElideMode.ElideRight, place.width()
        )
        painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), elided)
        painter.restore()
