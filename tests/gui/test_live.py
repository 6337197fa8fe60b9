"""Live: amounts against limits, and a page that says why it has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.judging import Shown
from gui.models.live import AMOUNT_ROLE, RESOURCES
from gui.pages.live import LivePage
from gui.rows import Subject, SubjectKind
from gui.sampling import Sampler
from gui.taking import LiveRows, Moment, Resource, Taking, Watched, host_text, size_text
from isoscope.inventory.usage import Usage
from probes.usage import HostUsage
from tests.gui.handmade import three_tenants
from tests.gui.shown import shown

GIB = 2.0**30


def one(name: str, tenant: str = "acme", cpu: float | None = 2.0) -> Watched:
    limits = {
        Resource.CPU: (cpu, True),
        Resource.MEMORY: (GIB, True),
        Resource.PROCESSES: (None, False),
    }
    return Watched(name, name, tenant, {}, limits)


def moments(*usages: tuple[float, Usage]) -> list[Moment]:
    return [Moment(at, {"a": usage, "b": usage}) for at, usage in usages]


def rows(*watched: Watched) -> LiveRows:
    """After two looks, two seconds apart, in which each used one second of CPU time."""
    taking = Taking(watched)
    first, second = moments(
        (0.0, Usage(1.0, 2**29, 3, 0, 0.0, 0.0, 0.0)),
        (2.0, Usage(2.0, 2**29, 3, 4096, 1.0, 50.0, 0.0)),
    )
    taking.rows(first)
    return taking.rows(second)


def live(**changes: object) -> Shown:
    """A scan of this machine."""
    made = shown(three_tenants())
    seen = replace(made.seen, origin="", **changes)  # type: ignore[arg-type]
    return replace(made, seen=seen)


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[LivePage]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = LivePage(parent)
    made.resize(1280, 700)
    parent.show()
    yield made
    parent.close()


def test_a_rate_needs_two_looks() -> None:
    first = Taking([one("a")]).rows(moments((0.0, Usage(cpu_seconds=1.0)))[0])
    amounts = first.tenants[0].amounts
    assert amounts[Resource.CPU].text == "measuring …"
    assert amounts[Resource.IO].text == "not seen"  # nothing counts it


def test_amounts_stand_against_their_limits() -> None:
    amounts = rows(one("a")).tenants[0].amounts
    assert amounts[Resource.CPU].text == "0.50 CPUs of 2.00 CPUs"
    assert amounts[Resource.MEMORY].text == "512.0 MiB of 1.0 GiB"
    assert amounts[Resource.PROCESSES].text == "3"
    assert amounts[Resource.IO].text == "2.0 KiB/s"
    assert amounts[Resource.PRESSURE].text == "50.0% memory"


def test_a_tenant_takes_what_its_workloads_take_together() -> None:
    amounts = rows(one("a"), one("b")).tenants[0].amounts
    assert amounts[Resource.CPU].text == "1.00 CPUs of 4.00 CPUs"


def test_a_tenant_is_not_limited_where_one_of_its_workloads_is_not() -> None:
    amounts = rows(one("a"), one("b", cpu=None)).tenants[0].amounts
    assert amounts[Resource.CPU].limit is None
    assert amounts[Resource.CPU].text == "1.00 CPUs, no limit"


def test_a_limit_that_is_not_known_is_not_called_none() -> None:
    assert rows(one("a")).tenants[0].amounts[Resource.PROCESSES].text == "3"


def test_each_tenant_has_its_own_workloads() -> None:
    found = rows(one("a", "acme"), one("b", "globex"))
    assert {name: [row.name for row in members] for name, members in found.workloads.items()} == {
        "acme": ["a"],
        "globex": ["b"],
    }


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (GIB * 2048, "2.0 TiB")]
)
def test_sizes_are_in_the_largest_unit(value: float, text: str) -> None:
    assert size_text(value) == text


def test_the_host_is_said_in_words() -> None:
    said = host_text(HostUsage(0.5, 2, 2**30, 2**31))
    assert said == "The host: 0.50 of 2 CPUs, 1.0 GiB of 2.0 GiB memory"


def test_a_saved_snapshot_cannot_be_watched_and_says_so(page: LivePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.watch) as watch:
        page.show_result(shown(three_tenants()))
    assert watch.args == [None]
    assert page.says.startswith("Only this machine can be watched.")


def test_this_machine_is_watched_while_somebody_looks(page: LivePage, qtbot: QtBot) -> None:
    made = live()
    with qtbot.waitSignal(page.watch) as watch:
        page.show_result(made)
    assert watch.args == [made]
    with qtbot.waitSignal(page.watch) as watch:
        page.hide()
    assert watch.args == [None]


def test_another_viewpoint_does_not_begin_anew(page: LivePage, qtbot: QtBot) -> None:
    made = live()
    page.show_result(made)
    page.show_rows(rows(one("a")))
    with qtbot.assertNotEmitted(page.watch):
        page.show_result(replace(made, question=made.question))
    assert page.says == ""


def test_rows_are_shown_and_the_chosen_tenant_stays_chosen(page: LivePage) -> None:
    page.show_result(live())
    page.show_rows(rows(one("a", "acme"), one("b", "globex")))
    page.tenants.selectRow(1)
    chosen = page.tenants.currentIndex().data()
    page.show_rows(rows(one("b", "globex"), one("a", "acme")))
    assert page.tenants.currentIndex().data() == chosen
    assert page.workloads.model().rowCount() == 1
    column = 1 + RESOURCES.index(Resource.MEMORY)
    assert page.workloads.model().index(0, column).data(AMOUNT_ROLE).limit == GIB


def test_it_says_of_when_the_workloads_are(page: LivePage) -> None:
    page.show_result(live())
    page.show_rows(rows(one("a")))
    assert "workloads as of the scan of " in page.about
    assert page.about.endswith("; scan again to see new ones")


def test_a_name_stands_below_the_left_edge_of_its_heading(page: LivePage) -> None:
    page.show_result(live())
    page.show_rows(rows(one("a", "Tenant")))
    header, table = page.tenants.horizontalHeader(), page.tenants
    table.clearSelection()
    heading = header.grab(QRect(0, 4, 60, header.height() - 8)).toImage()
    name = table.viewport().grab(table.visualRect(table.model().index(0, 0))).toImage()
    assert abs(first_ink(heading) - first_ink(name)) <= 1


def first_ink(picture: QImage) -> int:
    """The first column of pixels that are not all alike."""
    columns = (
        {picture.pixel(x, y) for y in range(4, picture.height() - 4)}
        for x in range(picture.width())
    )
    return next(x for x, colours in enumerate(columns) if len(colours) > 1)


def test_a_machine_on_which_nothing_runs_says_so(page: LivePage) -> None:
    page.show_result(live())
    page.show_rows(LiveRows((), {}, ""))
    assert page.says == "Nothing runs on this host that Isoscope could see."


def test_hostile_names_are_plain_text(page: LivePage) -> None:
    page.show_result(live())
    page.show_rows(rows(one("a", "<b>x</b>")))
    assert page.tenants.model().index(0, 0).data() == "<b>x</b>"
    assert not page.grab().isNull()


def test_the_sampler_looks_until_it_is_stopped(qtbot: QtBot) -> None:
    bridge = Bridge()
    got: list[LiveRows] = []
    sampler = Sampler(bridge, got.append, pytest.fail)
    sampler.start(lambda: [one("a")])
    qtbot.waitUntil(lambda: bool(got))
    assert got[0].host.startswith("The host: ")
    assert got[0].tenants[0].subject == Subject(SubjectKind.TENANT, "acme")
    sampler.stop()
    assert not sampler.running
    bridge.close()


def test_a_watch_that_ends_by_an_error_says_so(page: LivePage, qtbot: QtBot) -> None:
    def breaks() -> list[Watched]:
        raise RuntimeError("no <b>such</b> cgroup")

    bridge = Bridge()
    sampler = Sampler(bridge, page.show_rows, page.show_failed)
    page.show_result(live())
    sampler.start(breaks)
    qtbot.waitUntil(lambda: "no <b>such</b> cgroup" in page.says)
    assert "Open this page again" in page.says
    sampler.stop()
    bridge.close()
