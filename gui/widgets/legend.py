"""How to read a badge, below the matrix."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gui.glossary_word import show_glossary, speaks_of
from gui.widgets.labels import ElidedLabel, PlainLabel
from gui.widgets.shape import ShapeWidget
from gui.words import STATUS
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr

_READING = tr("C 0–2/3: on a rung from 0 to 2, rung 3 is required")


class Legend(QWidget):
    """The four shapes with their words, and one badge spelled out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("How to read a badge"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 14, 6)
        layout.setSpacing(5)
        for status in Status:
            layout.addWidget(ShapeWidget(status, self))
            layout.addWidget(PlainLabel(STATUS[status], self, muted=True))
            layout.addSpacing(10)
        reading = ElidedLabel(self, muted=True)
        reading.show_text(_READING)
        layout.addWidget(reading, 1)
        words = QToolButton(self)
        words.setText(tr("Glossary"))
        words.setAccessibleName(tr("Glossary"))
        words.setToolTip(tr("Opens the glossary (F1)"))
        words.setAutoRaise(True)
        words.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        words.clicked.connect(lambda: show_glossary(self.window(), "status"))
        layout.addWidget(words)
        speaks_of(self, "status")
