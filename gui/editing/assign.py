"""The dialog that puts workloads in a tenant: which one, by which rule, and what that writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.editing.proposing import Excerpt, Proposed, names_of, proposed, tenants_of
from gui.editing.toml_view import TomlView
from gui.errors import own_error
from gui.jobs import Jobs, Latest
from gui.pages.page import while_there
from gui.text import one_line, tooltip
from gui.widgets.labels import PlainLabel, Title
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.bridge import Bridge
    from gui.editing.proposing import Way
    from gui.editing.requirements import Requirements
    from gui.judging import Shown

LONGEST_NAME = 200


class AssignDialog(QDialog):
    """Asks for the tenant and the rule; accepted, `proposed` and `way` say what was chosen."""

    def __init__(
        self,
        parent: QWidget,
        bridge: Bridge,
        *,
        shown: Shown,
        chosen: Sequence[str],
        tenant: str,
        now: Requirements,
    ) -> None:
        super().__init__(parent)
        self._shown = shown
        self._chosen = tuple(chosen)
        self._now = now
        self.proposed: Proposed | None = None
        self._latest: Latest[Proposed] = Latest(
            Jobs(bridge),
            done=while_there(self, self._show),
            failed=while_there(self, self._on_failed),
            name="propose",
        )
        self.setWindowTitle(tr("Put in a tenant"))
        self.setWindowFlag(Qt.WindowType.WindowContextHelpButtonHint, on=False)
        who = trn(
            "{number} workload: {names}",
            "{number} workloads: {names}",
            len(self._chosen),
            names=names_of(shown, self._chosen),
        )
        self._who = PlainLabel(who, self)
        self._who.setWordWrap(True)
        self.tenant = QComboBox(self)
        self.tenant.setEditable(True)
        self.tenant.setAccessibleName(tr("Tenant"))
        self.tenant.addItems([one_line(name, LONGEST_NAME) for name in tenants_of(shown)])
        self._names = tenants_of(shown)
        line = self.tenant.lineEdit()
        if line is not None:
            line.setMaxLength(LONGEST_NAME)
            line.setPlaceholderText(tr("One that is there, or a new one"))
            line.setAccessibleName(tr("Name of the tenant"))
        self.ways = QListWidget(self)
        self.ways.setAccessibleName(tr("Rule, by what it matches on"))
        self.ways.setUniformItemSizes(True)
        self.ways.setMaximumHeight(7 * (self.fontMetrics().height() + 6))
        self.also = PlainLabel(parent=self)
        self.also.setWordWrap(True)
        self.also.setAccessibleName(tr("Whom the rule claims besides"))
        self.before = TomlView(tr("Tenants file before"), self, read_only=True)
        self.after = TomlView(tr("Tenants file after"), self, read_only=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.put = QPushButton(tr("&Put in the tenant"), self)
        self.put.setDefault(True)
        self.buttons.addButton(self.put, QDialogButtonBox.ButtonRole.AcceptRole)
        self._compose()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.ways.currentRowChanged.connect(self._on_way)
        self.tenant.setCurrentIndex(self._names.index(tenant) if tenant in self._names else -1)
        self.tenant.currentTextChanged.connect(self._ask)
        self.tenant.setFocus()
        self.resize(820, 560)
        self._ask()

    def _compose(self) -> None:
        name = PlainLabel(tr("&Tenant"), self)
        name.setBuddy(self.tenant)
        rule = PlainLabel(tr("By a &rule on"), self)
        rule.setBuddy(self.ways)
        rule.setAlignment(Qt.AlignmentFlag.AlignTop)
        form = QGridLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        form.addWidget(name, 0, 0)
        form.addWidget(self.tenant, 0, 1)
        form.addWidget(rule, 1, 0)
        form.addWidget(self.ways, 1, 1)
        form.addWidget(self.also, 2, 1)
        panes = QHBoxLayout()
        panes.setSpacing(12)
        file = one_line(self._now.name, 60).replace("&", "&&")
        for text, view in (
            (tr("&Before: {file}"), self.before),
            (tr("&After: {file}"), self.after),
        ):
            heading = Title(text.format(file=file), self)
            heading.setBuddy(view)
            pane = QVBoxLayout()
            pane.addWidget(heading)
            pane.addWidget(view, 1)
            panes.addLayout(pane, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(self._who)
        layout.addLayout(form)
        layout.addLayout(panes, 1)
        layout.addWidget(self.buttons)

    @property
    def way(self) -> Way | None:
        """The way that is chosen."""
        row = self.ways.currentRow()
        if self.proposed is None or not 0 <= row < len(self.proposed.ways):
            return None
        return self.proposed.ways[row]

    def _tenant(self) -> str:
        """The name that is meant: of a tenant that is there, as it is and not as it is shown."""
        text = self.tenant.currentText().strip()
        return next((name for name in self._names if one_line(name, LONGEST_NAME) == text), text)

    def _ask(self) -> None:
        self.put.setEnabled(False)
        shown, chosen, tenant, now = self._shown, self._chosen, self._tenant(), self._now

        def work() -> Proposed:
            return proposed(shown, chosen, tenant, now)

        self._latest.ask(work)

    def _show(self, found: Proposed) -> None:
        kept = self.way.title if self.way is not None else ""
        self.proposed = found
        self.ways.blockSignals(True)
        self.ways.clear()
        for way in found.ways:
            self.ways.addItem(
                way.title
                if way.exact
                else tr("{title}  –  changes others too").format(title=way.title)
            )
            self.ways.item(self.ways.count() - 1).setToolTip(tooltip(f"{way.title}\n{way.also}"))
        titles = [way.title for way in found.ways]
        self.ways.setCurrentRow(titles.index(kept) if kept in titles else 0)
        self.ways.blockSignals(False)
        self._on_way()

    def _on_way(self) -> None:
        way = self.way
        self.put.setEnabled(way is not None)
        self.also.setText(way.also if way is not None else self._problem())
        self.before.show_excerpt(way.before if way is not None else Excerpt(""))
        self.after.show_excerpt(way.after if way is not None else Excerpt(""))
        if not self.before.toPlainText():
            self.before.setPlaceholderText(tr("Nothing is written yet"))

    def _problem(self) -> str:
        return "" if self.proposed is None else self.proposed.problem

    def _on_failed(self, error: Exception) -> None:
        self.also.setText(one_line(own_error(error)))
