"""What the user may say of a collection; light to import, for whoever only parses options."""

from __future__ import annotations

from dataclasses import dataclass

PROBE_NAMES = (
    "docker",
    "podman",
    "incus",
    "containerd",
    "cri-o",
    "libvirt",
    "xen",
    "system-containers",
    "kernel",
    "host",
    "tee",
)
"""In the order in which they are shown."""

DEFAULT_TIMEOUT = 10.0
"""Seconds that a probe may take unless the user says otherwise."""


@dataclass(frozen=True, slots=True)
class CollectionOptions:
    """Where to look instead of the usual places, and for how long."""

    docker: tuple[str, ...] = ()
    """URLs of Docker engines."""
    podman: tuple[str, ...] = ()
    incus: tuple[str, ...] = ()
    """Of Incus and LXD."""
    libvirt: tuple[str, ...] = ()
    """libvirt URIs."""
    timeout: float = DEFAULT_TIMEOUT
    """Seconds per probe."""
