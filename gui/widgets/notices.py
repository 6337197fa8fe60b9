"""Strips above the page: work under way, and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.theme import status_colours
from gui.widgets.labels import ElidedLabel, PlainLabel
from gui.widgets.shape import ShapeWidget
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr

PATIENCE = 200
"""Milliseconds that work may take before it is shown, so that short work does not flicker."""


class ActivityStrip(QFrame):
    """What is under way, how far it is, and a way to stop it."""

    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Work under way"))
        self._text = ElidedLabel(self)
        self._text.setAccessibleName(tr("Progress"))
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("How far"))
        self._bar.setFixedWidth(220)
        self._bar.setMaximumHeight(10)
        self._cancel = QPushButton(tr("Cancel"), self)
        self._cancel.setAccessibleName(tr("Cancel"))
        self._cancel.clicked.connect(self.cancelled)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 6)
        layout.addWidget(self._bar)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._cancel)
        self.hide()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self.show)

    def show_activity(self, text: str, done: int, total: int, *, can_cancel: bool) -> None:
        """Shows work, unless it ends soon; a total of 0: nobody knows how much it is."""
        self._text.show_text(text)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._cancel.setVisible(can_cancel)
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def rest(self) -> None:
        """Nothing is under way any more."""
        self._patience.stop()
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text


class MessageStrip(QFrame):
    """One line that stays until it is dismissed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Message"))
        self._status = Status.FALLS_SHORT
        self._shape = ShapeWidget(Status.FALLS_SHORT, self)
        self._text = PlainLabel(parent=self)
        self._text.setWordWrap(True)
        self._text.setAccessibleName(tr("Message text"))
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        close = QToolButton(self)
        close.setText(tr("Dismiss"))
        close.setAccessibleName(tr("Dismiss the message"))
        close.setAutoRaise(True)
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 6)
        layout.setSpacing(10)
        layout.addWidget(self._shape)
        layout.addWidget(self._text, 1)
        layout.addWidget(close)
        self.hide()

    def show_message(self, text: str, status: Status = Status.FALLS_SHORT) -> None:
        """Shows one line of visible plain text."""
        self._status = status
        self._shape.show_status(status)
        self._text.setText(text)
        self.show()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Stands out from the page by the tint of its status."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), status_colours(self._status, self.palette()).tint)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(300, super().sizeHint().height())
