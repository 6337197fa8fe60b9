"""The kinds of what crosses, as switches with the line of each."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from gui.crossing_style import CROSSING, pen_of
from gui.words import capital
from isoscope.assessment.crossings import Crossing
from isoscope.texts import tr

_LINE = 26
_COLUMNS = 5


class LineSample(QWidget):
    """A piece of the line of one kind."""

    def __init__(self, crossing: Crossing, parent: QWidget) -> None:
        super().__init__(parent)
        self._crossing = crossing
        self.setFixedSize(_LINE, 14)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen_of(self._crossing, 1, self.palette(), known=True))
        middle = self.height() // 2
        painter.drawLine(0, middle, self.width(), middle)
        painter.end()


class CrossingLegend(QWidget):
    """Switches kinds on and off; says how many findings there are of each."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What crosses"))
        self._boxes: dict[Crossing, QCheckBox] = {}
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 6, 14, 8)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(3)
        for number, crossing in enumerate(Crossing):
            row, column = divmod(number, _COLUMNS)
            box = QCheckBox(_title(crossing), self)
            box.setChecked(True)
            box.toggled.connect(self.changed)
            self._boxes[crossing] = box
            layout.addWidget(LineSample(crossing, self), row, 2 * column)
            layout.addWidget(box, row, 2 * column + 1)
            layout.setColumnStretch(2 * column + 1, 1)

    @property
    def hidden(self) -> frozenset[Crossing]:
        """The kinds that are switched off."""
        return frozenset(kind for kind, box in self._boxes.items() if not box.isChecked())

    def box(self, crossing: Crossing) -> QCheckBox:
        """The switch of a kind."""
        return self._boxes[crossing]

    def show_counts(self, counts: Mapping[Crossing, int]) -> None:
        """Says how many findings there are of each kind."""
        for crossing, box in self._boxes.items():
            box.setText(f"{_title(crossing)}  {counts.get(crossing, 0):,}")


def _title(crossing: Crossing) -> str:
    return capital(CROSSING[crossing])
