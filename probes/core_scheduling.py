"""Who shares a core of the CPU with whom: its threads, and the kernel's core scheduling.

Sources: Documentation/ABI/stable/sysfs-devices-system-cpu, Documentation/admin-guide/hw-vuln/
core-scheduling.rst, prctl(2): PR_SCHED_CORE.
"""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Iterable

from isoscope.snapshot.places import CORE_COOKIES
from isoscope.snapshot.reading import Reading
from probes.host.access import HostAccess
from probes.probe import Recorder

_CPU = "/sys/devices/system/cpu"
_PR_SCHED_CORE = 62
_GET = 0
_OF_THREAD = 0
"""``PR_SCHED_CORE_SCOPE_THREAD``, the only one that may be asked for."""
_MOST_CPUS = 8192


def threads_run_side_by_side(host: HostAccess) -> bool:
    """Whether more than one thread of a core runs now: where none does, nobody has to be asked who
    is beside whom."""
    return host.file(f"{_CPU}/smt/active").text().strip() == "1"


def read_siblings(host: HostAccess, recorder: Recorder) -> None:
    """Which CPUs are threads of one core: one file for each core, that of its first thread."""
    if not threads_run_side_by_side(host):
        return
    told: set[int] = set()
    for cpu in sorted(_numbers(host.file(f"{_CPU}/online").text())):
        if cpu not in told:
            path = f"{_CPU}/cpu{cpu}/topology/thread_siblings_list"
            told |= _numbers(recorder.keep(host.file(path)).text())


def _numbers(text: str) -> set[int]:
    """A list of CPUs, ``cpuset(7)``; what is none is empty here, and judged where it is parsed."""
    found: set[int] = set()
    for part in text.strip().split(","):
        first, dash, last = part.partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            return set()
        found.update(range(int(first), min(int(last or first), _MOST_CPUS) + 1))
    return found


def core_cookies(host: HostAccess, tasks: Iterable[int]) -> Reading:
    """The core-scheduling cookie of each of these tasks, in one reading: a JSON object whose
    ``cookies`` are by task id, 0 for none. One that ended is left out."""

    def question() -> bytes:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        _cookie(prctl, os.getpid())  # where the kernel has none it says so here
        found: dict[int, int] = {}
        for task in tasks:
            try:
                found[task] = _cookie(prctl, task)
            except ProcessLookupError:
                continue
        return json.dumps({"cookies": found}).encode()

    return host.ask(CORE_COOKIES, question)


def _cookie(prctl: ctypes._NamedFuncPointer, task: int) -> int:
    cookie = ctypes.c_uint64()
    if prctl(_PR_SCHED_CORE, _GET, task, _OF_THREAD, ctypes.byref(cookie)) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return cookie.value
