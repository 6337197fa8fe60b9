"""Frees much, little by little.

What Python frees at once keeps every other thread waiting until the last of it is gone, that of a
window too: for a second, where there are millions of things.
"""

from __future__ import annotations

from typing import Any


def emptied(made: dict[Any, Any]) -> None:
    """Empties a dictionary one by one, so that others have their turn in between."""
    while made:
        made.popitem()
