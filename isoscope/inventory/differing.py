"""How a disagreement is found: two observations, each in words, that are not the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.observation import Observation

T = TypeVar("T")
U = TypeVar("U")


def differs(
    key: str,
    said: Observation[T],
    seen: Observation[U],
    say: Callable[[T], str],
    see: Callable[[U], str],
) -> Disagreement | None:
    """The disagreement, if both are known and their words differ."""
    if said.value is None or seen.value is None:
        return None
    declared, observed = say(said.value), see(seen.value)
    if declared == observed:
        return None
    return Disagreement(key, declared, observed, said, seen)
