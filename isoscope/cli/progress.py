"""Tells on standard error how far a collection is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from isoscope.reports.plain import readable
from probes.collect import Progress, ProgressKind

_ERASE_LINE = "\r\x1b[K"  # ECMA-48 EL


@contextmanager
def shown_progress(*, asked: bool) -> Iterator[Callable[[Progress], None]]:
    """What a collection calls with its events: one line that changes on a terminal, a line for
    each event where it was asked for elsewhere, nothing otherwise."""
    if sys.stderr.isatty():
        line = _ChangingLine()
        try:
            yield line.tell
        finally:
            line.erase()
    else:
        yield _tell_in_lines if asked else _tell_nothing


class _ChangingLine:
    def __init__(self) -> None:
        self._running: list[str] = []

    def tell(self, event: Progress) -> None:
        if event.kind is ProgressKind.STARTED:
            self._running.append(event.probe)
        else:
            self._running.remove(event.probe)
        text = f"looking, {event.ended} of {event.total} done"
        if self._running:
            text += f"; still at {', '.join(self._running)}"
        sys.stderr.write(f"{_ERASE_LINE}{text[:78]}")
        sys.stderr.flush()

    def erase(self) -> None:
        sys.stderr.write(_ERASE_LINE)
        sys.stderr.flush()


def _tell_in_lines(event: Progress) -> None:
    if event.kind is ProgressKind.STARTED or event.outcome is None:
        return
    outcome = event.outcome
    problems = f", {len(outcome.problems)} problems" if outcome.problems else ""
    sys.stderr.write(
        f"isoscope: {event.ended}/{event.total} {readable(event.probe)}: {outcome.state}, "
        f"{outcome.seconds:.2f} s{problems}\n"
    )
    sys.stderr.flush()


def _tell_nothing(_: Progress) -> None:
    pass
