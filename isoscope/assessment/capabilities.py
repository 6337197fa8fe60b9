"""Which capabilities give the host away: ``capabilities(7)``."""

from __future__ import annotations

from isoscope.inventory.capability_names import (
    DOCKER_DEFAULT,
    NAMES,
    PODMAN_DEFAULT,
    default_of,
    mask,
    words,
)

__all__ = [
    "DOCKER_DEFAULT",
    "HOST_OWNING",
    "NAMES",
    "PODMAN_DEFAULT",
    "PRIVILEGED",
    "WITH_HOST_PROCESSES",
    "default_of",
    "mask",
    "words",
]

HOST_OWNING = mask(
    "SYS_ADMIN",  # mounts, namespaces of others, and most of the kernel's administration
    "SYS_MODULE",  # loads kernel modules
    "SYS_RAWIO",  # raw memory and ports
    "DAC_READ_SEARCH",  # open_by_handle_at(2) reaches any file of the host's file systems
    "SYS_BOOT",  # kexec_load(2) replaces the kernel
    "BPF",
    "MAC_ADMIN",
)
"""Each of these gives the host away to whoever holds it in the host's user namespace."""

PRIVILEGED = mask(
    "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "SYS_BOOT", "MAC_ADMIN"
)
"""All of these together are what ``--privileged`` gives, on every kernel."""

WITH_HOST_PROCESSES = mask("SYS_PTRACE")
"""Gives the host away together with the host's PID namespace: ``ptrace(2)`` on its processes."""
