"""Frees what is shown no more, little by little.

What Python frees at once keeps every thread waiting until the last of it is gone: for a second,
where a host has thousands of workloads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gui.jobs import Job, Jobs
    from gui.judging import Shown

AT_ONCE = 50
"""Things that are freed at once; between them, others have their turn."""


def let_go(jobs: Jobs, last: list[Shown]) -> None:
    """Frees on a worker.

    Args:
        jobs: start the worker.
        last: the last references to what was shown; they are taken out.
    """

    def work(_: Job) -> None:
        while last:
            free(_parts(last.pop()))

    jobs.start(work, done=lambda _: None, failed=_raise, name="let go")


def _parts(shown: Shown) -> list[list[Any]]:
    """The many things of which it is made, each list holding them after the whole is gone."""
    seen = shown.seen
    return [
        [row for rows in shown.rows.workloads.values() for row in rows],
        list(shown.assessment.workloads.values()),
        list(shown.judged.judgements.values()),
        list(seen.judged.judgements.values()),
        list(seen.grids.labels.rows),
        list(seen.inventory.workloads),
        list(seen.snapshot.readings.values()),
    ]


def free(parts: list[list[Any]]) -> None:
    """Empties lists that hold the last references to many things; called on a worker."""
    for part in parts:
        while part:
            del part[-AT_ONCE:]


def _raise(error: Exception) -> None:
    raise error
