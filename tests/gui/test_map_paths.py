"""The map and the heat map as plain data: bundled, bounded, and honest about what is left out."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette

from gui.choices import Question
from gui.crossing_style import colour_of, rung_colour
from gui.describing import described
from gui.edges import HOST
from gui.heat import (
    NOT_NAMED,
    HeatMap,
    code_of,
    crossing_of,
    heat_map,
    level_of,
    seen,
)
from gui.host_grids import host_grids
from gui.judging import Seen, Shown
from gui.map_layout import extent, laid_out, wideness
from gui.mapping import Mapped
from gui.pages.map_words import heading_words, nothing_words
from gui.paths import (
    MOST_EDGES,
    MOST_TENANTS,
    IsolationMap,
    MapNodeKind,
    MapQuestion,
    edges_of,
    isolation_map,
    wanted,
)
from gui.rows import rows_of
from gui.theme import palette
from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.crossings import Crossing
from isoscope.assessment.paths import paths
from isoscope.assessment.viewpoint import OPERATOR, Viewpoint
from isoscope.bundled import built_in_profiles
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.workload import Capabilities
from isoscope.snapshot.document import Snapshot
from tests.benchmarks.crowd import a_crowd
from tests.fakes.workloads import ALL, a_container, a_mount, an_inventory, own_mounts


def shown(inventory: Inventory, viewpoint: Viewpoint = OPERATOR) -> Shown:
    """An inventory as the session hands it to a page."""
    judged = judge(inventory)
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    assessment = conclude(judged, profile=profile, viewpoint=viewpoint)
    snapshot = Snapshot(inventory.collector, 0.0, 1.0, {})
    looked = Seen(snapshot, "", inventory, judged, described(inventory), host_grids(inventory))
    return Shown(looked, Question(profile, viewpoint), assessment, rows_of(assessment), judged)


def mapped(what: Shown, question: MapQuestion | None = None) -> Mapped:
    """What the page is handed."""
    asked = question or MapQuestion()
    found = paths(what.judged, what.assessment.workloads, what.question.viewpoint)
    return Mapped(
        what,
        asked,
        isolation_map(what, found, asked),
        heat_map(what, wanted(found, everything=asked.everything)),
    )


def two_tenants() -> Inventory:
    """A privileged container of acme, and two that share a volume across tenants."""
    return an_inventory(
        a_container("a1", tenant="acme", mounts=own_mounts(1, a_mount("/srv/x", "/data"))),
        a_container(
            "a2", tenant="acme", capabilities=Capabilities(ALL, ALL, 40), mounts=own_mounts(3)
        ),
        a_container("b", tenant="globex", mounts=own_mounts(2, a_mount("/srv/x", "/data"))),
    )


def ends(made: IsolationMap, crossing: Crossing) -> set[tuple[str, str]]:
    """Between which names a kind is drawn."""
    names = {node.key: node.name for node in made.nodes} | {HOST: HOST}
    return {(names[e.source], names[e.target]) for e in made.edges if e.crossing is crossing}


CLOSED = MapQuestion(frozenset())


def test_a_path_between_tenants_is_one_line_between_them() -> None:
    made = mapped(shown(two_tenants()), CLOSED).map
    assert ends(made, Crossing.STORAGE) == {("acme", "globex")}
    (edge,) = (edge for edge in made.edges if edge.crossing is Crossing.STORAGE)
    assert edge.count == len(edge.paths)
    assert edge.level == 1
    assert edge.aspects == "WW·CI"


def test_opened_tenants_have_lines_between_their_workloads() -> None:
    both = MapQuestion(frozenset({"acme", "globex"}))
    made = mapped(shown(two_tenants()), both).map
    assert ends(made, Crossing.STORAGE) == {("a1", "b")}
    assert ends(made, Crossing.HOST_CONTROL) == {("a2", HOST)}


def test_a_path_through_the_host_is_drawn_from_the_host() -> None:
    made = mapped(shown(two_tenants()), CLOSED).map
    assert ends(made, Crossing.THROUGH_HOST) == {(HOST, "globex")}


def test_what_no_required_rung_needs_is_left_out_and_counted() -> None:
    what = shown(two_tenants())
    some, everything = mapped(what, CLOSED).map, mapped(what, MapQuestion(frozenset(), True)).map
    assert some.beyond > 0
    assert everything.beyond == 0
    assert sum(everything.by_crossing.values()) == some.beyond + sum(some.by_crossing.values())


def test_every_line_leads_to_a_workload_and_an_aspect_that_explain_it() -> None:
    what = shown(two_tenants())
    for edge in mapped(what, MapQuestion(None, True)).map.edges:
        for path in edge.paths:
            assert path.subject.id in what.assessment.workloads
            why = what.assessment.explain_workload(path.subject.id, path.aspect)
            assert why.verdict.aspect == path.aspect


def test_the_edges_of_an_opened_tenant_are_those_of_its_workloads() -> None:
    made = mapped(shown(two_tenants()), MapQuestion(frozenset({"globex"}))).map
    assert {e.crossing for e in edges_of(made, "t:globex")} >= {Crossing.STORAGE}


def test_a_crowd_is_drawn_within_bounds_and_says_what_is_left_out() -> None:
    what = shown(a_crowd(300, 150))
    made = mapped(what, MapQuestion(None, True))
    tenants = [node for node in made.map.nodes if node.kind is MapNodeKind.TENANT]
    assert len(tenants) == MOST_TENANTS
    assert made.map.more_tenants == 150 - MOST_TENANTS
    assert len(made.map.edges) <= MOST_EDGES
    assert "90 more tenants not drawn" in heading_words(made)
    assert not any(node.kind is MapNodeKind.WORKLOAD for node in made.map.nodes)


def test_the_heading_tells_paths_from_the_lines_that_the_list_counts() -> None:
    made = mapped(shown(two_tenants()))
    assert f" · drawn together as {len(made.map.edges)} lines" in heading_words(made)


def test_a_finding_that_names_only_some_of_the_others_is_counted() -> None:
    made = mapped(shown(a_crowd(300, 150)), MapQuestion(None, True))
    assert made.map.cut > 0
    assert made.heat.cut
    assert "only the first 20" in heading_words(made)


@pytest.mark.parametrize("wide", [1.0, 2.0])
@pytest.mark.parametrize("opened", [0, 1, 5, 17, 40])
def test_no_two_tenants_stand_on_each_other(opened: int, wide: float) -> None:
    what = shown(a_crowd(120, 40))
    names = [row.subject.id for row in what.rows.tenants][:opened]
    made = mapped(what, MapQuestion(frozenset(names))).map
    places = laid_out(made.nodes, wide)
    assert set(places) == {node.key for node in made.nodes}
    outer = [places[n.key] for n in made.nodes if n.kind is not MapNodeKind.WORKLOAD]
    for at, one in enumerate(outer):
        for other in outer[:at]:
            apart = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
            assert apart >= one.radius + other.radius - 0.2


@pytest.mark.parametrize("tenants", [2, 3, 5, 9])
def test_the_map_has_the_shape_of_its_room(tenants: int) -> None:
    nodes = mapped(shown(a_crowd(2 * tenants, tenants))).map.nodes
    _, _, width, height = extent(laid_out(nodes, wideness(1000, 500)).values())
    assert width > 1.4 * height


def test_workloads_stand_within_their_tenant() -> None:
    made = mapped(shown(two_tenants()), MapQuestion(frozenset({"acme"}))).map
    places = laid_out(made.nodes)
    for node in made.nodes:
        if node.tenant:
            disc, own = places[node.tenant], places[node.key]
            assert ((own.x - disc.x) ** 2 + (own.y - disc.y) ** 2) ** 0.5 <= disc.radius


def test_the_layout_is_the_same_every_time() -> None:
    nodes = mapped(shown(a_crowd(60, 20))).map.nodes
    assert laid_out(nodes) == laid_out(nodes)


def cells(heat: HeatMap) -> dict[tuple[str, str], int]:
    """The worst code of each cell, by the names of its row and column."""
    found: dict[tuple[str, str], int] = {}
    for row, column, code in zip(heat.rows, heat.columns, heat.codes, strict=True):
        name = heat.names[row], heat.names[column]
        assert code >= found.get(name, 0)
        found[name] = code
    return found


def test_a_cell_is_what_crosses_from_its_row_to_its_column() -> None:
    heat = mapped(shown(two_tenants())).heat
    found = cells(heat)
    assert crossing_of(found["a1", "b"]) is Crossing.STORAGE
    assert crossing_of(found["a2", "b"]) is Crossing.THROUGH_HOST
    assert ("a1", "a2") not in found
    assert level_of(found["a1", "b"]) == 1
    row, column = heat.names.index("a1"), heat.names.index("b")
    assert any(
        "storage" in p.title.lower() or "shared" in p.title.lower() for p in heat.told(row, column)
    )


def test_rows_of_a_tenant_stand_together() -> None:
    heat = mapped(shown(a_crowd(60, 7))).heat
    assert [first for _, first, _ in heat.tenants] == [0, *[end for *_, end in heat.tenants][:-1]]
    assert heat.tenants[-1][2] == len(heat.names) == 60


@pytest.mark.parametrize("crossing", Crossing)
@pytest.mark.parametrize("level", [None, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("known", [True, False])
def test_a_code_says_what_crosses_and_from_which_rung_it_keeps(
    crossing: Crossing, level: int | None, known: bool
) -> None:
    code = code_of(crossing, level, known=known)
    assert NOT_NAMED < code < 256
    assert (crossing_of(code), level_of(code), seen(code)) == (crossing, level, known)


def test_the_worse_path_has_the_larger_code() -> None:
    def storage(level: int | None, *, known: bool = True) -> int:
        return code_of(Crossing.STORAGE, level, known=known)

    assert storage(1) > storage(2) > storage(None) > storage(1, known=False) > NOT_NAMED
    assert storage(1) > code_of(Crossing.THROUGH_HOST, 1, known=True)


def test_no_cell_is_no_path_and_not_named_is_none_either() -> None:
    assert crossing_of(0) is None
    assert crossing_of(NOT_NAMED) is None


def test_with_very_many_workloads_rows_are_tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.heat.MOST_ROWS", 50)
    heat = mapped(shown(a_crowd(60, 12))).heat
    assert heat.by_tenant
    assert len(heat.names) == 12


def test_a_host_where_nothing_was_found_is_not_called_anything_better() -> None:
    alone = mapped(shown(an_inventory(a_container("a", tenant="acme"))))
    nothing = mapped(shown(an_inventory()))
    for words in (heading_words(alone), nothing_words(nothing)):
        assert not {"secure", "safe", "trusted"} & set(words.lower().split())
    assert "No running workload" in nothing_words(nothing)
    assert "no proof" in heading_words(nothing) or "only as good" in heading_words(nothing)


@pytest.mark.parametrize("dark", [False, True])
def test_what_crosses_is_seen_on_its_ground(dark: bool) -> None:
    from tests.gui.test_theme import GRAPHIC, contrast

    made = palette(dark=dark)
    ground = made.color(QPalette.ColorRole.Base)
    for crossing in Crossing:
        assert contrast(colour_of(crossing, made), ground) >= GRAPHIC
    assert contrast(rung_colour(1, made), ground) >= GRAPHIC
