"""What is under way, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.text import one_line
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from probes.collect import Progress


@dataclass(frozen=True, slots=True)
class Activity:
    """Work under way, in words; a total of 0 means that nobody knows how much it is."""

    text: str
    done: int = 0
    total: int = 0
    can_cancel: bool = True


def judging(origin: str, number: int) -> Activity:
    """What was listed in a snapshot is being judged."""
    text = trn(
        "{origin}: judging {number} workload …",
        "{origin}: judging {number} workloads …",
        number,
        origin=origin,
    )
    return Activity(text)


def scanning(progress: Progress, running: list[str]) -> Activity:
    """A scan that is under way.

    Args:
        progress: what was heard last.
        running: names of the probes that run; kept up to date here.
    """
    if progress.outcome is None:
        running.append(progress.probe)
    else:
        running.remove(progress.probe)
    waiting = ", ".join(one_line(name, 40) for name in running)
    text = (
        tr("Looking at this machine; waiting for {waiting}").format(waiting=waiting)
        if waiting
        else tr("Judging …")
    )
    return Activity(text, progress.ended, progress.total)
