"""The map: what crosses between tenants, workloads and the host, as a picture and as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui.edges import HOST, Edge, PathShown
from gui.glossary_word import speaks_of
from gui.heat import HeatMap
from gui.pages.map_words import heading_words, nothing_words
from gui.pages.page import Page
from gui.paths import IsolationMap, MapNodeKind, MapQuestion, edges_of
from gui.widgets.crossing_legend import CrossingLegend
from gui.widgets.labels import ElidedLabel, EmptyState
from gui.widgets.notices import ActivityStrip
from gui.widgets.path_list import PathList
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from gui.mapping import Mapped
    from gui.widgets.heat_canvas import HeatCanvas
    from gui.widgets.map_canvas import MapCanvas


class MapPage(Page):
    """The map and the heat map, with a list of the same paths beside them."""

    wanted = Signal(object, object)
    """A `Shown` and a `MapQuestion`: the map that is wanted."""
    cancelled = Signal()  # nobody waits for the map that was asked for any more
    forgotten = Signal()  # what was answered is needed no more
    chosen = Signal(object, object)
    """A `Subject` and an `Aspect` whose verdict explains what was chosen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        speaks_of(self, "crossing")
        self.setAccessibleName(tr("Map of paths"))
        self._shown: Shown | None = None
        self._mapped: Mapped | None = None
        self._question = MapQuestion()
        self._search = ""
        self.waits = False
        """Whether a map was asked for that has not come yet."""
        self.map: MapCanvas | None = None
        self.heat: HeatCanvas | None = None
        self.as_map = QRadioButton(tr("Map of te&nants"), self)
        self.as_heat = QRadioButton(tr("H&eat map"), self)
        self.everything = QCheckBox(tr("&Also what no required rung needs"), self)
        self.by_rung = QCheckBox(tr("Colour by &rung: the lower, the stronger"), self)
        self.open_all = QPushButton(tr("Open tenants"), self)
        self.heading = ElidedLabel(self)
        self.heading.setAccessibleName(tr("What is drawn"))
        self.activity = ActivityStrip(self)
        self.again = QPushButton(tr("Look for paths again"), self)
        self.again.hide()
        self._nothing = EmptyState("", tr("Nothing to show"), self)
        self._pictures = QStackedWidget(self)
        self.legend = CrossingLegend(self)
        self.list = PathList(self)
        self._connect()
        self._compose()

    def _connect(self) -> None:
        group = QButtonGroup(self)
        for button in (self.as_map, self.as_heat):
            group.addButton(button)
            button.toggled.connect(self._show_picture)
        self.as_map.setChecked(True)
        self.everything.toggled.connect(self._on_everything)
        self.by_rung.toggled.connect(self._on_by_rung)
        self.open_all.clicked.connect(self._on_open_all)
        self.legend.changed.connect(self._on_hidden)
        self.activity.cancelled.connect(self._on_cancelled)
        self.again.clicked.connect(lambda: self._ask(self._question))
        self.list.chosen.connect(self._choose)

    def _compose(self) -> None:
        self._pictures.addWidget(self._nothing)
        switches = QHBoxLayout()
        switches.setContentsMargins(14, 8, 14, 6)
        switches.setSpacing(12)
        for widget in (self.as_map, self.as_heat, self.open_all, self.by_rung, self.everything):
            switches.addWidget(widget)
        switches.addWidget(self.again)
        switches.addStretch()
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pictures, 1)
        column.addWidget(self.legend)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        across.setObjectName("map and list")
        across.setChildrenCollapsible(False)
        across.addWidget(left)
        across.addWidget(self.list)
        across.setStretchFactor(0, 1)
        across.setStretchFactor(1, 0)
        across.setSizes([880, 400])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(switches)
        line = QHBoxLayout()
        line.setContentsMargins(14, 0, 14, 8)
        line.addWidget(self.heading)
        layout.addLayout(line)
        layout.addWidget(self.activity)
        layout.addWidget(across, 1)

    def show_result(self, shown: Shown) -> None:
        """Asks for the map of an assessment; the one before stays until it comes."""
        self._shown = shown
        self._ask(self._question)

    def search(self, words: str) -> None:
        """Dims what these words do not describe."""
        self._search = words
        if self.map is not None:
            self.map.find(words)

    def let_go(self) -> None:
        """Forgets the map of a host that is shown no more."""
        self._shown = self._mapped = None
        self.list.clear()
        if self.map is not None and self.heat is not None:
            self.map.show_map(IsolationMap((), ()))
            self.heat.show_heat(HeatMap())
        self._rest(again=False)
        self._pictures.setCurrentWidget(self._nothing)
        self.forgotten.emit()

    def show_failed(self, line: str) -> None:
        """Says that no map came, and why."""
        self._rest(again=True)
        self._nothing.setText(
            tr("There is no map: {line}\n\nThe overview has every finding.").format(line=line)
        )
        self.heading.show_text(tr("No map came: {line}").format(line=line))

    def _on_cancelled(self) -> None:
        """What was drawn before stays, and says that it does."""
        self.cancelled.emit()
        self._rest(again=True)
        self._nothing.setText(tr("Nobody looked for paths to the end: cancelled."))
        self.heading.show_text(tr("Cancelled; what is drawn is what was asked for before."))

    def _rest(self, *, again: bool) -> None:
        self.waits = False
        self.activity.rest()
        self.again.setVisible(again)

    def show_mapped(self, mapped: Mapped) -> None:
        """Shows an answer, unless something else was asked meanwhile."""
        if mapped.shown is not self._shown or mapped.question != self._question:
            return
        self._mapped = mapped
        self._rest(again=False)
        self._make_canvases()
        self.legend.show_counts(mapped.map.by_crossing)
        self.heading.show_text(heading_words(mapped))
        any_open = any(node.open for node in mapped.map.nodes)
        self.open_all.setText(tr("Close tenants") if any_open else tr("Open tenants"))
        self._nothing.setText(nothing_words(mapped))
        if self.map is not None and self.heat is not None:
            self.map.show_map(mapped.map)
            self.map.find(self._search)
        self._show_picture()
        self._show_list(self.map.current if self.map is not None else "")

    def _make_canvases(self) -> None:
        if self.map is not None:
            return
        from gui.widgets.heat_canvas import HeatCanvas
        from gui.widgets.map_canvas import MapCanvas

        self.map, self.heat = MapCanvas(self), HeatCanvas(self)
        self._pictures.addWidget(self.map)
        self._pictures.addWidget(self.heat)
        self.setTabOrder(self.everything, self.map)
        self.setTabOrder(self.map, self.heat)
        self.map.selected.connect(self._show_list)
        self.map.opened.connect(self._on_opened)
        self.map.chosen.connect(self._on_edge)
        self.heat.selected.connect(self._on_cell)
        self.heat.chosen.connect(self._on_cell_chosen)

    def _show_picture(self) -> None:
        heat = self.as_heat.isChecked()
        self.by_rung.setVisible(heat)
        self.open_all.setVisible(not heat)
        if self._mapped is None or self.map is None or self.heat is None:
            return
        there = self._mapped.heat.names if heat else len(self._mapped.map.nodes) > 1
        picture = self.heat if heat else self.map
        self._pictures.setCurrentWidget(picture if there else self._nothing)
        if heat:
            self.heat.show_heat(self._mapped.heat)

    def _ask(self, question: MapQuestion) -> None:
        self._question = question
        if self._shown is None:
            return
        self.waits = True
        self.again.hide()
        self._nothing.setText(tr("Looking for paths …"))
        self.activity.show_activity(tr("Looking for paths …"), 0, 0, can_cancel=True)
        self.wanted.emit(self._shown, question)

    def _on_everything(self, everything: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._ask(MapQuestion(self._question.opened, everything))

    def _on_open_all(self) -> None:
        if self._mapped is None:
            return
        nodes = self._mapped.map.nodes
        tenants = [node for node in nodes if node.kind is MapNodeKind.TENANT]
        some_open = any(node.open for node in tenants)
        opened = () if some_open else (n.subject.id for n in tenants if n.subject is not None)
        self._ask(MapQuestion(frozenset(opened), self._question.everything))

    def _on_by_rung(self, rung: bool) -> None:  # noqa: FBT001 - Qt's signal
        if self.heat is not None:
            self.heat.colour_by_rung(rung=rung)

    def _on_hidden(self) -> None:
        if self.map is not None and self.heat is not None:
            self.map.hide_crossings(self.legend.hidden)
            self.heat.hide_crossings(self.legend.hidden)
            self._show_list(self.map.current)

    def _on_opened(self, key: str) -> None:
        """A tenant opens or closes; of a workload, what explains its worst path is wanted."""
        if self._mapped is None:
            return
        shown = self._mapped.map
        node = next(node for node in shown.nodes if node.key == key)
        if node.kind is MapNodeKind.TENANT and node.subject is not None:
            opened = {n.subject.id for n in shown.nodes if n.open and n.subject is not None}
            opened ^= {node.subject.id}
            self._ask(MapQuestion(frozenset(opened), self._question.everything))
            return
        edge = next(iter(edges_of(shown, key)), None)
        if edge is not None:
            own = (path for path in edge.paths if path.subject == node.subject)
            self._choose(next(own, edge.paths[0]))

    def _on_edge(self, edge: Edge) -> None:
        self._fill_list(tr("On the line that was clicked"), (edge,))
        self._choose(edge.paths[0])

    def _on_cell(self, row: int, column: int) -> None:
        if self._mapped is None or self.heat is None:
            return
        heat = self._mapped.heat
        said = self.heat.words(row, column).partition("\n")[2]
        title = f"{heat.names[row]} → {heat.names[column]}"
        self.list.show_paths(title, heat.told(row, column), said)

    def _on_cell_chosen(self, row: int, column: int) -> None:
        if self._mapped is not None and (paths := self._mapped.heat.told(row, column)):
            self._choose(paths[0])

    def _show_list(self, key: str) -> None:
        """The paths of a node, or all of them."""
        if self._mapped is None:
            return
        shown = self._mapped.map
        if key in ("", HOST):
            edges = tuple(e for e in shown.edges if not key or HOST in (e.source, e.target))
        else:
            edges = tuple(edges_of(shown, key))
        name = next((node.name for node in shown.nodes if node.key == key), key)
        title = tr("Lines of {name}").format(name=name) if key else tr("All lines that are drawn")
        self._fill_list(title, tuple(e for e in edges if e.crossing not in self.legend.hidden))

    def _fill_list(self, title: str, edges: tuple[Edge, ...]) -> None:
        if self._mapped is None:
            return
        nodes = {node.key: node for node in self._mapped.map.nodes}
        self.list.show_edges(title, edges, nodes)

    def _choose(self, path: PathShown) -> None:
        self.chosen.emit(path.subject, path.aspect)
