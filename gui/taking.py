"""What tenants and workloads take just now, as rows for a table."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gui.rows import Subject, SubjectKind
from gui.text import one_line
from isoscope.inventory.usage import Rates, Usage, rates
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.inventory.observation import Observation
    from isoscope.inventory.workload import Limit, Workload
    from probes.usage import HostUsage

KEPT = 60
"""Moments whose CPU time is kept for the line behind a cell."""


class Resource(StrEnum):
    """A column of the table."""

    CPU = "cpu"
    MEMORY = "memory"
    PROCESSES = "processes"
    IO = "io"
    PRESSURE = "pressure"


@dataclass(frozen=True, slots=True)
class Amount:
    """One cell: how much is taken, and of how much.

    Attributes:
        value: None where it is not seen.
        limit: what keeps it from taking more; None where nothing does.
        limit_known: whether that is known.
        text: both in words.
        history: values before this one, the oldest first; for CPU time only.
    """

    value: float | None
    limit: float | None
    limit_known: bool
    text: str
    history: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A tenant or a workload, and what it takes."""

    subject: Subject
    name: str
    note: str
    amounts: Mapping[Resource, Amount]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched of one workload: which files, and what limits it."""

    id: str
    name: str
    tenant: str
    files: Mapping[str, str]
    limits: Mapping[Resource, tuple[float | None, bool]]


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at all that is watched; ``at`` is a monotonic time in seconds."""

    at: float
    usages: Mapping[str, Usage]
    host: HostUsage | None = None


@dataclass(frozen=True, slots=True)
class LiveRows:
    """All rows of one moment."""

    tenants: tuple[LiveRow, ...]
    workloads: Mapping[str, tuple[LiveRow, ...]]
    host: str


def watched(shown: Shown) -> tuple[Watched, ...]:
    """What there is to watch: running workloads whose cgroup was seen."""
    from isoscope.inventory.usage import usage_files
    from isoscope.snapshot.places import cgroup_mounts
    from isoscope.snapshot.reading import Channel

    snapshot = shown.seen.snapshot
    own = snapshot.get(Channel.FILE, "/proc/self/mountinfo").text()
    mounts = cgroup_mounts(own or snapshot.get(Channel.FILE, "/proc/1/mountinfo").text())
    found = []
    for workload in shown.seen.inventory.workloads:
        pid = workload.process.pids[0] if workload.process else workload.pid
        text = snapshot.get(Channel.FILE, f"/proc/{pid}/cgroup").text() if pid else ""
        found.append(
            Watched(
                workload.id,
                one_line(workload.name or workload.id, 60),
                shown.assessment.workloads[workload.id].tenant.tenant,
                usage_files(text, mounts),
                _limits(workload),
            )
        )
    return tuple(found)


def _limits(workload: Workload) -> Mapping[Resource, tuple[float | None, bool]]:
    process = workload.process
    if process is None:
        return {}
    return {
        Resource.CPU: _limit(process.cpu),
        Resource.MEMORY: _limit(process.memory),
        Resource.PROCESSES: _limit(process.processes),
    }


def _limit(observation: Observation[Limit]) -> tuple[float | None, bool]:
    if observation.value is None:
        return None, False
    return observation.value.amount, True


@dataclass(slots=True)
class Taking:
    """Turns moments into rows; keeps the last ones."""

    watched: Sequence[Watched]
    _last: Moment | None = None
    _history: dict[str, deque[float]] = field(default_factory=dict)

    def rows(self, moment: Moment) -> LiveRows:
        """The rows of a moment, with rates since the one before."""
        before, self._last = self._last, moment
        rows: dict[str, list[LiveRow]] = {}
        parts: dict[str, list[tuple[Watched, Usage, Rates]]] = {}
        for one in self.watched:
            usage = moment.usages.get(one.id, Usage())
            rate = Rates(None, None)
            if before is not None and one.id in before.usages:
                rate = rates(before.usages[one.id], usage, moment.at - before.at)
            row = self._row(
                Subject(SubjectKind.WORKLOAD, one.id), one.name, "", [(one, usage, rate)]
            )
            rows.setdefault(one.tenant, []).append(row)
            parts.setdefault(one.tenant, []).append((one, usage, rate))
        tenants = [
            self._row(
                Subject(SubjectKind.TENANT, name),
                one_line(name, 60),
                trn("{number} workload", "{number} workloads", len(members)),
                members,
            )
            for name, members in parts.items()
        ]
        return LiveRows(
            tuple(sorted(tenants, key=_most_first)),
            {name: tuple(sorted(found, key=_most_first)) for name, found in rows.items()},
            host_text(moment.host),
        )

    def _row(
        self,
        subject: Subject,
        name: str,
        note: str,
        members: Sequence[tuple[Watched, Usage, Rates]],
    ) -> LiveRow:
        usages = [usage for _, usage, _ in members]
        cpus = _sum(rate.cpus for _, _, rate in members)
        history = self._history.setdefault(subject.id, deque(maxlen=KEPT))
        if cpus is not None:
            history.append(cpus)
        pressure = [
            (share, what)
            for usage in usages
            for share, what in (
                (usage.cpu_pressure, tr("CPU")),
                (usage.memory_pressure, tr("memory")),
                (usage.io_pressure, tr("I/O")),
            )
            if share is not None
        ]
        return LiveRow(
            subject,
            name,
            note,
            {
                Resource.CPU: _amount(
                    Resource.CPU,
                    cpus,
                    members,
                    lambda n: tr("{number} CPUs").format(number=f"{n:.2f}"),
                    tuple(history),
                    _no_rate(usage.cpu_seconds for usage in usages),
                ),
                Resource.MEMORY: _amount(
                    Resource.MEMORY, _sum(usage.memory for usage in usages), members, size_text
                ),
                Resource.PROCESSES: _amount(
                    Resource.PROCESSES,
                    _sum(usage.processes for usage in usages),
                    members,
                    lambda n: f"{int(n):,}",
                ),
                Resource.IO: _rate_amount(
                    _sum(rate.io_bytes for _, _, rate in members),
                    _no_rate(usage.io_bytes for usage in usages),
                ),
                Resource.PRESSURE: _pressure_amount(max(pressure, default=None)),
            },
        )


def _sum(values: Iterable[float | None]) -> float | None:
    """The sum of what is seen; None where nothing is."""
    seen = [value for value in values if value is not None]
    return sum(seen) if seen else None


def _no_rate(counters: Iterable[float | None]) -> str:
    """What stands where there is no rate: of what is counted, there is one at the next look."""
    counted = any(counter is not None for counter in counters)
    return tr("measuring …") if counted else tr("not seen")


def _amount(
    resource: Resource,
    value: float | None,
    members: Sequence[tuple[Watched, Usage, Rates]],
    words: Callable[[float], str],
    history: tuple[float, ...] = (),
    none: str = tr("not seen"),
) -> Amount:
    """A tenant is limited where each of its workloads is: then their limits add up."""
    limits = [one.limits.get(resource, (None, False)) for one, _, _ in members]
    known = all(is_known for _, is_known in limits)
    amounts = [amount for amount, _ in limits]
    bounded = known and all(amount is not None for amount in amounts)
    limit = sum(amount for amount in amounts if amount is not None) if bounded else None
    if value is None:
        text = none
    elif limit is not None:
        text = tr("{amount} of {limit}").format(amount=words(value), limit=words(limit))
    else:
        text = (tr("{amount}, no limit") if known else "{amount}").format(amount=words(value))
    return Amount(value, limit, known, text, history)


def _rate_amount(value: float | None, none: str) -> Amount:
    text = none if value is None else f"{size_text(value)}/s"
    return Amount(value, None, limit_known=False, text=text)


def _pressure_amount(found: tuple[float, str] | None) -> Amount:
    if found is None:
        return Amount(None, None, limit_known=False, text=tr("not seen"))
    share, what = found
    text = f"{share:.1f}% {what}" if share else tr("none")
    return Amount(share / 100, 1.0, limit_known=True, text=text)


def size_text(value: float) -> str:
    """Bytes in the largest unit that leaves a number before the point."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    place = 0
    while value >= 1024 and place < len(units) - 1:
        value /= 1024
        place += 1
    return f"{value:.0f} {units[place]}" if place == 0 else f"{value:.1f} {units[place]}"


def host_text(host: HostUsage | None) -> str:
    """What the whole host takes, in words."""
    if host is None:
        return ""
    return tr("The host: {cpus} of {all_cpus} CPUs, {used} of {memory} memory").format(
        cpus=f"{host.cpus:.2f}",
        all_cpus=host.online_cpus,
        used=size_text(host.memory_used),
        memory=size_text(host.memory),
    )


def _most_first(row: LiveRow) -> tuple[float, float, str]:
    amounts = row.amounts
    cpu, memory = amounts[Resource.CPU].value or 0.0, amounts[Resource.MEMORY].value or 0.0
    return (-round(cpu, 2), -memory, row.name)
