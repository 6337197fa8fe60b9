"""History: looks are kept only when asked, compared with, and let go."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.choices import Question
from gui.history import Kept, forget, history_directory, keep, kept_of, load_kept
from gui.history_kept import HistoryKept
from gui.jobs import Jobs
from gui.judging import Shown, judged, looked_at
from gui.nodes import Node
from gui.pages.history import HistoryPage
from gui.trending import Point, Since, since, trend, worse_words
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Direction, Status
from isoscope.bundled import built_in_profiles
from isoscope.snapshot.document import Snapshot
from probes.collect import collect
from probes.host.captured import CapturedTree
from probes.options import CollectionOptions
from probes.registry import all_probes
from tests.gui.tree import write_tree

HOSTILE = ["../../etc", "a/b", ".", "..", "", "\0", "n" * 300, "\udcff", "\u202e"]


def a_look(folder: Path, containers: int = 2, at: float = 1_800_000_000.0) -> Snapshot:
    """A look at a captured tree."""
    root = folder / f"tree-{containers}-{int(at)}"
    if not root.exists():
        write_tree(root, containers=containers)
    tree = CapturedTree(root)
    snapshot = collect(tree, all_probes(CollectionOptions()))
    return replace(snapshot, started_at=at, finished_at=at + 1)


def shown(snapshot: Snapshot) -> Shown:
    """A look as the window shows it."""
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    return judged(looked_at(snapshot, "", None), Question(profile, OPERATOR), "")


def test_a_look_is_kept_for_the_users_eyes_only_and_comes_back(tmp_path: Path) -> None:
    snapshot = a_look(tmp_path)
    kept = keep(snapshot, "h1", 5)
    assert kept.path.parent == history_directory() / "h1"
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700
    assert load_kept(kept).readings.keys() == snapshot.readings.keys()
    assert kept_of("h1") == (kept,)


def test_the_oldest_go_when_there_are_more_than_were_asked_for(tmp_path: Path) -> None:
    for hour in range(4):
        keep(a_look(tmp_path, at=1_800_000_000.0 + 3600 * hour), "h1", 2)
    assert [kept.at.timestamp() for kept in kept_of("h1")] == [1_800_010_800.0, 1_800_007_200.0]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    kept = keep(a_look(tmp_path), "h1", 1)
    other = kept.path.parent / "notes.txt"
    other.write_text("mine")
    link = kept.path.parent / "20270115T080000Z.json.gz.bak"
    link.write_text("mine too")
    keep(a_look(tmp_path, at=1_900_000_000.0), "h1", 1)
    assert other.exists()
    assert link.exists()
    forget(kept_of("h1"))
    assert sorted(path.name for path in kept.path.parent.iterdir()) == [link.name, other.name]


@pytest.mark.parametrize("host", HOSTILE)
def test_a_hosts_name_cannot_lead_out_of_the_directory(tmp_path: Path, host: str) -> None:
    kept = keep(a_look(tmp_path), host, 1)
    assert kept.path.parent.parent == history_directory()
    assert kept_of(host) == (kept,)


def test_at_least_one_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        keep(a_look(tmp_path), "h1", 0)


def test_what_changed_since_a_look_is_told(tmp_path: Path) -> None:
    kept = keep(a_look(tmp_path, containers=1), "h1", 5)
    now = shown(a_look(tmp_path, containers=2, at=1_800_003_600.0))
    found = since(kept, now, None)
    assert found.at == kept.at
    assert any("New workloads" in node.text for node in found.nodes)


def test_what_was_only_not_seen_again_did_not_fall(tmp_path: Path) -> None:
    snapshot = a_look(tmp_path)
    kept = keep(snapshot, "h1", 5)
    fewer = {key: one for key, one in snapshot.readings.items() if "/status" not in str(key)}
    assert len(fewer) < len(snapshot.readings)
    found = since(kept, shown(replace(snapshot, readings=fewer)), None)
    assert found.fell == ()
    assert found.less_seen > 0
    assert worse_words(found).startswith("Less was seen than at the last look: ")
    marks = {node.mark for part in found.nodes for node in part.children}
    assert marks == {Status.UNPROVEN}


def test_what_fell_and_what_was_not_seen_are_told_apart() -> None:
    said = worse_words(Since(datetime.now(UTC), (), ("acme  HW·I  2 → 0", "b"), 1))
    assert said == (
        "Fell since the last look: acme  HW·I  2 → 0 and 1 more. "
        "Less was seen than at the last look: 1 verdict is less certain."
    )


def test_since_the_same_look_nothing_changed(tmp_path: Path) -> None:
    snapshot = a_look(tmp_path)
    found = since(keep(snapshot, "h1", 5), shown(snapshot), None)
    assert [node.text for node in found.nodes] == ["Nothing changed."]
    assert found.fell == ()


def test_a_trend_has_a_point_for_each_look_that_can_be_read(tmp_path: Path) -> None:
    looks = [keep(a_look(tmp_path, at=1_800_000_000.0 + n), "h1", 9) for n in range(3)]
    looks[1].path.write_bytes(b"no snapshot")
    points = trend(looks, shown(a_look(tmp_path)), None, lambda: False)
    assert [point.at for point in points] == [looks[0].at, looks[2].at]
    assert all(set(point.lowest) == set(Direction) for point in points)
    assert sum(points[0].statuses.values()) == 2


class Scans:
    """Counts scans."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def history(qtbot: QtBot, tmp_path: Path) -> Iterator[HistoryKept]:
    parent = QObject()
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    bridge = Bridge(parent)
    scans = Scans()
    made = HistoryKept(Jobs(bridge), scan=scans, rules=None, settings=settings, parent=parent)
    yield made
    made.close()
    bridge.close()


def test_nothing_is_kept_before_somebody_asks(
    history: HistoryKept, qtbot: QtBot, tmp_path: Path
) -> None:
    assert history.most == 0
    with qtbot.waitSignal(history.looks_changed) as changed:
        history.on_shown(shown(a_look(tmp_path)))
    assert changed.args == [()]
    assert not history_directory().exists()


def test_a_scan_is_kept_once_and_a_saved_snapshot_never(
    history: HistoryKept, qtbot: QtBot, tmp_path: Path
) -> None:
    history.keep_at_most(3)
    made = shown(a_look(tmp_path))
    with qtbot.waitSignal(history.looks_changed) as changed:
        history.on_shown(made)
    assert len(changed.args[0]) == 1
    history.on_shown(replace(made))  # another viewpoint on the same look
    saved = shown(a_look(tmp_path, at=1_800_000_100.0))
    with qtbot.waitSignal(history.looks_changed) as changed:
        history.on_shown(replace(saved, seen=replace(saved.seen, origin="h1.json")))
    assert len(changed.args[0]) == 1


def test_forgetting_deletes_all_looks_at_the_host(
    history: HistoryKept, qtbot: QtBot, tmp_path: Path
) -> None:
    history.keep_at_most(3)
    with qtbot.waitSignal(history.looks_changed):
        history.on_shown(shown(a_look(tmp_path)))
    with qtbot.waitSignal(history.looks_changed) as changed:
        history.forget_all()
    assert changed.args == [()]


def test_it_looks_again_only_when_asked(history: HistoryKept) -> None:
    asked = [history.looks_again]
    for minutes in (5, 0):
        history.look_every(minutes)
        asked.append(history.looks_again)
    assert asked == [False, True, False]


def test_a_directory_that_cannot_be_written_is_told(
    history: HistoryKept, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setitem(os.environ, "XDG_DATA_HOME", str(blocked))
    history.keep_at_most(3)
    with qtbot.waitSignal(history.failed) as failed:
        history.on_shown(shown(a_look(tmp_path)))
    assert "cannot be used" in failed.args[0]


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[HistoryPage]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = HistoryPage(0, parent)
    made.resize(1280, 700)
    parent.show()
    yield made
    parent.close()


def looks(*hours: int) -> tuple[Kept, ...]:
    return tuple(
        Kept(Path(f"/x/{hour}"), datetime(2026, 11, 27, hour, tzinfo=UTC), 2048) for hour in hours
    )


def test_a_page_without_looks_says_how_to_keep_some(page: HistoryPage) -> None:
    assert page.says_none
    assert page.most.text() == "none"


def test_the_look_before_is_chosen_to_compare_with(page: HistoryPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.chosen) as chosen:
        page.show_looks(looks(12, 11, 10))
    assert chosen.args == [looks(11)[0]]
    assert not page.says_none


def test_only_an_answer_for_the_chosen_look_is_shown(page: HistoryPage) -> None:
    page.show_looks(looks(12, 11))
    page.show_since(Since(looks(12)[0].at, (Node("late"),), ()))
    assert page.heading == ""
    page.show_since(Since(looks(11)[0].at, (Node("in time"),), ()))
    assert page.heading == "What changed since 2026-11-27 11:00:00 UTC"
    assert page.changes.model().index(0, 0).data() == "in time"


def test_the_chart_says_in_words_what_it_draws(page: HistoryPage) -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    lowest = {direction: number for number, direction in enumerate(Direction)}
    page.show_trend([Point(at, lowest, dict.fromkeys(Status, 0))] * 2)
    assert "Host from workload: 1, 1" in page.chart.accessibleDescription()
    assert not page.grab().isNull()
