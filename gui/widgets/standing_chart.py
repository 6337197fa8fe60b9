"""A bar for each of the nine questions: how many tenants stand on which rung."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QEvent, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QStyle, QToolTip, QWidget

from gui.standing import Standing
from gui.text import tooltip
from gui.words import DIRECTION, PROPERTY, question
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.texts import tr

_BAR = 16
_GAP = 5
_TITLE_GAP = 10
_LABEL = 120
_MOST_RUNGS = 6


class StandingChart(QWidget):
    """Draws standings; a change slides from the bars before to those after it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Workloads by the rung that they certainly stand on"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._now: Mapping[Aspect, Standing] = {}
        self._before: Mapping[Aspect, Standing] = {}
        self._motion = QVariantAnimation(self)
        self._motion.setStartValue(0.0)
        self._motion.setEndValue(1.0)
        self._motion.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._motion.valueChanged.connect(self.update)
        self._bars: dict[Aspect, QRectF] = {}

    def show_standings(self, standings: Mapping[Aspect, Standing]) -> None:
        """Shows others, moving there unless the desktop asks for no motion."""
        self._before, self._now = self._now or standings, standings
        self.setAccessibleDescription(
            ". ".join(f"{question(aspect)}: {one.spoken()}" for aspect, one in standings.items())
        )
        duration = self.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        self._motion.stop()
        if duration > 0 and self.isVisible():
            self._motion.setDuration(max(duration, 450))
            self._motion.start()
        self.update()

    def sizeHint(self) -> QSize:
        titles = len(Direction) * (self.fontMetrics().height() + _TITLE_GAP)
        return QSize(420, titles + len(ASPECTS) * (_BAR + _GAP) + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 0.0
        height = self.fontMetrics().height()
        self._bars = {}
        for direction in Direction:
            top += _TITLE_GAP
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            title = QRectF(0, top, self.width(), height)
            painter.drawText(title, int(Qt.AlignmentFlag.AlignLeft), DIRECTION[direction])
            top += height
            for quality in Property:
                aspect = Aspect(direction, quality)
                bar = QRectF(_LABEL, top + _GAP, self.width() - _LABEL - 4, _BAR)
                self._bars[aspect] = bar
                painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
                label = QRectF(8, bar.top(), _LABEL - 12, _BAR)
                painter.drawText(label, int(Qt.AlignmentFlag.AlignVCenter), PROPERTY[quality])
                if aspect in self._now:
                    self._draw_bar(painter, bar, aspect)
                top += _BAR + _GAP
        painter.end()

    def _draw_bar(self, painter: QPainter, bar: QRectF, aspect: Aspect) -> None:
        now, before = self._now[aspect], self._before.get(aspect, self._now[aspect])
        running = self._motion.state() is QVariantAnimation.State.Running
        share = float(self._motion.currentValue() or 0.0) if running else 1.0
        left = bar.left()
        metrics = QFontMetricsF(self.font())
        for rung in range(_MOST_RUNGS):
            part = _share(before, rung) * (1 - share) + _share(now, rung) * share
            if part <= 0:
                continue
            piece = QRectF(left, bar.top(), part * bar.width(), bar.height())
            colour = _colour(rung, self.palette())
            painter.fillRect(piece, colour)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Window), 1))
            painter.drawRect(piece)
            text = f"{rung}: {now.counts.get(rung, 0):,}"
            if metrics.horizontalAdvance(text) + 8 < piece.width():
                painter.setPen(_ink(colour))
                place = piece.adjusted(5, 0, 0, 0)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), text)
            left += piece.width()

    def event(self, event: QEvent) -> bool:
        """Tells in words what a bar shows."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            for aspect, bar in self._bars.items():
                if bar.contains(event.pos()) and aspect in self._now:
                    said = tooltip(f"{question(aspect)}: {self._now[aspect].spoken()}")
                    QToolTip.showText(event.globalPos(), said, self)
                    return True
        return super().event(event)


def _share(standing: Standing, rung: int) -> float:
    return standing.counts.get(rung, 0) / standing.total if standing.total else 0.0


def _colour(rung: int, palette: QPalette) -> QColor:
    """From the ground to the accent: the higher the rung, the stronger."""
    ground = palette.color(QPalette.ColorRole.Midlight)
    accent = palette.color(QPalette.ColorRole.Accent)
    part = rung / (_MOST_RUNGS - 1)
    return QColor.fromRgbF(
        ground.redF() + (accent.redF() - ground.redF()) * part,
        ground.greenF() + (accent.greenF() - ground.greenF()) * part,
        ground.blueF() + (accent.blueF() - ground.blueF()) * part,
    )


def _ink(ground: QColor) -> QColor:
    return QColor("#ffffff") if ground.lightnessF() < 0.5 else QColor("#10202e")
