"""What a workload takes of the host just now, from the files of its cgroup: ``cgroups(7)``.

Sources: Documentation/admin-guide/cgroup-v2.rst (cpu.stat, memory.current, pids.current, io.stat),
cgroup-v1/{cpuacct,memory,pids,blkio-controller}.rst, Documentation/accounting/psi.rst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isoscope.snapshot.places import cgroup_paths
from isoscope.snapshot.process_marks import cgroup_of_workload

_PRESSURE = re.compile(r"^some avg10=(\d{1,3}(?:\.\d+)?) ", re.MULTILINE)
_LONGEST_NUMBER = 24


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters and levels at one moment; None of each that this kernel or user does not see.

    Attributes:
        cpu_seconds: CPU time used since the cgroup was made.
        memory: bytes charged to it now.
        processes: processes and threads in it now.
        io_bytes: bytes read from and written to block devices since it was made.
        cpu_pressure, memory_pressure, io_pressure: the share of the last ten seconds, in percent,
            in which some of its tasks waited for it.
    """

    cpu_seconds: float | None = None
    memory: int | None = None
    processes: int | None = None
    io_bytes: int | None = None
    cpu_pressure: float | None = None
    memory_pressure: float | None = None
    io_pressure: float | None = None


def usage_files(cgroup: str, mounts: Mapping[str, str]) -> Mapping[str, str]:
    """The files to read for one workload: what each says, by its path.

    Args:
        cgroup: the text of ``/proc/PID/cgroup`` of one of its processes.
        mounts: where each controller is mounted; ``""`` is the unified hierarchy.
    """
    found: dict[str, str] = {}
    paths = cgroup_paths(cgroup)
    for controller, of_process in paths.items():
        mount = mounts.get(controller)
        if mount is None:
            continue
        path = cgroup_of_workload(of_process)
        for name in _FILES.get(controller, ()):
            if controller or _CONTROLLER_OF.get(name) not in paths:
                found[f"{mount.rstrip('/')}{path.rstrip('/')}/{name}"] = name
    return found


_FILES = {
    "": (
        "cpu.stat",
        "memory.current",
        "pids.current",
        "io.stat",
        "cpu.pressure",
        "memory.pressure",
        "io.pressure",
    ),
    "cpuacct": ("cpuacct.usage",),
    "memory": ("memory.usage_in_bytes",),
    "pids": ("pids.current",),
    "blkio": ("blkio.throttle.io_service_bytes",),
}
_CONTROLLER_OF = {
    "cpu.stat": "cpuacct",
    "memory.current": "memory",
    "pids.current": "pids",
    "io.stat": "blkio",
}
"""Where the same is counted if the controller is one of version 1."""


def parse_usage(texts: Mapping[str, str]) -> Usage:
    """What the texts of these files say, by the files' names; what is no number is not said."""
    said: dict[str, float | None] = {}
    for name, text in texts.items():
        field, parse = _PARSERS[name]
        value = parse(text)
        if value is not None:
            said[field] = value
    return Usage(
        cpu_seconds=said.get("cpu_seconds"),
        memory=_whole(said.get("memory")),
        processes=_whole(said.get("processes")),
        io_bytes=_whole(said.get("io_bytes")),
        cpu_pressure=said.get("cpu_pressure"),
        memory_pressure=said.get("memory_pressure"),
        io_pressure=said.get("io_pressure"),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _number(text: str) -> float | None:
    word = text.strip()
    return (
        float(word) if word.isascii() and word.isdigit() and len(word) < _LONGEST_NUMBER else None
    )


def _cpu_stat(text: str) -> float | None:
    for line in text.split("\n"):
        name, _, value = line.partition(" ")
        if name == "usage_usec" and (found := _number(value)) is not None:
            return found / 1e6
    return None


def _nanoseconds(text: str) -> float | None:
    found = _number(text)
    return None if found is None else found / 1e9


def _io_stat(text: str) -> float | None:
    """The sum over all devices; a cgroup that did no I/O has no line, and has done none."""
    total = 0.0
    for word in text.split():
        name, _, value = word.partition("=")
        if name in ("rbytes", "wbytes"):
            total += _number(value) or 0.0
    return total


def _blkio(text: str) -> float | None:
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 2 and words[0] == "Total":
            return _number(words[1])
    return None


def _pressure(text: str) -> float | None:
    found = _PRESSURE.search(text)
    return None if found is None else float(found.group(1))


_PARSERS: Mapping[str, tuple[str, Callable[[str], float | None]]] = {
    "cpu.stat": ("cpu_seconds", _cpu_stat),
    "cpuacct.usage": ("cpu_seconds", _nanoseconds),
    "memory.current": ("memory", _number),
    "memory.usage_in_bytes": ("memory", _number),
    "pids.current": ("processes", _number),
    "io.stat": ("io_bytes", _io_stat),
    "blkio.throttle.io_service_bytes": ("io_bytes", _blkio),
    "cpu.pressure": ("cpu_pressure", _pressure),
    "memory.pressure": ("memory_pressure", _pressure),
    "io.pressure": ("io_pressure", _pressure),
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What is taken between two moments; None where one of them does not say.

    Attributes:
        cpus: CPUs' worth of time.
        io_bytes: bytes a second to and from block devices.
    """

    cpus: float | None
    io_bytes: float | None


def rates(before: Usage, after: Usage, seconds: float) -> Rates:
    """The rates over a time that is not zero; a counter that fell began anew, and says nothing."""
    return Rates(
        _rate(before.cpu_seconds, after.cpu_seconds, seconds),
        _rate(before.io_bytes, after.io_bytes, seconds),
    )


def _rate(before: float | None, after: float | None, seconds: float) -> float | None:
    if before is None or after is None or after < before or seconds <= 0:
        return None
    return (after - before) / seconds
