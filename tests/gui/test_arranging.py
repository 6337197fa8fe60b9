"""Rows in the order, and of the status, that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.arranging import AS_THEY_COME, Arrangement, Order
from gui.pages.overview import OverviewPage
from gui.rows import SubjectRow
from isoscope.assessment.vocabulary import Direction, Property, Status
from tests.fakes.workloads import a_container, a_mount, own_mounts
from tests.gui.shown import judged

HW, WW, WH = (
    Direction.HOST_FROM_WORKLOAD,
    Direction.WORKLOAD_FROM_WORKLOAD,
    Direction.WORKLOAD_FROM_HOST,
)
SOCKET = a_mount("/docker.sock", "/var/run/docker.sock", device="0:25", kind="tmpfs")
SHOWN = judged(
    a_container("web", tenant="Acme"),
    a_container("taker", tenant="globex", mounts=own_mounts(91, SOCKET)),
    a_container("desk", tenant="initech"),
)
ROWS = SHOWN.rows.tenants


def names(rows: tuple[SubjectRow, ...]) -> list[str]:
    return [row.name for row in rows]


def lowest(row: SubjectRow, direction: Direction) -> int:
    return min(v.low for aspect, v in row.verdicts.items() if aspect.direction is direction)


def test_as_they_come_is_as_they_come() -> None:
    assert AS_THEY_COME.arranged(ROWS) == ROWS


def test_names_are_ordered_whatever_their_case() -> None:
    assert names(Arrangement(Order(None)).arranged(ROWS)) == ["Acme", "globex", "initech"]
    assert names(Arrangement(Order(None, reverse=True)).arranged(ROWS)) == [
        "initech",
        "globex",
        "Acme",
    ]


def test_the_worst_of_a_direction_comes_first_or_last() -> None:
    worst = Arrangement(Order(HW)).arranged(ROWS)
    assert worst[0].name == "globex"
    assert lowest(worst[0], HW) == 0
    assert Arrangement(Order(HW, reverse=True)).arranged(ROWS)[-1].name == "globex"


def test_only_a_status_is_shown() -> None:
    found = {status: names(Arrangement(status=status).arranged(ROWS)) for status in Status}
    assert sorted(name for some in found.values() for name in some) == sorted(names(ROWS))
    for status, some in found.items():
        assert all(row.status is status for row in ROWS if row.name in some)


def test_a_heading_orders_then_reverses_then_lets_go() -> None:
    first = AS_THEY_COME.ordered_next(WW)
    second = first.ordered_next(WW)
    assert (first.order, second.order) == (Order(WW), Order(WW, reverse=True))
    assert second.ordered_next(WW).order is None
    assert second.ordered_next(HW).order == Order(HW)


def test_rows_that_are_not_judged_yet_can_be_ordered() -> None:
    row = ROWS[0]
    unjudged = SubjectRow(
        row.subject, row.name, row.note, row.full_name, Status.UNPROVEN, {}, row.search
    )
    assert Arrangement(Order(WH)).arranged([unjudged, unjudged]) == (unjudged, unjudged)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[OverviewPage]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = OverviewPage(parent)
    made.resize(1280, 700)
    parent.resize(1280, 700)
    parent.show()
    made.show_result(SHOWN)
    yield made
    parent.close()


def shown_names(page: OverviewPage) -> list[str]:
    model = page.tenants.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_a_click_on_a_heading_orders_both_tables_and_says_so(page: OverviewPage) -> None:
    before = shown_names(page)
    page.tenants.horizontalHeader().sectionClicked.emit(0)
    assert shown_names(page) == ["Acme", "globex", "initech"]
    assert page.arranging.order.currentText() == "by name"
    for view in (page.tenants, page.workloads):
        assert view.horizontalHeader().isSortIndicatorShown()
        assert view.horizontalHeader().sortIndicatorSection() == 0
    page.tenants.horizontalHeader().sectionClicked.emit(0)
    page.tenants.horizontalHeader().sectionClicked.emit(0)
    assert shown_names(page) == before
    assert not page.tenants.horizontalHeader().isSortIndicatorShown()


def test_a_status_that_nobody_has_is_said(page: OverviewPage) -> None:
    page.arranging.status.setCurrentIndex(4)
    page.arranging.status.activated.emit(4)
    assert page.arranging.arrangement.status is Status.NOT_REQUIRED
    assert page.tenants.model().rowCount() == 0
    page.look_at(
        ROWS[0].subject, next(a for a in ROWS[0].verdicts if a.property is Property.CONFIDENTIALITY)
    )
    assert page.arranging.status.currentIndex() == 0
    assert page.tenants.model().rowCount() == 3
