"""What is shown of virtual machines beside the ladders and decides no rung, by ids."""

from __future__ import annotations

VMM_BESIDE = (
    "vmm-no-new-privileges",
    "vmm-mount-namespace",
    "vmm-device-list",
    "emulated-device-surface",
    "in-kernel-back-end",
    "share-passes-owners",
    "vsock-to-host",
    "image-format-guessed",
    "iommu-group-split",
    "host-block-device",
    "nested-virtualisation",
    "kvm-switches-weak",
)
"""Depth behind a VMM's confinement, of which the rungs name the label and the sandbox."""
VM_FROM_HOST = (
    "vmm-control-open",
    "vm-console-open",
    "guest-agent-channel",
    "vtpm-state-on-host",
    "guest-boot-by-host",
)
"""Doors past the guest, all of which the host has."""
