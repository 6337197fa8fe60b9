"""What the threads of a workload's processes say of themselves, the weakest counted.

Sources: ``credentials(7)``, ``proc(5)`` on ``/proc/PID/task``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.observation import KERNEL, Doubt, Observation, Reason, known, unknown
from isoscope.inventory.process_table import ProcessGroup, ended, status_of
from isoscope.inventory.procfs import Status
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

T = TypeVar("T")
U = TypeVar("U")

AS_ROOT = "run Isoscope as root"


@dataclass(frozen=True, slots=True)
class _Task:
    """One thread, or what keeps it from being known."""

    status: Status | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class Tasks:
    """All threads of one workload."""

    subject: str
    tasks: tuple[_Task, ...]

    @classmethod
    def of(cls, subject: str, group: ProcessGroup, snapshot: Snapshot) -> Tasks:
        """The threads of a group of processes."""
        return cls(subject, tuple(_tasks(group, snapshot)))

    def weakest(
        self,
        key: str,
        rows: tuple[str, ...],
        take: Callable[[Status], T | None],
        join: Callable[[list[T]], U],
    ) -> Observation[U]:
        """One fact over the status files of all threads; unknown as soon as one does not say it.
        It is quoted from the first thread that decides it alone."""
        values: list[T] = []
        for task in self.tasks:
            value = None if task.status is None else take(task.status)
            if value is None:
                return self._unsaid(key, rows, task)
            values.append(value)
        joined = join(values)
        decides = (
            task for task, value in zip(self.tasks, values, strict=True) if join([value]) == joined
        )
        quoted = next(decides, self.tasks[0]).reading
        excerpt = "\n".join(
            line for line in quoted.text().split("\n") if line.partition(":")[0] in rows
        )
        return known(self.subject, key, joined, quoted, parties=KERNEL, excerpt=excerpt)

    def _unsaid(self, key: str, rows: tuple[str, ...], task: _Task) -> Observation[U]:
        reading = task.reading
        reason: Reason = Doubt.NOT_SAID
        says = f"does not say {', '.join(rows)}"
        if reading.gap is not None:
            reason, says = reading.gap, str(reading.gap)
        elif task.status is None:
            reason, says = Doubt.NOT_UNDERSTOOD, "is no process status"
        return unknown(self.subject, key, reason, f"{reading.source}: {says}", AS_ROOT, reading)


def _tasks(group: ProcessGroup, snapshot: Snapshot) -> list[_Task]:
    """All threads of a group. Each has credentials and a seccomp filter of its own, so a process
    whose first thread gave everything up may have kept it in another: ``credentials(7)``."""
    found: list[_Task] = []
    for process in group.processes:
        found.append(_Task(process.status, process.status_reading))
        if process.status is None or process.status.threads == 1:
            continue
        listing = snapshot.directory(f"/proc/{process.pid}/task")
        if listing.gap is not None and not ended(snapshot, listing):
            found.append(_Task(None, listing))
        for name in listing.names():
            reading = snapshot.file(f"/proc/{process.pid}/task/{name}/status")
            if name != str(process.pid) and not ended(snapshot, reading):
                found.append(_Task(status_of(reading), reading))
    return found
