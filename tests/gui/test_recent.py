"""What was opened lately: on the start page and in a menu, from one run to the next."""

from __future__ import annotations

import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.main_window import MainWindow
from gui.recent import MOST, Recent, parsed, written
from gui.theme import Appearance

LAB = Path(__file__).parents[1] / "lab" / "hosts"
Open = Callable[[], MainWindow]
Key = Qt.Key


@pytest.fixture
def two_hosts(tmp_path: Path) -> list[Path]:
    """Snapshots of two real hosts, in a directory of their own."""
    made = []
    for name in ("apparmor", "selinux-enforcing"):
        path = tmp_path / f"{name} & more.json.gz"
        shutil.copy(LAB / name / "snapshot.json.gz", path)
        made.append(path)
    return made


@pytest.fixture
def open_window(qtbot: QtBot, appearance: Appearance) -> Iterator[Open]:
    """Opens windows one after the other, as runs of the program do."""
    opened: list[MainWindow] = []

    def make() -> MainWindow:
        window = MainWindow(choices_of(Namespace()), Namespace(), appearance)
        window.show()
        with qtbot.waitActive(window):
            window.activateWindow()
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.close()


def host(window: MainWindow) -> str:
    """The host that is shown."""
    shown = window.session.shown
    return shown.seen.host.name if shown is not None else ""


def listed(window: MainWindow) -> list[list[str]]:
    """The cells of the table on the start page."""
    model = window.start.recent.table.model()
    return [
        [str(model.index(row, column).data()) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def menu_texts(window: MainWindow) -> list[str]:
    """What the menu of recent snapshots offers."""
    menu = window.actions_.recent
    menu.aboutToShow.emit()
    return [action.text() for action in menu.actions()]


def test_a_new_user_sees_no_empty_table(open_window: Open) -> None:
    window = open_window()
    assert not window.start.recent.isVisible()
    assert menu_texts(window) == ["Nothing was opened yet"]


def test_what_was_opened_is_there_in_the_next_run_and_opens_by_keyboard(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path]
) -> None:
    first = open_window()
    for path in two_hosts:
        with qtbot.waitSignal(first.session.shown_changed, timeout=20_000):
            first.open(path)
    names = [host(first)]
    first.close()
    second = open_window()
    assert [row[2] for row in listed(second)] == [path.name for path in reversed(two_hosts)]
    assert listed(second)[0][0] == names[0]
    assert listed(second)[0][1].startswith("20")
    table = second.start.recent.table
    QTest.keyClick(second, Key.Key_L, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(table.hasFocus)
    QTest.keyClick(table, Key.Key_Down)
    with qtbot.waitSignal(second.session.shown_changed, timeout=20_000):
        QTest.keyClick(table, Key.Key_Return)
    assert host(second) == listed(second)[0][0]
    assert listed(second)[0][2] == two_hosts[0].name  # the latest first


def test_a_snapshot_that_was_saved_is_among_them(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path], tmp_path: Path
) -> None:
    window = open_window()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(two_hosts[0])
    with qtbot.waitSignal(window.session.saved, timeout=20_000):
        window.session.save(tmp_path / "kept.json")
    assert [row[2] for row in listed(window)] == ["kept.json", two_hosts[0].name]


def test_a_file_that_is_gone_says_so_and_can_be_forgotten(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path]
) -> None:
    window = open_window()
    for path in two_hosts:
        with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
            window.open(path)
    two_hosts[1].unlink()
    window.show_start()
    qtbot.waitUntil(lambda: listed(window)[0][3].startswith("not there any more: "))
    assert not listed(window)[1][3].startswith("not there")
    table = window.start.recent.table
    qtbot.waitUntil(table.hasFocus)
    table.selectRow(0)
    QTest.keyClick(table, Key.Key_Return)
    qtbot.waitUntil(window.message.isVisible)
    assert "cannot be opened: No such file or directory" in window.message.text
    QTest.keyClick(table, Key.Key_Delete)
    assert [row[2] for row in listed(window)] == [two_hosts[0].name]
    window.start.recent.forget_all.click()
    assert not window.start.recent.isVisible()
    assert two_hosts[0].exists()
    assert menu_texts(open_window()) == ["Nothing was opened yet"]


def test_several_snapshots_are_the_first_one_and_the_others_at_hand(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path]
) -> None:
    window = open_window()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.files.open_all(two_hosts)
    assert "Another snapshot is at hand" in window.message.text
    first = host(window)
    texts = menu_texts(window)
    assert texts[0].startswith(f"&1 {first} — ")
    assert "selinux-enforcing && more" in texts[1]  # a name's & is no key
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.actions_.recent.actions()[1].trigger()
    shown = window.session.shown
    assert shown is not None
    assert shown.seen.path == two_hosts[1]


def test_several_files_may_be_dropped(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path]
) -> None:
    window = open_window()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in two_hosts])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.dropEvent(event)
    assert [row[2] for row in listed(window)] == [path.name for path in two_hosts]


def test_the_start_page_leads_back_to_the_host_that_is_shown(
    qtbot: QtBot, open_window: Open, two_hosts: list[Path]
) -> None:
    window = open_window()
    assert window.start.back.isHidden()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(two_hosts[0])
    QTest.keyClick(window, Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(window.start.isVisible)
    assert host(window) in window.start.back.text()
    window.start.back.click()
    assert window.host_view is not None
    assert window.host_view.isVisible()


def test_the_demonstration_leaves_nothing_behind(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.show_demo()
    assert menu_texts(window) == ["Nothing was opened yet"]


def test_only_so_many_are_kept(open_window: Open) -> None:
    window = open_window()
    window.files.recent.remember(Recent(Path(f"/srv/{number}.json")) for number in range(MOST + 5))
    kept = window.files.recent.entries
    assert [entry.path.name for entry in kept] == [f"{number}.json" for number in range(MOST)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{}",
        "[[]]",
        '[["relative.json", "h", 1]]',
        '[["/a\\u0000b", "h", 1]]',
        '[["/a", 1, 1]]',
        '[["/a", "h", "yesterday"]]',
        "[" * 100_000,
        '[null, "x", 7]',
    ],
)
def test_settings_that_are_not_ours_say_nothing(open_window: Open, text: str) -> None:
    assert parsed(text) == ()
    QSettings().setValue("recent/snapshots", text)
    assert not open_window().start.recent.isVisible()


def test_hostile_names_of_hosts_and_files_are_kept_and_shown_as_text() -> None:
    entries = (
        Recent(Path("/srv/<img src=x>\n\u202egnp.json"), "<b>h\x1b[31m\ud800", 1e30),
        Recent(Path("/srv/" + "x" * 3000), "h" * 300, None),
    )
    assert parsed(written(entries)) == entries
