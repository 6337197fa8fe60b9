"""A button that is a badge: one property of the direction that is explained."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QStyle, QStyleOptionFocusRect, QWidget

from gui.painting import badge_width, draw_badge
from gui.words import PROPERTY, STATUS
from isoscope.assessment.vocabulary import Property, Status
from isoscope.texts import tr

_WITH_KEY = {
    Property.CONFIDENTIALITY: tr("&Confidentiality"),
    Property.INTEGRITY: tr("Inte&grity"),
    Property.AVAILABILITY: tr("&Availability"),
}
"""The names with the letter that chooses it with Alt: the menu of changes has I."""


class PropertyButton(QAbstractButton):
    """Checked while its property is the one explained: then a ring is around it."""

    def __init__(self, quality: Property, parent: QWidget) -> None:
        super().__init__(parent)
        self._status = Status.NOT_REQUIRED
        self._word = PROPERTY[quality]
        self.setCheckable(True)
        self.setText(_WITH_KEY[quality])
        self.setAccessibleName(self._word)

    def show_status(self, status: Status) -> None:
        """Shows the property's status."""
        self._status = status
        self.setAccessibleDescription(STATUS[status])
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its badge."""
        width = badge_width(self._word, self.font())
        return QSize(round(width) + 8, self.fontMetrics().height() + 14)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows the focus."""
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        """Paints the badge, the ring and the focus."""
        painter = QPainter(self)
        place = QRectF(self.rect()).adjusted(3, 3, -3, -3)
        draw_badge(painter, self._status, self._word, place, self.palette())
        if self.isChecked():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.WindowText), 1.6))
            painter.drawRoundedRect(place.adjusted(-1.5, -1.5, 1.5, 1.5), 5, 5)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()
