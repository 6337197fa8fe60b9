"""What the stages of several technologies are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import (
    decimal,
    flag,
    kernel_answer,
    listed,
    numbers,
    status,
)
from isoscope.inventory.machine.processor import Processor
from isoscope.inventory.machine.tee.domain_capabilities import (
    DomainCapabilities,
    domain_capabilities,
)
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.observation import KERNEL, Observation, Party
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading

_CAPACITY_FILE = "/misc.capacity"
_RELEASE = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")


@dataclass(frozen=True)
class TeeSources:
    """One host's readings, as the stages ask for them."""

    snapshot: Snapshot
    processor: Processor
    is_guest: Observation[bool]
    kernel_release: str | None

    @cached_property
    def parties(self) -> frozenset[Party]:
        """Whose word the stages are: besides the kernel's the CPU's and its firmware's, and that of
        the hypervisor below, unless there is none."""
        own = KERNEL | {Party.CPU_VENDOR, Party.PLATFORM_FIRMWARE}
        return own if self.is_guest.value is False else own | {Party.OUTER_HYPERVISOR}

    @cached_property
    def domain_capabilities(self) -> tuple[DomainCapabilities, ...]:
        """What libvirt says of each of its hypervisors."""
        return domain_capabilities(self.snapshot)

    def parameter(self, module: str, name: str) -> tuple[Reading, bool | None]:
        """A module's boolean parameter: its reading, and its value where that can be told."""
        reading = self.snapshot.file(f"/sys/module/{module}/parameters/{name}")
        if reading.content is None or reading.truncated:
            return reading, None
        try:
            return reading, flag(reading.text())
        except ValueError:
            return reading, None

    def module_loaded(self, module: str) -> tuple[Reading, bool | None]:
        """Whether a module is loaded or built in and shows anything in ``/sys/module``."""
        return self._seen("/sys/module", module)

    def device(self, name: str) -> tuple[Reading, bool | None]:
        """Whether there is a device node of that name in ``/dev``."""
        return self._seen("/dev", name)

    def _seen(self, directory: str, name: str) -> tuple[Reading, bool | None]:
        """Whether a directory has an entry. Where its status could not be found, the list decides:
        a captured tree may hold neither."""
        reading = status(self.snapshot, f"{directory}/{name}")
        if reading.content is not None:
            return reading, True
        if reading.gap is Gap.ABSENT and listed(self.snapshot, directory, name) is False:
            return reading, False
        return reading, None

    def kvm(self, capability: str) -> tuple[Reading, int | None]:
        """What KVM answers for a capability; None where it could not be asked."""
        reading = kernel_answer(self.snapshot, "/dev/kvm", f"KVM_CHECK_EXTENSION {capability}")
        value = (numbers(reading) or {}).get("value", -1)
        return reading, value if 0 <= value < 2**31 else None

    def misc_capacity(self, resource: str) -> tuple[Reading, int | None]:
        """How many of a resource the misc controller of cgroup v2 counts out; it does not list what
        the host has none of. None where the controller's file was not read or is not understood."""
        reading = self._capacity_reading
        if reading.content is None or reading.truncated:
            return reading, None
        amount = 0
        for row in reading.text().splitlines():
            name, _, value = row.partition(" ")
            try:
                count = decimal(value)
            except ValueError:
                return reading, None
            if name == resource:
                amount = count
        return reading, amount

    @cached_property
    def _capacity_reading(self) -> Reading:
        """The root's file, wherever cgroup v2 is mounted: only the root has one."""
        found = [
            reading
            for reading in self.snapshot.of_channel(Channel.FILE)
            if reading.source.target.endswith(_CAPACITY_FILE)
        ]
        by_content = [reading for reading in found if reading.content is not None]
        candidates = by_content or found
        if candidates:
            return min(candidates, key=lambda reading: len(reading.source.target))
        return self.snapshot.file(f"/sys/fs/cgroup{_CAPACITY_FILE}")

    def kernel_at_least(self, major: int, minor: int) -> bool | None:
        """Whether the kernel's release is so new; None where it is not known."""
        found = _RELEASE.match(self.kernel_release or "")
        if not found:
            return None
        return (int(found[1]), int(found[2])) >= (major, minor)

    def vm_type(self, make: StageMaker, bit: int, libvirt_name: str) -> Step:
        """The hypervisor's stage: whether KVM can create VMs of a type now, and whether libvirt
        offers it. Kernels before 6.8 do not tell types: then libvirt's word is all there is."""
        name = StageName.HYPERVISOR
        reading, types = self.kvm("KVM_CAP_VM_TYPES")
        offered, offers = self.offered(libvirt_name)
        readings = [reading, *offers]
        if types and types & 1 << bit:
            says = f"KVM can create VMs of type {bit} ({libvirt_name})"
            if offered is False:
                says += "; libvirt does not offer it, so its QEMU may be too old"
            return make.present(name, says, *readings)
        if types:
            says = f"KVM cannot create VMs of type {bit} ({libvirt_name}): it answers {types:#b}"
            return make.absent(name, says, "turn on the stages before this one", *readings)
        if offered:
            return make.present(name, f"libvirt offers {libvirt_name}", *readings)
        if types == 0:
            says = "this kernel's KVM does not tell which types of VMs it can create"
            remedy = "ask libvirt, or run Linux 6.8 or newer"
            return make.undecided(name, says, remedy, *readings)
        loaded_reading, loaded = self.module_loaded("kvm")
        if loaded is False:
            remedy = "load the kvm module of this CPU"
            return make.absent(name, "KVM is not loaded", remedy, loaded_reading, *readings)
        says = f"KVM could not be asked: {reading.gap or 'its answer is not understood'}"
        return make.undecided(name, says, "run Isoscope as root or in the group kvm", *readings)

    def offered(self, libvirt_name: str) -> tuple[bool | None, tuple[Reading, ...]]:
        """Whether libvirt offers a launch security; None where it did not say."""
        documents = self.domain_capabilities
        said = [d for d in documents if d.says_launch_security]
        if not said:
            return None, ()
        offers = [d for d in said if libvirt_name in d.launch_security]
        return bool(offers), tuple(d.reading for d in offers or said)


def elsewhere(
    sources: TeeSources, make: StageMaker, family: str, maker: str
) -> tuple[Step, ...] | None:
    """All stages on a machine of another architecture; None on one of this."""
    found = sources.processor.family
    if found in (None, family):
        return None
    reading = sources.processor.cpuinfo
    remedy = f"only {maker} have it"
    step = make.absent(StageName.CPU, f"this is a machine of the {found} family", remedy, reading)
    return make.only_cpu(step, f"only on {maker}")
