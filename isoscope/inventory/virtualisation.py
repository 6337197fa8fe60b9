"""What a host's kernel offers to guests, and how devices are kept apart there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory.observation import Observation


@dataclass(frozen=True, slots=True)
class Virtualisation:
    """Facts of the host that bear on all of its virtual machines."""

    risky_switches: Observation[tuple[str, ...]]
    """Parameters of KVM that stand against the guests' isolation, as ``kvm ignore_msrs=Y``."""
    nested: Observation[bool]
    """Whether KVM lets guests run guests of their own."""
    unsafe_passthrough: Observation[tuple[str, ...]]
    """Parameters of VFIO that let devices be given away without what keeps them in bounds."""
    pci_groups: Observation[Mapping[str, tuple[str, ...]]]
    """By PCI address, the other devices of its IOMMU group that are no bridges; what has no group
    is not in it."""
