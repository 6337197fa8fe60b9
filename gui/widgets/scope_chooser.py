"""Whose verdicts are asked about: all tenants, one, or one of its workloads."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QSizePolicy, QWidget

from gui.rows import NO_ROWS, Rows, Subject, SubjectKind, SubjectRow
from gui.widgets.labels import PlainLabel
from isoscope.texts import tr, trn

_LETTERS = 60
"""Characters of a name in the lists."""


class ScopeChooser(QWidget):
    """Two lists: a tenant, and one of its workloads."""

    chosen = Signal()
    """Something else is chosen; `subject` says what."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = NO_ROWS
        self.tenants = _box(tr("Tenant that is asked about"), self)
        self.workloads = _box(tr("Workload that is asked about"), self)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for caption, box in ((tr("Te&nant"), self.tenants), (tr("Wor&kload"), self.workloads)):
            label = PlainLabel(caption, self)
            label.setBuddy(box)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(tr("Workload")) + 6)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            form.addRow(label, box)
        self.tenants.activated.connect(self._on_tenant)
        self.workloads.activated.connect(self._on_workload)
        self.show_rows(NO_ROWS)

    @property
    def subject(self) -> Subject | None:
        """What is asked about; None: all tenants."""
        workload: Subject | None = self.workloads.currentData()
        tenant: Subject | None = self.tenants.currentData()
        return workload or tenant

    def show_rows(self, rows: Rows) -> None:
        """Offers other subjects; what was chosen stays chosen where it is still there."""
        kept = self.subject
        self._rows = rows
        with QSignalBlocker(self.tenants):
            self.tenants.clear()
            self.tenants.addItem(trn("all {number}", "all {number}", len(rows.tenants)), None)
            for row in rows.tenants:
                self.tenants.addItem(row.name[:_LETTERS], row.subject)
        self._fill()
        if kept is not None:
            self.choose(kept)

    def choose(self, subject: Subject | None) -> None:
        """Chooses a subject, without telling anybody; where there is none, all tenants."""
        if subject is None:
            self.tenants.setCurrentIndex(0)
            self._fill()
            return
        tenant = subject.id
        if subject.kind is SubjectKind.WORKLOAD:
            tenant = next(
                (
                    name
                    for name, rows in self._rows.workloads.items()
                    if any(row.subject == subject for row in rows)
                ),
                "",
            )
        self.tenants.setCurrentIndex(1 + _place(self._rows.tenants, tenant))
        self._fill()
        if subject.kind is SubjectKind.WORKLOAD and self.tenants.currentIndex() > 0:
            rows = self._rows.workloads.get(tenant, ())
            self.workloads.setCurrentIndex(1 + _place(rows, subject.id))

    def _fill(self) -> None:
        tenant: Subject | None = self.tenants.currentData()
        rows = () if tenant is None else self._rows.workloads.get(tenant.id, ())
        with QSignalBlocker(self.workloads):
            self.workloads.clear()
            self.workloads.addItem(
                trn("all {number}", "all {number}", len(rows)) if rows else tr("all"), None
            )
            for row in rows:
                self.workloads.addItem(row.name[:_LETTERS], row.subject)
        self.workloads.setEnabled(len(rows) > 1)

    def _on_workload(self) -> None:
        self.chosen.emit()

    def _on_tenant(self) -> None:
        self._fill()
        self.chosen.emit()


def _box(name: str, parent: QWidget) -> QComboBox:
    box = QComboBox(parent)
    box.setAccessibleName(name)
    box.setMaxVisibleItems(20)
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    box.setSizeAdjustPolicy(policy)  # not measured: there may be thousands
    box.setMinimumContentsLength(16)
    return box


def _place(rows: tuple[SubjectRow, ...], identity: str) -> int:
    """The place of a subject among rows; -1 where it is not there."""
    return next((at for at, row in enumerate(rows) if row.subject.id == identity), -1)
