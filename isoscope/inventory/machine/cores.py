"""Which CPUs are threads of one core: Documentation/ABI/stable/sysfs-devices-system-cpu."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.inventory.machine.answers import HOST, cpu_list
from isoscope.inventory.observation import Doubt, Observation, known, parsed, unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

Cores = Mapping[int, frozenset[int]]
"""By CPU: all CPUs that are threads of its core, itself among them."""

_CPU = "/sys/devices/system/cpu"
_KEY = "cpu-cores"
_SETTLED = "mount sysfs at /sys and scan again"


def cores(
    snapshot: Snapshot, smt: Observation[bool], online: Observation[frozenset[int]]
) -> Observation[Cores]:
    """The cores of the CPUs that are online. Where one thread of each core runs they are not read:
    each CPU is a core then."""
    for needed in (smt, online):
        if needed.unknown is not None:
            return Observation(HOST, _KEY, None, needed.unknown, needed.evidence, needed.parties)
    cpus = online.value or frozenset()
    if smt.value is False:
        alone = {cpu: frozenset({cpu}) for cpu in cpus}
        return Observation(HOST, _KEY, alone, None, smt.evidence, smt.parties)
    found: dict[int, frozenset[int]] = {}
    readings: list[Reading] = []
    for cpu in sorted(cpus):
        if cpu in found:
            continue
        reading = snapshot.file(f"{_CPU}/cpu{cpu}/topology/thread_siblings_list")
        siblings = parsed(HOST, _KEY, reading, cpu_list, parties=smt.parties, settled_by=_SETTLED)
        if siblings.value is None:
            return Observation(
                HOST, _KEY, None, siblings.unknown, siblings.evidence, siblings.parties
            )
        if cpu not in siblings.value:
            says = f"{reading.source} does not name the CPU that it is about"
            return unknown(
                HOST, _KEY, Doubt.NOT_UNDERSTOOD, says, _SETTLED, reading, parties=smt.parties
            )
        readings.append(reading)
        found |= dict.fromkeys(siblings.value, siblings.value)
    excerpt = "; ".join(reading.text().strip() for reading in readings[:64])
    return known(
        HOST, _KEY, found, *readings[:1], parties=smt.parties, excerpt=excerpt or "no CPU is online"
    )
