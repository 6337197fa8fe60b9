"""What the files of a cgroup say: each parser takes the texts of the files that say it together.

Sources: Documentation/admin-guide/cgroup-v1 (memory, pids, blkio-controller) and cgroup-v2; CFS
bandwidth control, Documentation/scheduler/sched-bwc.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isoscope.inventory.procfs import parse_number
from isoscope.snapshot.huge_pages import limit_file

NO_LIMIT_FROM = 2.0**62
"""cgroup v1 words "no limit" as PAGE_COUNTER_MAX pages in bytes, just below 2**63."""

Parser = Callable[[Sequence[str]], float | None]


@dataclass(frozen=True, slots=True)
class Controlled:
    """How one resource is limited, in cgroup v1 and in v2."""

    controller: str
    """Name of the controller of cgroup v1."""
    files: tuple[str, ...]
    """Its files in cgroup v1."""
    parse: Parser
    """Takes those files' texts."""
    unified: str
    """Its file in cgroup v2."""
    parse_unified: Parser


def amount_or_max(texts: Sequence[str]) -> float | None:
    """A number of bytes or processes, or ``max``; in cgroup v1 also -1, or more than there is.

    Raises:
        ValueError: another text.
    """
    word = texts[0].strip()
    if word in ("max", "-1"):
        return None
    value = float(parse_number(word))
    return None if value >= NO_LIMIT_FROM else value


def quota_and_period(texts: Sequence[str]) -> float | None:
    """CPUs' worth of time: ``cpu.cfs_quota_us`` per ``cpu.cfs_period_us``; -1 is no limit."""
    quota, period = (text.strip() for text in texts)
    return None if quota == "-1" else _share(quota, period)


def cpu_max(texts: Sequence[str]) -> float | None:
    """CPUs' worth of time: ``cpu.max``, ``QUOTA PERIOD``; the quota ``max`` is no limit."""
    words = texts[0].split()
    if len(words) != 2:
        raise ValueError(f"{texts[0][:40]!r} is not a quota and a period")
    return None if words[0] == "max" else _share(words[0], words[1])


def _share(quota: str, period: str) -> float:
    share = parse_number(quota), parse_number(period)
    if min(share) == 0:
        raise ValueError("a quota or period of 0")
    return share[0] / share[1]


def throttles(texts: Sequence[str]) -> float | None:
    """``blkio.throttle.{read_bps,write_bps,read_iops,write_iops}_device``: ``MAJOR:MINOR RATE``.

    See ``_slowest`` for what counts.
    """
    rates: _Rates = {}
    for key, text in zip(("rbps", "wbps", "riops", "wiops"), texts, strict=True):
        for line in text.split("\n"):
            words = line.split()
            if words:
                if len(words) != 2:
                    raise ValueError(f"{line[:40]!r} is no device and rate")
                rates.setdefault(words[0], {})[key] = parse_number(words[1])
    return _slowest(rates)


def io_max(texts: Sequence[str]) -> float | None:
    """``io.max``: ``MAJOR:MINOR rbps=… wbps=… riops=… wiops=…``, each a number or ``max``."""
    rates: _Rates = {}
    for line in texts[0].split("\n"):
        device, *words = line.split() or [""]
        for word in words:
            key, equals, value = word.partition("=")
            if not equals:
                raise ValueError(f"{line[:40]!r} is no device and rates")
            if value != "max":
                rates.setdefault(device, {})[key] = parse_number(value)
    return _slowest(rates)


_Rates = dict[str, dict[str, int]]


def _slowest(rates: _Rates) -> float | None:
    """The lowest rate of any device whose reads and writes are both limited, in bytes or else in
    operations per second. A device that is limited one way only can be kept busy the other way."""
    slowest: list[int] = []
    for of_device in rates.values():
        if _limited(of_device, "r") and _limited(of_device, "w"):
            bytes_per_second = [rate for key, rate in of_device.items() if key.endswith("bps")]
            slowest.append(min(bytes_per_second or of_device.values()))
    return float(min(slowest)) if slowest else None


def _limited(rates: dict[str, int], direction: str) -> bool:
    return f"{direction}bps" in rates or f"{direction}iops" in rates


RESOURCES = {
    "memory": Controlled(
        "memory", ("memory.limit_in_bytes",), amount_or_max, "memory.max", amount_or_max
    ),
    "swap": Controlled(
        # Of cgroup v1 memory and swap together: whoever has a bound on both has one on swap.
        "memory",
        ("memory.memsw.limit_in_bytes",),
        amount_or_max,
        "memory.swap.max",
        amount_or_max,
    ),
    "processes": Controlled("pids", ("pids.max",), amount_or_max, "pids.max", amount_or_max),
    "cpu": Controlled(
        "cpu", ("cpu.cfs_quota_us", "cpu.cfs_period_us"), quota_and_period, "cpu.max", cpu_max
    ),
    "block_io": Controlled(
        "blkio",
        (
            "blkio.throttle.read_bps_device",
            "blkio.throttle.write_bps_device",
            "blkio.throttle.read_iops_device",
            "blkio.throttle.write_iops_device",
        ),
        throttles,
        "io.max",
        io_max,
    ),
}
"""By the names of `isoscope.inventory.workload.ProcessFacts`, and swap."""


def controlled(resource: str) -> Controlled:
    """How a resource is limited: one of `RESOURCES`, or ``huge pages of 2MB``.

    Raises:
        KeyError: it is none of them.
    """
    if resource.startswith(_HUGE_PAGES):
        size = resource.removeprefix(_HUGE_PAGES)
        return Controlled(
            "hugetlb",
            (limit_file("hugetlb", size),),
            amount_or_max,
            limit_file("", size),
            amount_or_max,
        )
    return RESOURCES[resource]


_HUGE_PAGES = "huge pages of "
