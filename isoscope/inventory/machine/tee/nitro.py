"""AWS Nitro Enclaves: Documentation/virt/ne_overview.rst."""

from __future__ import annotations

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.tee.sources import TeeSources
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology


def nitro_enclaves(sources: TeeSources) -> tuple[Step, ...]:
    """The stages of Nitro Enclaves: the hypervisor below an EC2 instance carves them out of it."""
    make = StageMaker(Technology.AWS_NITRO_ENCLAVES, sources.parties)
    maker = sources.snapshot.file("/sys/class/dmi/id/sys_vendor")
    name = maker.text().strip()
    if name == "Amazon EC2":
        platform = make.present(StageName.FIRMWARE, "the machine says that EC2 made it", maker)
    elif name:
        remedy = "only instances of Amazon EC2 have it"
        says = "another maker than Amazon EC2 made the machine"
        platform = make.absent(StageName.FIRMWARE, says, remedy, maker)
    else:
        says = "who made the machine could not be read"
        platform = make.undecided(StageName.FIRMWARE, says, "mount sysfs at /sys", maker)
    beneath = "the Nitro hypervisor is below this machine: its device stands for it"
    return (
        make.not_applicable(StageName.CPU, "it needs nothing of the CPU"),
        platform,
        _nitro_kernel(sources, make),
        make.not_applicable(StageName.HYPERVISOR, beneath),
        _nitro_device(sources, make),
        _nitro_capacity(sources, make),
    )


def _nitro_kernel(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.KERNEL
    reading, loaded = sources.module_loaded("nitro_enclaves")
    if loaded:
        return make.present(name, "the driver nitro_enclaves is loaded", reading)
    if loaded is False:
        says = "the driver nitro_enclaves is not loaded"
        return make.absent(name, says, "load nitro_enclaves on an EC2 instance", reading)
    says = "which modules are loaded was not seen"
    return make.undecided(name, says, "mount sysfs at /sys", reading)


def _nitro_device(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.DEVICE
    reading, there = sources.device("nitro_enclaves")
    if there:
        return make.present(name, "/dev/nitro_enclaves is there", reading)
    if there is False:
        says = "/dev/nitro_enclaves is not there"
        return make.absent(name, says, "start the EC2 instance with enclaves enabled", reading)
    remedy = "run Isoscope on the host itself"
    return make.undecided(name, "/dev was not seen", remedy, reading)


def _nitro_capacity(sources: TeeSources, make: StageMaker) -> Step:
    name = StageName.CAPACITY
    reading = sources.snapshot.file("/sys/module/nitro_enclaves/parameters/ne_cpus")
    cpus = reading.text().strip()
    if cpus:
        return make.present(name, "CPUs are set apart for enclaves (ne_cpus)", reading)
    if reading.content is not None:
        remedy = "set CPUs and memory apart with nitro-enclaves-allocator"
        return make.absent(name, "no CPUs are set apart for enclaves", remedy, reading)
    return make.undecided(
        name, "ne_cpus could not be read", "turn on the stages before this one", reading
    )
