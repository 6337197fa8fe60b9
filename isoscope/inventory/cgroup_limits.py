"""What limits a cgroup: the tightest value along all its ancestors.

Sources: ``cgroups(7)``; Documentation/admin-guide/cgroup-v1 (memory, pids, blkio-controller) and
cgroup-v2; CFS bandwidth control, Documentation/scheduler/sched-bwc.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, parsed, unknown
from isoscope.inventory.procfs import parse_device_rules
from isoscope.inventory.workload import DeviceRule, Limit
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import ancestors, cgroup_mounts, cgroup_paths
from isoscope.snapshot.reading import Gap, Reading

_NO_LIMIT_FROM = 2.0**62
"""cgroup v1 words "no limit" as PAGE_COUNTER_MAX pages in bytes, just below 2**63."""

_SETTLED_BY = "run Isoscope on the host itself, where its cgroup file systems are mounted"


def _bytes_or_max(text: str) -> float | None:
    word = text.strip()
    if word == "max":
        return None
    value = float(int(word))
    return None if value >= _NO_LIMIT_FROM or value < 0 else value


def _cpu_max(text: str) -> float | None:
    quota, _, period = text.strip().partition(" ")
    if quota == "max":
        return None
    if int(period) <= 0:
        raise ValueError("a CPU period that is not positive")
    return int(quota) / int(period)


def _throttle(text: str) -> float | None:
    """The smallest rate that any device is held to, from ``io.max`` or ``blkio.throttle.*``."""
    rates = []
    for line in text.splitlines():
        for word in line.split()[1:]:
            value = word.rpartition("=")[2]
            if value != "max":
                rates.append(float(int(value)))
    return min(rates, default=None)


@dataclass(frozen=True, slots=True)
class _Resource:
    controller: str
    """Name of the controller of cgroup v1."""
    files: tuple[str, ...]
    """Its files in cgroup v1, any of which may limit."""
    unified: str
    """Its file in cgroup v2."""
    parse: Callable[[str], float | None]


_RESOURCES = {
    "memory": _Resource("memory", ("memory.limit_in_bytes",), "memory.max", _bytes_or_max),
    "processes": _Resource("pids", ("pids.max",), "pids.max", _bytes_or_max),
    "block_io": _Resource(
        "blkio",
        (
            "blkio.throttle.read_bps_device",
            "blkio.throttle.write_bps_device",
            "blkio.throttle.read_iops_device",
            "blkio.throttle.write_iops_device",
        ),
        "io.max",
        _throttle,
    ),
}


@dataclass(frozen=True)
class CgroupTree:
    """The cgroup file systems of a host, as a snapshot holds them."""

    snapshot: Snapshot
    mounts: Mapping[str, str]
    """Where each controller is mounted; ``""`` is the unified hierarchy."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> CgroupTree:
        """The cgroup file systems that the reader's own mounts show."""
        own = snapshot.file("/proc/self/mountinfo").text()
        return cls(snapshot, cgroup_mounts(own or snapshot.file("/proc/1/mountinfo").text()))

    def limit(self, subject: str, resource: str, cgroup: Reading) -> Observation[Limit]:
        """The tightest limit of ``memory`` (bytes), ``processes`` (number), ``cpu`` (CPUs' worth of
        time) or ``block_io`` (smallest rate of any device) on the cgroup that a process is in."""
        if cgroup.gap is not None:
            return unknown(
                subject,
                resource,
                cgroup.gap,
                f"{cgroup.source}: {cgroup.gap}",
                "run Isoscope as root",
                cgroup,
            )
        found: list[tuple[float, str, Reading]] = []
        silent: list[Reading] = []
        empty: list[Reading] = []
        for place, readings, parse in self._places(resource, cgroup.text()):
            for reading in readings:
                if reading.gap is Gap.ABSENT:
                    empty.append(reading)  # not enabled at this level; ancestors still bind
                elif reading.gap is not None:
                    silent.append(reading)
            texts = [reading.text() for reading in readings if reading.gap is None]
            if len(texts) < len(readings):
                continue
            try:
                amount = parse(texts)
            except (ValueError, ZeroDivisionError):
                silent.extend(readings)
                continue
            if amount is None:
                empty.extend(readings)
            else:
                found.append((amount, place, readings[0]))
        if found:
            amount, place, reading = min(found, key=lambda item: item[0])
            return known(subject, resource, Limit(amount, place), reading, parties=KERNEL)
        if silent:
            return unknown(
                subject,
                resource,
                silent[0].gap or Doubt.NOT_UNDERSTOOD,
                f"{silent[0].source}: {silent[0].gap or 'not understood'}",
                _SETTLED_BY,
                silent[0],
            )
        if not empty:
            return unknown(
                subject,
                resource,
                Gap.NOT_READ,
                f"no mount of the {resource} controller was seen",
                _SETTLED_BY,
                cgroup,
            )
        return known(subject, resource, Limit(None), *empty[:2], parties=KERNEL)

    def memory_protected(self, subject: str, cgroup: Reading) -> Observation[Limit]:
        """Bytes that the kernel never reclaims from a workload: ``memory.min`` of cgroup v2. cgroup
        v1 protects nothing (its soft limit is no guarantee)."""
        paths = cgroup_paths(cgroup.text())
        if cgroup.gap is None and "memory" in paths and "memory" in self.mounts:
            return known(subject, "memory_protected", Limit(None), cgroup, parties=KERNEL)
        mount = self.mounts.get("", "")
        return parsed(
            subject,
            "memory_protected",
            self.snapshot.file(f"{mount}{paths.get('', '/').rstrip('/')}/memory.min"),
            lambda text: Limit(
                _NO_LIMIT_FROM if text.strip() == "max" else _bytes_or_max(text) or None
            ),
            parties=KERNEL,
            settled_by=_SETTLED_BY,
        )

    def device_rules(self, subject: str, cgroup: Reading) -> Observation[tuple[DeviceRule, ...]]:
        """Devices that cgroup v1 lets a workload use; cgroup v2 keeps them in a BPF program that
        no file shows."""
        path = cgroup_paths(cgroup.text()).get("devices")
        mount = self.mounts.get("devices")
        if path is None or mount is None:
            return unknown(
                subject,
                "device_rules",
                Gap.UNSUPPORTED,
                "cgroup v2 keeps device rules in a BPF program, which no file shows",
                "bpftool cgroup show on its cgroup, as root",
                cgroup,
            )
        reading = self.snapshot.file(f"{mount}{path.rstrip('/')}/devices.list")
        if reading.gap is not None:
            return unknown(
                subject,
                "device_rules",
                reading.gap,
                f"{reading.source}: {reading.gap}",
                _SETTLED_BY,
                reading,
            )
        try:
            rules = parse_device_rules(reading.text())
        except ValueError as error:
            return unknown(
                subject,
                "device_rules",
                Doubt.NOT_UNDERSTOOD,
                f"{reading.source}: {error}",
                "report this kernel's devices.list to Isoscope",
                reading,
            )
        return known(subject, "device_rules", rules, reading, parties=KERNEL)

    def _places(
        self, resource: str, cgroup: str
    ) -> list[tuple[str, list[Reading], Callable[[list[str]], float | None]]]:
        """Cgroups that may limit, each with the readings that say so together and their parser."""
        paths = cgroup_paths(cgroup)
        places: list[tuple[str, list[Reading], Callable[[list[str]], float | None]]] = []
        controller = "cpu" if resource == "cpu" else _RESOURCES[resource].controller
        if controller in paths and controller in self.mounts:
            for place in (paths[controller], *ancestors(paths[controller])):
                base = f"{self.mounts[controller]}{place.rstrip('/')}"
                if resource == "cpu":
                    names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
                    both = [self.snapshot.file(f"{base}/{name}") for name in names]
                    places.append((place, both, lambda texts: _cpu_max(_quota_words(texts))))
                    continue
                for name in _RESOURCES[resource].files:
                    places.append(
                        (
                            place,
                            [self.snapshot.file(f"{base}/{name}")],
                            lambda texts: _RESOURCES[resource].parse(texts[0]),
                        )
                    )
        elif "" in paths and "" in self.mounts:
            name = "cpu.max" if resource == "cpu" else _RESOURCES[resource].unified
            parse = _cpu_max if resource == "cpu" else _RESOURCES[resource].parse
            for place in (paths[""], *ancestors(paths[""])):
                reading = self.snapshot.file(f"{self.mounts['']}{place.rstrip('/')}/{name}")
                places.append((place, [reading], lambda texts, parse=parse: parse(texts[0])))
        return places


def _quota_words(texts: list[str]) -> str:
    quota = texts[0].strip()
    return "max" if quota == "-1" else f"{quota} {texts[1].strip()}"
