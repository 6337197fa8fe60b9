"""What crosses a boundary where a measure is missing or an exposure is open, by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from isoscope.texts import noted


class Crossing(StrEnum):
    """What kind of thing crosses from one side to another."""

    HOST_CONTROL = noted("control of the host")
    THROUGH_HOST = noted("through the host")
    """From a neighbour that can take the host: design §3."""
    PROCESSES = noted("processes and identities")
    MEMORY = noted("memory and CPU")
    STORAGE = noted("storage")
    NETWORK = noted("network")
    DEVICES = noted("devices")
    KERNEL = noted("kernel interfaces")
    RESOURCES = noted("a share of resources")


_IDS = {
    Crossing.HOST_CONTROL: (
        "privileged",
        "host-owning-capability",
        "engine-socket-mounted",
        "service-socket-mounted",
        "system-bus-open-to-root",
        "release-agent-writable",
        "kernel-settings-unguarded",
        "vmm-control-open",
        "vm-console-open",
        "vmm-owns-host",
        "shared-manager",
    ),
    Crossing.THROUGH_HOST: ("neighbour-owns-the-host",),
    Crossing.PROCESSES: (
        "user-namespace",
        "host-pid-namespace",
        "host-ipc-namespace",
        "shared-namespace",
        "neighbour-in-host-pid-namespace",
        "shared-host-user-ids",
        "shared-mcs-categories",
        "distinct-mac-label",
        "distinct-host-user-ids",
        "unseen-workloads",
        "attested",
        "vmm-runs-as-root",
        "vmm-mac-label",
    ),
    Crossing.MEMORY: (
        "cpu-flaw-user-kernel",
        "cpu-flaw-guest-host",
        "cpu-flaw-user-user",
        "cpu-flaw-guest-guest",
        "cpu-flaw-cross-thread",
        "cpu-flaw-neighbour-guest",
        "cpu-flaw-neighbour-program",
        "same-page-merging",
        "shared-memory-region",
        "shared-file-pages",
        "shared-memory-node",
        "cache-partitioned",
        "sibling-threads-apart",
        "speculation-restricted",
        "memory-errors-corrected",
        "neighbour-reads-power-meters",
    ),
    Crossing.STORAGE: (
        "host-mount-namespace",
        "host-root-mounted",
        "host-system-path-writable",
        "sensitive-host-path-mounted",
        "mounts-propagate-to-host",
        "shared-writable-storage",
        "shared-readable-storage",
    ),
    Crossing.NETWORK: (
        "host-network-namespace",
        "shared-network-segment",
        "routed-from-another-network",
        "published-to-neighbours",
        "neighbour-forges-addresses",
    ),
    Crossing.DEVICES: (
        "raw-device-access",
        "passthrough-without-iommu",
        "host-device-passed-through",
        "shared-device",
        "shared-iommu-group",
        "shared-vhost-user-back-end",
    ),
    Crossing.KERNEL: (
        "runtime-with-known-escape",
        "capabilities-beyond-default",
        "capabilities-reduced",
        "seccomp-unconfined",
        "seccomp-filter",
        "lsm-unconfined",
        "mac-label-enforced",
        "no-new-privileges",
        "masked-paths-open",
        "kernel-settings-writable",
        "own-kernel",
        "sandbox-opened",
        "kernels-apart",
        "shared-keyring",
        "own-session-keyring",
        "kernel-profiling-restricted",
        "vmm-seccomp-sandbox",
    ),
    Crossing.RESOURCES: (
        "some-limit",
        "own-limits-writable",
        "memory-limited",
        "processes-limited",
        "cpu-limited",
        "block-io-limited",
        "open-files-limited",
        "storage-limited",
        "neighbours-bandwidth-limited",
        "neighbours-some-limit",
        "neighbours-memory-limited",
        "neighbours-processes-limited",
        "neighbours-cpu-limited",
        "neighbours-block-io-limited",
        "neighbours-open-files-limited",
        "neighbours-storage-limited",
        "share-reserved",
        "shared-user-quotas",
        "cpus-overcommitted",
        "host-under-pressure",
        "kernel-table-nearly-full",
        "memory-overcommitted",
    ),
}

CROSSINGS: Mapping[str, Crossing] = {
    identity: crossing for crossing, ids in _IDS.items() for identity in ids
}
"""By the id of a measure or exposure: of all that decide how a workload is kept from another or
the host from a workload."""
