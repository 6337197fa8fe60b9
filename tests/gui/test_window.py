"""The window over real scans of a captured tree: from the start page to every answer."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.main_window import MainWindow
from gui.pages.overview import OverviewPage
from gui.theme import Appearance
from isoscope.assessment.viewpoint import AUDITOR
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.snapshot.document import ProbeState
from probes import registry
from probes.host.access import HostAccess
from probes.options import PROBE_NAMES, CollectionOptions
from probes.probe import Probe, Recorder
from tests.gui.tree import write_tree

Open = Callable[..., MainWindow]
Key = Qt.Key


@pytest.fixture
def open_window(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> Iterator[Open]:
    """Opens windows whose scans look at a captured tree."""
    opened: list[MainWindow] = []
    tree = write_tree(tmp_path / "host")

    def make(**options: object) -> MainWindow:
        given = Namespace(**{"root": str(tree), **options})
        window = MainWindow(choices_of(given), given, appearance)
        window.show()
        with qtbot.waitActive(window):
            window.activateWindow()
        opened.append(window)
        return window

    yield make
    for window in opened:
        window.close()


def facts(window: MainWindow) -> dict[str, str]:
    """What the header says."""
    assert window.host_view is not None
    return window.host_view.header.facts()


def settle(qtbot: QtBot, window: MainWindow) -> OverviewPage:
    """Waits until something is shown and explained."""
    qtbot.waitUntil(lambda: window.overview is not None and not window.session.busy)
    overview = window.overview
    assert overview is not None
    qtbot.waitUntil(lambda: bool(overview.detail.verdict.headline))
    return overview


def choose(window: MainWindow, chooser: str, title: str) -> None:
    """Chooses by keyboard, as somebody who types the title's beginning."""
    box = next(b for b in window.findChildren(QComboBox) if b.accessibleName() == chooser)
    box.setFocus()
    QTest.keyClicks(box, title)
    QTest.keyClick(box, Key.Key_Return)


def test_the_start_page_offers_a_scan_a_snapshot_and_the_demonstration(open_window: Open) -> None:
    window = open_window()
    buttons = {
        button.accessibleName()
        for button in window.start.findChildren(QPushButton)
        if button.isVisible()
    }
    assert buttons == {"Scan this machine", "Open a snapshot…", "Show the demonstration"}
    assert not window.actions_.save.isEnabled()
    assert "Nothing is loaded yet" in window.actions_.save.toolTip()


def test_f5_scans_and_shows_every_container_with_nine_verdicts(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    QTest.keyClick(window, Key.Key_F5)
    overview = settle(qtbot, window)
    assert overview.tenants.model().rowCount() == 2
    shown = window.session.shown
    assert shown is not None
    for row in shown.rows.tenants:
        assert set(row.verdicts) == set(ASPECTS)
    assert window.windowTitle() == "h1 — Isoscope"
    assert facts(window)["Looked at"] == "captured tree, as unknown privilege"


def test_a_machine_on_which_nothing_runs_is_not_called_fine(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window(root=str(write_tree(tmp_path / "empty", containers=0)))
    window.scan()
    qtbot.waitUntil(lambda: window.overview is not None)
    assert window.overview is not None
    assert "No running workload was found" in window.overview._nothing.text()


class Hanging:
    """A probe that reads one file and then waits for an answer that never comes."""

    name = "hanging"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """Reads the host's name and hangs."""
        recorder.keep(host.file("/proc/sys/kernel/hostname"))
        while True:
            recorder.keep(host.file("/etc/hostname"))


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> None:
    """All probes, and one more that never ends."""
    original = registry.all_probes

    def with_hanging(options: CollectionOptions) -> list[Probe]:
        return [*original(options), Hanging()]

    monkeypatch.setattr(registry, "all_probes", with_hanging)


def test_escape_ends_a_scan_and_keeps_what_was_read(
    qtbot: QtBot, open_window: Open, hanging: None
) -> None:
    window = open_window(timeout=60.0)
    window.scan()
    qtbot.waitUntil(window.activity.isVisible)
    others = len(PROBE_NAMES)
    qtbot.waitUntil(lambda: window.activity._bar.value() == others)
    assert window.activity._bar.maximum() == others + 1
    assert window.activity.text == "Looking at this machine; waiting for hanging"
    assert not window.actions_.scan.isEnabled()
    QTest.keyClick(window, Key.Key_Escape)
    overview = settle(qtbot, window)
    shown = window.session.shown
    assert shown is not None
    states = {probe.name: probe.state for probe in shown.seen.inventory.probes}
    assert states["hanging"] is ProbeState.CANCELLED
    assert overview.tenants.model().rowCount() == 2
    assert "1 probe with problems" in facts(window)["Not seen"]
    assert not window.activity.isVisible()


def files(tmp_path: Path) -> dict[str, Path]:
    """Paths that are no snapshots, each in its way."""
    made = {
        "absent": tmp_path / "absent.json",
        "directory": tmp_path,
        "garbage": tmp_path / "garbage.json",
        "other-json": tmp_path / "other.json",
        "pipe": tmp_path / "pipe",
        "newer": tmp_path / "newer.json",
    }
    made["garbage"].write_bytes(os.urandom(64))
    made["other-json"].write_text('{"a": 1}')
    made["newer"].write_text('{"isoscope_snapshot": 99}')
    os.mkfifo(made["pipe"])
    return made


@pytest.mark.parametrize("kind", ["absent", "directory", "garbage", "other-json", "pipe", "newer"])
def test_an_unreadable_file_gives_one_line_and_the_view_stays(
    qtbot: QtBot, open_window: Open, tmp_path: Path, kind: str
) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    before = window.session.shown
    path = files(tmp_path)[kind]
    window.open(path)
    qtbot.waitUntil(window.message.isVisible)
    assert str(path) in window.message.text
    assert "cannot be opened: " in window.message.text
    assert "\n" not in window.message.text
    assert window.session.shown is before
    assert not window.session.busy
    assert window.actions_.scan.isEnabled()


def test_a_saved_snapshot_opens_with_the_same_verdicts(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    first = window.session.shown
    assert first is not None
    path = tmp_path / "saved.json.gz"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.session.saver.saved):
        QTest.keyClick(window, Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.session.shown_changed):
        QTest.keyClick(window, Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    again = window.session.shown
    assert again is not None
    assert again is not first
    assert [r.verdicts for r in again.rows.tenants] == [r.verdicts for r in first.rows.tenants]
    assert list(tmp_path.glob(".saved*")) == []


def test_a_snapshot_that_cannot_be_saved_says_so_and_leaves_nothing(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    assert window.session.shown is not None
    window.session.saver.save(
        window.session.shown.seen.snapshot, tmp_path / "no such directory" / "x.json"
    )
    qtbot.waitUntil(window.message.isVisible)
    assert "cannot be saved: No such file or directory" in window.message.text


def low_rungs(window: MainWindow) -> list[int]:
    """The low rungs that are shown for the first tenant."""
    shown = window.session.shown
    assert shown is not None
    return [shown.rows.tenants[0].verdicts[aspect].low for aspect in ASPECTS]


def test_another_viewpoint_judges_at_once(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    before = low_rungs(window)
    with qtbot.waitSignal(window.session.shown_changed):
        choose(window, "Viewpoint", "Auditor")
    after = low_rungs(window)
    assert after != before
    assert all(less <= more for less, more in zip(after, before, strict=True))
    assert facts(window)["From whose viewpoint"] == "Auditor"


def test_the_chooser_follows_a_viewpoint_that_was_chosen_elsewhere(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    with qtbot.waitSignal(window.session.shown_changed):
        window.session.choose_viewpoint(AUDITOR)
    chooser = window.viewpoints.findChild(QComboBox)
    assert isinstance(chooser, QComboBox)
    assert chooser.currentText() == "Auditor"


def test_another_profile_judges_at_once(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    before = window.session.shown
    with qtbot.waitSignal(window.session.shown_changed):
        choose(window, "Required by", "Regulated")
    after = window.session.shown
    assert before is not None
    assert after is not None
    assert after.question.profile.id == "regulated-workload"
    aspect = ASPECTS[0]
    required = after.question.profile.least(aspect)
    assert after.rows.tenants[0].verdicts[aspect].required == required
    assert after.seen is before.seen


def test_of_quick_choices_only_the_last_one_is_shown(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    seen: list[str] = []

    def note() -> None:
        shown = window.session.shown
        assert shown is not None
        seen.append(shown.question.viewpoint.id)

    window.session.shown_changed.connect(note)
    for title in ("Tenant", "Auditor", "Operator", "Tenant"):
        choose(window, "Viewpoint", title)
    qtbot.waitUntil(lambda: not window.session._judge.busy)
    qtbot.wait(150)
    assert seen == ["tenant"]


def test_parties_distrusted_on_the_command_line_stay_so_in_every_viewpoint(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window(distrust=["host-kernel"])
    window.scan()
    settle(qtbot, window)
    assert facts(window)["From whose viewpoint"] == "Operator, without host-kernel"
    assert set(low_rungs(window)) == {0}  # all that was known was the kernel's word


def test_what_is_shown_still_stands_after_a_menu_was_looked_through(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    window.scan()
    settle(qtbot, window)
    said = window.what_is_shown.text
    assert said.endswith("required by Shared team host")
    QApplication.sendEvent(window, QStatusTipEvent(""))  # what hovering over a menu's entry sends
    window.statusBar().showMessage("Saved", 50)
    qtbot.waitUntil(lambda: not window.statusBar().currentMessage())
    assert window.what_is_shown.isVisible()
    assert window.what_is_shown.text == said


def test_only_the_tenant_that_was_asked_for_is_shown(qtbot: QtBot, open_window: Open) -> None:
    window = open_window(tenant="nobody is called so")
    window.scan()
    qtbot.waitUntil(window.message.isVisible)
    assert window.message.text == "No tenant is called nobody is called so here."


def test_ctrl_f_finds_a_workload(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.scan()
    overview = settle(qtbot, window)
    QTest.keyClick(window, Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.search.hasFocus)
    QTest.keyClicks(window.search, f"docker:{100:064x}")
    assert overview.tenants.model().rowCount() == 1


def test_tab_reaches_everything_and_everything_has_a_name(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.scan()
    overview = settle(qtbot, window)
    overview.tenants.setFocus()
    qtbot.waitUntil(overview.tenants.hasFocus)
    reached: list[str] = []
    for _ in range(40):
        widget = window.focusWidget()
        assert widget is not None
        reached.append(widget.accessibleName())
        QTest.keyClick(widget, Key.Key_Tab)
    assert "" not in reached
    order = list(dict.fromkeys(reached))
    expected = [
        "Tenants",
        "Workloads of the tenant",
        "Parts of the details",
        "Confidentiality",
        "Reasons",
        "Required by",
        "Viewpoint",
        "Find tenants and workloads",
    ]
    assert [name for name in order if name in expected] == expected


def test_nothing_in_the_window_renders_markup(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    name = "<h1>big</h1><img src=x>&amp;"
    window = open_window(root=str(write_tree(tmp_path / "hostile", hostname=name)))
    window.scan()
    settle(qtbot, window)
    assert name in window.windowTitle()
    for label in window.findChildren(QLabel):
        if label.metaObject().className() != "QLabel":  # ours; Qt's own hold no host text
            assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    for widget in window.findChildren(QWidget):
        assert "<h1>" not in widget.toolTip()
        assert "<img" not in widget.toolTip()
