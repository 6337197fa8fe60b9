"""IBM Secure Execution for Linux (s390) and the Protected Execution Facility (Power).

Sources: Documentation/virt/kvm/s390/s390-pv.rst, arch/s390/kernel/uv.c,
Documentation/arch/powerpc/ultravisor.rst.
"""

from __future__ import annotations

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import decimal, listed
from isoscope.inventory.machine.tee.sources import TeeSources, elsewhere
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology
from isoscope.snapshot.reading import Gap, Reading

_UV = "/sys/firmware/uv"


def ibm(sources: TeeSources) -> dict[Technology, tuple[Step, ...]]:
    """The stages of IBM's technologies."""
    return {
        Technology.IBM_SE: _secure_execution(sources),
        Technology.IBM_PEF: _pef(sources),
    }


def _secure_execution(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.IBM_SE, sources.parties)
    other = elsewhere(sources, make, "s390", "IBM Z and LinuxONE machines from z15 on")
    if other is not None:
        return other
    processor = sources.processor
    facilities = processor.fields.get("facilities")
    if facilities is None:
        says = "the machine's facilities could not be read"
        cpu = make.undecided(StageName.CPU, says, "mount proc at /proc", processor.cpuinfo)
    elif "158" in facilities.split():
        cpu = make.present(StageName.CPU, "facility 158 is installed", processor.cpuinfo)
    else:
        remedy = "order the Secure Execution feature for an IBM z15 or newer"
        cpu = make.absent(StageName.CPU, "facility 158 is missing", remedy, processor.cpuinfo)
    guests = sources.snapshot.file(f"{_UV}/query/max_guests")
    count = _number(guests)
    return (
        cpu,
        _ultravisor(make, guests, count),
        _protected_host(sources, make),
        _protected_kvm(sources, make),
        make.not_applicable(StageName.DEVICE, "it needs no device but /dev/kvm"),
        _protected_capacity(make, guests, count),
    )


def _ultravisor(make: StageMaker, guests: Reading, count: int | None) -> Step:
    name = StageName.FIRMWARE
    if count is not None:
        return make.present(name, "the ultravisor answers queries", guests)
    if guests.gap is Gap.ABSENT:
        says = f"{_UV}/query is not there: no ultravisor answers"
        return make.absent(name, says, "turn on Secure Execution for this partition", guests)
    return make.undecided(name, "the ultravisor's answer was not read", "mount sysfs", guests)


def _protected_host(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.KERNEL
    reading = sources.snapshot.file(f"{_UV}/prot_virt_host")
    state = _number(reading)
    if state == 1:
        return make.present(name, "prot_virt_host is 1", reading)
    if state == 0 or reading.gap is Gap.ABSENT:
        says = "prot_virt_host is 0" if state == 0 else "prot_virt_host is not there"
        return make.absent(name, says, "start the kernel with prot_virt=1", reading)
    return make.undecided(name, "prot_virt_host could not be read", "mount sysfs", reading)


def _protected_kvm(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.HYPERVISOR
    reading, value = sources.kvm("KVM_CAP_S390_PROTECTED")
    offered, offers = sources.offered("s390-pv")
    if value:
        return make.present(name, "KVM can run protected guests", reading, *offers)
    if value == 0:
        remedy = "turn on the stages before this one"
        return make.absent(name, "KVM cannot run protected guests", remedy, reading)
    if offered:
        return make.present(name, "libvirt offers s390-pv", *offers)
    says = "KVM could not be asked"
    remedy = "run Isoscope as root or in the group kvm"
    return make.undecided(name, says, remedy, reading, *offers)


def _protected_capacity(make: StageMaker, guests: Reading, count: int | None) -> Step:
    name = StageName.CAPACITY
    if count:
        return make.present(name, f"{count} guests, as the ultravisor says", guests)
    if count == 0:
        says = "the ultravisor allows no guests"
        return make.absent(name, says, "turn on the stages before this one", guests)
    says = "how many guests it is enough for was not seen"
    return make.undecided(name, says, "turn on the stages before this one", guests)


def _pef(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.IBM_PEF, sources.parties)
    other = elsewhere(sources, make, "power", "IBM Power machines from POWER9 on")
    if other is not None:
        return other
    reading = sources.snapshot.directory("/sys/firmware/ultravisor")
    if reading.content is not None:
        says = "the firmware started an ultravisor"
        first = [make.present(name, says, reading) for name in (StageName.CPU, StageName.FIRMWARE)]
    elif listed(sources.snapshot, "/sys/firmware", "ultravisor") is False:
        unseen = "without an ultravisor the CPU does not show whether it could run one"
        remedy = "install firmware with an ultravisor on a POWER9 or newer machine"
        says = "/sys/firmware/ultravisor is not there"
        first = [
            make.undecided(StageName.CPU, unseen, remedy, reading),
            make.absent(StageName.FIRMWARE, says, remedy, reading),
        ]
    else:
        says, remedy = "/sys/firmware was not seen", "mount sysfs at /sys"
        names = (StageName.CPU, StageName.FIRMWARE)
        first = [make.undecided(name, says, remedy, reading) for name in names]
    return (
        *first,
        make.not_applicable(StageName.KERNEL, "the kernel's part is KVM's"),
        _pef_kvm(sources, make),
        make.not_applicable(StageName.DEVICE, "it needs no device but /dev/kvm"),
        make.not_applicable(StageName.CAPACITY, "nothing counts secure guests out"),
    )


def _pef_kvm(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.HYPERVISOR
    reading, value = sources.kvm("KVM_CAP_PPC_SECURE_GUEST")
    if value:
        return make.present(name, "KVM can run secure guests", reading)
    if value == 0:
        remedy = "turn on the stages before this one"
        return make.absent(name, "KVM cannot run secure guests", remedy, reading)
    remedy = "run Isoscope as root or in the group kvm"
    return make.undecided(name, "KVM could not be asked", remedy, reading)


def _number(reading: Reading) -> int | None:
    if reading.content is None or reading.truncated:
        return None
    try:
        return decimal(reading.text())
    except ValueError:
        return None
