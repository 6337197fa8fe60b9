"""Cookies of core scheduling: tasks with different ones never run on threads of one core at a time.

Source: Documentation/admin-guide/hw-vuln/core-scheduling.rst.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory.observation import KERNEL, Observation, Unknown, known, parsed
from isoscope.inventory.process_table import ProcessGroup
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import CORE_COOKIES
from isoscope.snapshot.reading import Gap

_KEY = "core-cookies"
_AS_ROOT = "run Isoscope as root, on the host itself"
_MOST_DIGITS = 20


def parse_core_cookies(text: str) -> Mapping[int, int]:
    """By task id, its cookie; 0: none.

    Raises:
        ValueError: it is no such JSON object.
    """
    try:
        cookies = json.loads(text)["cookies"]
        found = {int(task): cookie for task, cookie in cookies.items() if len(task) <= _MOST_DIGITS}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError("no list of cookies") from error
    if not all(type(cookie) is int and 0 <= cookie < 1 << 64 for cookie in found.values()):
        raise ValueError("a cookie is no number of 64 bits")
    return found


@dataclass(frozen=True, slots=True)
class CoreCookies:
    """Cookies of all tasks of workloads."""

    snapshot: Snapshot
    by_task: Observation[Mapping[int, int]]
    """Empty where the kernel has no core scheduling."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> CoreCookies | None:
        """Those of a snapshot; None where nobody asked, as where one thread of each core runs."""
        if CORE_COOKIES not in snapshot.readings:
            return None
        reading = snapshot.get(CORE_COOKIES.channel, CORE_COOKIES.target, CORE_COOKIES.request)
        if reading.gap is Gap.UNSUPPORTED and snapshot.collector.uid is not None:
            # No kernel without core scheduling keeps anybody apart by it.
            none: Mapping[int, int] = {}
            return cls(snapshot, known("host", _KEY, none, reading, parties=KERNEL))
        return cls(
            snapshot,
            parsed("host", _KEY, reading, parse_core_cookies, parties=KERNEL, settled_by=_AS_ROOT),
        )

    def of_group(self, subject: str, group: ProcessGroup) -> Observation[frozenset[int]]:
        """The cookies that tasks of a workload have; 0 among them where one has none."""
        said = self.by_task
        if said.value is None:
            return Observation(subject, _KEY, None, said.unknown, said.evidence, said.parties)
        if not said.value:
            return Observation(subject, _KEY, frozenset({0}), None, said.evidence, said.parties)
        cookies: set[int] = set()
        for process in group.processes:
            listing = self.snapshot.directory(f"/proc/{process.pid}/task")
            single = process.status is not None and process.status.threads == 1
            if listing.gap is not None and not single:
                return _unsaid(subject, said, process.pid)
            names = (int(name) for name in listing.names() if name.isdecimal())
            for task in (process.pid, *names):
                if task in said.value:
                    cookies.add(said.value[task])
                elif task == process.pid and process.status is not None:
                    return _unsaid(subject, said, task)
        if not cookies:
            return _unsaid(subject, said, group.pids[0])
        return Observation(subject, _KEY, frozenset(cookies), None, said.evidence, said.parties)


def _unsaid(
    subject: str, said: Observation[Mapping[int, int]], task: int
) -> Observation[frozenset[int]]:
    doubt = Unknown(Gap.NOT_READ, f"the cookie of task {task} was not read", _AS_ROOT)
    return Observation(subject, _KEY, None, doubt, said.evidence, said.parties)
