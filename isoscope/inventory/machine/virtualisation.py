"""KVM's and VFIO's parameters, and the IOMMU's groups.

Sources: Documentation/virt/kvm/x86, Documentation/admin-guide/hw-vuln, ``modinfo kvm``,
Documentation/driver-api/vfio.rst, Documentation/ABI/testing/sysfs-kernel-iommu_groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from isoscope.inventory.machine.answers import HOST
from isoscope.inventory.observation import KERNEL, Observation, known, unknown
from isoscope.inventory.virtualisation import Virtualisation
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

T = TypeVar("T")

_PCI = "/sys/bus/pci/devices"
_ON = frozenset("Yy1")
_NEVER = frozenset(("never",))
"""Somebody chose it. What the kernel chooses, ``N`` and ``not required``, it chooses by the CPU."""
_RISKY = {
    "kvm/parameters/enable_vmware_backdoor": _ON,
    "kvm/parameters/ignore_msrs": _ON,
    "kvm/parameters/nx_huge_pages": _NEVER,
    "kvm_intel/parameters/vmentry_l1d_flush": _NEVER,
}
_UNSAFE = {
    "vfio_iommu_type1/parameters/allow_unsafe_interrupts": _ON,
    "vfio/parameters/enable_unsafe_noiommu_mode": _ON,
}
_NESTED = {"kvm_intel/parameters/nested": _ON, "kvm_amd/parameters/nested": _ON}


def virtualisation(snapshot: Snapshot) -> Virtualisation:
    """What a snapshot says of it. Never raises for what a snapshot holds."""
    return Virtualisation(
        _switches(snapshot, "kvm-switches", _RISKY, lambda found: found),
        _switches(snapshot, "kvm-nested", _NESTED, bool),
        _switches(snapshot, "vfio-switches", _UNSAFE, lambda found: found),
        _groups(snapshot),
    )


def _switches(
    snapshot: Snapshot,
    key: str,
    switches: Mapping[str, frozenset[str]],
    make: Callable[[tuple[str, ...]], T],
) -> Observation[T]:
    """Which of these parameters have a value of theirs. A module that is not loaded, or does not
    have the parameter, has none."""
    found, readings = [], []
    for name, values in switches.items():
        reading = snapshot.file(f"/sys/module/{name}")
        if reading.gap not in (None, Gap.ABSENT):
            return _unknown(key, reading)
        value = reading.text().strip()[:40]
        readings.append(reading)
        if value in values:
            module, _, parameter = name.partition("/parameters/")
            found.append(f"{module} {parameter}={value}")
    return known(HOST, key, make(tuple(found)), *readings, parties=KERNEL)


def _groups(snapshot: Snapshot) -> Observation[Mapping[str, tuple[str, ...]]]:
    key, listing = "pci-groups", snapshot.directory(_PCI)
    if listing.gap not in (None, Gap.ABSENT):
        return _unknown(key, listing)
    members: dict[str, list[str]] = {}
    group_of: dict[str, str] = {}
    for device in listing.names():
        link = snapshot.link(f"{_PCI}/{device}/iommu_group")
        if link.gap is Gap.ABSENT:
            continue
        kind = snapshot.file(f"{_PCI}/{device}/class")
        if link.gap is not None or kind.gap is not None:
            return _unknown(key, link if link.gap is not None else kind)
        group_of[device] = group = link.text().rpartition("/")[2]
        if not kind.text().startswith("0x06"):  # bridges forward; they drive no DMA of their own
            members.setdefault(group, []).append(device)
    groups = {
        device: tuple(other for other in members.get(group, ()) if other != device)
        for device, group in group_of.items()
    }
    excerpt = "\n".join(f"{device} in group {group}" for device, group in group_of.items())
    return known(
        HOST, key, groups, listing, parties=KERNEL, excerpt=excerpt or "no device has a group"
    )


def _unknown(key: str, reading: Reading) -> Observation[T]:
    says = f"{reading.source}: {reading.gap}"
    return unknown(
        HOST, key, reading.gap or Gap.NOT_READ, says, "mount sysfs at /sys and scan again", reading
    )
