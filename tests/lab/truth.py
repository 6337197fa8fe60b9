"""What a lab host's author says is true of its workloads, as what Isoscope must find of them.

A line of ``workloads.tsv`` has tags; each tag means findings that must be there, and where no tag
of a workload means a finding, it must not be there: a finding that shows up for nothing is as wrong
as one that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LabWorkload:
    """One workload that the lab's author made."""

    name: str
    runtime: str
    tenant: str
    pid: int
    tags: frozenset[str]

    def has(self, *tags: str) -> bool:
        """Whether it has any of these tags."""
        return not self.tags.isdisjoint(tags)


def read_workloads(table: Path) -> list[LabWorkload]:
    """The workloads of a ``workloads.tsv`` that could be made; where one was made again under its
    name, the last."""
    found: dict[str, LabWorkload] = {}
    for line in table.read_text().splitlines()[1:]:
        name, runtime, tenant, pid, tags = line.split("\t")
        if "FAILED" not in tags:
            found[name] = LabWorkload(name, runtime, tenant, int(pid), frozenset(tags.split(",")))
    return list(found.values())


CONTAINERS = ("docker", "podman-root", "podman-rootless")
SYSTEM_CONTAINERS = ("nspawn", "lxc")
ASSESSED = (*CONTAINERS, *SYSTEM_CONTAINERS, "libvirt")
"""Runtimes of which every workload must be found. The rest are services of the host's own systemd
and a plain process of a user: they are no workloads."""

_ROOTFUL = ("docker", "podman-root")

_OWNING_CAPABILITIES = (
    "cap-sys-admin",
    "cap-sys-module",
    "cap-sys-rawio",
    "cap-dac-read-search",
    "cap-sys-ptrace",
)

EXPOSURES: Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]] = {
    "privileged": {_ROOTFUL: ("privileged",)},
    "host-owning-capability": {_ROOTFUL: ("privileged", *_OWNING_CAPABILITIES)},
    "seccomp-unconfined": {CONTAINERS: ("privileged", "seccomp-unconfined")},
    "host-pid-namespace": {CONTAINERS: ("pid-host",)},
    "host-network-namespace": {CONTAINERS: ("net-host",)},
    "host-ipc-namespace": {CONTAINERS: ("ipc-host",)},
    "engine-socket-mounted": {CONTAINERS: ("docker-sock", "host-root-mount")},
    "host-root-mounted": {_ROOTFUL: ("host-root-mount",)},
    "host-system-path-writable": {("docker",): ("host-root-mount", "host-etc-mount")},
    "sensitive-host-path-mounted": {
        ("docker",): ("host-root-mount", "host-etc-mount", "host-cgroup-mount", "host-proc-mount"),
        SYSTEM_CONTAINERS: ("bind-root",),
    },
    "service-socket-mounted": {CONTAINERS: ("host-root-mount",), SYSTEM_CONTAINERS: ("bind-root",)},
    "host-uts-namespace": {("docker",): ("uts-host",)},
    "host-cgroup-namespace": {("docker",): ("cgroupns-host",)},
    "abstract-sockets-reachable": {CONTAINERS: ("net-host",), SYSTEM_CONTAINERS: ("net-host",)},
    "further-devices-allowed": {("docker",): ("privileged", "device-cgroup-rule", "device-tpm")},
    "masked-paths-open": {_ROOTFUL: ("privileged", "systempaths-unconfined")},
    "raw-device-access": {_ROOTFUL: ("privileged", "device-vda", "device-cgroup-rule")},
    "vm-console-open": {("libvirt",): ("vnc-all-interfaces",)},
    "vtpm-state-on-host": {("libvirt",): ("vtpm",)},
}
"""By exposure: for these runtimes it is there with any of these tags, and without them it is not.
It says nothing of other runtimes."""

HOST_FROM_WORKLOAD_INTEGRITY: Mapping[tuple[str, ...], Mapping[str, int]] = {
    _ROOTFUL: {
        "privileged": 0,
        "docker-sock": 0,
        "host-root-mount": 0,
        "host-etc-mount": 0,
        "device-vda": 0,
        "device-cgroup-rule": 0,
        **dict.fromkeys(_OWNING_CAPABILITIES, 0),
        "pid-host": 1,
        "net-host": 1,
        "ipc-host": 1,
        "seccomp-unconfined": 1,
        "apparmor-unconfined": 1,
        "cap-net-admin": 1,
        "systempaths-unconfined": 1,
        "default": 2,
        "limits": 2,
        "nonet": 2,
        "shared-volume": 2,
    },
    SYSTEM_CONTAINERS: {"capability-all": 0, "no-userns": 0},
    ("libvirt",): {"svirt": 5, "vnc-all-interfaces": 5, "seclabel-none": 4},
}
"""By runtime and tag: the highest rung that the host's integrity can have. The lowest tag's counts;
what a workload has no tag for is not compared."""


NO_LABEL_CONFINES: Mapping[str, tuple[str, ...]] = {
    "selinux": (*CONTAINERS, "libvirt"),  # permissive
    "selinux-enforcing": CONTAINERS,  # Debian's policy leaves them in initrc_t and unconfined_t
}
"""By host: runtimes whose workloads no label confines."""


def expected_rung(workload: LabWorkload, host: str) -> int | None:
    """The rung of the host's integrity that a workload's tags mean on a host; None where they say
    nothing. Where no label confines, a container lacks a standard part and a VMM its own label, and
    nothing guards the kernel's settings."""
    rungs = [
        rung
        for runtimes, by_tag in HOST_FROM_WORKLOAD_INTEGRITY.items()
        if workload.runtime in runtimes
        for tag, rung in by_tag.items()
        if tag in workload.tags
    ]
    if rungs and workload.runtime in NO_LABEL_CONFINES.get(host, ()):
        rungs.append(4 if workload.runtime == "libvirt" else 1)
        rungs += [0] if workload.has("systempaths-unconfined") else []
    return min(rungs, default=None)


def _both(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Pairs of which each also holds the other way round."""
    return tuple(way for pair in pairs for way in (pair, pair[::-1]))


SHARING: Mapping[str, tuple[tuple[str, str], ...]] = {
    "shared-namespace": _both(("d-joinpid", "d-default-acme"), ("d-joinnet", "d-default-acme")),
    "shared-writable-storage": (
        *_both(
            ("d-shared-a", "d-shared-b"),
            ("d-bind-a", "m-globex"),
            ("d-bind-a", "pl-bob-shared"),
            ("v-shr-a", "v-shr-b"),
        ),
        ("d-shared-ro", "d-shared-a"),
    ),
    "shared-readable-storage": (("d-shared-a", "d-shared-ro"),),
    "shared-network-segment": _both(
        ("d-bridge-a", "d-bridge-b"),
        ("d-twonet", "d-default-acme"),
        ("v-defnet-a", "v-shr-b"),
        ("v-spice", "v-defnet-a"),
    ),
}
"""By exposure: pairs of different tenants of which the first one's names the second."""

APART: Mapping[str, tuple[tuple[str, str], ...]] = {
    "shared-namespace": _both(
        ("d-default-acme", "d-default-init"), ("d-hard-acme", "d-hard-globex")
    ),
    "shared-writable-storage": (
        *_both(("d-hard-acme", "d-hard-globex"), ("v-acme", "v-globex")),
        ("d-shared-a", "d-shared-ro"),
    ),
    "shared-network-segment": _both(
        ("d-hard-acme", "d-hard-globex"),
        ("v-acme", "v-globex"),
        ("d-hard-nonet", "d-hard-globex"),
    ),
}
"""By exposure: pairs of different tenants of which the first one's does not name the second."""
