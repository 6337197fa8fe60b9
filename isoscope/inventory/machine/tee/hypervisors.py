"""Isolation that a hypervisor's software gives: Hyper-V's of this machine, protected KVM's of
guests. Neither is a hardware TEE by itself.

Sources: Hyper-V Top-Level Functional Specification, "Feature Discovery" (leaves 0x40000003 and
0x4000000C) and arch/x86/kernel/cpu/mshyperv.c; Documentation/virt/kvm/arm/pkvm.rst and
``kvm-arm.mode`` of Documentation/admin-guide/kernel-parameters.txt.
"""

from __future__ import annotations

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import ANSWERED
from isoscope.inventory.machine.attack_vectors import kernel_parameters
from isoscope.inventory.machine.tee.sources import TeeSources, elsewhere
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology

_HYPER_V = "Microsoft Hv"
_ISOLATION, _MANAGES_CPUS = 1 << 22, 1 << 12  # of leaf 0x40000003, EBX
_PARAVISOR = 1 << 0  # of leaf 0x4000000C, EAX
_KINDS = {
    1: "VBS, which Hyper-V itself keeps: no hardware TEE",
    2: "SEV-SNP",
    3: "TDX",
}
_OWN = "it is about this machine as a guest, not about its workloads"


def hyper_v_isolation(sources: TeeSources) -> tuple[Step, ...]:
    """The stages of an isolated machine of Hyper-V: which kind, is decided below it."""
    make = StageMaker(Technology.HYPER_V_ISOLATION, sources.parties)
    other = elsewhere(sources, make, "x86", "x86 machines")
    if other is not None:
        return other
    others = (name for name in StageName if name is not StageName.HYPERVISOR)
    return (_isolated(sources, make), *(make.not_applicable(name, _OWN) for name in others))


def _isolated(sources: TeeSources, make: StageMaker) -> Step:
    name, processor = StageName.HYPERVISOR, sources.processor
    below = processor.leaf_reading(0x4000_0000)
    leaf = processor.leaf(0x4000_0000)
    remedy = "start it as a confidential machine of Hyper-V or Azure"
    if leaf is None:
        if sources.is_guest.value is False and below.gap in ANSWERED:
            says = "no hypervisor is below this machine"
            return make.absent(name, says, "only guests of Hyper-V have it", below)
        says = "which hypervisor is below was not read"
        return make.undecided(name, says, "run Isoscope on the host itself", below)
    if leaf.letters("ebx", "ecx", "edx") != _HYPER_V:
        says = "the hypervisor below does not call itself Hyper-V"
        return make.absent(name, says, "only guests of Hyper-V have it", below)
    readings = [processor.leaf_reading(number) for number in (0x4000_0003, 0x4000_000C)]
    privileges, isolation = (processor.leaf(number) for number in (0x4000_0003, 0x4000_000C))
    if privileges is not None and (
        not privileges.ebx & _ISOLATION or privileges.ebx & _MANAGES_CPUS
    ):
        says = "Hyper-V announces no isolation (leaf 0x40000003, EBX bit 22)"
        return make.absent(name, says, remedy, readings[0])
    if privileges is None or isolation is None:
        says = "what Hyper-V announces was not read"
        return make.undecided(name, says, "run Isoscope on the host itself", *readings)
    number = isolation.ebx & 0xF
    if number == 0:
        says = "Hyper-V announces isolation of type 0: none"
        return make.absent(name, says, remedy, *readings)
    kind = _KINDS.get(number, "which no specification that Isoscope knows names")
    beside = ", with a paravisor" if isolation.eax & _PARAVISOR else ""
    says = f"Hyper-V isolates this machine by type {number}: {kind}{beside}"
    return make.present(name, says, *readings)


def protected_kvm(sources: TeeSources) -> tuple[Step, ...]:
    """The stages of protected KVM (pKVM): KVM's part at EL2 keeps the host's kernel out of guests.
    It encrypts nothing, and nobody signs for it from afar."""
    make = StageMaker(Technology.PROTECTED_KVM, sources.parties)
    other = elsewhere(sources, make, "arm", "Arm machines")
    if other is not None:
        return other
    device, there = sources.device("kvm")
    if there:
        node = make.present(StageName.DEVICE, "/dev/kvm is there", device)
    elif there is False:
        remedy = "run a kernel with KVM that was started at EL2"
        node = make.absent(StageName.DEVICE, "/dev/kvm is not there", remedy, device)
    else:
        remedy = "run Isoscope on the host itself"
        node = make.undecided(StageName.DEVICE, "/dev was not seen", remedy, device)
    return (
        make.not_applicable(StageName.CPU, "it needs nothing of the CPU but virtualisation"),
        make.not_applicable(StageName.FIRMWARE, "it needs nothing of the firmware but EL2"),
        _protected_mode(sources, make),
        make.undecided(
            StageName.HYPERVISOR,
            "no interface tells whether KVM's part at EL2 stands by itself now",
            "look for Protected nVHE or hVHE mode in the kernel log",
            device,
        ),
        node,
        make.not_applicable(StageName.CAPACITY, "nothing counts protected guests out"),
    )


def _protected_mode(sources: TeeSources, make: StageMaker) -> Step:
    name, reading = StageName.KERNEL, sources.snapshot.file("/proc/cmdline")
    if reading.content is None or reading.truncated:
        says = "the kernel's command line could not be read"
        return make.undecided(name, says, "mount proc at /proc", reading)
    if dict(kernel_parameters(reading.text())).get("kvm_arm.mode") == "protected":
        return make.present(name, "the kernel was started with kvm-arm.mode=protected", reading)
    says = "the kernel was not started with kvm-arm.mode=protected"
    return make.absent(name, says, "start the kernel with kvm-arm.mode=protected", reading)
