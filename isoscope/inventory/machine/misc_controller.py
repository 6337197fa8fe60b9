"""The misc controller of cgroup v2, by which KVM counts encrypted guests out.

Source: Documentation/admin-guide/cgroup-v2.rst, "Misc". ``sev`` are the address space identifiers
of SEV guests, ``sev_es`` those of SEV-ES and SEV-SNP guests together, ``tdx`` the private keys of
TDX guests: arch/x86/kvm/svm/sev.c, arch/x86/kvm/vmx/tdx.c.
"""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.machine.answers import decimal
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Reading

_CAPACITY = "/misc.capacity"
_CURRENT = "/misc.current"
_ROOT = "/sys/fs/cgroup"


@dataclass(frozen=True, slots=True)
class MiscController:
    """The files of the root cgroup."""

    capacity: Reading
    """Only the root has it."""
    current: Reading
    """Of the root too in Linux 6.12, and not in 6.1."""

    def amount(self, resource: str) -> int | None:
        """How many of a resource there are; the controller does not list what the host has none
        of. None where its file was not read or is not understood."""
        return _amount(self.capacity, resource)

    def used(self, resource: str) -> int | None:
        """How many of them are in use now. None too where this may not be the root's file: within
        a cgroup namespace another cgroup stands in its place, and has no ``misc.capacity``."""
        return None if self.amount(resource) is None else _amount(self.current, resource)


def misc_controller(snapshot: Snapshot) -> MiscController:
    """The root's files, wherever cgroup v2 is mounted."""
    found = [
        reading
        for reading in snapshot.of_channel(Channel.FILE)
        if reading.source.target.endswith(_CAPACITY)
    ]
    by_content = [reading for reading in found if reading.content is not None]
    candidates = by_content or found
    capacity = (
        min(candidates, key=lambda reading: len(reading.source.target))
        if candidates
        else snapshot.file(f"{_ROOT}{_CAPACITY}")
    )
    root = capacity.source.target.removesuffix(_CAPACITY)
    return MiscController(capacity, snapshot.file(f"{root}{_CURRENT}"))


def _amount(reading: Reading, resource: str) -> int | None:
    if reading.content is None or reading.truncated:
        return None
    amount = 0
    for row in reading.text().splitlines():
        name, _, value = row.partition(" ")
        try:
            count = decimal(value)
        except ValueError:
            return None
        if name == resource:
            amount = count
    return amount
