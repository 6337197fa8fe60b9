"""What of the hardware tells, or lets change, what others on it do.

Sources: Documentation/power/powercap/powercap.rst, Documentation/driver-api/edac.rst.
"""

from __future__ import annotations

from isoscope.inventory.machine.answers import HOST, decimal, read
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.procfs import parse_mountinfo
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap

POWER_METERS = "/sys/class/powercap"
MEMORY_CONTROLLERS = "/sys/devices/system/edac/mc"
_SYSFS = "mount sysfs at /sys and scan again"


def power_meters(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Zones of the CPUs whose energy the kernel counts: ``energy_uj`` of each."""
    listing = snapshot.directory(POWER_METERS)
    if listing.gap is Gap.ABSENT and snapshot.collector.uid is not None:
        none: tuple[str, ...] = ()
        return known(HOST, "power-meters", none, listing, parties=KERNEL, excerpt="no powercap")
    if listing.gap is not None:
        says = f"{listing.source}: {listing.gap}"
        return unknown(HOST, "power-meters", listing.gap, says, _SYSFS, listing)
    zones = tuple(sorted(name for name in listing.names() if ":" in name))
    return known(HOST, "power-meters", zones, listing, parties=KERNEL)


def cache_groups(snapshot: Snapshot) -> Observation[bool]:
    """Whether resctrl is mounted, by whose groups caches and memory bandwidth are shared out:
    Documentation/filesystems/resctrl.rst. A kernel or CPU that cannot does not know it."""
    kinds = snapshot.file("/proc/filesystems")
    if kinds.gap is None and "resctrl" not in kinds.text().split():
        return known(HOST, "cache-groups", False, kinds, parties=KERNEL, excerpt="no resctrl")
    mounts = snapshot.file("/proc/self/mountinfo")
    return read("cache-groups", mounts, _has_resctrl, "mount | grep resctrl", excerpt="resctrl")


def _has_resctrl(text: str) -> bool:
    return any(mount.file_system == "resctrl" for mount in parse_mountinfo(text))


def memory_errors(snapshot: Snapshot) -> Observation[tuple[int, int]]:
    """How many errors of memory were corrected, and how many were not, since it started; unknown
    where no driver shows a memory controller that counts them, as without ECC."""
    listing = snapshot.directory(MEMORY_CONTROLLERS)
    if listing.gap not in (None, Gap.ABSENT):
        says = f"{listing.source}: {listing.gap}"
        return unknown(HOST, "memory-errors", listing.gap or Gap.NOT_READ, says, _SYSFS, listing)
    controllers = [name for name in listing.names() if name.startswith("mc")]
    if not controllers:
        return unknown(
            HOST,
            "memory-errors",
            Doubt.NOT_SAID,
            "no memory controller that corrects errors is shown",
            "dmidecode -t memory: Error Correction Type; load the EDAC driver of the CPU",
            listing,
        )
    sums = [0, 0]
    readings = []
    for controller in controllers:
        for place, name in enumerate(("ce_count", "ue_count")):
            reading = snapshot.file(f"{MEMORY_CONTROLLERS}/{controller}/{name}")
            count = read("memory-errors", reading, decimal, _SYSFS)
            if count.value is None:
                return Observation(
                    HOST, "memory-errors", None, count.unknown, count.evidence, count.parties
                )
            sums[place] += count.value
            readings.append(reading)
    return known(HOST, "memory-errors", (sums[0], sums[1]), *readings[:2], parties=KERNEL)
