"""What is listed is shown before it is judged, and is not taken for a verdict."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui import judging
from gui.choices import choices_of
from gui.main_window import MainWindow
from gui.pages.listing import ListingPage
from gui.theme import Appearance
from isoscope.snapshot.codec import dump
from tests.benchmarks.many_snapshot import many

WORKLOADS, TENANTS = 60, 4


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Nothing is judged until it is set."""
    allowed = Event()
    looked_at = judging.looked_at

    def waiting(*arguments: object) -> judging.Seen:
        allowed.wait(20)
        return looked_at(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "looked_at", waiting)
    yield allowed
    allowed.set()


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance) -> Iterator[MainWindow]:
    options = Namespace()
    made = MainWindow(choices_of(options), options, appearance)
    made.show()
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "many.json"
    path.write_bytes(dump(many(WORKLOADS, TENANTS)))
    return path


def listing(qtbot: QtBot, window: MainWindow) -> ListingPage:
    qtbot.waitUntil(lambda: window.listing is not None and window.listing.isVisible())
    assert window.listing is not None
    return window.listing


def test_tenants_and_workloads_are_there_before_a_verdict_is(
    qtbot: QtBot, window: MainWindow, file: Path, go: Event
) -> None:
    window.open(file)
    page = listing(qtbot, window)
    assert page.tenants.model().rowCount() == TENANTS
    assert page.workloads.model().rowCount() == WORKLOADS // TENANTS
    cell = page.tenants.model().index(0, 1)
    assert "judging" in cell.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "60 workloads" in window.activity.text
    assert not window.actions_.export.isEnabled()
    assert window.session.shown is None
    assert not go.is_set()


def test_a_search_finds_what_is_listed(
    qtbot: QtBot, window: MainWindow, file: Path, go: Event
) -> None:
    window.open(file)
    page = listing(qtbot, window)
    window.search.setText("c00002")
    assert page.tenants.model().rowCount() == 1
    assert page.workloads.model().rowCount() == 1
    window.search.setText("no such thing")
    assert page.workloads.model().rowCount() == 0
    assert not go.is_set()


def test_verdicts_take_its_place_and_the_tenant_stays_chosen(
    qtbot: QtBot, window: MainWindow, file: Path, go: Event
) -> None:
    window.open(file)
    page = listing(qtbot, window)
    page.tenants.selectRow(2)
    page.tenants.choose(page.tenants.aspect)
    chosen = page.chosen_tenant
    go.set()
    qtbot.waitUntil(lambda: window.overview is not None and window.overview.isVisible())
    assert window.overview is not None
    assert window.overview.chosen_tenant == chosen
    assert window.actions_.export.isEnabled()


def test_cancelling_goes_back_to_what_was_there(
    qtbot: QtBot, window: MainWindow, file: Path, go: Event
) -> None:
    window.open(file)
    listing(qtbot, window)
    window.session.cancel()
    assert window.start.isVisible()
    go.set()
    qtbot.wait(200)
    assert window.start.isVisible()


def test_what_cannot_be_read_to_the_end_goes_back_and_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, go: Event
) -> None:
    whole = dump(many(WORKLOADS, TENANTS))
    broken = tmp_path / "broken.json"
    broken.write_bytes(whole.replace(b'"target":"/proc/1/status"', b'"target":["/proc/1/status"]'))
    go.set()
    window.open(broken)
    qtbot.waitUntil(window.message.isVisible)
    assert "cannot be opened" in window.message.text
    assert window.start.isVisible()
