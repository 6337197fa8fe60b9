"""Intel's TME, SGX and TDX.

Sources: Intel SDM volume 2A (CPUID leaves 7 and 0x12) and 3D, Documentation/arch/x86/{sgx,tdx}.rst,
arch/x86/kernel/cpu/{feat_ctl,intel}.c, arch/x86/kvm/vmx/tdx.c.
"""

from __future__ import annotations

import re

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import decimal
from isoscope.inventory.machine.processor import INTEL
from isoscope.inventory.machine.tee.sources import TeeSources, of_another_vendor
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology
from isoscope.snapshot.reading import Channel, Gap, Reading

_FEATURES = 0x7
_SGX_BIT = 2  # leaf 7, EBX
_TME_BIT = 13  # leaf 7, ECX
_SECTIONS = (2, 3)  # subleaves of CPUID 0x12
_TDX_VM_TYPE = 5
_TDX_FLAG = "tdx_host_platform"
_ENCLAVE_MEMORY = re.compile(r"/sys/devices/system/node/node[0-9]{1,5}/x86/sgx_total_bytes")


def intel(sources: TeeSources) -> dict[Technology, tuple[Step, ...]]:
    """The stages of Intel's technologies."""
    return {
        Technology.INTEL_TME: _tme(sources),
        Technology.INTEL_SGX: _sgx(sources),
        Technology.INTEL_TDX: _tdx(sources),
    }


def _announced(sources: TeeSources, register: str, bit: int) -> bool | None:
    leaf = sources.processor.leaf(_FEATURES)
    return None if leaf is None else bool(getattr(leaf, register) >> bit & 1)


def _cpu(
    sources: TeeSources, make: StageMaker, register: str, bit: int, flag: str
) -> tuple[Step, bool | None]:
    """The CPU's stage, and whether CPUID announces the feature."""
    processor = sources.processor
    announced = _announced(sources, register, bit)
    reading = processor.leaf_reading(_FEATURES)
    where = f"CPUID 7 {register.upper()} bit {bit} ({flag.upper()})"
    if announced:
        return make.present(StageName.CPU, f"{where} is set", reading), announced
    if announced is False:
        remedy = "only some of Intel's processors have it"
        return make.absent(StageName.CPU, f"{where} is not set", remedy, reading), announced
    if processor.flags is not None and flag in processor.flags:
        says = f"the kernel shows the CPU's flag {flag}"
        quoted = processor.quoted(flag)
        return make.present(StageName.CPU, says, processor.cpuinfo, excerpt=quoted), None
    says = "CPUID was not read, and the kernel clears the flag where the firmware left it off"
    remedy = "run Isoscope on the host itself"
    return make.undecided(StageName.CPU, says, remedy, reading, processor.cpuinfo), None


def _firmware(
    sources: TeeSources, make: StageMaker, flag: str, remedy: str, *, announced: bool | None
) -> Step:
    """The kernel clears the flag of what the firmware left off."""
    processor = sources.processor
    if processor.flags is None:
        says = "the CPU's flags could not be read"
        return make.undecided(StageName.FIRMWARE, says, "mount proc at /proc", processor.cpuinfo)
    if flag in processor.flags:
        says = f"the kernel shows {flag}: the firmware turned it on"
        quoted = processor.quoted(flag)
        return make.present(StageName.FIRMWARE, says, processor.cpuinfo, excerpt=quoted)
    if announced is False:
        return make.not_applicable(StageName.FIRMWARE, "the CPU has nothing to turn on")
    if announced is None:
        says = f"the kernel does not show {flag}; whether the CPU has it is not known"
        remedy = "run Isoscope on the host itself"
        return make.undecided(StageName.FIRMWARE, says, remedy, processor.cpuinfo)
    says = f"the CPU has it, the kernel does not show {flag}: the firmware has it off"
    readings = (processor.cpuinfo, processor.leaf_reading(_FEATURES))
    return make.absent(StageName.FIRMWARE, says, remedy, *readings)


def _tme(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.INTEL_TME, sources.parties)
    other = of_another_vendor(sources, make, INTEL, "Intel")
    if other is not None:
        return other
    cpu, announced = _cpu(sources, make, "ecx", _TME_BIT, "tme")
    remedy = "turn on total memory encryption in the firmware setup"
    firmware = _firmware(sources, make, "tme", remedy, announced=announced)
    rest = (StageName.KERNEL, StageName.HYPERVISOR, StageName.DEVICE, StageName.CAPACITY)
    says = "the memory controller does it under one key: nothing of it is a workload's own"
    return (cpu, firmware, *(make.not_applicable(name, says) for name in rest))


def _sgx(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.INTEL_SGX, sources.parties)
    other = of_another_vendor(sources, make, INTEL, "Intel")
    if other is not None:
        return other
    cpu, announced = _cpu(sources, make, "ebx", _SGX_BIT, "sgx")
    remedy = (
        "turn on SGX and its launch control in the firmware setup, on a kernel built with "
        "CONFIG_X86_SGX"
    )
    memory, amount = _enclave_memory(sources)
    return (
        cpu,
        _firmware(sources, make, "sgx", remedy, announced=announced),
        _sgx_kernel(sources, make, memory, amount),
        make.not_applicable(StageName.HYPERVISOR, "enclaves are parts of processes"),
        _sgx_device(sources, make),
        _sgx_capacity(sources, make, memory, amount),
    )


def _sgx_kernel(
    sources: TeeSources, make: StageMaker, memory: list[Reading], amount: int | None
) -> Step:
    name = StageName.KERNEL
    if amount:
        says = "the kernel's SGX driver counts enclave memory"
        return make.present(name, says, *memory)
    device, there = sources.device("sgx_enclave")
    if there:
        says = "the kernel's SGX driver made /dev/sgx_enclave"
        return make.present(name, says, device)
    flags = sources.processor.flags or frozenset()
    if there is False and "sgx" in flags and "sgx_lc" not in flags:
        says = "the kernel's SGX driver did not start: it needs launch control (sgx_lc)"
        remedy = "unlock SGX's launch control in the firmware setup, if this CPU has it"
        return make.absent(name, says, remedy, device, sources.processor.cpuinfo)
    if there is False:
        says = "the kernel has no SGX driver, or it did not start"
        remedy = "run Linux 5.11 or newer, built with CONFIG_X86_SGX"
        return make.absent(name, says, remedy, device, *memory)
    remedy = "run Isoscope on the host itself"
    return make.undecided(name, "/dev was not seen", remedy, device, *memory)


def _sgx_device(sources: TeeSources, make: StageMaker) -> Step:
    reading, there = sources.device("sgx_enclave")
    if there:
        return make.present(StageName.DEVICE, "/dev/sgx_enclave is there", reading)
    if there is False:
        remedy = "turn on the stages before this one"
        return make.absent(StageName.DEVICE, "/dev/sgx_enclave is not there", remedy, reading)
    remedy = "run Isoscope on the host itself"
    return make.undecided(StageName.DEVICE, "/dev was not seen", remedy, reading)


def _sgx_capacity(
    sources: TeeSources, make: StageMaker, memory: list[Reading], amount: int | None
) -> Step:
    name = StageName.CAPACITY
    if amount:
        return make.present(name, f"{amount} bytes of enclave memory", *memory)
    if amount == 0:
        remedy = "give SGX memory (PRMRR) in the firmware setup"
        return make.absent(name, "no bytes of enclave memory", remedy, *memory)
    for document in sources.domain_capabilities:
        if document.enclave_kilobytes:
            says = f"{document.enclave_kilobytes} KiB of enclave memory, as libvirt says"
            return make.present(name, says, document.reading)
    sections, size = _sections(sources)
    if size:
        return make.present(name, f"{size} bytes of enclave memory, by CPUID 0x12", *sections)
    sizes = [reading for reading in memory if reading.gap is Gap.ABSENT]
    if sizes and len(sizes) == len(memory):
        says = "no memory node has enclave memory"
        return make.absent(name, says, "turn on the stages before this one", *memory)
    remedy = "mount sysfs at /sys"
    return make.undecided(name, "how much enclave memory there is was not seen", remedy, *sections)


def _enclave_memory(sources: TeeSources) -> tuple[list[Reading], int | None]:
    """The readings of each memory node's enclave memory, and their sum in bytes; None where none
    has a number."""
    readings = [
        reading
        for reading in sources.snapshot.of_channel(Channel.FILE)
        if _ENCLAVE_MEMORY.fullmatch(reading.source.target)
    ]
    amounts: list[int] = []
    for reading in readings:
        if reading.content is not None and not reading.truncated:
            try:
                amounts.append(decimal(reading.text()))
            except ValueError:
                continue
    return readings, sum(amounts) if amounts else None


def _sections(sources: TeeSources) -> tuple[list[Reading], int]:
    """Size in bytes of the enclave memory sections, one per socket: CPUID 0x12, subleaves from 2
    on, as far as they were read."""
    first = [sources.processor.leaf_reading(0x12, _SECTIONS[0])]
    if not _announced(sources, "ebx", _SGX_BIT):
        return first, 0
    readings, size = [], 0
    for subleaf in _SECTIONS:
        leaf = sources.processor.leaf(0x12, subleaf)
        if leaf is None or leaf.eax & 0xF != 1:
            break
        readings.append(leaf.reading)
        size += (leaf.edx & 0xFFFFF) << 32 | leaf.ecx & 0xFFFFF000
    return readings or first, size


def _tdx(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.INTEL_TDX, sources.parties)
    other = of_another_vendor(sources, make, INTEL, "Intel")
    if other is not None:
        return other
    return (
        _tdx_cpu(sources, make),
        _tdx_firmware(sources, make),
        _tdx_kernel(sources, make),
        sources.vm_type(make, _TDX_VM_TYPE, "tdx"),
        make.not_applicable(StageName.DEVICE, "TDX needs no device but /dev/kvm"),
        _tdx_capacity(sources, make),
    )


def _has_tdx_flag(sources: TeeSources) -> bool | None:
    flags = sources.processor.flags
    return None if flags is None else _TDX_FLAG in flags


def _tdx_cpu(sources: TeeSources, make: StageMaker) -> Step:
    """No CPUID bit announces TDX to a host; but it builds on multi-key memory encryption, whose
    base CPUID announces."""
    processor = sources.processor
    features = processor.leaf_reading(_FEATURES)
    if _has_tdx_flag(sources):
        says = f"the kernel shows {_TDX_FLAG}"
        quoted = processor.quoted(_TDX_FLAG)
        return make.present(StageName.CPU, says, processor.cpuinfo, excerpt=quoted)
    if _announced(sources, "ecx", _TME_BIT) is False:
        says = "CPUID 7 ECX bit 13 (TME) is not set, and TDX builds on that"
        remedy = "Xeon processors from the fifth generation on have it"
        return make.absent(StageName.CPU, says, remedy, features)
    says = "no CPUID bit announces TDX to a host, and the kernel does not show it"
    remedy = "look for lines of virt/tdx in the kernel log"
    return make.undecided(StageName.CPU, says, remedy, processor.cpuinfo, features)


def _tdx_firmware(sources: TeeSources, make: StageMaker) -> Step:
    reading = sources.processor.cpuinfo
    there = _has_tdx_flag(sources)
    name = StageName.FIRMWARE
    if there:
        says = f"the kernel shows {_TDX_FLAG}: keys are set apart"
        return make.present(name, says, reading, excerpt=sources.processor.quoted(_TDX_FLAG))
    if there is None:
        says = "the CPU's flags could not be read"
        return make.undecided(name, says, "mount proc at /proc", reading)
    if _announced(sources, "ecx", _TME_BIT) is False:
        return make.not_applicable(name, "the CPU has nothing to turn on")
    if sources.kernel_at_least(6, 12) is not True:
        says = f"this kernel is too old to show {_TDX_FLAG}, or its age is not known"
        return make.undecided(name, says, "run Linux 6.16 or newer, which hosts TDX", reading)
    says = f"the kernel does not show {_TDX_FLAG}: the firmware set no private keys apart"
    remedy = "turn on TME-MT and TDX, with at least two private keys, in the firmware setup"
    return make.absent(name, says, remedy, reading)


def _tdx_kernel(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.KERNEL
    parameter, value = sources.parameter("kvm_intel", "tdx")
    if value is True:
        return make.present(name, "kvm_intel's parameter tdx is Y", parameter)
    if value is False:
        remedy = "load kvm_intel with tdx=1, and start the kernel with nohibernate"
        return make.absent(name, "kvm_intel's parameter tdx is N", remedy, parameter)
    module, loaded = sources.module_loaded("kvm_intel")
    if loaded is False:
        return make.absent(name, "kvm_intel is not loaded", "load kvm_intel", module, parameter)
    if loaded and parameter.gap is Gap.ABSENT:
        says = "this kernel's kvm_intel has no parameter tdx"
        remedy = "run Linux 6.16 or newer, built with CONFIG_KVM_INTEL_TDX"
        return make.absent(name, says, remedy, parameter, module)
    says = "kvm_intel's parameter tdx could not be read"
    return make.undecided(name, says, "mount sysfs at /sys", parameter)


def _tdx_capacity(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.CAPACITY
    says, readings, amount = sources.counted_out("tdx")
    if amount:
        return make.present(name, says, *readings)
    if amount == 0:
        says = "misc.capacity has no tdx: no private keys are left for guests"
        return make.absent(name, says, "turn on the stages before this one", *readings)
    says = "how many guests it is enough for was not seen"
    return make.undecided(name, says, "mount cgroup v2 with its misc controller", *readings)
