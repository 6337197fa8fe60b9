"""The glossary opens where one looks, finds words and meanings, and needs no mouse."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.glossary import Glossary
from gui.main_window import MainWindow
from gui.theme import Appearance

SNAPSHOT = Path(__file__).parents[1] / "lab" / "hosts" / "apparmor" / "snapshot.json.gz"
Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance) -> Iterator[MainWindow]:
    made = MainWindow(choices_of(Namespace()), Namespace(), appearance)
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    yield made
    made.close()


def opened(window: MainWindow) -> Glossary:
    """The glossary, opened as its menu entry and its key do."""
    window.actions_.glossary.trigger()
    found = window.findChild(Glossary)
    assert isinstance(found, Glossary)
    assert found.isVisible()
    return found


def test_f1_opens_it_at_the_first_word_where_nothing_is_pointed_at(window: MainWindow) -> None:
    QTest.keyClick(window, Key.Key_F1)
    found = window.findChild(Glossary)
    assert isinstance(found, Glossary)
    assert found.isVisible()
    assert found.word == "host"


def test_it_opens_at_what_the_keyboard_is_on(qtbot: QtBot, window: MainWindow) -> None:
    box = window.viewpoints.findChild(QComboBox)
    assert isinstance(box, QComboBox)
    box.setFocus()
    assert opened(window).word == "viewpoint"
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)
    assert window.overview is not None
    assert window.host_view is not None
    expected = {"host": "TEE", "word": "party", "map": "crossing", "history": "snapshot"}
    for page, word in expected.items():
        window.host_view.choose(page)
        made = window.host_view.page(page)
        if page == "host":
            made.tees.table.setFocus()  # type: ignore[attr-defined]
        else:
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            made.setFocus()
        assert opened(window).word == word
    window.host_view.choose("overview")
    window.overview.detail.verdict.reasons.setFocus()
    assert opened(window).word == "measure"


def test_the_legend_leads_to_it(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)
    assert window.overview is not None
    button = next(
        b for b in window.overview.findChildren(QToolButton) if b.accessibleName() == "Glossary"
    )
    button.click()
    found = window.findChild(Glossary)
    assert isinstance(found, Glossary)
    assert found.word == "status"


def test_it_is_searched_and_walked_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    glossary = opened(window)
    qtbot.waitUntil(glossary.search.hasFocus)
    QTest.keyClicks(glossary.search, "nonce")
    assert glossary.word == "nonce"
    assert "made after it was asked for" in glossary.meaning
    QTest.keyClick(glossary.search, Key.Key_Return)
    qtbot.waitUntil(glossary.words.hasFocus)
    QTest.keyClick(glossary.words, Key.Key_Down)
    assert glossary.word == "attested"
    see = glossary.see_also()
    assert [button.text() for button in see] == [
        "See nonce",
        "See reference value",
        "See measurement",
    ]
    see[2].setFocus()
    QTest.keyClick(see[2], Key.Key_Space)
    assert glossary.word == "measurement"
    QTest.keyClick(glossary, Key.Key_Escape)
    assert not glossary.isVisible()


def test_a_search_that_finds_nothing_says_so(window: MainWindow) -> None:
    glossary = opened(window)
    glossary.search.setText("<b>no such word")
    assert glossary.word == ""
    assert glossary._none.isVisible()
    glossary.search.clear()
    assert glossary.word == "host"
    assert not glossary._none.isVisible()


def test_there_is_one_for_a_window(window: MainWindow) -> None:
    assert opened(window) is opened(window)
