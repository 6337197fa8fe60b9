"""All technologies of the outside contract, and those added to it."""

from __future__ import annotations

from isoscope.inventory.host import TeeAvailability
from isoscope.inventory.machine.processor import Processor
from isoscope.inventory.machine.tee.amd import amd
from isoscope.inventory.machine.tee.amd_memory import amd_memory
from isoscope.inventory.machine.tee.arm import arm_cca
from isoscope.inventory.machine.tee.hypervisors import hyper_v_isolation, protected_kvm
from isoscope.inventory.machine.tee.ibm import ibm
from isoscope.inventory.machine.tee.intel import intel
from isoscope.inventory.machine.tee.nitro import nitro_enclaves
from isoscope.inventory.machine.tee.nvidia import nvidia_cc
from isoscope.inventory.machine.tee.sources import TeeSources
from isoscope.inventory.machine.tee.stages import availability
from isoscope.inventory.observation import Observation
from isoscope.inventory.technology import Technology
from isoscope.snapshot.document import Snapshot

_BELOW_A_GUEST = (
    "This host is itself a guest: what its CPU and firmware announce is the word of the hypervisor "
    "below it."
)


def tee_availability(
    snapshot: Snapshot,
    processor: Processor,
    is_guest: Observation[bool],
    kernel_release: str | None,
) -> tuple[TeeAvailability, ...]:
    """Every technology with its six stages, in the order of the contract."""
    sources = TeeSources(snapshot, processor, is_guest, kernel_release)
    steps = amd(sources) | amd_memory(sources) | intel(sources) | ibm(sources)
    steps[Technology.HYPER_V_ISOLATION] = hyper_v_isolation(sources)
    steps[Technology.PROTECTED_KVM] = protected_kvm(sources)
    steps[Technology.ARM_CCA] = arm_cca(sources)
    steps[Technology.AWS_NITRO_ENCLAVES] = nitro_enclaves(sources)
    encrypted_guests = (steps[Technology.AMD_SEV_SNP], steps[Technology.INTEL_TDX])
    steps[Technology.NVIDIA_CC] = nvidia_cc(sources, encrypted_guests)
    below = _BELOW_A_GUEST if is_guest.value else ""
    return tuple(
        availability(technology, steps[technology], below=below) for technology in Technology
    )
