"""What is about to be judged: tenants and workloads as their managers list them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.models.subjects import SubjectModel
from gui.rows import NO_ROWS, Rows, Subject, SubjectKind, SubjectRow
from gui.widgets.badges import BadgeColumns
from gui.widgets.labels import ElidedLabel, PlainLabel
from gui.widgets.matrix import MatrixView
from gui.widgets.titled import titled
from isoscope.texts import tr

if TYPE_CHECKING:
    from isoscope.assessment.vocabulary import Aspect

_WHAT = tr(
    "As their managers list them. Nothing of it is judged yet: verdicts come when all that was "
    "read has been looked through, and with them what runs without a manager."
)


class ListingPage(QWidget):
    """The two tables of the overview, without verdicts and with nothing to explain."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("What is about to be judged"))
        self._rows: Rows = NO_ROWS
        self._search = ""
        self._tenant = ""
        self._columns = BadgeColumns(self.font())
        self._tenant_model = SubjectModel(tr("Tenant"), self)
        self._workload_model = SubjectModel(tr("Workload"), self)
        self.tenants = self._matrix(self._tenant_model, tr("Tenants that are listed"))
        self.workloads = self._matrix(self._workload_model, tr("Workloads that are listed"))
        self._tenant_count = ElidedLabel(self, muted=True)
        self._workloads_of = ElidedLabel(self, muted=True)
        what = PlainLabel(_WHAT, self, muted=True)
        what.setWordWrap(True)
        what.setContentsMargins(14, 10, 14, 2)
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setChildrenCollapsible(False)
        both.addWidget(titled(tr("Tenant&s"), self._tenant_count, self.tenants, self))
        both.addWidget(titled(tr("Wor&kloads"), self._workloads_of, self.workloads, self))
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(what)
        layout.addWidget(both, 1)
        self.tenants.chosen.connect(self._on_chosen)

    def _matrix(self, model: SubjectModel, name: str) -> MatrixView:
        view = MatrixView(model, self._columns, self)
        view.setAccessibleName(name)
        view.setFrameShape(MatrixView.Shape.NoFrame)
        return view

    @property
    def chosen_tenant(self) -> str:
        """The tenant whose workloads are listed; empty where there is none."""
        return self._tenant

    def show_listed(self, rows: Rows) -> None:
        """Shows what is listed."""
        self._rows = rows
        self._fill()

    def search(self, words: str) -> None:
        """Shows only tenants and workloads that these words describe."""
        self._search = words
        self._fill()

    def _fill(self) -> None:
        rows = self._rows.matching(self._search)
        self._tenant_model.show(rows)
        self._tenant_count.show_text(
            tr("{number} · judging …").format(number=_of(rows, self._rows.tenants))
        )
        names = [row.subject.id for row in rows]
        self._show_tenant(self._tenant if self._tenant in names else next(iter(names), ""))
        self.tenants.make_current(Subject(SubjectKind.TENANT, self._tenant))

    def _show_tenant(self, tenant: str) -> None:
        self._tenant = tenant
        rows = self._rows.workloads_matching(tenant, self._search)
        self._workload_model.show(rows)
        self._workloads_of.show_text(_of(rows, self._rows.workloads.get(tenant, ())))

    def _on_chosen(self, subject: Subject, _: Aspect) -> None:
        self._show_tenant(subject.id)


def _of(rows: Sequence[SubjectRow], all_: Sequence[SubjectRow]) -> str:
    return (
        f"{len(rows):,}"
        if len(rows) == len(all_)
        else tr("{number:,} of {total:,}").format(number=len(rows), total=len(all_))
    )
