"""Whether the host is itself a guest: every sign with what it says, and what follows from them.

Sources: Intel SDM and AMD APM (CPUID leaf 1, ECX bit 31, is left to hypervisors),
Documentation/virt/kvm/x86/cpuid.rst, SMBIOS type 1, Documentation/ABI/stable/sysfs-hypervisor-xen,
``systemd-detect-virt(1)``.
"""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.host import GuestSign
from isoscope.inventory.machine.answers import ANSWERED, HOST, settling, shown
from isoscope.inventory.machine.processor import Processor
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Observation,
    Party,
    Reason,
    known,
    unknown,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

_DMI = "/sys/class/dmi/id"
_HYPERVISOR_BIT = 1 << 31
_PARTIES = KERNEL | {Party.OUTER_HYPERVISOR}
_NOTHING = "nothing"

_HYPERVISOR_OF_LETTERS = {
    "KVMKVMKVM": "KVM",
    "Linux KVM Hv": "KVM with Hyper-V's interface",
    "TCGTCGTCGTCG": "QEMU without KVM",
    "Microsoft Hv": "Hyper-V",
    "VMwareVMware": "VMware",
    "XenVMMXenVMM": "Xen",
    "VBoxVBoxVBox": "VirtualBox",
    "bhyve bhyve": "bhyve",
    "ACRNACRNACRN": "ACRN",
    "prl hyperv": "Parallels",
    "QNXQVMBSQG": "QNX",
    "SRESRESRESRE": "LMHS SRE",
}
_VIRTUAL_MAKERS = (
    "QEMU",
    "KVM",
    "OpenStack",
    "KubeVirt",
    "VMware",
    "VMW",
    "innotek GmbH",
    "VirtualBox",
    "Xen",
    "Bochs",
    "Parallels",
    "BHYVE",
    "Apple Virtualization",
    "Google Compute Engine",
    "Virtual Machine",
    "EFI Development Kit II / OVMF",
    "SeaBIOS",
)
"""Beginnings of DMI strings that only virtual machines have."""


@dataclass(frozen=True, slots=True)
class _Clue:
    """A sign with the readings that it rests on, and whether it can decide by itself."""

    sign: GuestSign
    readings: tuple[Reading, ...]
    decisive: bool = False


def guest_signs(snapshot: Snapshot, processor: Processor) -> tuple[GuestSign, ...]:
    """Every sign that was looked for and what it says."""
    return tuple(clue.sign for clue in _clues(snapshot, processor))


def is_guest(snapshot: Snapshot, processor: Processor) -> Observation[bool]:
    """Whether this host is a guest of an outer hypervisor.

    The CPU's word that a hypervisor is there decides. Its word that none is there decides if every
    other sign was looked for and none says otherwise. Where the CPU has no such word, what the
    firmware tables call the machine decides.
    """
    clues = _clues(snapshot, processor)
    for_it = [clue for clue in clues if clue.sign.guest is True]
    against = [clue for clue in clues if clue.sign.guest is False]
    deciding = [clue for clue in for_it if clue.decisive]
    cpu_says_no = any(clue.decisive for clue in against)
    if deciding or (for_it and not cpu_says_no):
        return _found(deciding or for_it, guest=True)
    if for_it:
        says = f"{_listed(against)}, but {_listed(for_it)}"
        return _open(Doubt.CONTRADICTED, says, *_readings(for_it + against))
    if not cpu_says_no:
        says = "no sign that was read says so, and the CPU's word was not read or there is none"
        return _open(Doubt.NOT_SAID, says, *_readings(against))
    missing = next((r for r in _readings(clues) if r.gap not in ANSWERED), None)
    if missing is not None and missing.gap is not None:
        return _open(missing.gap, f"{missing.source} could say otherwise: {missing.gap}", missing)
    return _found(against, guest=False)


def _clues(snapshot: Snapshot, processor: Processor) -> list[_Clue]:
    return [
        _flag(processor),
        _hypervisor_leaf(processor),
        *_firmware(snapshot),
        _xen(snapshot),
        _device_tree(snapshot),
        _mainframe(snapshot),
    ]


def _flag(processor: Processor) -> _Clue:
    sign = "cpuinfo flag hypervisor"
    reading = (processor.cpuinfo,)
    if processor.flags is None:
        return _Clue(GuestSign(sign, _gap_words(processor.cpuinfo), None), reading)
    if processor.family != "x86":
        return _Clue(GuestSign(sign, "not a flag of this architecture", None), reading)
    there = "hypervisor" in processor.flags
    says = "a hypervisor is there" if there else "no hypervisor"
    return _Clue(GuestSign(sign, says, there), reading, decisive=True)


def _hypervisor_leaf(processor: Processor) -> _Clue:
    sign = "CPUID hypervisor vendor"
    readings = (
        processor.leaf_reading(0),
        processor.leaf_reading(1),
        processor.leaf_reading(0x4000_0000),
    )
    features = processor.leaf(1)
    if features is None:
        return _Clue(GuestSign(sign, _gap_words(readings[1]), None), readings)
    if not features.ecx & _HYPERVISOR_BIT:
        return _Clue(GuestSign(sign, "the CPU announces none", guest=False), readings)
    vendor = processor.leaf(0x4000_0000)
    if vendor is None:
        says = f"the CPU announces one; its name: {_gap_words(readings[2])}"
        return _Clue(GuestSign(sign, says, guest=True), readings, decisive=True)
    letters = vendor.letters("ebx", "ecx", "edx").strip("\0 ")
    name = _HYPERVISOR_OF_LETTERS.get(letters)
    says = f"{name} ({letters})" if name else f"one that calls itself {shown(letters)}"
    return _Clue(GuestSign(sign, says, guest=True), readings, decisive=True)


def _firmware(snapshot: Snapshot) -> list[_Clue]:
    """What the firmware tables call the machine. A maker of hardware speaks against a guest, but
    hypervisors can pass such names on."""
    clues = []
    for field, sign in (
        ("sys_vendor", "DMI maker"),
        ("product_name", "DMI product"),
        ("bios_vendor", "DMI firmware"),
    ):
        reading = snapshot.file(f"{_DMI}/{field}")
        name = reading.text().strip()
        guest = True if name.startswith(_VIRTUAL_MAKERS) else None
        says = shown(name) if name else _gap_words(reading)
        if field == "sys_vendor" and name == "Amazon EC2":
            says += ", which makes virtual and bare machines"
        clues.append(_Clue(GuestSign(sign, says, guest), (reading,)))
    return clues


def _xen(snapshot: Snapshot) -> _Clue:
    reading = snapshot.file("/sys/hypervisor/type")
    capabilities = snapshot.file("/proc/xen/capabilities")
    kind = reading.text().strip()
    if not kind:
        sign = GuestSign("/sys/hypervisor/type", _gap_words(reading), None)
    elif "control_d" in capabilities.text():
        sign = GuestSign("/sys/hypervisor/type", f"{kind}: its control domain", guest=True)
    else:
        sign = GuestSign("/sys/hypervisor/type", kind, guest=True)
    return _Clue(sign, (reading, capabilities))


def _device_tree(snapshot: Snapshot) -> _Clue:
    reading = snapshot.file("/proc/device-tree/hypervisor/compatible")
    kind = reading.text().strip("\0\n ").replace("\0", ", ")
    guest = True if kind else None
    sign = GuestSign("device tree hypervisor", kind or _gap_words(reading), guest)
    return _Clue(sign, (reading,), decisive=guest is True)


def _mainframe(snapshot: Snapshot) -> _Clue:
    """``/proc/sysinfo`` of s390 names each level of virtual machines, the innermost ``VM00``."""
    reading = snapshot.file("/proc/sysinfo")
    for row in reading.text().splitlines():
        name, colon, value = row.partition(":")
        if colon and name.strip() == "VM00 Control Program":
            sign = GuestSign("/proc/sysinfo", value.strip() or "a hypervisor", guest=True)
            return _Clue(sign, (reading,), decisive=True)
    says = _gap_words(reading) if reading.gap else "no virtual machine below"
    return _Clue(GuestSign("/proc/sysinfo", says, None), (reading,))


def _gap_words(reading: Reading) -> str:
    """A sign that is not there, or why it could not be read."""
    if reading.gap in (None, Gap.ABSENT):
        return _NOTHING
    return f"{reading.gap} ({reading.detail})" if reading.detail else str(reading.gap)


def _listed(clues: list[_Clue]) -> str:
    return ", ".join(f"{clue.sign.sign}: {clue.sign.says}" for clue in clues)


def _readings(clues: list[_Clue]) -> list[Reading]:
    return [reading for clue in clues for reading in clue.readings]


def _found(clues: list[_Clue], *, guest: bool) -> Observation[bool]:
    return known(
        HOST,
        "is-guest",
        guest,
        *_readings(clues),
        parties=_PARTIES,
        excerpt=_listed(clues),
    )


def _open(reason: Reason, says: str, *readings: Reading) -> Observation[bool]:
    settled = "look at the machine, or ask whoever runs it"
    if readings and readings[0].gap is reason:
        settled = settling(readings[0], settled)
    return unknown(HOST, "is-guest", reason, says, settled, *readings, parties=_PARTIES)
