"""All probes, with what the user may say of where they look."""

from __future__ import annotations

from probes.kernel import KernelProbe
from probes.options import CollectionOptions
from probes.probe import Probe

BUSIEST_PROBES = frozenset({KernelProbe.name})
"""Those that keep Python busy where there are hundreds of containers."""


def all_probes(options: CollectionOptions) -> list[Probe]:
    """Every probe, in the order in which they are shown; they run side by side."""
    from probes.containerd import ContainerdProbe
    from probes.crio import CrioProbe
    from probes.docker import DockerProbe
    from probes.incus import IncusProbe
    from probes.libvirt import LibvirtProbe
    from probes.machine import HostProbe
    from probes.podman import PodmanProbe
    from probes.system_containers import SystemContainerProbe
    from probes.tee import TeeProbe
    from probes.xen import XenProbe

    return [
        DockerProbe(options.docker),
        PodmanProbe(options.podman),
        IncusProbe(options.incus),
        ContainerdProbe(),
        CrioProbe(),
        LibvirtProbe(options.libvirt),
        XenProbe(),
        SystemContainerProbe(),
        KernelProbe(),
        HostProbe(),
        TeeProbe(),
    ]
