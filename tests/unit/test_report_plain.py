"""Text of a host reaches a person as text: it drives no terminal and deceives no eye."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.reports.plain import (
    padded,
    readable,
    readable_lines,
    sentence,
    width,
    without_surrogates,
)

anything = st.text(st.characters(codec=None), max_size=60)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web", "web"),
        ("Zürich 東京", "Zürich 東京"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("evil\u202egpj.exe", "evil\\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("\x9b31m", "\\x9b31m"),
        ("byte \udcff", "byte \\xff"),
        ("lone \ud800", "lone \\ud800"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("a\u0301\u0301\u0301\u0301", "a\u0301\u0301\\u0301\\u0301"),
        ("line\u2028end", "line\\u2028end"),
    ],
)
def test_what_has_no_shape_is_written_as_its_escape(raw: str, shown: str) -> None:
    assert readable(raw) == shown


@given(anything)
def test_readable_text_can_be_printed_everywhere(raw: str) -> None:
    shown = readable(raw)
    shown.encode()
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    assert readable(shown) == shown


@given(anything, st.integers(1, 30))
def test_a_limit_is_kept_and_a_cut_shows(raw: str, limit: int) -> None:
    shown = readable(raw, limit)
    assert len(shown) <= limit
    assert shown == readable(raw) or "…" in shown


def test_a_name_of_100_kb_keeps_its_beginning_and_its_end() -> None:
    shown = readable("begin" + "x" * 100_000 + "end", 20)
    assert shown.startswith("begin")
    assert shown.endswith("end")


@given(anything)
def test_text_for_documents_is_utf8(raw: str) -> None:
    without_surrogates(raw).encode()


def test_only_the_first_lines_of_a_document_are_shown() -> None:
    assert readable_lines("a\0b\nc\x1b\nd\n", 3, 10) == ["a", "b", "c\\x1b", "…"]
    assert readable_lines("a\n\n", 5, 10) == ["a"]


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert width("東京") == 4
    assert width("e\u0301") == 1
    assert padded("東", 4) == "東  "


def test_a_sentence_is_whole_and_only_its_names_are_shortened() -> None:
    names = ", ".join(f"workload-{number}" for number in range(60))
    said = f"the kernel's quotas are also used by {names}"
    assert sentence(said) == said
    path = "/srv/" + "x" * 500
    told = sentence(f"it writes {path} there\x1b[2J")
    assert told.startswith("it writes /srv/xxx")
    assert told.endswith("x there\\x1b[2J")
    assert len(told) < 180
    assert len(sentence("a b" * 100_000)) < 5000
