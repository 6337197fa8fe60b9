"""What the kernel counts for each user of the host."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyCount:
    """How many keys a user has, and may have."""

    keys: int
    most: int
