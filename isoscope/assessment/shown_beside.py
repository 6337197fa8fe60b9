"""What is shown beside the ladders and decides no rung, by ids: of virtual machines, and of the
kernel that containers share."""

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

KERNEL_SETTINGS = (
    "kernel-addresses-hidden",
    "kernel-profiling-restricted",
    "unprivileged-bpf-off",
    "io-uring-restricted",
    "userfaultfd-restricted",
    "tracing-scoped",
    "terminals-hardened",
    "links-protected",
    "kernel-replacement-off",
    "module-loading-restricted",
    "module-signatures-enforced",
    "kernel-locked-down",
    "microcode-current",
    "loopback-not-routed",
    "user-namespaces-for-all",
)
"""How much of the kernel is open to whoever shares it."""

RESOURCES = (
    "spared-by-oom-killer",
    "realtime-scheduling-allowed",
    "process-limits-open",
    "swap-limited",
    "tmpfs-limited",
    "log-limited",
)
"""What else a workload may take of the host, or take first."""

NEIGHBOURS_LISTEN = ("shared-file-pages",)
"""Side channels between neighbours that tell which of a common file's pages are used, and when:
nearly all that share a kernel have them, and no rung asks for their absence."""
NEIGHBOURS_STARVE = ("shared-user-quotas",)
"""What neighbours can use up although each is limited."""
