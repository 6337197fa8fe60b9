"""Steps through a window, one after the other, and what the GUI thread felt in each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer

from tests.benchmarks.heartbeat import BEAT, FELT, Heartbeat

LOOK = 20
"""Milliseconds between two looks whether a step is over."""
REST = 0.3
"""Seconds that each step is watched after it was over: what it left for later is felt then."""
PATIENCE = 300.0
"""Seconds after which a step has failed."""

Condition = Callable[[], bool]
Step = tuple[str, Callable[[], object], Condition]


class Walk(QObject):
    """Takes the steps one after the other, from the event loop; reports when all are taken."""

    def __init__(self, steps: Iterator[Step], parent: QObject) -> None:
        super().__init__(parent)
        self._steps = steps
        self._heart = Heartbeat()
        self._name = ""
        self._over: Condition = lambda: True
        self._began = self._ended = time.monotonic()
        self.taken: list[dict[str, object]] = []
        self._beats = self._timer(BEAT, self._heart.beat)
        self._looks = self._timer(LOOK, self._look)

    def _timer(self, interval: int, call: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(call)
        timer.start(interval)
        return timer

    def _look(self) -> None:
        now = time.monotonic()
        if not self._ended:
            if now - self._began > PATIENCE:
                raise TimeoutError(self._name)
            if not self._over():
                return
            self._ended = now
        if now - self._ended < REST:
            return
        self._note()
        step = next(self._steps, None)
        if step is None:
            self._beats.stop()
            self._looks.stop()
            QCoreApplication.quit()
            return
        self._name, act, self._over = step
        self._began, self._ended = time.monotonic(), 0.0
        act()

    def _note(self) -> None:
        gaps = self._heart.take()
        if self._name:
            self.taken.append(
                {
                    "name": self._name,
                    "began": self._began,
                    "ended": time.monotonic(),
                    "seconds": self._ended - self._began,
                    "longest": gaps[0],
                    "felt": sum(gap > FELT for gap in gaps),
                    "resident": _resident(),
                }
            )


def _resident() -> int:
    """Bytes of this process in memory now: ``proc_pid_statm(5)``."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
