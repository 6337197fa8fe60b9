"""The pane that answers why, on whose word, what is unknown and what to change."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.copying import commands_text, verdict_text
from gui.describing import HostDescription
from gui.explaining import Explained
from gui.glossary_word import speaks_of
from gui.pages.disagreements import DisagreementsPage
from gui.pages.evidence import EvidencePage
from gui.pages.helping import HelpingPage
from gui.rows import KIND
from gui.widgets.labels import ElidedLabel, PlainLabel
from gui.widgets.ladder import LadderWidget
from gui.widgets.property_button import PropertyButton
from gui.widgets.shape import ShapeWidget
from gui.widgets.tree import NodeView
from gui.words import DIRECTION, DIRECTION_MEANS
from isoscope.assessment.vocabulary import Aspect, Property, Status
from isoscope.texts import tr

PATIENCE = 100
"""Milliseconds that a verdict stays after another was asked for: most answers come sooner."""

_SUPPOSE_NEXT = tr("Suppose the next step")
_SUPPOSE_THIS = tr("Suppose this")
_NOT_SEEN = tr("&Not seen")
_DISAGREEMENTS = tr("≠ Declared")


class VerdictPane(QWidget):
    """One verdict with its ladder and its reasons."""

    asked = Signal(object)
    """An `Aspect` of the same subject that the user wants explained."""
    supposed = Signal(object, object)
    """The `Subject`, and ids of findings with their workloads, to be supposed otherwise."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Verdict"))
        self._aspect: Aspect | None = None
        self._explained: Explained | None = None
        self._name = ElidedLabel(self)
        self._name.setAccessibleName(tr("Subject"))
        large = QFont(self.font())
        large.setPointSizeF(large.pointSizeF() * 1.25)
        large.setBold(True)
        self._name.setFont(large)
        self._direction = ElidedLabel(self, muted=True)
        self._direction.setAccessibleName(tr("Direction"))
        self._shape = ShapeWidget(Status.NOT_REQUIRED, self)
        self._headline = PlainLabel(parent=self)
        self._headline.setWordWrap(True)
        self._headline.setAccessibleName(tr("Verdict in words"))
        self._headline.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._ladder = LadderWidget(self)
        # Tab walks in the order in which widgets are made.
        self._buttons = {quality: self._button(quality) for quality in Property}
        self.copy = self._copy_button()
        self.reasons = NodeView(self)
        self.reasons.setAccessibleName(tr("Reasons"))
        self.suppose = QPushButton(_SUPPOSE_NEXT, self)
        self.suppose.setToolTip(tr("See on “What if” how every verdict would stand then"))
        self.suppose.clicked.connect(self._suppose)
        self.reasons.moved.connect(self._offer)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._empty)
        self._compose()

    def _compose(self) -> None:
        group = QButtonGroup(self)
        properties = QHBoxLayout()
        properties.setSpacing(4)
        for button in self._buttons.values():
            group.addButton(button)
            properties.addWidget(button)
        properties.addStretch()
        sentence = QHBoxLayout()
        sentence.setSpacing(8)
        sentence.addWidget(self._shape)
        sentence.addWidget(self._headline, 1)
        top = QVBoxLayout()
        top.setContentsMargins(14, 12, 14, 0)
        top.setSpacing(8)
        first = QHBoxLayout()
        first.addWidget(self._name, 1)
        first.addWidget(self.copy)
        top.addLayout(first)
        top.addWidget(self._direction)
        top.addLayout(properties)
        top.addLayout(sentence)
        top.addWidget(self._ladder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self.reasons, 1)
        last = QHBoxLayout()
        last.setContentsMargins(14, 4, 14, 8)
        last.addStretch()
        last.addWidget(self.suppose)
        layout.addLayout(last)

    def wait(self) -> None:
        """Another verdict was asked for: what is shown goes, unless the answer comes at once."""
        self._patience.start()

    def _empty(self) -> None:
        """A verdict that was not asked for would be taken for the answer."""
        self._explained = None
        self.copy.setEnabled(False)
        self._name.show_text("")
        self._direction.show_text("")
        self._headline.setText("")
        self._shape.hide()
        self._ladder.hide()
        self.reasons.show_nodes(())
        for button in self._buttons.values():
            button.show_status(Status.NOT_REQUIRED)

    @property
    def headline(self) -> str:
        """The verdict in words, as shown."""
        return self._headline.text()

    def show_explained(self, explained: Explained) -> None:
        """Shows a verdict."""
        self._patience.stop()
        self._shape.show()
        self._ladder.show()
        aspect = explained.verdict.aspect
        self.copy.setEnabled(True)
        self._aspect = aspect
        subject = explained.subject
        self._name.show_text(explained.name, f"{KIND[subject.kind]} {subject.id}")
        self._direction.show_text(
            f"{DIRECTION[aspect.direction]} — {DIRECTION_MEANS[aspect.direction]}"
        )
        self._buttons[aspect.property].setChecked(True)
        for quality, status in explained.statuses.items():
            self._buttons[quality].show_status(status)
        self._shape.show_status(explained.verdict.status)
        self._headline.setText(explained.headline)
        self._ladder.show_ladder(explained.rungs, explained.verdict)
        self._explained = explained
        self.reasons.show_nodes(explained.nodes)

    def _offer(self) -> None:
        """Offers to suppose what is chosen, or else what reaches the next rung."""
        node = self.reasons.current_node
        chosen = node is not None and bool(node.findings)
        self.suppose.setText(_SUPPOSE_THIS if chosen else _SUPPOSE_NEXT)
        self.suppose.setAccessibleName(self.suppose.text())
        self.suppose.setEnabled(bool(self._findings()))

    def _findings(self) -> tuple[tuple[str, str], ...]:
        node = self.reasons.current_node
        if node is not None and node.findings:
            return node.findings
        nodes = () if self._explained is None else self._explained.nodes
        steps = (step for part in nodes for step in part.children)
        return next((step.findings for step in steps if step.findings), ())

    def _suppose(self) -> None:
        if self._explained is not None:
            self.supposed.emit(self._explained.subject, self._findings())

    def _button(self, quality: Property) -> PropertyButton:
        button = PropertyButton(quality, self)
        button.clicked.connect(lambda: self._ask(quality))
        return button

    def _copy_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(tr("Copy") + "\u2002")
        button.setAccessibleName(tr("Copy the verdict as text"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setEnabled(False)
        menu = QMenu(button)
        menu.addAction(tr("&Verdict, with why and the evidence")).triggered.connect(
            self._copy_verdict
        )
        menu.addAction(tr("&Commands to see it by hand")).triggered.connect(self._copy_commands)
        button.setMenu(menu)
        return button

    def _copy_verdict(self) -> None:
        if self._explained is not None:
            QGuiApplication.clipboard().setText(verdict_text(self._explained))

    def _copy_commands(self) -> None:
        if self._explained is not None:
            QGuiApplication.clipboard().setText(commands_text(self._explained.nodes))

    def _ask(self, quality: Property) -> None:
        if self._aspect is not None:
            self.asked.emit(Aspect(self._aspect.direction, quality))


class DetailPane(QTabWidget):
    """The verdict, what helps most, evidence, the host, and what was not seen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Details"))
        self.setDocumentMode(True)
        self.verdict = VerdictPane(self)
        self.helping = HelpingPage(self)
        self.evidence = EvidencePage(self)
        self.host = NodeView(self)
        self.host.setAccessibleName(tr("Host details"))
        self.not_seen = NodeView(self)
        self.not_seen.setAccessibleName(tr("What was not seen"))
        self.disagreements = DisagreementsPage(self)
        self.tabBar().setAccessibleName(tr("Parts of the details"))
        speaks_of(self.verdict, "verdict")
        speaks_of(self.verdict.reasons, "measure")
        speaks_of(self.evidence, "evidence")
        speaks_of(self.host, "host")
        speaks_of(self.not_seen, "not seen")
        speaks_of(self.disagreements, "declared ≠ observed")
        self.addTab(self.verdict, tr("&Verdict"))
        self.addTab(self.helping, tr("What helps"))
        self.addTab(self.evidence, tr("&Evidence"))
        self.addTab(self.host, tr("Host"))
        self.addTab(self.not_seen, _NOT_SEEN)
        self.addTab(self.disagreements, _DISAGREEMENTS)

    def show_host(self, host: HostDescription) -> None:
        """Shows the host and what was not seen of it."""
        self.host.show_nodes(host.host)
        self.not_seen.show_nodes(host.not_seen)
        count = f" ({host.not_seen_count:,})" if host.not_seen_count else ""
        self.setTabText(self.indexOf(self.not_seen), f"{_NOT_SEEN}{count}")
        self.disagreements.show_rows(host.disagreements)
        count = f" ({len(host.disagreements):,})" if host.disagreements else ""
        self.setTabText(self.indexOf(self.disagreements), f"{_DISAGREEMENTS}{count}")

    def allow_verdict(self, *, allowed: bool) -> None:
        """Whether there is a verdict to look at."""
        self.setTabEnabled(self.indexOf(self.verdict), allowed)
