"""The demonstration in the window: clicked through, told by keys, left by hand."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.demo.bundled import bundled_story, subject_of
from gui.demo.presenting import LARGEST, larger
from gui.demo.show import Demonstration
from gui.demo.story import Opened, Pane
from gui.main_window import MainWindow
from gui.pages.all import PAGES
from gui.pages.overview import OverviewPage
from gui.theme import Appearance
from isoscope.assessment.verdict import Verdict
from tests.gui.events import run_events
from tests.gui.tree import write_tree

STORY = bundled_story()
LAST = len(STORY.steps) - 1
CHANGING = {"closed", "machines", "claim", "attested", "debug", "elsewhere"}
"""Steps at which verdicts are others than at the step before, for the same question."""
Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> Iterator[MainWindow]:
    options = Namespace(root=str(write_tree(tmp_path / "host")))
    made = MainWindow(choices_of(options), options, appearance)
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    yield made
    made.close()


def begun(qtbot: QtBot, window: MainWindow) -> Demonstration:
    """The demonstration at its first step."""
    window.actions_.demo.trigger()
    demo = window.findChild(Demonstration)
    assert demo is not None
    told(qtbot, demo, 0)
    return demo


def told(qtbot: QtBot, demo: Demonstration, place: int) -> None:
    qtbot.waitUntil(lambda: demo.place == place, timeout=20_000)


def _explains(overview: OverviewPage, verdict: Verdict) -> bool:
    said = overview.detail.verdict.headline
    return all(f"rung {rung} (" in said for rung in {verdict.low, verdict.high})


def test_every_step_shows_its_words_its_mark_and_what_it_is_about(
    qtbot: QtBot, window: MainWindow
) -> None:
    demo = begun(qtbot, window)
    for place, step in enumerate(STORY.steps):
        told(qtbot, demo, place)
        shown, overview, view = window.session.shown, window.overview, window.host_view
        assert shown is not None
        assert overview is not None
        assert view is not None
        assert (demo.bar.title.text(), demo.bar.text.text()) == (step.title, step.text)
        assert demo.bar.place == f"Step {place + 1} of {len(STORY.steps)}"
        assert bool(demo.bar.since.text) == (step.id in CHANGING)
        assert demo.bar.mark.text == step.kind.value.upper()
        assert demo.bar.mark.isVisible()
        assert demo.bar.origin.text() == STORY.says(step)
        assert (shown.question.profile.id, shown.question.viewpoint.id) == (
            step.profile,
            step.viewpoint,
        )
        assert (window.profiles.shown, window.viewpoints.shown) == (step.profile, step.viewpoint)
        assert view.current == step.opened.value
        subject = subject_of(step, shown.seen)
        if step.opened is Opened.OVERVIEW:
            pane = (
                overview.detail.evidence if step.pane is Pane.EVIDENCE else overview.detail.verdict
            )
            assert overview.detail.currentWidget() is pane
        assert (overview.subject, overview.workloads.aspect) == (subject, step.aspect)
        verdict = (
            shown.assessment.workloads[subject.id].verdicts[step.aspect]
            if step.of_workload
            else next(t for t in shown.assessment.tenants if t.name == subject.id).verdicts[
                step.aspect
            ]
        )
        assert overview.tenants.horizontalScrollBar().maximum() == 0  # nothing is cut
        qtbot.waitUntil(partial(_explains, overview, verdict))
        if step.pane is Pane.EVIDENCE:
            assert not overview.detail.evidence.says_nothing
        if place < LAST:
            assert demo.bar.next.isEnabled()
            demo.bar.next.click()
    assert not demo.bar.next.isEnabled()


def test_keys_and_presenters_remotes_go_on_and_back(qtbot: QtBot, window: MainWindow) -> None:
    demo = begun(qtbot, window)
    assert window.overview is not None
    window.overview.tenants.setFocus()
    at = 0
    for key, by in (
        (Key.Key_Right, 1),
        (Key.Key_PageDown, 1),
        (Key.Key_Space, 1),
        (Key.Key_Left, -1),
        (Key.Key_PageUp, -1),
    ):
        QTest.keyClick(window, key)
        at += by
        told(qtbot, demo, at)
    QTest.keyClick(window, Key.Key_End)
    told(qtbot, demo, LAST)
    QTest.keyClick(window, Key.Key_Right)
    assert demo.place == LAST
    QTest.keyClick(window, Key.Key_Home)
    told(qtbot, demo, 0)
    QTest.keyClick(window, Key.Key_Left)
    assert demo.place == 0


def test_going_on_quickly_never_shows_the_words_of_one_step_over_another(
    qtbot: QtBot, window: MainWindow
) -> None:
    demo = begun(qtbot, window)
    wrong = []

    def look() -> None:
        shown, step = window.session.shown, demo.step
        if step is None or shown is None or demo.bar.by_hand.isVisible():
            return
        if (demo.bar.title.text(), shown.question.profile.id) != (step.title, step.profile):
            wrong.append(step.id)
        if shown.seen.origin.casefold() != f"demonstration, {step.host.kind}":
            wrong.append(step.id)
        if bool(shown.attested) != bool(step.evidence):
            wrong.append(step.id)

    window.session.shown_changed.connect(look)
    on, back = Key.Key_PageDown, Key.Key_PageUp
    for key in (*[on] * 6, Key.Key_Home, Key.Key_End, *[back] * 7, Key.Key_Home, *[on] * LAST):
        QTest.keyClick(window, key)
        run_events(7)
        look()
    told(qtbot, demo, LAST)
    look()
    assert wrong == []


def test_a_question_changed_by_hand_is_noted_and_asked_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    demo = begun(qtbot, window)
    assert not demo.bar.by_hand.isVisible()
    box = window.viewpoints.findChild(QComboBox)
    assert box is not None
    box.setFocus()
    QTest.keyClicks(box, "Auditor")
    QTest.keyClick(box, Key.Key_Return)
    qtbot.waitUntil(demo.bar.by_hand.isVisible)
    demo.bar.again.click()
    qtbot.waitUntil(lambda: not demo.bar.by_hand.isVisible())
    assert window.session.question.viewpoint.id == STORY.steps[0].viewpoint


def test_nobody_is_put_in_another_tenant_on_a_recorded_host(
    qtbot: QtBot, window: MainWindow
) -> None:
    begun(qtbot, window)
    assert not window.editing.put.isEnabled()
    assert "as they were recorded" in window.editing.put.toolTip()


def test_speaker_notes_come_and_go_by_key(qtbot: QtBot, window: MainWindow) -> None:
    demo = begun(qtbot, window)
    assert not demo.bar.notes.isVisible()
    QTest.keyClick(window, Key.Key_N)
    assert demo.bar.notes.isVisible()
    assert STORY.steps[0].notes in demo.bar.notes.text()
    QTest.keyClick(window, Key.Key_N)
    assert not demo.bar.notes.isVisible()


def test_presentation_mode_has_larger_type_and_nothing_but_the_story(
    qtbot: QtBot, window: MainWindow
) -> None:
    demo = begun(qtbot, window)
    before = QApplication.font().pointSizeF()
    screen, line = window.screen().size(), QFontMetricsF(QApplication.font()).lineSpacing()
    wanted = before * larger(line, screen.width(), screen.height())
    QTest.keyClick(window, Key.Key_P)
    try:
        assert window.isFullScreen()
        assert not window.menuBar().isVisible()
        assert QApplication.font().pointSizeF() == pytest.approx(wanted)
        assert demo.bar.text.font().pointSizeF() > QApplication.font().pointSizeF()
        assert window.overview is not None
        assert window.overview.font().pointSizeF() == pytest.approx(wanted)
        QTest.keyClick(window, Key.Key_Right)
        told(qtbot, demo, 1)
    finally:
        QTest.keyClick(window, Key.Key_Escape)
    assert not window.isFullScreen()
    assert window.menuBar().isVisible()
    assert QApplication.font().pointSizeF() == pytest.approx(before)
    assert demo.place == 1


def test_pages_that_were_open_before_presenting_are_heard_of_no_more(
    qtbot: QtBot, window: MainWindow
) -> None:
    demo = begun(qtbot, window)
    assert window.host_view is not None
    for entry in PAGES:
        window.host_view.choose(entry.id)
        run_events(100)
    demo.toggle_presentation()
    try:
        for place in (1, 2, LAST):
            demo.go(place - (demo.place or 0))
            told(qtbot, demo, place)
            for entry in PAGES:
                window.host_view.choose(entry.id)
                run_events(100)
    finally:
        demo.toggle_presentation()
    demo.go(-1)
    told(qtbot, demo, LAST - 1)


def test_type_is_as_large_as_the_screen_has_room_for() -> None:
    assert larger(14, 1920, 1080) == LARGEST
    assert 1.15 < larger(14, 1280, 800) < LARGEST
    assert larger(20, 800, 600) == 1.0


def test_keys_type_in_the_search_field(qtbot: QtBot, window: MainWindow) -> None:
    demo = begun(qtbot, window)
    window.search.setFocus()
    QTest.keyClicks(window.search, "n p")
    assert window.search.text() == "n p"
    assert demo.place == 0
    demo.go(1)
    told(qtbot, demo, 1)
    assert window.search.text() == ""


def test_a_scan_of_this_machine_ends_the_story(qtbot: QtBot, window: MainWindow) -> None:
    demo = begun(qtbot, window)
    demo.go(STORY.steps.index(next(step for step in STORY.steps if step.evidence)))
    qtbot.waitUntil(lambda: demo.step is not None and bool(demo.step.evidence), timeout=20_000)
    QTest.keyClick(window, Key.Key_F5)
    qtbot.waitUntil(lambda: not demo.bar.isVisible(), timeout=20_000)
    shown = window.session.shown
    assert shown is not None
    assert shown.seen.roots is None
    assert shown.attested == {}
    QTest.keyClick(window, Key.Key_PageDown)
    assert demo.place is None
    window.show_demo()
    told(qtbot, demo, 0)
    assert demo.bar.isVisible()
