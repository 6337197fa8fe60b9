"""Verdicts as they are and as they would be, as the matrix' model with two ranges a verdict."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.models.subjects import DIRECTIONS, ROW_ROLE, Index, SubjectModel, verdicts_of
from gui.supposing import BeforeAfterRow
from gui.text import tooltip
from gui.words import DIRECTION, spoken
from isoscope.assessment.vocabulary import Direction
from isoscope.texts import tr


class BeforeAfterModel(SubjectModel):
    """Rows of `BeforeAfterRow`."""

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        spoken_roles = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        row = super().data(index, ROW_ROLE)
        if role in spoken_roles and index.column() > 0 and isinstance(row, BeforeAfterRow):
            direction = DIRECTIONS[index.column() - 1]
            said = _spoken(row, direction)
            if role == Qt.ItemDataRole.ToolTipRole:
                return tooltip("\n".join((DIRECTION[direction], *said)))
            return f"{DIRECTION[direction]}. {'. '.join(said)}"
        return super().data(index, role)


def _spoken(row: BeforeAfterRow, direction: Direction) -> list[str]:
    found = []
    for verdict in verdicts_of(row, direction):
        after = row.after[verdict.aspect]
        text = (
            tr("{verdict}; unchanged")
            if after == verdict
            else tr("{verdict}; supposed: {supposed}")
        )
        found.append(text.format(verdict=spoken(verdict), supposed=spoken(after)))
    return found
