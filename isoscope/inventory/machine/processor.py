"""The host's processor: ``/proc/cpuinfo`` and CPUID, both gated so that hostile or meaningless
answers count as none.

Sources: arch/*/kernel/cpu/proc.c and setup.c, Intel SDM volume 2A "CPUID", AMD APM volume 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.machine.answers import kernel_answer, numbers
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

AMD = "AuthenticAMD"
HYGON = "HygonGenuine"
INTEL = "GenuineIntel"
IBM_Z = "IBM/S390"

_FAMILY_OF_MACHINE = {
    "x86_64": "x86",
    "i386": "x86",
    "i486": "x86",
    "i586": "x86",
    "i686": "x86",
    "aarch64": "arm",
    "armv8l": "arm",
    "armv7l": "arm",
    "s390x": "s390",
    "ppc64": "power",
    "ppc64le": "power",
}
_REGISTERS = ("eax", "ebx", "ecx", "edx")
_MOST_LINES = 200
_FIRST_LEAVES = (0, 0x4000_0000, 0x8000_0000)
"""Each says which is the highest of its range; the second is left to hypervisors."""
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Leaf:
    """The registers of one CPUID leaf, and the reading that holds them."""

    eax: int
    ebx: int
    ecx: int
    edx: int
    reading: Reading

    def letters(self, *registers: str) -> str:
        """Registers as text, four letters each."""
        raw = b"".join(getattr(self, name).to_bytes(4, "little") for name in registers)
        return raw.decode("latin-1")


@dataclass(frozen=True)
class Processor:
    """What a snapshot says of the processor.

    ``family`` is ``x86``, ``arm``, ``s390``, ``power`` or another architecture's name; None where
    nothing tells it.
    """

    snapshot: Snapshot
    architecture: str | None

    @cached_property
    def cpuinfo(self) -> Reading:
        """The reading of ``/proc/cpuinfo``."""
        return self.snapshot.file("/proc/cpuinfo")

    @cached_property
    def fields(self) -> dict[str, str]:
        """The first processor's block of ``/proc/cpuinfo``; empty where it could not be read.

        A reading that holds only the beginning counts as far as that block is complete.
        """
        return first_block(self.cpuinfo)

    @cached_property
    def flags(self) -> frozenset[str] | None:
        """Feature flags, as whole words; None where they could not be read."""
        for name in ("flags", "Features", "features"):
            if name in self.fields:
                return frozenset(self.fields[name].split())
        return None

    @cached_property
    def family(self) -> str | None:
        """The architecture's family, by its name, else by the shape of ``/proc/cpuinfo``."""
        if self.architecture is not None:
            return _FAMILY_OF_MACHINE.get(self.architecture, self.architecture)
        if "flags" in self.fields and "vendor_id" in self.fields:
            return "x86"
        if "CPU implementer" in self.fields:
            return "arm"
        if self.fields.get("vendor_id") == IBM_Z:
            return "s390"
        return None

    @cached_property
    def vendor(self) -> str | None:
        """The vendor as x86 and s390 processors name themselves; None where nothing tells it."""
        named = self.fields.get("vendor_id")
        if named:
            return named[:_LONGEST_NAME]
        basic = self.leaf(0)
        return basic.letters("ebx", "edx", "ecx") if basic else None

    def leaf(self, number: int, subleaf: int = 0) -> Leaf | None:
        """One CPUID leaf; None where it was not read or is beyond the highest of its range, whose
        answer would be another leaf's data."""
        found = self._registers(number, subleaf)
        if found is None or number in _FIRST_LEAVES:
            return found
        start = max(first for first in _FIRST_LEAVES if number >= first)
        highest = self._registers(start, 0)
        if highest is None or not start < number <= highest.eax:
            return None
        return found

    def leaf_reading(self, number: int, subleaf: int = 0) -> Reading:
        """The reading of one CPUID leaf, whatever it holds."""
        request = f"leaf {number:#010x} subleaf {subleaf}"
        return kernel_answer(self.snapshot, "cpuid", request)

    def _registers(self, number: int, subleaf: int) -> Leaf | None:
        reading = self.leaf_reading(number, subleaf)
        found = numbers(reading)
        if found is None:
            return None
        eax, ebx, ecx, edx = (found.get(name, -1) for name in _REGISTERS)
        if not all(0 <= value < 2**32 for value in (eax, ebx, ecx, edx)):
            return None
        return Leaf(eax, ebx, ecx, edx, reading)

    def quoted(self, flag: str) -> str:
        """What is quoted of ``/proc/cpuinfo`` as evidence of a flag: its line is too long."""
        return f"flags: … {flag} …" if flag in (self.flags or ()) else f"flags: no {flag}"


def first_block(reading: Reading) -> dict[str, str]:
    """Fields of the first block of ``/proc/cpuinfo``, up to an empty line; empty where the block is
    not there or not complete."""
    if reading.content is None:
        return {}
    head, ended, _ = reading.text().lstrip("\n").partition("\n\n")
    if reading.truncated and not ended:
        return {}
    fields: dict[str, str] = {}
    for written in head.splitlines()[:_MOST_LINES]:
        name, colon, value = written.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    return fields
