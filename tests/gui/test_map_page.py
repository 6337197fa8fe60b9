"""The page of the map: pictures and list over the same paths, by pointer and by keys."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from gui.edges import HOST
from gui.pages.map import MapPage
from gui.paths import MapQuestion
from gui.rows import Subject
from gui.theme import Appearance, Scheme
from gui.widgets.heat_canvas import HeatCanvas
from gui.widgets.map_canvas import MapCanvas
from gui.widgets.path_list import LISTED
from gui.widgets.plotting import LONG
from isoscope.assessment.crossings import Crossing
from isoscope.assessment.vocabulary import Aspect
from isoscope.inventory.inventory import Inventory
from tests.benchmarks.crowd import a_crowd
from tests.fakes.workloads import a_container, a_mount, an_inventory, own_mounts
from tests.gui.events import run_events
from tests.gui.test_map_paths import mapped, shown, two_tenants

Key = Qt.Key
HOSTILE = "<b>x</b><img src=http://192.0.2.1/a>\u202e"


@pytest.fixture
def page(qtbot: QtBot, appearance: Appearance) -> Iterator[MapPage]:
    """A page that is answered at once."""
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1280, 700)
    made = MapPage(parent)
    made.resize(1280, 700)
    made.wanted.connect(lambda what, question: made.show_mapped(mapped(what, question)))
    parent.show()
    yield made
    parent.close()


def opened(page: MapPage, inventory: Inventory) -> tuple[MapCanvas, HeatCanvas]:
    """Shows an inventory, and has it painted."""
    page.show_result(shown(inventory))
    run_events(30)
    assert page.map is not None
    assert page.heat is not None
    return page.map, page.heat


def texts(page: MapPage) -> list[str]:
    """The list's top lines."""
    model = page.list.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def pixel(canvas: MapCanvas | HeatCanvas, at: QPointF) -> QPoint:
    return canvas.to_pixels().map(at).toPoint()


def listen(page: MapPage) -> list[tuple[Subject, Aspect]]:
    """What is chosen from now on."""
    heard: list[tuple[Subject, Aspect]] = []
    page.chosen.connect(lambda subject, aspect: heard.append((subject, aspect)))
    return heard


def test_until_the_answer_comes_the_page_says_what_it_does(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    page = MapPage(parent)
    page.show_result(shown(two_tenants()))
    assert page._nothing.text() == "Looking for paths …"
    page.show_failed("it broke")
    assert page._nothing.text().startswith("There is no map: it broke")


def test_a_host_without_workloads_says_that_this_is_no_proof(page: MapPage) -> None:
    opened(page, an_inventory())
    assert page._pictures.currentWidget() is page._nothing
    assert "No running workload" in page._nothing.text()


def test_the_list_has_every_line_of_the_map(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    assert len(texts(page)) == len(canvas._map.edges)
    assert any("a1 ↔ b" in text for text in texts(page))


def test_a_click_on_a_line_goes_to_the_finding(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    heard = listen(page)
    curve = next(c for c in canvas._curves if c.edge.crossing is Crossing.STORAGE)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=pixel(canvas, curve.at(0.5)))
    run_events(30)
    path = curve.edge.paths[0]
    assert heard == [(path.subject, path.aspect)]


def test_a_click_on_a_cell_goes_to_the_finding(page: MapPage) -> None:
    _, heat = opened(page, two_tenants())
    page.as_heat.click()
    run_events(30)
    heard = listen(page)
    names = heat._heat.names
    row, column = names.index("a1"), names.index("b")
    at = pixel(heat, QPointF(column + 0.5, row + 0.5))
    QTest.mouseClick(heat.viewport(), Qt.MouseButton.LeftButton, pos=at)
    run_events(30)
    assert [subject.id for subject, _ in heard] == [heat._heat.subjects[column].id]


def test_an_empty_cell_goes_nowhere_and_says_so(page: MapPage) -> None:
    _, heat = opened(page, two_tenants())
    page.as_heat.click()
    heard = listen(page)
    names = heat._heat.names
    assert "the same tenant" in heat.words(names.index("a1"), names.index("a2"))
    heat._select(0, 0)
    QTest.keyClick(heat, Key.Key_Return)
    assert heard == []


def test_keys_walk_from_node_to_node_and_open_what_they_are_on(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    heard = listen(page)
    QTest.keyClick(canvas, Key.Key_Down)
    assert canvas.current == HOST
    visited = {canvas.current}
    for key in [Key.Key_Left] * 3 + [Key.Key_Right] * 6:
        QTest.keyClick(canvas, key)
        visited.add(canvas.current)
    assert len(visited) >= 4
    for _ in canvas._nodes:
        QTest.keyClick(canvas, Key.Key_PageDown)
        visited.add(canvas.current)
    assert visited == set(canvas._nodes)
    canvas.select(next(k for k, n in canvas._nodes.items() if n.name == "b"))
    assert "storage" in canvas.accessibleDescription()
    QTest.keyClick(canvas, Key.Key_Return)
    assert [canvas._nodes[canvas.current].subject] == [subject for subject, _ in heard]


def test_enter_on_a_tenant_opens_and_closes_it(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    canvas.select("t:acme")
    QTest.keyClick(canvas, Key.Key_Return)
    assert not canvas._nodes["t:acme"].open
    assert canvas._nodes["t:globex"].open
    QTest.keyClick(canvas, Key.Key_Return)
    assert canvas._nodes["t:acme"].open


def test_a_node_narrows_the_list_to_its_own_paths(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    everything = len(texts(page))
    canvas.select(next(k for k, n in canvas._nodes.items() if n.name == "a1"))
    assert 0 < len(texts(page)) < everything
    assert all("a1" in text for text in texts(page))
    QTest.keyClick(canvas, Key.Key_Escape)
    assert len(texts(page)) == everything


def test_keys_walk_the_cells(page: MapPage) -> None:
    _, heat = opened(page, two_tenants())
    page.as_heat.click()
    heard = listen(page)
    names = heat._heat.names
    QTest.keyClick(heat, Key.Key_Right)
    for _ in range(len(names)):
        QTest.keyClick(heat, Key.Key_Left)
        QTest.keyClick(heat, Key.Key_Up)
    for _ in range(names.index("a1")):
        QTest.keyClick(heat, Key.Key_Down)
    for _ in range(names.index("b")):
        QTest.keyClick(heat, Key.Key_Right)
    assert heat.accessibleDescription().startswith("a1 → b")
    QTest.keyClick(heat, Key.Key_Return)
    assert len(heard) == 1


def test_keys_pan_to_what_they_walk_to(page: MapPage) -> None:
    canvas, heat = opened(page, two_tenants())
    canvas.zoom(30)
    QTest.keyClick(canvas, Key.Key_PageDown)
    QTest.keyClick(canvas, Key.Key_PageDown)
    disc = canvas._places[canvas.current]
    assert canvas.box.viewRect().contains(canvas._foothold(canvas.current)), disc
    page.as_heat.click()
    run_events(20)
    heat.zoom(40)
    for _ in heat._heat.names:
        QTest.keyClick(heat, Key.Key_Down)
    assert heat._cell is not None
    row, column = heat._cell
    assert heat.box.viewRect().contains(QPointF(column + 0.5, row + 0.5))


def test_kinds_are_switched_off_in_pictures_and_list(page: MapPage) -> None:
    canvas, heat = opened(page, two_tenants())
    page.as_heat.click()
    names = heat._heat.names
    cell = names.index("a1"), names.index("b")
    assert "Storage  " in page.legend.box(Crossing.STORAGE).text()
    before = heat._picture.code(*cell)
    page.legend.box(Crossing.STORAGE).click()
    assert heat._picture.code(*cell) < before
    assert all(curve.edge.crossing is not Crossing.STORAGE for curve in canvas._shown_curves())
    assert len(texts(page)) == len(canvas._shown_curves()) < len(canvas._curves)


def test_enter_in_the_list_goes_to_the_finding(page: MapPage) -> None:
    opened(page, two_tenants())
    heard = listen(page)
    page.list.view.setCurrentIndex(page.list.view.model().index(0, 0))
    page.list.view.activated.emit(page.list.view.currentIndex())
    child = page.list.view.model().index(0, 0, page.list.view.model().index(1, 0))
    page.list.view.activated.emit(child)
    assert len(heard) == 2


def test_names_from_the_host_are_no_markup(page: MapPage, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = [own_mounts(number, a_mount("/srv/x", "/data")) for number in (1, 2)]
    inventory = an_inventory(
        a_container(HOSTILE, tenant=HOSTILE, mounts=mounts[0]),
        a_container("b", tenant="globex", mounts=mounts[1]),
    )
    canvas, heat = opened(page, inventory)
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _at, text, _of: said.append(text))
    curve = next(c for c in canvas._curves if c.edge.crossing is Crossing.STORAGE)
    canvas.pointed.emit(curve.at(0.5))
    run_events(20)
    assert "&lt;b&gt;x" in said[-1]
    assert "<img" not in said[-1]
    assert all("\u202e" not in name for name in heat._heat.names)
    assert all("\u202e" not in text for text in texts(page))
    canvas.tip("")


def test_an_answer_to_another_question_comes_too_late(page: MapPage) -> None:
    opened(page, two_tenants())
    before = page._mapped
    page.show_mapped(mapped(shown(two_tenants())))
    assert page._mapped is before


def test_what_is_searched_stays_bright(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    page.search("a1")
    assert canvas._matching is not None
    assert {canvas._nodes[key].name for key in canvas._matching if key} == {"a1", "acme"}
    page.search("")
    assert canvas._matching is None


def test_a_lonely_cell_is_seen_from_any_distance(page: MapPage) -> None:
    _, heat = opened(page, two_tenants())
    size = 1000
    heat._heat = heat._heat.__class__(names=("x",) * size)
    heat._picture.show_cells(
        size,
        memoryview(b"\x01\x00").cast("H"),
        memoryview(b"\x07\x00").cast("H"),
        b"\xf0",
        not_named=(),
        blocks=(),
        hidden=(),
    )
    heat.show_cells()
    run_events(20)
    image = heat._picture._item.image
    assert heat._picture._block > 1
    assert (image[0, 7 // heat._picture._block] == heat._picture._colours[0xF0]).all()
    assert heat._picture.nearest(0, 4 if heat._picture._block >= 4 else 6) == (1, 7)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_pictures_stand_on_the_palettes_ground(
    page: MapPage, appearance: Appearance, scheme: Scheme
) -> None:
    canvas, heat = opened(page, two_tenants())
    appearance.choose(scheme)
    QApplication.processEvents()
    for picture in (canvas, heat):
        assert picture.backgroundBrush().color() == picture.palette().color(
            picture.palette().ColorRole.Base
        )


def test_a_thousand_workloads_hold_the_window_for_a_moment_only(page: MapPage) -> None:
    what = shown(a_crowd(1000, 40))
    answer = mapped(what, MapQuestion())
    longest, last = 0.0, time.perf_counter()

    def beat() -> None:
        nonlocal longest, last
        now = time.perf_counter()
        longest, last = max(longest, now - last), now

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(2)
    page._shown, page._question = what, MapQuestion()
    page.show_mapped(answer)
    run_events(50)
    page.as_heat.click()
    run_events(50)
    assert page.heat is not None
    page.heat.zoom(8)
    run_events(50)
    timer.stop()
    assert len(answer.heat.names) == 1000
    assert len(texts(page)) <= LISTED + 1
    assert longest < 2.0  # a busy machine; some hundredths of a second on a free one


@pytest.fixture
def slow(qtbot: QtBot, appearance: Appearance) -> Iterator[MapPage]:
    """A page that nobody answers."""
    parent = QWidget()
    qtbot.addWidget(parent)
    made = MapPage(parent)
    parent.show()
    made.show_result(shown(two_tenants()))
    yield made
    parent.close()


def test_a_map_that_takes_long_says_so_and_can_be_cancelled(qtbot: QtBot, slow: MapPage) -> None:
    heard: list[bool] = []
    slow.cancelled.connect(lambda: heard.append(True))
    qtbot.waitUntil(slow.activity.isVisible)
    assert "Looking for paths" in slow.activity.text
    slow.activity.cancelled.emit()
    assert heard == [True]
    assert not slow.activity.isVisible()
    assert not slow.waits
    assert slow.again.isVisible()
    slow.again.click()
    qtbot.waitUntil(slow.activity.isVisible)


def test_a_map_that_does_not_come_says_why(slow: MapPage) -> None:
    slow.show_failed("out of memory")
    assert "out of memory" in slow.heading.text
    assert "out of memory" in slow._nothing.text()
    assert not slow.waits
    assert slow.again.isVisible()


def test_a_page_that_let_go_keeps_nothing_of_the_host_before(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    page.let_go()
    assert page._mapped is None
    assert len(canvas._map.nodes) == 0


def test_a_page_that_let_go_shows_what_is_shown_next(page: MapPage) -> None:
    canvas, _ = opened(page, two_tenants())
    page.let_go()
    opened(page, two_tenants())
    assert len(canvas._map.nodes) > 1


def test_a_map_that_takes_long_to_draw_is_moved_as_a_picture_and_drawn_when_it_stands(
    page: MapPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas, _ = opened(page, two_tenants())
    qtbot.waitUntil(lambda: not canvas.moving)
    drawn: list[bool] = []
    draw = canvas.draw

    def slowly(painter: QPainter) -> None:
        drawn.append(canvas.moving)
        time.sleep(2 * LONG)
        draw(painter)

    monkeypatch.setattr(canvas, "draw", slowly)
    canvas.redraw()
    canvas.viewport().repaint()
    for _ in range(5):
        canvas.zoom(1.1)
        canvas.viewport().repaint()
    assert drawn == [False, True]  # once for the picture that is moved about
    qtbot.waitUntil(lambda: drawn[-1] is False)
    canvas.select(HOST)
    canvas.viewport().repaint()
    assert len(drawn) >= 4
