"""Plain text wrapped to a width: between words, and inside one only where it has no room."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QTextLayout, QTextOption

TALLEST = 6000.0
"""Height at which a text is cut, in device-independent pixels."""


class WrappedText:
    """A text laid out once; it knows its height and can be painted."""

    def __init__(self, text: str, font: QFont, width: float) -> None:
        option = QTextOption(Qt.AlignmentFlag.AlignLeft)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout = QTextLayout(text.replace("\n", "\u2028"), font)
        self._layout.setTextOption(option)
        self._layout.setCacheEnabled(True)
        self.height = 0.0
        if not text:
            return
        self._layout.beginLayout()
        while (line := self._layout.createLine()).isValid() and self.height < TALLEST:
            line.setLineWidth(width)
            line.setPosition(QPointF(0, self.height))
            self.height += line.height()
        self._layout.endLayout()

    def draw(self, painter: QPainter, left: float, top: float) -> None:
        """Paints it with the painter's pen."""
        self._layout.draw(painter, QPointF(left, top))
