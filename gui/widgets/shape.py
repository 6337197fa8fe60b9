"""The shape of a status as a small widget."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.painting import SHAPE, draw_shape
from gui.words import STATUS
from isoscope.assessment.vocabulary import Status


class ShapeWidget(QWidget):
    """Draws one status."""

    def __init__(self, status: Status, parent: QWidget) -> None:
        super().__init__(parent)
        self._status = status
        self.setFixedSize(int(SHAPE) + 4, int(SHAPE) + 4)
        self.setAccessibleName(STATUS[status])

    def show_status(self, status: Status) -> None:
        """Draws another status."""
        self._status = status
        self.setAccessibleName(STATUS[status])
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        draw_shape(painter, self._status, QRectF(2, 2, SHAPE, SHAPE), self.palette())
        painter.end()
