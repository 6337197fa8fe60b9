"""The mark on everything that is supposed: a badge that says so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.painting import badge_width, draw_badge
from isoscope.assessment.vocabulary import Status
from isoscope.reports.plan_words import MEANS, SUPPOSED
from isoscope.texts import tr

_SUPPOSED = tr(SUPPOSED)


class SupposedBadge(QWidget):
    """``Supposed, not observed``, in the shape and colour of what is not proved."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_SUPPOSED)
        self.setToolTip(tr(MEANS))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = badge_width(_SUPPOSED, self.font()) + 4
        return QSize(round(width), self.fontMetrics().height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setFont(self.font())
        draw_badge(painter, Status.UNPROVEN, _SUPPOSED, QRectF(self.rect()), self.palette())
        painter.end()
