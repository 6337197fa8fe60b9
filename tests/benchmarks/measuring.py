"""Wall times of candidates that take turns, and the table of them."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REPETITIONS = int(os.environ.get("ISOSCOPE_BENCHMARK_REPETITIONS", "9"))


@dataclass(frozen=True, slots=True)
class Times:
    """Wall times of one candidate, in seconds."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The least disturbed one."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def most(self) -> float:
        """The most disturbed one."""
        return max(self.seconds)


def wall_time(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(
    candidates: Mapping[str, Callable[[], float]], repetitions: int = REPETITIONS
) -> dict[str, Times]:
    """Run every candidate in turn, ``repetitions`` times, after one round that does not count.

    A candidate returns the seconds that it took, by its own clock.
    """
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(repetitions + 1):
        for name, work in candidates.items():
            seconds = work()
            if turn:
                taken[name].append(seconds)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def table(title: str, times: Mapping[str, Times], reference: str) -> str:
    """The times in milliseconds, and each median as a multiple of the reference's."""
    lines = [f"\n{title}", f"{'':44}{'min':>9}{'median':>9}{'max':>9}{'ratio':>8}"]
    for name, each in times.items():
        figures = "".join(f"{1000 * s:9.1f}" for s in (each.least, each.median, each.most))
        lines.append(f"{name:44}{figures}{each.median / times[reference].median:8.2f}")
    return "\n".join(lines)
