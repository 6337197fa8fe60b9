"""What is taken just now as a flat Qt model: one row a subject, one column a resource."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from gui.rows import Subject
from gui.taking import LiveRow, Resource
from gui.text import tooltip
from isoscope.texts import tr

Index = QModelIndex | QPersistentModelIndex

LIVE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `LiveRow` of an index."""
AMOUNT_ROLE = LIVE_ROLE + 1
"""The `Amount` of an index; None in the column of names."""

RESOURCES = tuple(Resource)
_HEADINGS = {
    Resource.CPU: tr("CPU"),
    Resource.MEMORY: tr("Memory"),
    Resource.PROCESSES: tr("Processes"),
    Resource.IO: tr("Block I/O"),
    Resource.PRESSURE: tr("Pressure"),
}
_MEANS = {
    Resource.CPU: tr("CPU time since the last look, as so many CPUs, and what limits it"),
    Resource.MEMORY: tr("Memory charged to it now, page cache included, and what limits it"),
    Resource.PROCESSES: tr("Processes and threads, and what limits them"),
    Resource.IO: tr("Bytes to and from block devices since the last look"),
    Resource.PRESSURE: tr(
        "Share of the last ten seconds in which some of its tasks had to wait, and "
        "for what: pressure stall information, cgroup v2 only"
    ),
}


class LiveModel(QAbstractTableModel):
    """Rows as they were handed over; values change in place, so that the choice stays."""

    def __init__(self, name_heading: str, parent: QObject) -> None:
        super().__init__(parent)
        self._name_heading = name_heading
        self._rows: tuple[LiveRow, ...] = ()

    def show(self, rows: Sequence[LiveRow]) -> None:
        """Shows other rows; where they are of the same subjects in the same order, only values
        change."""
        same = [row.subject for row in rows] == [row.subject for row in self._rows]
        if same:
            self._rows = tuple(rows)
            last = self.index(len(rows) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._rows = tuple(rows)
        self.endResetModel()

    def place_of(self, subject: Subject) -> int | None:
        """The row number of a subject; None where it is not shown."""
        return next((n for n, row in enumerate(self._rows) if row.subject == subject), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1 + len(RESOURCES)

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
        if role == Qt.ItemDataRole.DisplayRole:
            return self._name_heading if section == 0 else _HEADINGS[RESOURCES[section - 1]]
        if role == Qt.ItemDataRole.ToolTipRole and section > 0:
            return tooltip(_MEANS[RESOURCES[section - 1]])
        return None

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == LIVE_ROLE:
            return row
        if index.column() == 0:
            return self._name(row, role)
        amount = row.amounts[RESOURCES[index.column() - 1]]
        if role == AMOUNT_ROLE:
            return amount
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return amount.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{row.name}\n{amount.text}")
        return None

    def _name(self, row: LiveRow, role: int) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{row.name}\n{row.note}".strip())
        return None
