"""NVIDIA's confidential computing: a GPU that is handed to an encrypted guest.

Sources: NVML API reference, "Confidential Computing"; drivers/pci/proc.c.
"""

from __future__ import annotations

from isoscope.inventory.host import StageName, StageState
from isoscope.inventory.machine.answers import listed, numbers
from isoscope.inventory.machine.tee.sources import TeeSources
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology
from isoscope.snapshot.reading import Channel, Gap, Reading

_NVIDIA = "10de"
_SIMULATED = 1  # NVML_CC_SYSTEM_ENVIRONMENT_SIM


def nvidia_cc(
    sources: TeeSources, encrypted_guests: tuple[tuple[Step, ...], ...]
) -> tuple[Step, ...]:
    """The stages of a GPU's confidential mode. ``encrypted_guests`` are the stages of those
    technologies that it builds on."""
    make = StageMaker(Technology.NVIDIA_CC, sources.parties)
    devices = sources.snapshot.file("/proc/bus/pci/devices")
    there = _has_nvidia_device(sources, devices)
    if there is False:
        remedy = "only NVIDIA's GPUs from Hopper on have it"
        rest = (name for name in StageName if name is not StageName.DEVICE)
        step = make.absent(StageName.DEVICE, "no PCI device is NVIDIA's", remedy, devices)
        return (step, *(make.not_applicable(name, "there is no GPU") for name in rest))
    state_reading, state = _nvml(sources, "nvmlSystemGetConfComputeState")
    if there:
        device = make.present(StageName.DEVICE, "a PCI device is NVIDIA's", devices)
    else:
        says = "the PCI devices could not be read"
        device = make.undecided(StageName.DEVICE, says, "mount proc at /proc", devices)
    return (
        _beneath(make, StageName.CPU, encrypted_guests, "no encrypted guests on this CPU"),
        _gpu_mode(make, state_reading, state),
        _nvidia_driver(sources, make),
        _beneath(make, StageName.HYPERVISOR, encrypted_guests, "KVM creates no encrypted guests"),
        device,
        _gpu_capacity(sources, make),
    )


def _has_nvidia_device(sources: TeeSources, devices: Reading) -> bool | None:
    """Whether a PCI device is NVIDIA's: the second column is vendor and device in hexadecimal."""
    if devices.content is not None and not devices.truncated:
        columns = [row.split("\t") for row in devices.text().splitlines()]
        return any(len(row) > 1 and row[1].lower().startswith(_NVIDIA) for row in columns)
    if devices.gap is Gap.ABSENT and listed(sources.snapshot, "/sys/bus", "pci") is False:
        return False
    return None


def _beneath(
    make: StageMaker,
    name: StageName,
    encrypted_guests: tuple[tuple[Step, ...], ...],
    lacking: str,
) -> Step:
    """A stage that any technology for encrypted guests fulfils: the GPU is handed to such one."""
    found = {step.stage.state: step for step in _steps(encrypted_guests, name)}
    for state in (StageState.PRESENT, StageState.UNKNOWN):
        if state in found:
            return found[state]
    return make.absent(name, lacking, "a GPU's confidential mode needs SEV-SNP or TDX")


def _steps(technologies: tuple[tuple[Step, ...], ...], name: StageName) -> list[Step]:
    return [step for steps in technologies for step in steps if step.stage.name is name]


def _gpu_mode(make: StageMaker, reading: Reading, state: dict[str, int] | None) -> Step:
    name = StageName.FIRMWARE
    feature = None if state is None else state.get("ccFeature")
    if state is not None and feature == 1 and state.get("environment") == _SIMULATED:
        says = "the GPU only simulates its confidential mode"
        return make.absent(name, says, "turn its confidential mode on for production", reading)
    if state is not None and feature == 1:
        if state.get("devToolsMode"):
            says = "the GPU is in its confidential mode for developers, which can be looked into"
            return make.absent(name, says, "turn off the GPU's developer mode", reading)
        return make.present(name, "the GPU is in its confidential mode", reading)
    if feature == 0:
        says = "the GPU is not in its confidential mode"
        return make.absent(name, says, "turn its confidential mode on", reading)
    says = "the GPU's mode was not told"
    return make.undecided(name, says, "install NVIDIA's driver and nvidia-ml-py", reading)


def _nvidia_driver(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.KERNEL
    reading = sources.snapshot.file("/proc/driver/nvidia/version")
    if reading.content is not None:
        return make.present(name, "NVIDIA's driver is loaded", reading)
    says = "NVIDIA's driver is not loaded; a GPU that is handed to a guest needs it there only"
    return make.undecided(name, says, "look into the guest that has the GPU", reading)


def _gpu_capacity(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.CAPACITY
    request = "nvmlDeviceGetConfComputeMemSizeInfo"
    reading = sources.snapshot.get(Channel.LIBRARY, "nvml", request)
    if reading.content is not None and b"protectedMemSizeKib" in reading.content:
        return make.present(name, "GPUs tell how much protected memory they have", reading)
    says = "how much protected memory the GPU has was not told"
    return make.undecided(name, says, "install NVIDIA's driver and nvidia-ml-py", reading)


def _nvml(sources: TeeSources, request: str) -> tuple[Reading, dict[str, int] | None]:
    reading = sources.snapshot.get(Channel.LIBRARY, "nvml", request)
    return reading, numbers(reading)
