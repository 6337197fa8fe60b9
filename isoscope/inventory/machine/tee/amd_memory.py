"""AMD's encryption of all of a host's memory: SME, by the kernel, and TSME, by the firmware.

Neither is a TEE for a workload: all memory has one key, and the host's software has it all in the
clear. Sources: Documentation/arch/x86/amd-memory-encryption.rst,
Documentation/ABI/testing/sysfs-driver-ccp.
"""

from __future__ import annotations

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.answers import flag
from isoscope.inventory.machine.attack_vectors import kernel_parameters
from isoscope.inventory.machine.processor import AMD
from isoscope.inventory.machine.tee.amd import Kind, announced, turned_on
from isoscope.inventory.machine.tee.sources import TeeSources, of_another_vendor
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology
from isoscope.snapshot.reading import Channel, Gap, Reading

_ONE_KEY = "encrypts all memory under one key: nothing of it is a workload's own"
_BY_CONTROLLER = "the memory controller does it, transparent to all software"
_STATUS = "/tsme_status"
_SME = Kind(Technology.AMD_SME, "SME", 0, "sme", 0, "", "")


def amd_memory(sources: TeeSources) -> dict[Technology, tuple[Step, ...]]:
    """The stages of both."""
    return {Technology.AMD_SME: _sme(sources), Technology.AMD_TSME: _tsme(sources)}


def _sme(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.AMD_SME, sources.parties)
    other = of_another_vendor(sources, make, AMD, "AMD")
    if other is not None:
        return other
    rest = (StageName.HYPERVISOR, StageName.DEVICE, StageName.CAPACITY)
    return (
        announced(sources, make, _SME.title, _SME.bit, _SME.flag),
        turned_on(sources, make, _SME),
        _sme_kernel(sources, make),
        *(make.not_applicable(name, _ONE_KEY) for name in rest),
    )


def _sme_kernel(sources: TeeSources, make: StageMaker) -> Step:
    """Only the kernel log tells whether it encrypts; its command line, whether it was asked to."""
    reading = sources.snapshot.file("/proc/cmdline")
    asked = dict(kernel_parameters(reading.text())).get("mem_encrypt")
    if asked == "on":
        return make.present(StageName.KERNEL, "the kernel was started with mem_encrypt=on", reading)
    if asked == "off":
        says = "the kernel was started with mem_encrypt=off"
        return make.absent(StageName.KERNEL, says, "start the kernel with mem_encrypt=on", reading)
    says = "the kernel was not asked to encrypt; whether it does by default only its log tells"
    return make.undecided(
        StageName.KERNEL, says, "look for Memory Encryption Features in the kernel log", reading
    )


def _tsme(sources: TeeSources) -> tuple[Step, ...]:
    make = StageMaker(Technology.AMD_TSME, sources.parties)
    other = of_another_vendor(sources, make, AMD, "AMD")
    if other is not None:
        return other
    rest = (StageName.HYPERVISOR, StageName.DEVICE, StageName.CAPACITY)
    return (
        announced(sources, make, _SME.title, _SME.bit, _SME.flag),
        _tsme_firmware(sources, make),
        make.not_applicable(StageName.KERNEL, _BY_CONTROLLER),
        *(make.not_applicable(name, _ONE_KEY) for name in rest),
    )


def _tsme_firmware(sources: TeeSources, make: StageMaker) -> Step:
    """What the secure processor's driver says; a host with several sockets has several."""
    name = StageName.FIRMWARE
    readings = [
        reading
        for reading in sources.snapshot.of_channel(Channel.FILE)
        if reading.source.target.endswith(_STATUS)
    ]
    said = {reading: _on(reading) for reading in readings}
    on = [reading for reading, value in said.items() if value]
    off = [reading for reading, value in said.items() if value is False]
    if off:
        says = "the secure processor's driver says that it is off"
        remedy = "turn on TSME (transparent memory encryption) in the firmware setup"
        return make.absent(name, says, remedy, *off)
    if on and len(on) == len([r for r in readings if r.gap is not Gap.ABSENT]):
        return make.present(name, "the secure processor's driver says that it is on", *on)
    says = "no driver of a secure processor told whether it is on"
    remedy = "load ccp on Linux 5.19 or newer"
    drivers = sources.snapshot.directory("/sys/bus/pci/drivers/ccp")
    return make.undecided(name, says, remedy, *(readings or [drivers]))


def _on(reading: Reading) -> bool | None:
    if reading.content is None or reading.truncated:
        return None
    try:
        return flag(reading.text())
    except ValueError:
        return None
