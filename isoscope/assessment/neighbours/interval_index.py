"""An index of number ranges held by workloads, asked for overlaps with others."""

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
    """Ranges by their extent, so that many workloads with the same range cost one entry.

    A binary tree over the extents in order of their start knows the furthest end below each node,
    so that a question costs what it finds and not what the index holds.
    """

    def __init__(self, ranges: Iterable[Held]) -> None:
        holders: dict[tuple[int, int], list[int]] = defaultdict(list)
        for held in ranges:
            holders[held.start, held.end].append(held.holder)
        self._extents = sorted(holders)
        self._starts = [start for start, _ in self._extents]
        self._holders = holders
        self._leaves = 1
        while self._leaves < len(self._extents):
            self._leaves *= 2
        self._furthest = [0] * self._leaves + [end for _, end in self._extents]
        self._furthest += [0] * (2 * self._leaves - len(self._furthest))
        for node in range(self._leaves - 1, 0, -1):
            self._furthest[node] = max(self._furthest[2 * node], self._furthest[2 * node + 1])

    def overlapping(self, start: int, end: int) -> Iterator[list[int]]:
        """Holders of every extent that overlaps ``start`` to ``end``, a list per extent."""
        beginning = bisect_left(self._starts, end)  # those that begin before the end
        pending = [(1, 0, self._leaves)]
        while pending:
            node, first, count = pending.pop()
            if first >= beginning or self._furthest[node] <= start:
                continue
            if count == 1:
                yield self._holders[self._extents[first]]
            else:
                half = count // 2
                pending.append((2 * node + 1, first + half, half))
                pending.append((2 * node, first, half))
