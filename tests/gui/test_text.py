"""Text from a host reaches widgets visible, bounded and never as markup."""

from __future__ import annotations

import unicodedata

import pytest
from PySide6.QtGui import Qt, QTextDocumentFragment

from gui.text import LINE_LIMIT, lines, moment, one_line, tooltip
from tests.gui.handmade import AT, HOSTILE


@pytest.mark.parametrize("name", HOSTILE)
def test_a_line_has_no_character_without_shape(name: str) -> None:
    shown = one_line(name)
    assert len(shown) <= LINE_LIMIT
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in shown)


@pytest.mark.parametrize("name", [name for name in HOSTILE if name])
def test_a_tooltip_shows_markup_as_text(name: str) -> None:
    made = tooltip(name)
    assert Qt.mightBeRichText(made)  # on purpose, so that Qt does not have to guess
    assert len(made) < 20_000
    shown = QTextDocumentFragment.fromHtml(made).toPlainText()
    assert shown.replace("\xa0", " ")[:40] == lines(name, 1500)[:40]


def test_no_tooltip_for_nothing() -> None:
    assert tooltip("") == ""


def test_quoted_evidence_keeps_its_lines_and_says_what_was_cut() -> None:
    assert lines("a\n\tb\n") == "a\n    b"
    assert lines("x" * 10, 4) == "xxxx… (10 characters)"


def test_an_impossible_time_is_said_and_not_raised() -> None:
    assert moment(AT).startswith("2026-11-2")
    assert moment(1e30) == "at an impossible time"
