"""What limits a workload's cgroup: the tightest value along all its ancestors, ``cgroups(7)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.cgroup_values import NO_LIMIT_FROM, Parser, amount_or_max, controlled
from isoscope.inventory.device_program import parse_device_programs
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, parsed, unknown
from isoscope.inventory.procfs import parse_device_rules, parse_number_list
from isoscope.inventory.workload import DeviceRule, Limit
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import (
    ancestors,
    cgroup_mounts,
    cgroup_paths,
    device_programs_source,
)
from isoscope.snapshot.process_marks import cgroup_of_workload
from isoscope.snapshot.reading import Gap, Reading

T = TypeVar("T")

_EFFECTIVE_CPUS = "cpuset.cpus.effective"
_SETTLED_BY = "run Isoscope on the host itself, where its cgroup file systems are mounted"


@dataclass(frozen=True, slots=True)
class _Place:
    """One cgroup that may limit, and the files that say so together."""

    cgroup: str
    readings: tuple[Reading, ...]
    parse: Parser

    def silent(self) -> Reading | None:
        """The reading for which nothing is known of this cgroup; None where it is known. All files
        absent means that the controller is not enabled here: ancestors still bind."""
        unread = [reading for reading in self.readings if reading.gap is not None]
        wrong = [reading for reading in unread if reading.gap is not Gap.ABSENT]
        if wrong:
            return wrong[0]
        return None if len(unread) in (0, len(self.readings)) else unread[0]

    def amount(self) -> float | None:
        """What it limits to; None where it does not.

        Raises:
            ValueError: a file is not understood.
        """
        if self.readings[0].gap is not None:
            return None
        return self.parse([reading.text() for reading in self.readings])


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
        """The tightest limit on the workload that a process is in.

        Args:
            subject: the workload's id.
            resource: ``memory`` or ``swap`` (bytes), ``processes`` (number), ``cpu`` (CPUs' worth
                of time), ``block_io`` (lowest rate of any device) or ``huge pages of 2MB`` (bytes).
            cgroup: ``/proc/PID/cgroup``.
        """
        if cgroup.gap is not None:
            return _unread(subject, resource, cgroup, "run Isoscope as root")
        found: list[tuple[float, str, tuple[Reading, ...]]] = []
        silent: list[Reading] = []
        empty: list[Reading] = []
        for place in self._places(resource, cgroup.text()):
            unread = place.silent()
            if unread is not None:
                silent.append(unread)
                continue
            try:
                amount = place.amount()
            except ValueError:
                silent.append(place.readings[0])
                continue
            if amount is None:
                empty.extend(place.readings)
            else:
                found.append((amount, place.cgroup, place.readings))
        if found:
            amount, at, readings = min(found, key=lambda item: item[0])
            return known(subject, resource, Limit(amount, at), *readings, parties=KERNEL)
        if silent:
            return _unread(subject, resource, silent[0], _SETTLED_BY)
        if not empty:
            return unknown(
                subject,
                resource,
                Gap.NOT_READ,
                f"no mount of the controller of {resource.replace('_', ' ')} was seen",
                _SETTLED_BY,
                cgroup,
            )
        return known(subject, resource, Limit(None), *empty[:2], parties=KERNEL)

    def memory_protected(self, subject: str, cgroup: Reading) -> Observation[Limit]:
        """Bytes that the kernel never reclaims from a workload: ``memory.min`` of cgroup v2, which
        its ancestors' bounds. cgroup v1 protects nothing (its soft limit is no guarantee)."""
        key = "memory_protected"
        if cgroup.gap is not None:
            return _unread(subject, key, cgroup, "run Isoscope as root")
        paths = cgroup_paths(cgroup.text())
        if "memory" in paths:
            return known(subject, key, Limit(None), cgroup, parties=KERNEL)
        if "" not in paths or "" not in self.mounts:
            return _unread(subject, key, self.snapshot.file("/proc/self/mountinfo"), _SETTLED_BY)
        lowest: Observation[Limit] | None = None
        own = cgroup_of_workload(paths[""])
        for place in (own, *ancestors(own)):
            reading = self.snapshot.file(self._path("", place, "memory.min"))
            if reading.gap is Gap.ABSENT:  # the controller is not enabled here
                return known(subject, key, Limit(None), reading, parties=KERNEL)
            protected = parsed(
                subject, key, reading, _protection, parties=KERNEL, settled_by=_SETTLED_BY
            )
            if protected.value is None:
                return protected
            if lowest is None or _bytes(protected.value) < _bytes(lowest.value):
                lowest = protected
        if lowest is None:  # the root cgroup, which protects nothing
            return known(subject, key, Limit(None), cgroup, parties=KERNEL)
        return lowest

    def allowed_cpus(self, subject: str, cgroup: Reading) -> Observation[frozenset[int]]:
        """CPUs that the cpuset of a workload lets it use, ``cpuset(7)``: no process of it can widen
        that, as it can its own affinity."""
        for controller, name in (("cpuset", "cpuset.effective_cpus"), ("", _EFFECTIVE_CPUS)):
            path = cgroup_paths(cgroup.text()).get(controller)
            if path is not None and controller in self.mounts:
                file = self._path(controller, cgroup_of_workload(path), name)
                return parsed(
                    subject,
                    "allowed_cpus",
                    self.snapshot.file(file),
                    parse_number_list,
                    parties=KERNEL,
                    settled_by=_SETTLED_BY,
                )
        return unknown(
            subject,
            "allowed_cpus",
            cgroup.gap or Gap.NOT_READ,
            "its cpuset was not seen",
            _SETTLED_BY,
            cgroup,
        )

    def leaf(
        self,
        subject: str,
        key: str,
        cgroup: Reading,
        controllers: tuple[str, ...],
        name: str,
        parse: Callable[[str], T],
    ) -> Observation[T]:
        """What one file of a workload's own cgroup says, in the first hierarchy that has it."""
        paths = cgroup_paths(cgroup.text())
        for controller in controllers:
            path = paths.get(controller)
            if path is not None and controller in self.mounts:
                place = self._path(controller, cgroup_of_workload(path), name)
                return parsed(
                    subject,
                    key,
                    self.snapshot.file(place),
                    parse,
                    parties=KERNEL,
                    settled_by=_SETTLED_BY,
                )
        return unknown(
            subject,
            key,
            cgroup.gap or Gap.UNSUPPORTED,
            f"no cgroup file system here shows {name}",
            _SETTLED_BY,
            cgroup,
        )

    def device_rules(self, subject: str, cgroup: Reading) -> Observation[tuple[DeviceRule, ...]]:
        """Devices that a workload may use: of cgroup v1 its list, of cgroup v2 what its BPF
        programs allow."""
        if cgroup.gap is not None:
            return _unread(subject, "device_rules", cgroup, "run Isoscope as root")
        paths = cgroup_paths(cgroup.text())
        path = paths.get("devices")
        if path is None:
            return self._device_programs(subject, paths.get(""), cgroup)
        if "devices" not in self.mounts:
            return unknown(
                subject,
                "device_rules",
                Gap.NOT_READ,
                "no mount of the device controller was seen",
                _SETTLED_BY,
                cgroup,
            )
        return parsed(
            subject,
            "device_rules",
            self.snapshot.file(self._path("devices", cgroup_of_workload(path), "devices.list")),
            parse_device_rules,
            parties=KERNEL,
            settled_by=_SETTLED_BY,
        )

    def _device_programs(
        self, subject: str, path: str | None, cgroup: Reading
    ) -> Observation[tuple[DeviceRule, ...]]:
        if path is None or "" not in self.mounts:
            reason = "no mount of the unified hierarchy was seen"
            return unknown(subject, "device_rules", Gap.NOT_READ, reason, _SETTLED_BY, cgroup)
        source = device_programs_source(self._path("", cgroup_of_workload(path), "").rstrip("/"))
        return parsed(
            subject,
            "device_rules",
            self.snapshot.get(source.channel, source.target, source.request),
            parse_device_programs,
            parties=KERNEL,
            settled_by="run Isoscope as root, or bpftool cgroup show on its cgroup",
        )

    def _places(self, resource: str, cgroup: str) -> Iterator[_Place]:
        """Cgroups that may limit, from the workload's own upwards. A controller of cgroup v1 that
        is not mounted where the reader looks is not looked for in the unified hierarchy."""
        how, paths = controlled(resource), cgroup_paths(cgroup)
        controller, files, parse = how.controller, how.files, how.parse
        if controller not in paths:
            controller, files, parse = "", (how.unified,), how.parse_unified
        if controller not in paths or controller not in self.mounts:
            return
        own = cgroup_of_workload(paths[controller])
        for place in (own, *ancestors(own)):
            readings = (self.snapshot.file(self._path(controller, place, name)) for name in files)
            yield _Place(place, tuple(readings), parse)

    def _path(self, controller: str, cgroup: str, name: str) -> str:
        return f"{self.mounts[controller].rstrip('/')}{cgroup.rstrip('/')}/{name}"


def _protection(text: str) -> Limit:
    amount = NO_LIMIT_FROM if text.strip() == "max" else amount_or_max([text])
    return Limit(amount or None)


def _bytes(limit: Limit | None) -> float:
    return 0.0 if limit is None or limit.amount is None else limit.amount


def _unread(subject: str, key: str, reading: Reading, settled_by: str) -> Observation[T]:
    reason = reading.gap or Doubt.NOT_UNDERSTOOD
    return unknown(subject, key, reason, f"{reading.source}: {reason}", settled_by, reading)
