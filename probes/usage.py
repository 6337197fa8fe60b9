"""Reads what workloads take just now, again and again: cheap, and kept by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.snapshot.reading import Gap
from probes.host.access import HostAccess

_LARGEST = 64 * 1024


def read_usage(host: HostAccess, files: Mapping[str, str]) -> Mapping[str, str]:
    """The texts of these files by their names; a file that cannot be read is left out.

    Args:
        host: the host that is shown, which has to be this machine.
        files: names by path.
    """
    texts: dict[str, str] = {}
    for path, name in files.items():
        reading = host.file(path, _LARGEST)
        if reading.gap is None:
            texts[name] = reading.text()
        elif reading.gap in (Gap.ABSENT, Gap.GONE) and not texts and name.startswith("cpu"):
            return {}  # the cgroup is gone: the rest would be, too
    return texts


@dataclass(frozen=True, slots=True)
class HostUsage:
    """What all of the host takes: CPUs' worth of time since the last look, and bytes of memory."""

    cpus: float
    online_cpus: int
    memory_used: int
    memory: int


def read_host_usage() -> HostUsage:
    """Of this machine, by ``psutil``; the first look counts from the start of this process."""
    import psutil

    memory = psutil.virtual_memory()
    online = psutil.cpu_count() or 1
    return HostUsage(
        psutil.cpu_percent(interval=None) / 100 * online,
        online,
        memory.total - memory.available,
        memory.total,
    )
