"""An index of number ranges held by tenants, asked for overlaps with others."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Held(NamedTuple):
    """A range of numbers, ``start`` up to but not including ``end``, of one workload."""

    start: int
    end: int
    holder: int
    """Index of the workload."""


class IntervalIndex:
    """Ranges by their extent, so that many workloads with the same range cost one entry."""

    def __init__(self, ranges: Iterable[Held]) -> None:
        holders: dict[tuple[int, int], list[int]] = defaultdict(list)
        for held in ranges:
            holders[held.start, held.end].append(held.holder)
        self._extents = sorted(holders)
        self._starts = [start for start, _ in self._extents]
        self._holders = holders
        self._reach: list[int] = []  # furthest end among this extent and all before it
        for _, end in self._extents:
            self._reach.append(max(end, self._reach[-1] if self._reach else 0))

    def overlapping(self, start: int, end: int) -> Iterator[list[int]]:
        """Holders of every extent that overlaps ``start`` to ``end``, a list per extent."""
        place = bisect_left(self._starts, end) - 1
        while place >= 0 and self._reach[place] > start:
            extent = self._extents[place]
            if extent[1] > start:
                yield self._holders[extent]
            place -= 1
