"""The snapshots that were opened or saved lately, as a table to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QVBoxLayout, QWidget

from gui.grid import Cell, Grid, GridRow
from gui.models.grid import GridModel
from gui.recent import Recent
from gui.text import moment, one_line
from gui.widgets.cells import CellDelegate
from gui.widgets.labels import Title
from gui.widgets.plain_table import fit_columns, plain_table
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr

ROWS = 8
"""Rows that have room without scrolling."""

_PARTS = 2
"""Directories that are named of a file's place; its tooltip has all of them."""

_HEADINGS = (tr("Host"), tr("Observed"), tr("File"), tr("In"))


class RecentList(QWidget):
    """Enter opens the chosen one, Delete forgets it."""

    chosen = Signal(object)
    """The `Path` that is to be opened."""
    forgotten = Signal(object)
    """The `Path` that is to be forgotten."""
    all_forgotten = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Opened lately"))
        self._entries: tuple[Recent, ...] = ()
        self._model = GridModel(self)
        title = Title(tr("Opened &lately"), self)
        self.table = plain_table(self._model, tr("Recent snapshots"), self)
        self.table.setItemDelegate(CellDelegate(self.table))
        self.table.setAccessibleDescription(tr("Enter opens a snapshot, Delete forgets it"))
        title.setBuddy(self.table)
        height = self.fontMetrics().height() + 10
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.horizontalHeader().setStretchLastSection(True)
        self._row_height = height
        self.table.activated.connect(self._on_activated)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.forget = QPushButton(tr("For&get"), self)
        self.forget.setAccessibleName(tr("Forget the chosen snapshot"))
        self.forget.setToolTip(tr("Takes it off this list; its file stays (Del)"))
        self.forget_all = QPushButton(tr("Forget &all"), self)
        self.forget_all.setAccessibleName(tr("Forget all snapshots of this list"))
        self.forget_all.setToolTip(tr("Empties this list; the files stay"))
        self.forget.clicked.connect(self._forget)
        self.forget_all.clicked.connect(self.all_forgotten)
        line = QHBoxLayout()
        line.addWidget(title)
        line.addStretch()
        line.addWidget(self.forget)
        line.addWidget(self.forget_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self.table)
        # Tab walks down the page: the table comes before what is done with its rows.
        self.setTabOrder(self.table, self.forget)
        self.setTabOrder(self.forget, self.forget_all)
        self.hide()

    def show_entries(self, entries: Sequence[Recent]) -> None:
        """Shows them; the one that was chosen stays so. Without any there is no table."""
        before = self.current
        self._entries = tuple(entries)
        self._model.show(Grid(tr("Recent"), "", _HEADINGS, tuple(map(_row, self._entries))))
        fit_columns(self.table)
        rows = min(len(self._entries), ROWS)
        self.table.setFixedHeight(self._row_height * (rows + 1) + 4)
        paths = [entry.path for entry in self._entries]
        if before in paths:
            self.table.selectRow(paths.index(before))
        self._on_current()
        self.setVisible(bool(self._entries))

    @property
    def current(self) -> Path | None:
        """The file of the chosen row."""
        place = self.table.currentIndex().row()
        return self._entries[place].path if 0 <= place < len(self._entries) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete forgets; the table leaves the key to this widget."""
        if event.key() == Qt.Key.Key_Delete and self.table.hasFocus():
            self._forget()
        else:
            super().keyPressEvent(event)

    def _on_activated(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._entries):
            self.chosen.emit(self._entries[index.row()].path)

    def _on_current(self) -> None:
        self.forget.setEnabled(self.current is not None)

    def _forget(self) -> None:
        if (path := self.current) is not None:
            self.forgotten.emit(path)


def _folder(path: Path) -> str:
    """The end of where a file is: what tells files of one name apart."""
    parts = path.parent.parts
    return str(path.parent) if len(parts) <= 1 + _PARTS else "/".join(("…", *parts[-_PARTS:]))


def _row(entry: Recent) -> GridRow:
    name, folder = one_line(entry.path.name, 80), one_line(_folder(entry.path), 200)
    host = one_line(entry.host, 60) if entry.host else tr("not opened yet")
    observed = "" if entry.observed_at is None else moment(entry.observed_at)
    where = one_line(f"{entry.trouble}: {folder}", 260) if entry.trouble else folder
    whole = one_line(str(entry.path))
    return GridRow(
        (
            Cell(host, tip=one_line(entry.host)),
            Cell(observed),
            Cell(name, tip=whole),
            Cell(where, Status.UNPROVEN if entry.trouble else None, whole),
        )
    )
