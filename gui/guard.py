"""Refuses combinations of Python and PySide6 that are known to abort, before a window exists."""

from __future__ import annotations

import sys


def refusal(binding: str, python: tuple[int, int] = sys.version_info[:2]) -> str | None:
    """One line that says why the window cannot be opened, or None.

    PySide6 6.12.0 gives back a reference to ``None`` or ``True`` that it does not own with every
    void call and every signal; before Python 3.12 (PEP 683, immortal objects) the process aborts
    after some thousand of them.

    Args:
        binding: version of PySide6, as ``PySide6.__version__``.
        python: major and minor version of Python.
    """
    if binding == "6.12.0" and python < (3, 12):
        return (
            f"PySide6 6.12.0 aborts on Python {python[0]}.{python[1]}: install PySide6-Essentials "
            "below 6.12, or use Python 3.12 or newer"
        )
    return None
