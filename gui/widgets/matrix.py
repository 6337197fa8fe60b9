"""The matrix on screen: a table whose cells are walked badge by badge."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.dropping import dropped_files, offers_files
from gui.models.subjects import DIRECTIONS, ROW_ROLE, SubjectModel
from gui.rows import Subject, SubjectRow
from gui.widgets.badges import NAME_INDENT, BadgeColumns, BadgeDelegate, NameDelegate
from gui.widgets.heading import QuietHeader
from isoscope.assessment.vocabulary import ASPECTS, Aspect

NAME_WIDTH = 170
"""Width that names get at first, in device-independent pixels."""

_ASIDE = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class MatrixView(QTableView):
    """Subjects × directions. Left and right walk the nine badges of a row, up and down the rows."""

    chosen = Signal(object, object)
    """A `Subject` and an `Aspect` that the user wants explained."""

    dropped = Signal(object, object)
    """The `Subject` on whose row files were dropped, and a list of their `Path`."""

    def __init__(self, model: SubjectModel, columns: BadgeColumns, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleDescription(
            "Up and down choose a row, left and right one of its nine verdicts, Enter explains it"
        )
        self._subjects = model
        self._columns = columns
        self._aspect = ASPECTS[0]
        self._badges = BadgeDelegate(columns, self)
        self.setModel(model)
        self.setItemDelegateForColumn(0, NameDelegate(self))
        for column in range(1, 1 + len(DIRECTIONS)):
            self.setItemDelegateForColumn(column, self._badges)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # Always, so that the columns of both tables stand one above the other.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(2 * self.fontMetrics().height() + 12)
        header = QuietHeader(self, NAME_INDENT)
        self.setHorizontalHeader(header)
        header.setMinimumSectionSize(120)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.fit_columns()

    def take_files(self) -> None:
        """Lets files be dropped on rows."""
        self.setAcceptDrops(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files, and nothing else."""
        if offers_files(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows on which row the files would come down."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and offers_files(event):
            self.selectRow(index.row())
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tells whose row it was."""
        row: SubjectRow | None = self.indexAt(event.position().toPoint()).data(ROW_ROLE)
        paths = dropped_files(event)
        if row is not None and paths:
            event.acceptProposedAction()
            self.make_current(row.subject)
            self.dropped.emit(row.subject, paths)

    def fit_columns(self) -> None:
        """Takes over the columns' widths after they were measured."""
        for column, direction in enumerate(DIRECTIONS, start=1):
            self.setColumnWidth(column, self._columns.cell_width(direction))

    @property
    def wanted_width(self) -> int:
        """Width at which names have room and no badge is cut."""
        badges = sum(self._columns.cell_width(direction) for direction in DIRECTIONS)
        return badges + NAME_WIDTH + self.verticalScrollBar().sizeHint().width()

    @property
    def aspect(self) -> Aspect:
        """The aspect that stays chosen when the row changes."""
        return self._aspect

    def current_row(self) -> SubjectRow | None:
        """The row that is current."""
        row: SubjectRow | None = self.currentIndex().data(ROW_ROLE)
        return row

    def mark(self, subject: Subject | None, aspect: Aspect) -> None:
        """Draws the ring around the badge that is explained; none where the subject is not here."""
        self._aspect = aspect
        self._badges.chosen = None if subject is None else (subject, aspect)
        self.viewport().update()

    def make_current(self, subject: Subject) -> bool:
        """Makes a subject's row the current one without choosing it; False if it is not shown."""
        place = self._subjects.place_of(subject)
        if place is None:
            return False
        column = 1 + DIRECTIONS.index(self._aspect.direction)
        index = self._subjects.index(place, column)
        self.selectionModel().setCurrentIndex(
            index,
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        return True

    def clear_current(self) -> None:
        """No row is current any more."""
        self.selectionModel().clear()

    def choose(self, aspect: Aspect) -> None:
        """Chooses an aspect of the current row."""
        row = self.current_row()
        if row is None:
            return
        self._aspect = aspect
        self.make_current(row.subject)
        self.chosen.emit(row.subject, aspect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a badge chooses it; on a name, the row with the aspect as it is."""
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() is not Qt.MouseButton.LeftButton:
            return
        aspect = self._aspect
        if index.column() > 0:
            direction = DIRECTIONS[index.column() - 1]
            cell = self.visualRect(index)
            aspect = Aspect(direction, self._columns.at(direction, cell, int(event.position().x())))
        self.choose(aspect)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walks badges and rows."""
        step = _ASIDE.get(Qt.Key(event.key()))
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if step is not None and plain:
            place = ASPECTS.index(self._aspect) + step
            self.choose(ASPECTS[max(0, min(place, len(ASPECTS) - 1))])
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.choose(self._aspect)
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if self.currentIndex().row() != before:
            self.choose(self._aspect)
