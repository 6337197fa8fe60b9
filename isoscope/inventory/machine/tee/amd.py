"""AMD's encrypted guests: SEV, SEV-ES, SEV-SNP; and Hygon's, which are made after the first.

Sources: AMD APM volume 3 (CPUID 0x8000001F), Documentation/arch/x86/amd-memory-encryption.rst,
arch/x86/kernel/cpu/amd.c, arch/x86/kvm/svm/sev.c.
"""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.processor import AMD, HYGON
from isoscope.inventory.machine.tee.sources import TeeSources, of_another_vendor
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology
from isoscope.snapshot.reading import Gap

_LEAF = 0x8000_001F
_NEWER = "a newer processor of this maker for servers has it"


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells one of AMD's technologies from the others."""

    technology: Technology
    title: str
    bit: int
    """In EAX of CPUID 0x8000001F."""
    flag: str
    vm_type: int
    """Bit of ``KVM_CAP_VM_TYPES``."""
    libvirt_name: str
    resource: str
    """Name in ``misc.capacity``."""
    vendor: tuple[str, str] = (AMD, "AMD")
    """As the CPU names its maker, and as people do."""


_KINDS = (
    Kind(Technology.AMD_SEV, "SEV", 1, "sev", 2, "sev", "sev"),
    Kind(Technology.AMD_SEV_ES, "SEV-ES", 3, "sev_es", 3, "sev-es", "sev_es"),
    Kind(Technology.AMD_SEV_SNP, "SEV-SNP", 4, "sev_snp", 4, "sev-snp", "sev_es"),
    Kind(Technology.HYGON_CSV, "CSV", 1, "sev", 2, "sev", "sev", (HYGON, "Hygon")),
)
"""The identifiers of SEV-SNP guests are counted among those of SEV-ES guests."""


def amd(sources: TeeSources) -> dict[Technology, tuple[Step, ...]]:
    """The stages of AMD's and Hygon's encrypted guests."""
    return {kind.technology: _encrypted_guests(sources, kind) for kind in _KINDS}


def _encrypted_guests(sources: TeeSources, kind: Kind) -> tuple[Step, ...]:
    make = StageMaker(kind.technology, sources.parties)
    vendor, maker = kind.vendor
    other = of_another_vendor(sources, make, vendor, maker)
    if other is not None:
        return other
    return (
        announced(sources, make, kind.title, kind.bit, kind.flag),
        turned_on(sources, make, kind),
        _kernel(sources, make, kind),
        sources.vm_type(make, kind.vm_type, kind.libvirt_name),
        _device(sources, make),
        _capacity(sources, make, kind),
    )


def announced(sources: TeeSources, make: StageMaker, title: str, bit: int, flag: str) -> Step:
    processor = sources.processor
    leaf = processor.leaf(_LEAF)
    readings = (processor.leaf_reading(_LEAF), processor.leaf_reading(0x8000_0000))
    if leaf is not None:
        if leaf.eax >> bit & 1:
            return make.present(
                StageName.CPU, f"CPUID 0x8000001F EAX bit {bit} ({title}) is set", *readings
            )
        says = f"CPUID 0x8000001F EAX bit {bit} ({title}) is not set"
        return make.absent(StageName.CPU, says, _NEWER, *readings)
    highest = processor.leaf(0x8000_0000)
    if highest is not None and 0x8000_0000 <= highest.eax < _LEAF:
        says = "the CPU's leaves end before the one that announces memory encryption"
        return make.absent(StageName.CPU, says, _NEWER, *readings)
    if processor.flags is not None and flag in processor.flags:
        says = f"the kernel shows the CPU's flag {flag}"
        return make.present(StageName.CPU, says, processor.cpuinfo, excerpt=processor.quoted(flag))
    says = "CPUID was not read, and the kernel clears the flag where the firmware left it off"
    return make.undecided(
        StageName.CPU, says, "run Isoscope on the host itself", readings[0], processor.cpuinfo
    )


def turned_on(sources: TeeSources, make: StageMaker, kind: Kind) -> Step:
    """The kernel clears the flag if the firmware left SYSCFG.SMEE off or set up no RMP table."""
    processor = sources.processor
    reading = processor.cpuinfo
    if processor.flags is None:
        says = "the CPU's flags could not be read"
        return make.undecided(StageName.FIRMWARE, says, "mount proc at /proc", reading)
    if kind.flag in processor.flags:
        says = f"the kernel shows {kind.flag}: the firmware turned it on"
        return make.present(StageName.FIRMWARE, says, reading, excerpt=processor.quoted(kind.flag))
    leaf = processor.leaf(_LEAF)
    if leaf is not None and not leaf.eax >> kind.bit & 1:
        return make.not_applicable(StageName.FIRMWARE, "the CPU has nothing to turn on")
    snp = kind.technology is Technology.AMD_SEV_SNP
    if snp and sources.kernel_at_least(6, 11) is not True:
        says = "this kernel is too old to show sev_snp, or its age is not known"
        remedy = "run Linux 6.11 or newer, which hosts SEV-SNP"
        return make.undecided(StageName.FIRMWARE, says, remedy, reading)
    if leaf is None:
        says = f"the kernel does not show {kind.flag}; whether the CPU has it is not known"
        return make.undecided(StageName.FIRMWARE, says, "run Isoscope on the host itself", reading)
    if kind.vendor[0] != AMD:
        says = f"the kernel does not show {kind.flag}, and only on AMD's does that tell of firmware"
        return make.undecided(StageName.FIRMWARE, says, "ask whoever built the kernel", reading)
    says = f"the CPU has it, the kernel does not show {kind.flag}: the firmware has it off"
    remedy = (
        "turn on SNP memory coverage (RMP table), SEV-SNP and the IOMMU in the firmware setup"
        if snp
        else "turn on SMEE (secure memory encryption) and SEV in the firmware setup"
    )
    return make.absent(StageName.FIRMWARE, says, remedy, reading, processor.leaf_reading(_LEAF))


def _kernel(sources: TeeSources, make: StageMaker, kind: Kind) -> Step:
    parameter, value = sources.parameter("kvm_amd", kind.flag)
    name = f"kvm_amd's parameter {kind.flag}"
    if value is True:
        return make.present(StageName.KERNEL, f"{name} is Y", parameter)
    if value is False:
        remedy = f"load kvm_amd with {kind.flag}=1; the kernel log says what it misses"
        return make.absent(StageName.KERNEL, f"{name} is N", remedy, parameter)
    module, loaded = sources.module_loaded("kvm_amd")
    if loaded is False:
        says = "kvm_amd is not loaded"
        return make.absent(StageName.KERNEL, says, "load kvm_amd", module, parameter)
    if loaded and parameter.gap is Gap.ABSENT:
        says = f"this kernel's kvm_amd has no parameter {kind.flag}"
        return make.absent(StageName.KERNEL, says, _needed_kernel(kind), parameter, module)
    return make.undecided(
        StageName.KERNEL, f"{name} could not be read", "mount sysfs at /sys", parameter
    )


def _needed_kernel(kind: Kind) -> str:
    if kind.technology is Technology.AMD_SEV_SNP:
        return "run Linux 6.11 or newer, built with CONFIG_KVM_AMD_SEV"
    return "run a kernel that was built with CONFIG_KVM_AMD_SEV"


def _device(sources: TeeSources, make: StageMaker) -> Step:
    reading, there = sources.device("sev")
    if there:
        return make.present(StageName.DEVICE, "/dev/sev is there", reading)
    if there is False:
        says = "/dev/sev is not there: the driver of the secure processor did not start it"
        remedy = "load ccp, and look for its lines in the kernel log"
        return make.absent(StageName.DEVICE, says, remedy, reading)
    return make.undecided(
        StageName.DEVICE, "/dev was not seen", "run Isoscope on the host itself", reading
    )


def _capacity(sources: TeeSources, make: StageMaker, kind: Kind) -> Step:
    counted, readings, amount = sources.counted_out(kind.resource)
    name = StageName.CAPACITY
    if amount:
        return make.present(name, counted, *readings)
    if amount == 0:
        says = f"misc.capacity has no {kind.resource}: no guest identifiers are left for it"
        remedy = "give it identifiers in the firmware setup (minimum SEV ASID)"
        return make.absent(name, says, remedy, *readings)
    for document in sources.domain_capabilities:
        counts = (document.sev_guests, document.sev_es_guests)
        count = counts[0] if kind.resource == "sev" else counts[1]
        if count:
            return make.present(name, f"{count} guests, as libvirt says", document.reading)
    leaf = sources.processor.leaf(_LEAF)
    if leaf is not None and leaf.eax >> kind.bit & 1:
        count = leaf.ecx - leaf.edx + 1 if kind.resource == "sev" else leaf.edx - 1
        if count > 0:
            says = f"{count} guests by CPUID; what the kernel counts out was not seen"
            return make.present(name, says, sources.processor.leaf_reading(_LEAF), *readings)
    says = "how many guests it is enough for was not seen"
    return make.undecided(name, says, "mount cgroup v2 with its misc controller", *readings)
