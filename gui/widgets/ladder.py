"""A ladder drawn as a ladder: where the subject stands, what is required."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QHelpEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.explaining import Rung
from gui.painting import SHAPE, draw_shape
from gui.text import tooltip
from gui.theme import status_colours
from gui.words import standing
from isoscope.assessment.verdict import Verdict
from isoscope.texts import tr

_RAIL = 14
_TEXT_LEFT = 44


class LadderWidget(QWidget):
    """The rungs from the highest down, a band from the low rung to the high one, and marks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rungs: tuple[Rung, ...] = ()
        self._verdict: Verdict | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Ladder"))

    def show_ladder(self, rungs: Sequence[Rung], verdict: Verdict) -> None:
        """Shows a verdict on its ladder; ``rungs`` from the lowest."""
        self._rungs = tuple(reversed(rungs))
        self._verdict = verdict
        steps = "; ".join(f"{r.level} {r.name}: {r.holds_when}" for r in reversed(self._rungs))
        required = tr("none") if verdict.required is None else str(verdict.required)
        self.setAccessibleDescription(
            tr("Stands on rung {rung}, required: {required}. {steps}").format(
                rung=standing(verdict), required=required, steps=steps
            )
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, self._step() * max(len(self._rungs), 1) + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _step(self) -> int:
        return self.fontMetrics().height() + 8

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's signature
        if self._verdict is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_rails(painter)
        for place, rung in enumerate(self._rungs):
            self._paint_rung(painter, place, rung, self._verdict)
        painter.end()

    def _paint_rails(self, painter: QPainter) -> None:
        step = self._step()
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 2))
        bottom = step * len(self._rungs)
        for x in (4, 4 + 2 * _RAIL):
            painter.drawLine(x, 4, x, bottom - 2)

    def _paint_rung(self, painter: QPainter, place: int, rung: Rung, verdict: Verdict) -> None:
        step = self._step()
        palette = self.palette()
        line = QRect(0, place * step, self.width(), step)
        middle = line.center().y()
        stands = rung.level in range(verdict.low, verdict.high + 1)
        colours = status_colours(verdict.status, palette)
        if stands:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.tint)
            band = QRectF(line.adjusted(0, 1, 0, -1))
            painter.drawRoundedRect(band, 4, 4)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 2))
            for x in (4, 4 + 2 * _RAIL):
                painter.drawLine(x, line.top(), x, line.bottom())
        painter.setPen(QPen(colours.ink if stands else palette.color(QPalette.ColorRole.Mid), 2))
        painter.drawLine(5, middle, 3 + 2 * _RAIL, middle)
        if stands:
            square = QRectF(4 + _RAIL - SHAPE / 2, middle - SHAPE / 2, SHAPE, SHAPE)
            draw_shape(painter, verdict.status, square, palette)
        self._paint_text(painter, line, rung, verdict)

    def _paint_text(self, painter: QPainter, line: QRect, rung: Rung, verdict: Verdict) -> None:
        palette = self.palette()
        tags = self._tags(rung.level, verdict)
        right = line.right() - 8
        bold = QFont(self.font())
        bold.setBold(True)
        if tags:
            width = self.fontMetrics().horizontalAdvance(tags)
            painter.setFont(self.font())
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            place = QRect(right - width - 2, line.y(), width + 4, line.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), tags)
            right -= width + 14
        stands = rung.level in range(verdict.low, verdict.high + 1)
        title = f"{rung.level}  {rung.name}"
        painter.setFont(bold if stands or rung.level == verdict.required else self.font())
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        room = QRect(_TEXT_LEFT, line.y(), right - _TEXT_LEFT, line.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), title)
        used = painter.fontMetrics().horizontalAdvance(title) + 12
        painter.setFont(self.font())
        painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
        rest = room.adjusted(used, 0, 0, 0)
        elided = self.fontMetrics().elidedText(
            rung.holds_when, Qt.TextElideMode.ElideRight, max(rest.width(), 0)
        )
        if rest.width() > 40:
            painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), elided)

    @staticmethod
    def _tags(level: int, verdict: Verdict) -> str:
        if verdict.low == verdict.high:
            tags = [tr("stands here")] if level == verdict.low else []
        else:
            tags = [
                word
                for word, rung in ((tr("at worst"), verdict.low), (tr("at best"), verdict.high))
                if rung == level
            ]
        if level == verdict.required:
            tags.append(tr("required"))
        return ", ".join(tags)

    def event(self, event: QEvent) -> bool:
        """Shows what a rung needs in full as its tooltip."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = event.pos().y() // self._step()
            if 0 <= place < len(self._rungs):
                rung = self._rungs[place]
                words = tr("Rung {level}, {name}: {holds_when}").format(
                    level=rung.level, name=rung.name, holds_when=rung.holds_when
                )
                at = self.mapToGlobal(QPoint(event.pos()))
                QToolTip.showText(at, tooltip(words), self)
                return True
        return super().event(event)
