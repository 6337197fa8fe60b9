"""Work that does not belong on the GUI thread, each piece on a plain thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from gui.bridge import Bridge

T = TypeVar("T")


class Job:
    """One piece of work under way."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.cancelled = threading.Event()
        """Set when the user stops it; the work ends early and returns what it has."""
        self._discarded = False

    @property
    def discarded(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._discarded

    def discard(self) -> None:
        """Nobody wants its result any more: neither result nor error is delivered."""
        self._discarded = True
        self.cancelled.set()

    def tell(self, delivery: Callable[[], None]) -> None:
        """Called by the work: progress for the GUI thread; only the last of a moment counts."""
        self._bridge.post(partial(self._deliver, delivery), instead_of=(id(self), "progress"))

    def end(self, delivery: Callable[[], None]) -> None:
        """Called by the worker thread, once: the result or the error."""
        self._bridge.post(partial(self._deliver, delivery))

    def _deliver(self, delivery: Callable[[], None]) -> None:
        if not self._discarded:
            delivery()


class Jobs:
    """Starts jobs. Their threads are daemon threads: one that hangs cannot keep the program."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def start(
        self,
        work: Callable[[Job], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        name: str,
    ) -> Job:
        """Runs ``work`` on a thread; ``done`` or ``failed`` is called on the GUI thread."""
        job = Job(self._bridge)

        def run() -> None:
            try:
                result = work(job)
            except Exception as error:  # noqa: BLE001 - shown to the user, whatever it is
                job.end(partial(failed, error))
            else:
                job.end(partial(done, result))

        threading.Thread(target=run, name=name, daemon=True).start()
        return job


class Latest(Generic[T]):
    """Answers the latest of several questions: one at a time, and stale answers are dropped."""

    def __init__(
        self,
        jobs: Jobs,
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        name: str,
    ) -> None:
        self._jobs = jobs
        self._done = done
        self._failed = failed
        self._name = name
        self._running: Job | None = None
        self._next: Callable[[], T] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is being worked out."""
        return self._running is not None

    def cancel(self) -> None:
        """Nobody wants an answer any more: none comes until something is asked again."""
        if self._running is not None:
            self._running.discard()
        self._running = self._next = None

    def ask(self, work: Callable[[], T]) -> None:
        """Asks; an answer that is being worked out will be dropped for this one."""
        if self._running is not None:
            self._next = work
        else:
            self._start(work)

    def _start(self, work: Callable[[], T]) -> None:
        self._next = None
        self._running = self._jobs.start(
            lambda _: work(),
            done=lambda result: self._ended(partial(self._done, result)),
            failed=lambda error: self._ended(partial(self._failed, error)),
            name=self._name,
        )

    def _ended(self, delivery: Callable[[], None]) -> None:
        self._running = None
        if self._next is not None:
            self._start(self._next)
        else:
            delivery()
