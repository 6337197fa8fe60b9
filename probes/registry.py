"""All probes, with what the user may say of where they look."""

from __future__ import annotations

from dataclasses import dataclass

from probes.collect import DEFAULT_TIMEOUT
from probes.kernel import KernelProbe
from probes.probe import Probe

PROBE_NAMES = ("docker", "podman", "libvirt", "kernel", "host", "tee")


@dataclass(frozen=True, slots=True)
class CollectionOptions:
    """Where to look instead of the usual places, and for how long."""

    docker: tuple[str, ...] = ()
    """URLs of Docker engines."""
    podman: tuple[str, ...] = ()
    libvirt: tuple[str, ...] = ()
    """libvirt URIs."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds per probe."""


def all_probes(options: CollectionOptions) -> list[Probe]:
    """Every probe, in the order in which they are shown; they run side by side."""
    from probes.docker import DockerProbe
    from probes.libvirt import LibvirtProbe
    from probes.machine import HostProbe
    from probes.podman import PodmanProbe
    from probes.tee import TeeProbe

    return [
        DockerProbe(options.docker),
        PodmanProbe(options.podman),
        LibvirtProbe(options.libvirt),
        KernelProbe(),
        HostProbe(),
        TeeProbe(),
    ]
