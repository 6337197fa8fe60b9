"""The matrix with two lines a row: how the verdicts are, and how they would be."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from gui.models.before_after import BeforeAfterModel
from gui.models.subjects import DIRECTIONS, ROW_ROLE, verdicts_of
from gui.painting import MARGIN, draw_badge
from gui.supposing import BeforeAfterRow
from gui.widgets.badges import (
    NAME_INDENT,
    BadgeColumns,
    BadgeDelegate,
    Index,
    NameDelegate,
    paint_background,
    paint_ring,
)
from gui.widgets.matrix import MatrixView
from gui.words import badge
from isoscope.texts import tr

_BETWEEN = 4
"""Space between the two lines."""
_UNCHANGED = 0.35
"""Opacity of what would stay as it is."""
NOW, THEN = tr("now"), tr("supposed")


def _lines(rectangle: QRect, height: int) -> tuple[QRect, QRect]:
    """The two lines of a cell."""
    top = rectangle.center().y() - height - _BETWEEN // 2
    first = QRect(rectangle.x(), top, rectangle.width(), height)
    return first, first.translated(QPoint(0, height + _BETWEEN))


class BeforeAfterDelegate(BadgeDelegate):
    """Paints each verdict twice, and what would stay as it is but faintly."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        paint_background(painter, option)
        row: BeforeAfterRow = index.data(ROW_ROLE)
        direction = DIRECTIONS[index.column() - 1]
        palette: QPalette = option.palette
        height = option.fontMetrics.height() + 6
        painter.save()
        painter.setFont(option.font)
        now, then = _lines(option.rect, height)
        before = self.columns.places(direction, now, height)
        after = self.columns.places(direction, then, height)
        for verdict in verdicts_of(row, direction):
            quality = verdict.aspect.property
            supposed = row.after[verdict.aspect]
            painter.setOpacity(1.0)
            draw_badge(painter, verdict.status, badge(verdict), before[quality], palette)
            painter.setOpacity(1.0 if supposed != verdict else _UNCHANGED)
            draw_badge(painter, supposed.status, badge(supposed), after[quality], palette)
            if self.chosen == (row.subject, verdict.aspect):
                painter.setOpacity(1.0)
                paint_ring(painter, after[quality], palette)
        painter.restore()


class BeforeAfterNames(NameDelegate):
    """Paints the name over its note, and beside them what each line is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paints one cell."""
        paint_background(painter, option)
        row: BeforeAfterRow = index.data(ROW_ROLE)
        metrics = option.fontMetrics
        palette: QPalette = option.palette
        caption = metrics.horizontalAdvance(THEN)
        room: QRect = option.rect.adjusted(MARGIN + NAME_INDENT, 0, -MARGIN, 0)
        now, then = _lines(room, metrics.height() + 6)
        width = room.width() - caption - 10
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        muted = role if selected else QPalette.ColorRole.PlaceholderText
        painter.save()
        painter.setFont(option.font)
        left = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.setPen(palette.color(role))
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(now), left, name)
        painter.setPen(palette.color(muted))
        note = metrics.elidedText(row.note, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(then), left, note)
        painter.drawText(QRectF(now), right, NOW)
        painter.drawText(QRectF(then), right, THEN)
        painter.restore()


class BeforeAfterView(MatrixView):
    """Subjects × directions, as they are over as they would be."""

    def __init__(self, model: BeforeAfterModel, columns: BadgeColumns, parent: QWidget) -> None:
        super().__init__(model, columns, parent)
        self._badges = BeforeAfterDelegate(columns, self)
        self.setItemDelegateForColumn(0, BeforeAfterNames(self))
        for column in range(1, 1 + len(DIRECTIONS)):
            self.setItemDelegateForColumn(column, self._badges)
        line = self.fontMetrics().height() + 6
        self.verticalHeader().setDefaultSectionSize(2 * line + _BETWEEN + 10)
