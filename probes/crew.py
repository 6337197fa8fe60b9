"""Threads that share jobs, some of which are found while others are done."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from probes.probe import Cancelled


class Crew:
    """Threads that do jobs until none is left; a job may add jobs."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._left = 0
        self._error: Exception | None = None

    def add(self, job: Callable[[], object]) -> None:
        """Another job. The first must be added before ``work``."""
        with self._lock:
            self._left += 1
        self._jobs.put(job)

    def work(self) -> None:
        """Does all jobs; returns when the last is done or the recording was ended.

        Raises:
            Exception: what a job raised; the rest was then left undone.
        """
        helpers = [threading.Thread(target=self._run, daemon=True) for _ in range(self._size - 1)]
        for helper in helpers:
            helper.start()
        self._run()
        for helper in helpers:
            helper.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Cancelled:
                self._end()
                return
            except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
                self._error = error
                self._end()
                return
            with self._lock:
                self._left -= 1
                done = self._left == 0
            if done:
                self._end()

    def _end(self) -> None:
        for _ in range(self._size):
            self._jobs.put(None)
