"""The overview of one host: tenants × directions, the tenant's workloads, and the details."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gui.arranging import Arrangement
from gui.attesting import Attested
from gui.explaining import Explained
from gui.glossary_word import speaks_of
from gui.judging import Shown
from gui.models.subjects import SubjectModel
from gui.pages.detail import DetailPane
from gui.pages.page import Page
from gui.rows import NO_ROWS, Subject, SubjectKind, SubjectRow
from gui.widgets.arranging import ArrangingBar
from gui.widgets.badges import BadgeColumns
from gui.widgets.labels import ElidedLabel, EmptyState
from gui.widgets.legend import Legend
from gui.widgets.matrix import MatrixView
from gui.widgets.titled import titled
from gui.words import STATUS
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Status
from isoscope.reports.words import WORST_FIRST
from isoscope.texts import tr, trn

DETAIL_WIDTH = 420
"""Width that the details get at least, in device-independent pixels."""


class OverviewPage(Page):
    """Shows what a session has; asks for explanations as rows and badges are chosen."""

    wanted = Signal(object, object)
    """A `Subject` and an `Aspect` that are to be explained."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = NO_ROWS
        self._search = ""
        self._aspect = ASPECTS[0]
        self._subject: Subject | None = None
        self._tenant: str | None = None
        self._attested: Mapping[str, Attested] = {}
        self._divided_by_hand = False
        self._columns = BadgeColumns(self.font())
        self._tenant_model = SubjectModel(tr("Tenant"), self)
        self._workload_model = SubjectModel(tr("Workload"), self)
        self.tenants = self._matrix(self._tenant_model, tr("Tenants"))
        self.workloads = self._matrix(self._workload_model, tr("Workloads of the tenant"))
        self.workloads.take_files()
        speaks_of(self, "verdict")
        speaks_of(self.tenants, "tenant")
        speaks_of(self.workloads, "workload")
        self.arranging = ArrangingBar(self)
        self.detail = DetailPane(self)  # after the tables: Tab walks in the order of making
        self._tenant_count = ElidedLabel(self, muted=True)
        self._workloads_of = ElidedLabel(self, muted=True)
        self._nothing = EmptyState("", tr("Nothing to show"), self)
        self._tables = QStackedWidget(self)
        self._compose()
        for view in (self.tenants, self.workloads):
            view.heading_clicked.connect(self.arranging.order_next)
        self.arranging.changed.connect(self._on_arranged)
        self.tenants.chosen.connect(self._on_chosen)
        self.workloads.chosen.connect(self._on_chosen)
        self.workloads.dropped.connect(self._on_dropped)
        self.detail.verdict.asked.connect(self._on_asked)

    def _matrix(self, model: SubjectModel, name: str) -> MatrixView:
        view = MatrixView(model, self._columns, self)
        view.setAccessibleName(name)
        view.setFrameShape(MatrixView.Shape.NoFrame)
        return view

    def _compose(self) -> None:
        both = QSplitter(Qt.Orientation.Vertical, self)
        both.setObjectName("tables")
        both.setChildrenCollapsible(False)
        tenants = titled(tr("Tenant&s"), self._tenant_count, self.tenants, self, self.arranging)
        both.addWidget(tenants)
        both.addWidget(titled(tr("Wor&kloads"), self._workloads_of, self.workloads, self))
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        self._tables.addWidget(both)
        self._tables.addWidget(self._nothing)
        left = QWidget(self)
        stacked = QVBoxLayout(left)
        stacked.setContentsMargins(0, 0, 0, 0)
        stacked.setSpacing(0)
        stacked.addWidget(self._tables, 1)
        stacked.addWidget(Legend(self))
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("tables and details")
        across.setChildrenCollapsible(False)
        across.addWidget(left)
        across.addWidget(self.detail)
        across.setStretchFactor(0, 3)
        across.setStretchFactor(1, 2)
        across.splitterMoved.connect(self._on_divided)
        self._across = across
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(across, 1)

    def show_result(self, shown: Shown) -> None:
        """Shows an assessment; what was chosen stays chosen where it still exists."""
        self._rows = shown.rows
        self._attested = shown.attested
        self.detail.show_host(shown.seen.host)
        self.detail.helping.show_result(shown)
        self._columns.measure(shown.rows.badges)
        for view in (self.tenants, self.workloads):
            view.fit_columns()
        self._divide()
        self._fill()

    def _on_divided(self) -> None:
        self._divided_by_hand = True

    def _divide(self) -> None:
        """Gives the matrix what it needs, and the details the rest, until a hand divides them."""
        if self._divided_by_hand or not self.isVisible():
            return
        details = max(self.width() - self.tenants.wanted_width, DETAIL_WIDTH)
        details = min(details, self.width() // 2)
        self._across.setSizes([self.width() - details, details])

    @property
    def chosen_tenant(self) -> str:
        """The tenant whose workloads are shown; empty where there is none."""
        return self._tenant or ""

    def let_go(self) -> None:
        """Forgets the rows; what was chosen of them stays chosen."""
        self._rows = NO_ROWS
        self._attested = {}
        self.detail.helping.let_go()
        self._tenant_model.show(())
        self._workload_model.show(())

    def choose_tenant(self, name: str) -> None:
        """The tenant that is chosen as soon as one of this name is shown."""
        self._tenant = name

    def search(self, words: str) -> None:
        """Shows only tenants and workloads that these words describe."""
        self._search = words
        if self._rows is not NO_ROWS:
            self._fill()

    def show_explained(self, explained: Explained) -> None:
        """Shows an explanation, unless something else was chosen meanwhile."""
        if (explained.subject, explained.verdict.aspect) == (self._subject, self._aspect):
            self.detail.verdict.show_explained(explained)

    @property
    def subject(self) -> Subject | None:
        """Whose verdict is looked at."""
        return self._subject

    def look_at(self, subject: Subject, aspect: Aspect) -> None:
        """Chooses one verdict, whatever the search leaves out."""
        tenant = next(
            (
                name
                for name, members in self._rows.workloads.items()
                if subject == Subject(SubjectKind.TENANT, name)
                or any(member.subject == subject for member in members)
            ),
            None,
        )
        if tenant is None:
            return
        if self._tenant_model.place_of(Subject(SubjectKind.TENANT, tenant)) is None:
            self._search = ""
            self.arranging.show_all()
            self._fill()
        self._tenant, self._subject, self._aspect = tenant, subject, aspect
        self._fill()
        self.detail.setCurrentWidget(self.detail.verdict)

    def show_not_seen(self) -> None:
        """Opens what was not seen."""
        self.detail.setCurrentWidget(self.detail.not_seen)

    def _fill(self) -> None:
        rows = self.arranging.arrangement.arranged(self._rows.matching(self._search))
        self._tenant_model.show(rows)
        total = len(self._rows.tenants)
        self._tenant_count.show_text(_counted(rows, total))
        self._tables.setCurrentIndex(0 if rows else 1)
        if not rows:
            self._nothing.setText(_why_nothing(total, self.arranging.arrangement.status))
            if not total:
                self.show_not_seen()
            self.detail.allow_verdict(allowed=False)
            self.detail.evidence.show_workload(None, "", None)
            self._subject = None
            return
        self.detail.allow_verdict(allowed=True)
        names = [row.subject.id for row in rows]
        tenant = self._tenant if self._tenant is not None and self._tenant in names else names[0]
        self._show_tenant(tenant)
        self._choose_again(Subject(SubjectKind.TENANT, tenant))

    def _show_tenant(self, tenant: str) -> None:
        self._tenant = tenant
        matching = self._rows.workloads_matching(tenant, self._search)
        rows = self.arranging.arrangement.arranged(matching)
        self._workload_model.show(rows)
        total = len(self._rows.workloads[tenant])
        name = next(r.name for r in self._rows.tenants if r.subject.id == tenant)
        self._workloads_of.show_text(
            tr("of {name} · {number}").format(name=name, number=_counted(rows, total))
        )

    def _choose_again(self, tenant: Subject) -> None:
        self.tenants.make_current(tenant)
        kept = self._subject
        if kept is None or self._workload_model.place_of(kept) is None:
            kept = tenant
        else:
            self.workloads.make_current(kept)
        self._choose(kept, self._aspect)

    def _on_arranged(self, arrangement: Arrangement) -> None:
        for view in (self.tenants, self.workloads):
            view.show_order(arrangement.order)
        if self._rows is not NO_ROWS:
            self._fill()

    def _on_chosen(self, subject: Subject, aspect: Aspect) -> None:
        if self.detail.currentWidget() is not self.detail.evidence:
            self.detail.setCurrentWidget(self.detail.verdict)
        if subject.kind is SubjectKind.TENANT and subject.id != self._tenant:
            self._show_tenant(subject.id)
        self._choose(subject, aspect)

    def _on_asked(self, aspect: Aspect) -> None:
        if self._subject is not None:
            self._choose(self._subject, aspect)

    def _choose(self, subject: Subject, aspect: Aspect) -> None:
        self._subject, self._aspect = subject, aspect
        self.tenants.mark(subject, aspect)
        self.workloads.mark(subject, aspect)
        if subject.kind is SubjectKind.TENANT:
            self.workloads.clear_current()
        self._show_evidence(subject)
        self.detail.verdict.wait()
        self.wanted.emit(subject, aspect)

    def _show_evidence(self, subject: Subject) -> None:
        """Shows what was given for a workload, if it is one."""
        row = self.workloads.current_row()
        name = row.name if row is not None and row.subject == subject else ""
        self.detail.evidence.show_workload(subject, name, self._attested.get(subject.id))

    def _on_dropped(self, subject: Subject, paths: list[Path]) -> None:
        """Files that were dropped on a workload are its evidence."""
        self._choose(subject, self._aspect)
        self.detail.setCurrentWidget(self.detail.evidence)
        self.detail.evidence.given.emit(subject.id, paths)


def _counted(rows: Sequence[SubjectRow], total: int) -> str:
    """How many are shown, and how they stand, worst first."""
    amount = f"{total:,}"
    if len(rows) != total:
        amount = tr("{number:,} of {total:,}").format(number=len(rows), total=total)
    counts = Counter(row.status for row in rows)
    parts = [f"{STATUS[status]}: {counts[status]:,}" for status in WORST_FIRST if counts[status]]
    return f"{amount} · {', '.join(parts)}" if parts else amount


def _why_nothing(total: int, status: Status | None) -> str:
    if total and status is not None:
        return trn(
            "The tenant that the search describes is not among these: {status}.",
            "None of {number} tenants that the search describes: {status}.",
            total,
            status=STATUS[status],
        )
    if total:
        return trn(
            "Neither the tenant nor any of its workloads is described by the search.",
            "None of {number} tenants, and none of their workloads, is described by the search.",
            total,
        )
    return tr(
        "No running workload was found on this host.\n\n"
        "That is only as good as the look: “Not seen” lists the places that could not be looked at."
    )
