"""Whose word: parties as switches, and which verdicts stand and fall with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui.believing import Believing, switched, viewpoint_title
from gui.glossary_word import speaks_of
from gui.pages.page import Page
from gui.text import tooltip
from gui.widgets.labels import PlainLabel, Title
from gui.widgets.standing_chart import StandingChart
from gui.widgets.tree import NodeView
from gui.words import PARTY, PARTY_DOES, capital
from isoscope.assessment.viewpoint import BUILT_IN, Viewpoint
from isoscope.inventory.observation import Party
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown

_CHANGED = {
    (True, True): tr("{viewpoint}, beside {other}: of the verdicts, {fell} fall and {rose} rise."),
    (True, False): tr("{viewpoint}, beside {other}: of the verdicts, {fell} fall."),
    (False, True): tr("{viewpoint}, beside {other}: of the verdicts, {rose} rise."),
    (False, False): tr(
        "{viewpoint}, beside {other}: nothing stands otherwise than from this viewpoint."
    ),
}
"""By whether verdicts fell, and whether some rose."""
_RULE = tr(
    "The word of the party that a direction protects against never counts in the workload’s "
    "favour, whatever is switched on here."
)


class WordPage(Page):
    """Believed parties, and what that changes."""

    wanted = Signal(object)
    """A `Viewpoint` from which everything is to be judged."""
    compared = Signal(object)
    """The `Viewpoint` with which the one that is shown is to be compared."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        speaks_of(self, "party")
        self.setAccessibleName(tr("Whose word"))
        self._viewpoint: Viewpoint = BUILT_IN["operator"]
        self._viewpoints = {id_: QRadioButton(one.title, self) for id_, one in BUILT_IN.items()}
        self._parties = {party: QCheckBox(capital(PARTY[party]), self) for party in Party}
        self.chart = StandingChart(self)
        self._heading = PlainLabel(parent=self)
        self._heading.setWordWrap(True)
        self._heading.setAccessibleName(tr("What changed"))
        self.changes = NodeView(self)
        self.changes.setAccessibleName(tr("Verdicts that stand otherwise"))
        group = QButtonGroup(self)
        for id_, button in self._viewpoints.items():
            group.addButton(button)
            button.setToolTip(tooltip(BUILT_IN[id_].description))
            button.setAccessibleDescription(BUILT_IN[id_].description)
            button.clicked.connect(lambda _=False, chosen=id_: self.wanted.emit(BUILT_IN[chosen]))
        for party, box in self._parties.items():
            box.setToolTip(tooltip(f"{PARTY_DOES[party]} ({party.value})"))
            box.setAccessibleDescription(PARTY_DOES[party])
            box.clicked.connect(lambda believed, one=party: self._switch(one, believed=believed))
        self._compose()

    def _compose(self) -> None:
        switches = QVBoxLayout()
        switches.setSpacing(2)
        switches.addWidget(Title(tr("Viewpoint"), self))
        for button in self._viewpoints.values():
            switches.addWidget(button)
        switches.addSpacing(10)
        switches.addWidget(Title(tr("Whose word counts"), self))
        for party, box in self._parties.items():
            switches.addWidget(box)
            does = PlainLabel(PARTY_DOES[party], self, muted=True)
            does.setIndent(24)
            does.setWordWrap(True)
            switches.addWidget(does)
        rule = PlainLabel(_RULE, self, muted=True)
        rule.setWordWrap(True)
        switches.addSpacing(10)
        switches.addWidget(rule)
        switches.addStretch()
        left = QWidget(self)
        left.setLayout(switches)
        switches.setContentsMargins(14, 12, 14, 12)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(left)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(14, 12, 14, 0)
        column.setSpacing(8)
        column.addWidget(Title(tr("Workloads by the rung that they certainly stand on"), right))
        column.addWidget(self.chart)
        column.addWidget(self._heading)
        column.addWidget(self.changes, 1)
        self._heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("parties and changes")
        across.setChildrenCollapsible(False)
        across.addWidget(scroll)
        across.addWidget(right)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        across.setSizes([380, 900])
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(across)

    @property
    def heading(self) -> str:
        """What changed, in words."""
        return self._heading.text()

    def box(self, party: Party) -> QCheckBox:
        """The switch of a party."""
        return self._parties[party]

    def show_result(self, shown: Shown) -> None:
        """Sets the switches as everything is judged now, and asks what that changes."""
        self._viewpoint = shown.question.viewpoint
        chosen = self._viewpoints.get(self._viewpoint.id)
        if chosen is not None:
            chosen.setChecked(True)
        for party, box in self._parties.items():
            box.setChecked(party in self._viewpoint.believes)
        self.compared.emit(BUILT_IN["operator"])

    def show_believing(self, believing: Believing) -> None:
        """Shows what a viewpoint changes, unless another was chosen meanwhile."""
        if believing.viewpoint != self._viewpoint:
            return
        self.chart.show_standings(believing.standings)
        said = _CHANGED[believing.fell > 0, believing.rose > 0].format(
            viewpoint=viewpoint_title(believing.viewpoint),
            other=believing.beside,
            fell=f"{believing.fell:,}",
            rose=f"{believing.rose:,}",
        )
        self._heading.setText(said)
        self.changes.show_nodes(believing.changes)

    def _switch(self, party: Party, *, believed: bool) -> None:
        self.wanted.emit(switched(self._viewpoint, party, believed=believed))
