"""Exit statuses, and errors that end a command: one line on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from isoscope.assessment.vocabulary import Status
from isoscope.reports.plain import readable

MEETS = 0
FALLS_SHORT = 1
WRONG_USAGE = 2
UNPROVEN = 3
UNREADABLE = 4
NOTHING_COLLECTED = 5
INTERNAL_ERROR = 70
"""``EX_SOFTWARE`` of ``sysexits(3)``: never one of the statuses that are verdicts."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""

OF_STATUS = {
    Status.MEETS: MEETS,
    Status.NOT_REQUIRED: MEETS,
    Status.FALLS_SHORT: FALLS_SHORT,
    Status.UNPROVEN: UNPROVEN,
}
_LONGEST_LINE = 500


class CommandError(Exception):
    """Ends a command: what was wrong and what to do, in one line, and the exit status."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line)
        self.status = status


def say(line: str) -> None:
    """One line on standard error."""
    sys.stderr.write(f"isoscope: {readable(line, _LONGEST_LINE)}\n")
    sys.stderr.flush()


@contextmanager
def standard_output() -> Iterator[None]:
    """Around what writes there: a reader that left early, such as ``head``, is no error.

    Raises:
        CommandError: it cannot be written to.
    """
    try:
        yield
    except OSError as error:
        # Python would try again at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            line = f"standard output: {error.strerror or error}; send it where there is room"
            raise CommandError(line, UNREADABLE) from None


def near(wanted: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` where something known is near, else nothing."""
    import difflib  # only where somebody mistyped

    found = difflib.get_close_matches(wanted, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(found)}?" if found else ""
