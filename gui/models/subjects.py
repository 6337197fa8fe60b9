"""The matrix as a flat Qt model: one row a subject, one column a direction."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from gui.rows import Subject, SubjectKind, SubjectRow
from gui.text import tooltip
from gui.words import DIRECTION, DIRECTION_MEANS, capital, spoken
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.texts import tr

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `SubjectRow` of an index."""

DIRECTIONS = tuple(Direction)

SUBJECTS_TYPE = "application/x-isoscope-subjects"
"""Of what is dragged: the kinds and ids of subjects."""

NOT_YET = tr("judging …")
"""What a cell says that has no verdicts yet."""


class SubjectModel(QAbstractTableModel):
    """Rows as they were handed over; filtering and sorting happen before, in Python."""

    def __init__(self, name_heading: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name_heading = name_heading
        self._rows: tuple[SubjectRow, ...] = ()
        self._places: dict[Subject, int] = {}

    @property
    def rows(self) -> tuple[SubjectRow, ...]:
        """All rows shown."""
        return self._rows

    def show(self, rows: Sequence[SubjectRow]) -> None:
        """Shows other rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self._places = {row.subject: place for place, row in enumerate(self._rows)}
        self.endResetModel()

    def place_of(self, subject: Subject) -> int | None:
        """The row number of a subject; None where it is not shown."""
        return self._places.get(subject)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be dragged."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeTypes(self) -> list[str]:
        return [SUBJECTS_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The subjects of the rows that are dragged."""
        rows = dict.fromkeys(index.row() for index in indexes)
        dragged = [(self._rows[row].subject.kind, self._rows[row].subject.id) for row in rows]
        made = QMimeData()
        made.setData(SUBJECTS_TYPE, json.dumps(dragged).encode())
        return made

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1 + len(DIRECTIONS)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = int(Qt.ItemDataRole.DisplayRole),
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < self.columnCount():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if section == 0:
            return self._name_heading if role == Qt.ItemDataRole.DisplayRole else None
        direction = DIRECTIONS[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return DIRECTION[direction]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(capital(DIRECTION_MEANS[direction]))
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if index.column() == 0:
            return _name_data(row, role)
        return _cell_data(row, DIRECTIONS[index.column() - 1], role)


def dragged_subjects(data: QMimeData) -> tuple[Subject, ...]:
    """The subjects that are dragged; none where it is something else."""
    if not data.hasFormat(SUBJECTS_TYPE):
        return ()
    dragged = json.loads(bytes(data.data(SUBJECTS_TYPE).data()))
    return tuple(Subject(SubjectKind(kind), id_) for kind, id_ in dragged)


def verdicts_of(row: SubjectRow, direction: Direction) -> tuple[Verdict, ...]:
    """The verdicts of one cell: confidentiality, integrity, availability; none before they are
    judged."""
    if not row.verdicts:
        return ()
    return tuple(row.verdicts[Aspect(direction, quality)] for quality in Property)


def _name_data(row: SubjectRow, role: int) -> object:
    if role == Qt.ItemDataRole.DisplayRole:
        return row.name
    if role == Qt.ItemDataRole.ToolTipRole:
        return tooltip(f"{row.full_name}\n{row.note}")
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return f"{row.name}, {row.note}"
    return None


def _cell_data(row: SubjectRow, direction: Direction, role: int) -> object:
    if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
        said = [spoken(verdict) for verdict in verdicts_of(row, direction)] or [NOT_YET]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip("\n".join((DIRECTION[direction], *said)))
        return f"{DIRECTION[direction]}. {'. '.join(said)}"
    return None
