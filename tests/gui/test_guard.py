"""Combinations of Python and PySide6 that abort are refused in one line."""

from __future__ import annotations

import pytest

from gui.guard import refusal


def test_612_on_python_311_is_refused_in_one_line() -> None:
    line = refusal("6.12.0", (3, 11))
    assert line is not None
    assert "\n" not in line
    assert "6.12.0" in line
    assert "3.12" in line


@pytest.mark.parametrize(
    ("binding", "python"), [("6.12.0", (3, 12)), ("6.11.3", (3, 11)), ("6.12.1", (3, 11))]
)
def test_other_combinations_are_allowed(binding: str, python: tuple[int, int]) -> None:
    assert refusal(binding, python) is None
