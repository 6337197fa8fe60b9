"""The matrix on screen: a table whose cells are walked badge by badge."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.arranging import Order
from gui.dropping import dropped_files, offers_files
from gui.models.subjects import (
    DIRECTIONS,
    ROW_ROLE,
    SUBJECTS_TYPE,
    SubjectModel,
    dragged_subjects,
)
from gui.rows import Subject, SubjectRow
from gui.widgets.badges import NAME_INDENT, BadgeColumns, BadgeDelegate, NameDelegate
from gui.widgets.heading import QuietHeader
from isoscope.assessment.vocabulary import ASPECTS, Aspect
from isoscope.texts import tr

NAME_WIDTH = 170
"""Width that names get at first, in device-independent pixels."""

_EXTENDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_ASIDE = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class MatrixView(QTableView):
    """Subjects × directions. Left and right walk the nine badges of a row, up and down the rows."""

    chosen = Signal(object, object)
    """A `Subject` and an `Aspect` that the user wants explained."""

    dropped = Signal(object, object)
    """The `Subject` on whose row files were dropped, and a list of their `Path`."""

    heading_clicked = Signal(object)
    """The `Direction` whose heading was clicked; None for the names'."""

    assigned = Signal(object, object)
    """The `Subject` on whose row others were dropped, None below all rows; and a tuple of those."""

    def __init__(self, model: SubjectModel, columns: BadgeColumns, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleDescription(
            tr(
                "Up and down choose a row, left and right one of its nine verdicts, Enter "
                "explains it"
            )
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
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self._takes_files = self._takes_subjects = False
        self._target: QPersistentModelIndex | None = None  # on which dragged rows would come down
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
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._on_heading)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.fit_columns()

    def show_order(self, order: Order | None) -> None:
        """Marks the heading by which the rows are ordered."""
        header = self.horizontalHeader()
        header.setSortIndicatorShown(order is not None)
        if order is not None:
            place = 0 if order.by is None else 1 + DIRECTIONS.index(order.by)
            descending = Qt.SortOrder.DescendingOrder
            header.setSortIndicator(
                place, descending if order.reverse else Qt.SortOrder.AscendingOrder
            )

    def _on_heading(self, place: int) -> None:
        self.heading_clicked.emit(DIRECTIONS[place - 1] if place else None)

    def take_files(self) -> None:
        """Lets files be dropped on rows."""
        self._takes_files = True
        self.setAcceptDrops(True)

    def take_subjects(self) -> None:
        """Lets rows of this window be dropped on rows."""
        self._takes_subjects = True
        self.setAcceptDrops(True)

    def _takes(self, event: QDropEvent) -> bool:
        if self._takes_files and offers_files(event):
            return True
        own = isinstance(event.source(), MatrixView)
        return self._takes_subjects and own and event.mimeData().hasFormat(SUBJECTS_TYPE)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files or rows, whichever may be dropped here, and nothing else."""
        if self._takes(event):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows on which row it would come down."""
        index = self.indexAt(event.position().toPoint())
        if not self._takes(event):
            event.ignore()
        elif event.mimeData().hasFormat(SUBJECTS_TYPE):
            self._aim(QPersistentModelIndex(index) if index.isValid() else None)
            event.acceptProposedAction()
        elif index.isValid():
            self.selectRow(index.row())
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing would come down here any more."""
        self._aim(None)
        super().dragLeaveEvent(event)

    def _aim(self, target: QPersistentModelIndex | None) -> None:
        self._target = target
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the rows, and a frame around the one on which dragged rows would come down."""
        super().paintEvent(event)
        if self._target is None or not self._target.isValid():
            return
        row = self.visualRect(self.model().index(self._target.row(), 0))
        row.setRight(self.viewport().width() - 1)
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 2))
        painter.drawRect(row.adjusted(1, 1, -1, -1))
        painter.end()

    def dropEvent(self, event: QDropEvent) -> None:
        """Tells whose row it was."""
        row: SubjectRow | None = self.indexAt(event.position().toPoint()).data(ROW_ROLE)
        paths = dropped_files(event)
        if event.mimeData().hasFormat(SUBJECTS_TYPE):
            self._aim(None)
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            dragged = dragged_subjects(event.mimeData())
            self.assigned.emit(None if row is None else row.subject, dragged)
        elif row is not None and paths:
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

    def selected(self) -> tuple[Subject, ...]:
        """The subjects of all rows that are selected, in their order."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self._subjects.rows[place].subject for place in places)

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
        selected = self.selected()
        if len(selected) < 2 or row.subject not in selected:  # it does not end a larger selection
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
        if event.modifiers() & _EXTENDS and not self.selectionModel().isSelected(index):
            return  # it was taken out of the selection
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
