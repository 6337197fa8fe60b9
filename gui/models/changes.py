"""Changes that can be supposed, as a flat checkable Qt model."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.supposing import ChangeRow
from gui.text import tooltip
from isoscope.assessment.supposing.suppositions import NOTHING, Suppositions
from isoscope.texts import tr

Index = QModelIndex | QPersistentModelIndex

CHANGE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `ChangeRow` of an index."""

_SPOKEN = {
    Qt.CheckState.Checked: tr("supposed"),
    Qt.CheckState.PartiallyChecked: tr("supposed of some"),
    Qt.CheckState.Unchecked: tr("not supposed"),
}


class ChangeModel(QAbstractListModel):
    """Headings and changes; what is supposed of a change is looked up in the suppositions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ChangeRow, ...] = ()
        self._suppositions = NOTHING

    @property
    def rows(self) -> tuple[ChangeRow, ...]:
        """All rows shown."""
        return self._rows

    def show(self, rows: Sequence[ChangeRow]) -> bool:
        """Shows other rows; False where they are the same."""
        if tuple(rows) == self._rows:
            return False
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()
        return True

    def suppose(self, suppositions: Suppositions) -> None:
        """Checks what is supposed."""
        self._suppositions = suppositions
        if self._rows:
            last = self.index(len(self._rows) - 1)
            self.dataChanged.emit(self.index(0), last, [Qt.ItemDataRole.CheckStateRole])

    def state(self, row: ChangeRow) -> Qt.CheckState:
        """Whether a change is supposed of all, some or none of its workloads."""
        on = self._suppositions.settled.get(row.id, frozenset())
        if row.workloads <= on:
            return Qt.CheckState.Checked
        if row.workloads.isdisjoint(on):
            return Qt.CheckState.Unchecked
        return Qt.CheckState.PartiallyChecked

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].is_heading:
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
        )

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == CHANGE_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(row.tip) if row.tip else None
        if role == Qt.ItemDataRole.CheckStateRole:
            return None if row.is_heading else self.state(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if row.is_heading:
                return row.text
            return f"{row.text}, {_SPOKEN[self.state(row)]}. {row.note}"
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return row.tip
        return None
