"""What is done to a workload's processes from the host: tracing, dumps, swap, starving.

Sources: ``proc(5)``, ``ptrace(2)``, ``core(5)``, Documentation/admin-guide/cgroup-v2.rst,
Documentation/scheduler/sched-bwc.rst.
"""

from __future__ import annotations

import re
from functools import partial
from math import inf

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.observation import KERNEL, Observation, parsed
from isoscope.inventory.process_table import ProcessGroup
from isoscope.inventory.process_tasks import AS_ROOT, Tasks
from isoscope.inventory.procfs import parse_number, parse_resource_limit, parse_status
from isoscope.inventory.reach import HostSide
from isoscope.snapshot.document import Snapshot

_SCORE = re.compile(r"-?[0-9]{1,4}")


def host_side(
    subject: str, group: ProcessGroup, snapshot: Snapshot, tasks: Tasks, cgroups: CgroupTree
) -> HostSide:
    """The facts of one workload's processes."""
    first = group.first[0]
    base = f"/proc/{first.pid}"
    return HostSide(
        traced_by=_traced_by(group, snapshot, tasks),
        core_limit=parsed(
            subject,
            "core_limit",
            snapshot.file(f"{base}/limits"),
            _core_limit,
            parties=KERNEL,
            settled_by=AS_ROOT,
        ),
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
    )


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
    return inf if text.strip() == "max" else float(parse_number(text.strip()))


def _traced_by(
    group: ProcessGroup, snapshot: Snapshot, tasks: Tasks
) -> Observation[tuple[str, ...]]:
    """A tracer that is one of its own processes is its own affair: a debugger, gVisor's sentry."""
    own = set(group.pids)

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
