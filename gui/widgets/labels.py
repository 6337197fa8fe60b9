"""Labels for text from a host: never markup, never wider than their place."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.text import tooltip


class PlainLabel(QLabel):
    """A label that shows its text as it is."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, muted: bool = False
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if muted:
            self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setText(text)


class EmptyState(PlainLabel):
    """What stands where there is nothing to show: why, and what to do."""

    def __init__(self, text: str, name: str, parent: QWidget) -> None:
        super().__init__(text, parent, muted=True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(30)
        self.setAccessibleName(name)


class Title(PlainLabel):
    """The heading of a part, in bold."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        bold = self.font()
        bold.setBold(True)
        self.setFont(bold)


class ElidedLabel(QWidget):
    """One line that ends in an ellipsis where it has no room; the whole is in its tooltip."""

    def __init__(self, parent: QWidget | None = None, *, muted: bool = False) -> None:
        super().__init__(parent)
        self._text = ""
        self._role = QPalette.ColorRole.PlaceholderText if muted else QPalette.ColorRole.WindowText
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def text(self) -> str:
        """What it shows."""
        return self._text

    def show_text(self, text: str, detail: str = "") -> None:
        """Shows a text; the tooltip has the detail, or the text itself."""
        self._text = text
        self.setAccessibleDescription(f"{text}\n{detail}".strip())
        self.setToolTip(tooltip(detail or text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text[:200]) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setPen(self.palette().color(self._role))
        elided = self.fontMetrics().elidedText(
            self._text, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), elided)
        painter.end()
