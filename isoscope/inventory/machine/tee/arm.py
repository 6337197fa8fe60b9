"""Arm's Confidential Compute Architecture."""

from __future__ import annotations

from isoscope.inventory.host import StageName
from isoscope.inventory.machine.tee.sources import TeeSources, elsewhere
from isoscope.inventory.machine.tee.stages import StageMaker, Step
from isoscope.inventory.technology import Technology


def arm_cca(sources: TeeSources) -> tuple[Step, ...]:
    """The stages of Arm CCA: a kernel shows none of them."""
    make = StageMaker(Technology.ARM_CCA, sources.parties)
    other = elsewhere(sources, make, "arm", "Arm's version 9 processors")
    if other is not None:
        return other
    reading = sources.processor.cpuinfo
    remedy = "ask the maker of the machine for the realm management extension"
    hypervisor, offers = sources.offered("cca")
    if hypervisor:
        kvm = make.present(StageName.HYPERVISOR, "libvirt offers realms", *offers)
    else:
        says = "no interface of KVM tells whether it can create realms"
        kvm = make.undecided(StageName.HYPERVISOR, says, "ask whoever built the kernel", *offers)
    unseen = "the kernel shows no flag for the realm management extension"
    return (
        make.undecided(StageName.CPU, unseen, remedy, reading),
        make.undecided(StageName.FIRMWARE, unseen, remedy, reading),
        make.undecided(
            StageName.KERNEL,
            "Linux up to 7.1 hosts no realms without patches, and shows no sign of these",
            "ask whoever built the kernel",
            reading,
        ),
        kvm,
        make.not_applicable(StageName.DEVICE, "realms need no device but /dev/kvm"),
        make.not_applicable(StageName.CAPACITY, "nothing counts realms out"),
    )
