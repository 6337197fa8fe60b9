"""Whether more is promised to all workloads together than the host has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from isoscope.assessment.judgement import Judgement, failing, holding, undecided
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.observation import Observation, Party
from isoscope.inventory.workload import Limit

_GIB = 1 << 30


@dataclass(slots=True)
class _Promised:
    """What the limits of all workloads come to."""

    amount: float = 0.0
    set_at: set[str] = field(default_factory=set)
    unlimited: list[int] = field(default_factory=list)
    unread: Observation[object] | None = None
    said: dict[frozenset[Party], Observation[object]] = field(default_factory=dict)
    """One word for each set of parties on which this rests."""


def overcommitted(neighbours: Neighbours) -> tuple[list[Judgement], list[Judgement]]:
    """For each workload: whether more memory, and more CPUs, may be taken by all than there are."""
    host = neighbours.inventory.host
    memory = _promised(neighbours, _memory)
    cpus = _promised(neighbours, _cpu)
    return (
        _judged(neighbours, memory, host.memory_bytes, host.memory_bytes.value, _in_gib, "memory"),
        _judged(
            neighbours,
            cpus,
            host.online_cpus,
            None if host.online_cpus.value is None else len(host.online_cpus.value),
            lambda amount: f"{amount:.1f} CPUs",
            "CPU time",
        ),
    )


def _in_gib(amount: float) -> str:
    return f"{amount / _GIB:.1f} GiB of memory"


def _memory(neighbours: Neighbours, index: int) -> Observation[Limit] | None:
    machine = neighbours.workloads[index].machine
    if neighbours.workloads[index].own_kernel:
        return None if machine is None else machine.memory
    return neighbours.process(index).memory


def _cpu(neighbours: Neighbours, index: int) -> Observation[Limit] | None:
    machine = neighbours.workloads[index].machine
    if neighbours.workloads[index].own_kernel:
        return None if machine is None else machine.cpu
    return neighbours.process(index).cpu


def _promised(
    neighbours: Neighbours, of: Callable[[Neighbours, int], Observation[Limit] | None]
) -> _Promised:
    """What one cgroup limits for several counts once."""
    found = _Promised()
    for index, workload in enumerate(neighbours.workloads):
        limit = of(neighbours, index)
        if limit is None or limit.value is None:
            found.unread = found.unread or limit or neighbours.undescribed(index)
            continue
        found.said.setdefault(limit.parties, limit)
        if limit.value.amount is None:
            found.unlimited.append(index)
        elif workload.own_kernel or limit.value.set_at not in found.set_at:
            found.amount += limit.value.amount
            if not workload.own_kernel and limit.value.set_at:
                found.set_at.add(limit.value.set_at)
    return found


def _judged(
    neighbours: Neighbours,
    promised: _Promised,
    observed: Observation[object],
    there_is: float | None,
    words: Callable[[float], str],
    of_what: str,
) -> list[Judgement]:
    def judge(index: int) -> Judgement:
        if not neighbours.has_neighbours(index):
            return neighbours.alone("no other tenant runs here")
        said = tuple(promised.said.values())
        if promised.unlimited:
            more = len(promised.unlimited) - 1
            first = neighbours.names(tuple(promised.unlimited[:1]))
            says = f"nothing limits the {of_what} of {first}" + (
                f" and {more} more" if more else ""
            )
            return holding(says, *said)
        if there_is is None:
            return undecided(observed.doubt, observed)
        says = f"{words(promised.amount)} promised, and {words(there_is)} there"
        if promised.amount > there_is:
            return holding(says, observed, *said)
        if promised.unread is not None:
            return undecided(promised.unread.doubt, promised.unread)
        return failing(says, neighbours.process_table, observed, *said)

    return neighbours.for_each(judge)
