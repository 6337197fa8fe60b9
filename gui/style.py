"""Fusion, Qt's own style for desktops without one, with switches that can be seen in the dark."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QWidget

_SWITCHES = (
    QStyle.PrimitiveElement.PE_IndicatorCheckBox,
    QStyle.PrimitiveElement.PE_IndicatorRadioButton,
)


class OutlinedFusion(QProxyStyle):
    """Draws an outline around check boxes and radio buttons: Fusion's own is a darker shade of the
    window, which on a dark window is none."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        super().drawPrimitive(element, option, painter, widget)
        if element not in _SWITCHES:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette: QPalette = option.palette
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Dark), 1))
        outline = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
        if element is QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            painter.drawRoundedRect(outline, 2, 2)
        else:
            painter.drawEllipse(outline)
        painter.restore()


def use_where_fusion_is(application: QApplication) -> None:
    """Takes the place of Fusion; a desktop's own style stays."""
    if application.style().objectName().lower() == "fusion":
        application.setStyle(OutlinedFusion())
