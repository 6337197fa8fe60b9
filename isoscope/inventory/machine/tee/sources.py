"""What the stages of several technologies are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import (
    flag,
    kernel_answer,
    listed,
    numbers,
    status,
)
from isoscope.inventory.machine.misc_controller import MiscController, misc_controller
from isoscope.inventory.machine.processor import Processor
from isoscope.inventory.machine.tee.domain_capabilities import (
    DomainCapabilities,
    domain_capabilities,
)
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.observation import KERNEL, Observation, Party
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

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

    @cached_property
    def misc(self) -> MiscController:
        """How many guests the kernel counts out, and how many run."""
        return misc_controller(self.snapshot)

    def counted_out(self, resource: str) -> tuple[str, tuple[Reading, ...], int | None]:
        """How many guests a resource of the misc controller is enough for: in words with how many
        run, its readings, and the number; None where it could not be told."""
        amount, used = self.misc.amount(resource), self.misc.used(resource)
        says = f"{amount} guests ({resource} of misc.capacity)"
        if used is None:
            return says, (self.misc.capacity,), amount
        return f"{says}, {used} of them run", (self.misc.capacity, self.misc.current), amount

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


def of_another_vendor(
    sources: TeeSources, make: StageMaker, vendor: str, maker: str
) -> tuple[Step, ...] | None:
    """All stages on a machine that is not x86 or whose CPU another vendor made; None on one of
    this vendor, and where that is not known."""
    processor = sources.processor
    if processor.family not in (None, "x86"):
        says = f"this is a {processor.family} machine"
    elif processor.vendor not in (None, vendor):
        says = f"the CPU is {processor.vendor}"
    else:
        return None
    readings = (processor.cpuinfo, processor.leaf_reading(0))
    step = make.absent(StageName.CPU, says, f"only processors of {maker} have it", *readings)
    return make.only_cpu(step, f"only on processors of {maker}")
