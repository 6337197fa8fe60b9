"""The window comes back as it was left, on the screens that there are."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QHeaderView, QSplitter
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.kept_question import with_kept_question
from gui.main_window import MainWindow
from gui.pages.host import HostPage
from gui.pages.overview import OverviewPage
from gui.theme import Appearance, Scheme, is_dark
from isoscope.assessment.profile import parse_profile

SNAPSHOT = Path(__file__).parents[1] / "lab" / "hosts" / "apparmor" / "snapshot.json.gz"
Open = Callable[..., MainWindow]


@pytest.fixture
def open_window(qtbot: QtBot, appearance: Appearance) -> Iterator[Open]:
    """Opens windows one after the other, as runs of the program do."""
    opened: list[MainWindow] = []

    def make(**options: object) -> MainWindow:
        given = Namespace(**options)
        choices = with_kept_question(choices_of(given), given, QSettings())
        window = MainWindow(choices, given, appearance)
        window.show()
        with qtbot.waitActive(window):
            window.activateWindow()
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.close()


def load(qtbot: QtBot, window: MainWindow) -> None:
    """Opens a recorded host."""
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)


def host_page(window: MainWindow) -> HostPage:
    """The page of TEEs, labels and flaws, opened."""
    assert window.host_view is not None
    window.host_view.choose("host")
    page = window.host_view.page("host")
    assert isinstance(page, HostPage)
    return page


def drag(header: QHeaderView, column: int, by: int) -> None:
    """Drags the right edge of a heading with the mouse."""
    viewport = header.viewport()
    edge = header.sectionViewportPosition(column) + header.sectionSize(column) - 1
    at = QPoint(edge, header.height() // 2)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(viewport, at + QPoint(by // 2, 0))
    QTest.mouseMove(viewport, at + QPoint(by, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=at + QPoint(by, 0))


def test_the_size_comes_back(open_window: Open) -> None:
    first = open_window()
    first.setGeometry(20, 30, 700, 650)
    first.close()
    assert open_window().size() == first.size()


def test_the_page_comes_back(qtbot: QtBot, open_window: Open) -> None:
    first = open_window()
    load(qtbot, first)
    host_page(first)
    first.close()
    second = open_window()
    load(qtbot, second)
    assert second.host_view is not None
    assert second.host_view.current == "host"
    assert second.host_view.page("host").isVisible()


def test_a_place_on_a_screen_that_is_gone_is_moved_to_one_that_is_there(
    open_window: Open,
) -> None:
    first = open_window()
    first.setGeometry(9000, 9000, 600, 500)
    first.close()
    second = open_window()
    there = QApplication.primaryScreen().availableGeometry()
    assert there.intersects(second.geometry())
    assert there.contains(second.geometry().topLeft())


@pytest.mark.parametrize("kept", [QByteArray(b"no geometry"), "text", 7])
def test_a_geometry_that_is_none_is_left_aside(open_window: Open, kept: object) -> None:
    QSettings().setValue("window/geometry", kept)
    assert open_window().size().width() > 300


def test_columns_that_a_hand_widened_stay_so_through_other_results_and_runs(
    qtbot: QtBot, open_window: Open
) -> None:
    first = open_window()
    load(qtbot, first)
    page = host_page(first)
    header = page.tees.table.horizontalHeader()
    before = header.sectionSize(0)
    other = header.sectionSize(1)
    drag(header, 0, 60)
    assert header.sectionSize(0) == before + 60
    load(qtbot, first)  # fits the columns to their content again
    assert header.sectionSize(0) == before + 60
    first.close()
    second = open_window()
    load(qtbot, second)
    assert host_page(second).tees.table.horizontalHeader().sectionSize(0) == before + 60
    assert host_page(second).tees.table.horizontalHeader().sectionSize(1) == other


def test_splitters_that_a_hand_moved_come_back(qtbot: QtBot, open_window: Open) -> None:
    def divided(window: MainWindow) -> QSplitter:
        overview = window.overview
        assert isinstance(overview, OverviewPage)
        found = overview.findChild(QSplitter, "tables")
        assert isinstance(found, QSplitter)
        return found

    first = open_window()
    first.setGeometry(20, 30, 700, 650)
    load(qtbot, first)
    splitter = divided(first)
    splitter.moveSplitter(splitter.sizes()[0] - 70, 1)  # as the mouse does
    moved = splitter.sizes()
    first.close()
    second = open_window()
    load(qtbot, second)
    qtbot.waitUntil(lambda: divided(second).sizes() == moved)


def test_the_appearance_comes_back_and_is_ticked(open_window: Open) -> None:
    first = open_window()
    first.actions_.appearance.actions()[2].trigger()
    first.close()
    second = open_window()
    assert is_dark(second.palette())
    ticked = [a.data() for a in second.actions_.appearance.actions() if a.isChecked()]
    assert ticked == [Scheme.DARK.value]


def choose(window: MainWindow, chooser: str, title: str) -> None:
    """Chooses by keyboard."""
    box = next(b for b in window.findChildren(QComboBox) if b.accessibleName() == chooser)
    box.setFocus()
    QTest.keyClicks(box, title)
    QTest.keyClick(box, Qt.Key.Key_Return)


def test_profile_and_viewpoint_come_back_unless_the_command_line_says_others(
    open_window: Open,
) -> None:
    first = open_window()
    choose(first, "Required by", "Regulated")
    choose(first, "Viewpoint", "Auditor")
    first.close()
    second = open_window()
    assert second.session.question.profile.id == "regulated-workload"
    assert second.session.question.viewpoint.id == "auditor"
    assert second.viewpoints.shown == "auditor"
    third = open_window(profile="personal-laptop", viewpoint="operator")
    assert third.session.question.profile.id == "personal-laptop"
    assert third.session.question.viewpoint.id == "operator"


def test_a_profile_of_ones_own_that_was_saved_comes_back_or_is_said_to_be_gone(
    open_window: Open, tmp_path: Path
) -> None:
    path = tmp_path / "shared-team-host.toml"  # as a built-in one is called
    path.write_text('title = "Ours"\ndescription = ""\n\n[host-from-workload]\nintegrity = 4\n')
    first = open_window()
    first.state.keep_profile_file(parse_profile(path.read_text(), "ours"), path)
    first.close()
    second = open_window()
    assert second.session.question.profile.title == "Ours"
    assert second.session.question.profile.id == "shared-team-host-2"
    own = second.session.question.profile
    choose(second, "Required by", "Regulated")
    second.profiles.chosen.emit(own)
    second.close()
    path.unlink()
    third = open_window()
    assert third.session.question.profile.id == "shared-team-host"
    assert f"{path} cannot be read" in third.message.text
    assert "Required by Shared team host now" in third.message.text
    choose(third, "Required by", "Regulated")
    third.close()
    assert not open_window().message.isVisible()


def test_what_is_kept_and_is_not_offered_any_more_is_left_aside(open_window: Open) -> None:
    for key in ("question/profile", "question/viewpoint", "window/page", "window/appearance"):
        QSettings().setValue(key, "no-such-thing")
    window = open_window()
    assert window.session.question.profile.id == "shared-team-host"
    assert window.session.question.viewpoint.id == "operator"


def test_the_demonstration_changes_nothing_that_is_kept(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.show_demo()
    choose(window, "Viewpoint", "Auditor")
    assert window.host_view is not None
    window.host_view.choose("word")
    window.close()
    assert QSettings().value("question/viewpoint") is None
    assert QSettings().value("window/page") is None


def test_the_size_is_that_of_before_the_demonstration(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.resize(790, 640)
    before = window.saveGeometry()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.show_demo()
    window.resize(790, 700)
    assert window.saveGeometry() != before
    window.close()
    assert QSettings().value("window/geometry") == before


def test_the_window_can_be_reset(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.setGeometry(20, 30, 600, 600)
    window.actions_.appearance.actions()[2].trigger()
    load(qtbot, window)
    fresh = host_page(window).tees.table.horizontalHeader().sectionSize(0)
    drag(host_page(window).tees.table.horizontalHeader(), 0, 80)
    window.actions_.reset.trigger()
    assert host_page(window).tees.table.horizontalHeader().sectionSize(0) == fresh
    assert window.state._appearance.scheme is Scheme.SYSTEM
    assert window.geometry() != QRect(20, 30, 600, 600)
    window.close()
    kept = QSettings()
    kept.beginGroup("window")
    assert [key for key in kept.allKeys() if key.startswith("type-")] == []
