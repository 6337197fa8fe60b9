"""What is done to a workload's processes from the host: tracing, dumps, swap, starving.

Sources: ``proc(5)``, ``ptrace(2)``, ``core(5)``, Documentation/admin-guide/cgroup-v2.rst,
Documentation/scheduler/sched-bwc.rst.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import inf
from typing import TypeVar

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.cgroup_values import NO_LIMIT_FROM
from isoscope.inventory.huge_pages import kept_sizes, open_sizes
from isoscope.inventory.observation import KERNEL, Observation, mapped, parsed
from isoscope.inventory.process_table import ProcessGroup
from isoscope.inventory.process_tasks import AS_ROOT, Tasks
from isoscope.inventory.procfs import parse_number, parse_resource_limit, parse_status
from isoscope.inventory.reach import HostSide
from isoscope.inventory.workload import Limit
from isoscope.snapshot.document import Snapshot

T = TypeVar("T")

_SCORE = re.compile(r"-?[0-9]{1,4}")


def host_side(
    subject: str, group: ProcessGroup, snapshot: Snapshot, tasks: Tasks, cgroups: CgroupTree
) -> HostSide:
    """The facts of one workload's processes."""
    first = group.first[0]
    base = f"/proc/{first.pid}"
    limits = snapshot.file(f"{base}/limits")

    def limited(key: str, parse: Callable[[str], T]) -> Observation[T]:
        return parsed(subject, key, limits, parse, parties=KERNEL, settled_by=AS_ROOT)

    sizes = kept_sizes(subject, snapshot)
    return HostSide(
        traced_by=_traced_by(group, snapshot, tasks),
        core_limit=limited("core_limit", _core_limit),
        swap=cgroups.leaf(subject, "swap", first.cgroup, ("",), "memory.swap.max", _swap),
        chosen_by_oom=parsed(
            subject,
            "chosen_by_oom",
            snapshot.file(f"{base}/oom_score_adj"),
            parse_score,
            parties=KERNEL,
            settled_by=AS_ROOT,
        ),
        throttled=cgroups.leaf(
            subject,
            "throttled",
            first.cgroup,
            ("cpu", ""),
            "cpu.stat",
            partial(parse_counter, name="nr_throttled", otherwise=0),
        ),
        killed=cgroups.leaf(
            subject,
            "killed",
            first.cgroup,
            ("",),
            "memory.events",
            partial(parse_counter, name="oom_kill"),
        ),
        unbounded=limited("unbounded", unbounded_limits),
        hurrying=limited("hurrying", hurrying_limits),
        huge_page_sizes=sizes,
        huge_pages_open=open_sizes(subject, sizes, cgroups, first.cgroup),
        swap_limit=mapped(
            cgroups.limit(subject, "swap", first.cgroup), "swap_limit", _amount_of_swap
        ),
    )


def unbounded_limits(text: str) -> tuple[str, ...]:
    """Of what ``/proc/PID/limits`` bounds beside memory and processes: what it does not.

    Raises:
        ValueError: it is no such file.
    """
    return tuple(words for row, words in _FILLED.items() if parse_resource_limit(text, row) is None)


def hurrying_limits(text: str) -> tuple[str, ...]:
    """How ``/proc/PID/limits`` lets processes without privilege run before others.

    A ceiling of nice up to 20 is nice 0, as everybody's: ``getrlimit(2)``.

    Raises:
        ValueError: it is no such file.
    """
    found = []
    realtime = parse_resource_limit(text, "Max realtime priority")
    if realtime is None or realtime > 0:
        found.append("real-time priorities" + ("" if realtime is None else f" to {realtime:.0f}"))
    nice = parse_resource_limit(text, "Max nice priority")
    if nice is None or nice > _NICE_OF_ALL:
        found.append(f"nice values to {-20 if nice is None else max(-20, int(20 - nice))}")
    return tuple(found)


_FILLED = {
    "Max locked memory": "locked memory",
    "Max msgqueue size": "message queues",
    "Max pending signals": "pending signals",
    "Max core file size": "core dumps",
}
"""By the row of ``/proc/PID/limits``: what a process can fill."""
_NICE_OF_ALL = 20


def _amount_of_swap(limit: Limit) -> float:
    return inf if limit.amount is None else limit.amount


def parse_counter(text: str, name: str, otherwise: int | None = None) -> int:
    """One line of a flat keyed file of cgroups: ``NAME NUMBER``.

    Raises:
        ValueError: it is not there, and nothing else is meant by that.
    """
    for row in text.split("\n"):
        key, _, value = row.partition(" ")
        if key == name:
            return parse_number(value)
    if otherwise is None:
        raise ValueError(f"it has no {name}")
    return otherwise


def parse_score(text: str) -> int:
    """``oom_score_adj``: -1000 to 1000.

    Raises:
        ValueError: it is no such number.
    """
    if not _SCORE.fullmatch(text.strip()):
        raise ValueError(f"{text[:20]!r} is no oom_score_adj")
    return int(text)


def _core_limit(text: str) -> float:
    limit = parse_resource_limit(text, "Max core file size")
    return inf if limit is None else limit


def _swap(text: str) -> float:
    amount = inf if text.strip() == "max" else float(parse_number(text.strip()))
    return inf if amount >= NO_LIMIT_FROM else amount


def _traced_by(
    group: ProcessGroup, snapshot: Snapshot, tasks: Tasks
) -> Observation[tuple[str, ...]]:
    """A tracer that is one of its own processes is its own affair: a debugger, gVisor's sentry.
    ``TracerPid`` is the thread that traces."""
    own = set(group.pids)
    for pid in group.pids:
        threads = snapshot.directory(f"/proc/{pid}/task").names()
        own.update(int(name) for name in threads if name.isascii() and name.isdecimal())

    def named(tracers: list[int]) -> tuple[str, ...]:
        return tuple(
            _named(tracer, snapshot) for tracer in sorted(set(tracers)) if tracer not in (0, *own)
        )

    return tasks.weakest("traced_by", ("TracerPid",), lambda status: status.tracer, named)


def _named(pid: int, snapshot: Snapshot) -> str:
    try:
        return f"{parse_status(snapshot.file(f'/proc/{pid}/status').text()).name} ({pid})"
    except ValueError:
        return f"process {pid}"
