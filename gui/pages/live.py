"""Live: what tenants take just now, against the limits that protect their neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.glossary_word import speaks_of
from gui.models.live import LIVE_ROLE, LiveModel
from gui.pages.page import Page
from gui.rows import Subject
from gui.taking import LiveRow, LiveRows
from gui.text import moment
from gui.widgets.amounts import AmountDelegate, TakerDelegate
from gui.widgets.labels import ElidedLabel, EmptyState
from gui.widgets.plain_table import plain_table
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown

_SAVED = tr(
    "Only this machine can be watched.\n\n"
    "What is shown is a saved look at one moment. Scan this machine to see what its tenants take "
    "now."
)
_WAITING = tr("Looking …")
_NAME_WIDTH = 200


class LivePage(Page):
    """Two tables: tenants, and the workloads of the chosen one."""

    watch = Signal(object)
    """A `Shown` whose workloads are to be watched; None when nobody looks any more."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        speaks_of(self, "availability")
        self.setAccessibleName(tr("Live"))
        self._shown: Shown | None = None
        self._rows: LiveRows | None = None
        self._tenant: Subject | None = None
        self._host = ElidedLabel(self, muted=True)
        self._host.setAccessibleName(tr("What the host takes"))
        self._tenant_model = LiveModel(tr("Tenant"), self)
        self._workload_model = LiveModel(tr("Workload"), self)
        self.tenants = _table(self._tenant_model, tr("What tenants take"), self)
        self.workloads = _table(self._workload_model, tr("What the tenant’s workloads take"), self)
        self._nothing = EmptyState(_WAITING, tr("Nothing to show"), self)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setObjectName("tables")
        both.setChildrenCollapsible(False)
        both.addWidget(self.tenants)
        both.addWidget(self.workloads)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(both)
        self._stack.addWidget(self._nothing)
        self._stack.setCurrentIndex(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        line = QWidget(self)
        inside = QVBoxLayout(line)
        inside.setContentsMargins(14, 0, 14, 0)
        inside.addWidget(self._host)
        layout.addWidget(line)
        layout.addWidget(self._stack, 1)
        self.tenants.selectionModel().currentRowChanged.connect(self._on_tenant)

    @property
    def says(self) -> str:
        """What it says where there is nothing to show; empty where there is."""
        return self._nothing.text() if self._stack.currentIndex() == 1 else ""

    @property
    def about(self) -> str:
        """What it says about the host, and which workloads it watches."""
        return self._host.text

    @property
    def rows(self) -> LiveRows | None:
        """What it shows of the last moment; None before the first."""
        return self._rows

    def show_result(self, shown: Shown) -> None:
        """Watches what is shown, if it is this machine; another viewpoint changes nothing here."""
        if self._shown is not None and shown.seen is self._shown.seen and self._rows is not None:
            self._shown = shown
            return
        self._shown = shown
        self._rows = None
        self._nothing.setText(_WAITING if _is_this_machine(shown) else _SAVED)
        self._stack.setCurrentIndex(1)
        self._host.show_text("")
        self._watch()

    def let_go(self) -> None:
        """Forgets whose workloads it watched."""
        self._shown = self._rows = None
        self._tenant_model.show(())
        self._workload_model.show(())

    def show_rows(self, rows: LiveRows) -> None:
        """Shows a moment; the chosen tenant stays chosen."""
        if self._shown is None or not _is_this_machine(self._shown):
            return
        self._rows = rows
        self._host.show_text(" · ".join(filter(None, (rows.host, _as_of(self._shown)))))
        if not rows.tenants:
            self._nothing.setText(tr("Nothing runs on this host that Isoscope could see."))
            self._stack.setCurrentIndex(1)
            return
        self._stack.setCurrentIndex(0)
        self._tenant_model.show(rows.tenants)
        place = self._tenant_model.place_of(self._tenant) if self._tenant else None
        self.tenants.selectRow(0 if place is None else place)
        self._show_workloads()

    def show_failed(self, line: str) -> None:
        """Says in one line why there is nothing more to show."""
        self._rows = None
        self._nothing.setText(
            tr("{line}\n\nOpen this page again to go on watching.").format(line=line)
        )
        self._stack.setCurrentIndex(1)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks any more."""
        super().hideEvent(event)
        self.watch.emit(None)

    def _watch(self) -> None:
        shown = self._shown
        if shown is not None and self.isVisible():
            self.watch.emit(shown if _is_this_machine(shown) else None)

    def _on_tenant(self, current: QModelIndex) -> None:
        row: LiveRow | None = current.data(LIVE_ROLE)
        if row is not None:
            self._tenant = row.subject
            self._show_workloads()

    def _show_workloads(self) -> None:
        if self._rows is not None and self._tenant is not None:
            self._workload_model.show(self._rows.workloads.get(self._tenant.id, ()))


def _is_this_machine(shown: Shown) -> bool:
    return not shown.seen.origin and shown.seen.snapshot.collector.looked_at == "this machine"


def _as_of(shown: Shown) -> str:
    """Which workloads are watched: those of the scan, and no newer ones."""
    return tr("workloads as of the scan of {moment}; scan again to see new ones").format(
        moment=moment(shown.seen.inventory.observed_at)
    )


def _table(model: LiveModel, name: str, parent: QWidget) -> QTableView:
    view = plain_table(model, name, parent)
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setDefaultSectionSize(2 * view.fontMetrics().height() + 12)
    heading = view.horizontalHeader()
    heading.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    heading.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    view.setColumnWidth(0, _NAME_WIDTH)
    view.setItemDelegateForColumn(0, TakerDelegate(view))
    delegate = AmountDelegate(view)
    for column in range(1, model.columnCount()):
        view.setItemDelegateForColumn(column, delegate)
    return view
