"""A heartbeat, and a control: a process that does nothing but beat beside it.

    python -m tests.benchmarks.heartbeat

beats until its standard input ends, and prints each gap that is felt: when it ended, by the
monotonic clock, and its milliseconds. On a machine that is busy with something else such gaps are
nobody's fault; the longest of them belongs beside every figure.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

BEAT = 5
"""Milliseconds between two beats."""
FELT = 50.0
"""Milliseconds of a gap that somebody at a window feels."""


@dataclass
class Heartbeat:
    """Gaps between beats since they were last taken, in milliseconds."""

    gaps: list[float] = field(default_factory=list)
    _last: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """One beat."""
        now = time.monotonic()
        self.gaps.append(1000 * (now - self._last))
        self._last = now

    def take(self) -> list[float]:
        """The gaps since they were taken before, the longest first."""
        self.beat()
        taken, self.gaps = sorted(self.gaps, reverse=True), []
        return taken


class Control:
    """The process that only beats."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.heartbeat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self) -> tuple[tuple[float, float], ...]:
        """Ends it: when each gap that it felt ended, and its milliseconds."""
        said, _ = self._process.communicate()
        found = (line.split() for line in said.splitlines())
        return tuple((float(at), float(gap)) for at, gap in found)


def main() -> None:
    """Beats."""
    ended = threading.Event()

    def until_told() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=until_told, daemon=True).start()
    heart = Heartbeat()
    felt: list[tuple[float, float]] = []
    while not ended.wait(BEAT / 1000):
        heart.beat()
        gap = heart.gaps.pop()
        if gap > FELT:
            felt.append((time.monotonic(), gap))
    sys.stdout.writelines(f"{at} {gap}\n" for at, gap in felt)


if __name__ == "__main__":
    main()
