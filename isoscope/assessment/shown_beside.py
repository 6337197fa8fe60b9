"""What is shown beside the ladders and decides no rung, by ids."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.assessment.vocabulary import Aspect, Direction, Property

_VMM_BESIDE = (
    "vmm-no-new-privileges",
    "vmm-mount-namespace",
    "vmm-device-list",
    "vmm-with-known-escape",
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
_VM_FROM_HOST = (
    "vmm-control-open",
    "vm-console-open",
    "guest-agent-channel",
    "vtpm-state-on-host",
    "guest-boot-by-host",
)
"""Doors past the guest, all of which the host has."""

_KERNEL_SETTINGS = (
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

_CONTAINER_BESIDE = (
    "abstract-sockets-reachable",
    "host-uts-namespace",
    "host-cgroup-namespace",
    "router-advertisements-followed",
    "core-dumps-handled-by-host",
    "set-user-id-on-host-path",
    "runs-without-root",
    "root-is-somebody-outside",
    "capabilities-end-inside",
    "engine-without-root",
    "manager-reached-by-network",
    "manager-socket-open-to-all",
    "seccomp-allow-list",
    "further-devices-allowed",
    "root-filesystem-read-only",
)
"""What else a container, and by its network a guest, may reach or bring about, short of what the
rungs name."""

_RESOURCES = (
    "bandwidth-limited",
    "spared-by-oom-killer",
    "realtime-scheduling-allowed",
    "process-limits-open",
    "swap-limited",
    "tmpfs-limited",
    "huge-pages-limited",
    "log-limited",
    "cpus-left-for-host",
    "kernel-table-nearly-full",
    "host-under-pressure",
)
"""What else a workload may take of the host, or take first."""

_NEIGHBOURS_LISTEN = (
    "shared-file-pages",
    "sibling-threads-apart",
    "neighbour-reads-power-meters",
    "cache-partitioned",
    "speculation-restricted",
    "kernel-profiling-restricted",
)
"""Side channels between neighbours, which nearly all that share a machine have: no rung asks for
their absence, but for flaws of the CPU that make one of them wide."""
_DOORS = ("published-to-neighbours",)
"""What was opened between neighbours on purpose: no way in by itself, but one to know of."""
_KEYS = ("shared-keyring", "own-session-keyring")
"""What the kernel keeps for a user, and not for a namespace."""
_RUN_BY_ONE = ("shared-manager", "shared-vhost-user-back-end")
"""Who of the host, taken over or misled by one tenant, has the others too."""
_NEIGHBOURS_STARVE = (
    "neighbours-bandwidth-limited",
    "shared-memory-node",
    "shared-user-quotas",
    "memory-overcommitted",
    "cpus-overcommitted",
    "kernel-table-nearly-full",
    "host-under-pressure",
)
"""What neighbours can use up although each is limited."""
_HOST_READS = (
    "host-can-enter",
    "root-equivalent-users",
    "same-user-may-trace",
    "traced-now",
)
"""Doors by which the host's people and programs reach a workload that no TEE encloses. They decide
no rung: without a TEE the workload stands on 0 whatever they are, and with one they are shut."""

_HOST_FROM_WORKLOAD = (*_CONTAINER_BESIDE, *_VMM_BESIDE, *_KERNEL_SETTINGS)

SHOWN_BESIDE: Mapping[Aspect, tuple[str, ...]] = {
    Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.CONFIDENTIALITY): (
        *_NEIGHBOURS_LISTEN,
        *_KEYS,
        *_DOORS,
        *_RUN_BY_ONE,
    ),
    Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.INTEGRITY): (
        "memory-errors-corrected",
        "shared-memory-node",
        *_DOORS,
        *_RUN_BY_ONE,
    ),
    Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.AVAILABILITY): (
        *_NEIGHBOURS_STARVE,
        *_RUN_BY_ONE,
    ),
    Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY): _HOST_FROM_WORKLOAD,
    Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY): _HOST_FROM_WORKLOAD,
    Aspect(Direction.HOST_FROM_WORKLOAD, Property.AVAILABILITY): _RESOURCES,
    Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY): (
        *_HOST_READS,
        *_VM_FROM_HOST,
        "core-dumps-on-host",
        "swapped-in-clear",
        "memory-images-on-disk",
        "storage-encrypted",
        "storage-open-to-host-users",
        "secrets-in-configuration",
        "migration-encrypted",
        "host-boot-verified",
    ),
    Aspect(Direction.WORKLOAD_FROM_HOST, Property.INTEGRITY): (
        *_HOST_READS,
        "storage-open-to-host-users",
        *_VM_FROM_HOST,
        "image-pinned",
        "image-signature-required",
        "host-boot-verified",
    ),
    Aspect(Direction.WORKLOAD_FROM_HOST, Property.AVAILABILITY): (
        "root-equivalent-users",
        "survives-engine-restart",
        "resources-guaranteed",
        "starved-now",
    ),
}
"""By aspect, in the order in which they are shown."""
