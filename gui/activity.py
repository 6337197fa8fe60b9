"""What is under way, in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Activity:
    """Work under way, in words; a total of 0 means that nobody knows how much it is."""

    text: str
    done: int = 0
    total: int = 0
    can_cancel: bool = True
