"""Capabilities by number and name, and what engines give by default: ``capabilities(7)``."""

from __future__ import annotations

NAMES = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
]
"""By number: include/uapi/linux/capability.h."""


def mask(*names: str) -> int:
    """The bit mask of some capabilities."""
    return sum(1 << NAMES.index(name) for name in names)


DOCKER_DEFAULT = 0xA80425FB
"""14 capabilities: Docker's default, seen in ``/proc/PID/status`` of a default container."""
PODMAN_DEFAULT = 0x800405FB
"""11 capabilities: Podman's default, ``containers.conf(5)``, default_capabilities."""

_DEFAULTS = {"docker": DOCKER_DEFAULT, "containerd": DOCKER_DEFAULT}


def default_of(engine: str) -> int:
    """What an engine gives a container that asks for nothing; the least of all engines' for one
    that is not known."""
    return _DEFAULTS.get(engine, PODMAN_DEFAULT)


def words(bits: int) -> str:
    """Names of a set, ``CAP_`` left out."""
    names = [name for number, name in enumerate(NAMES) if bits >> number & 1]
    unnamed = bits >> len(NAMES)
    return ", ".join(names) + (" and later ones" if unnamed else "")
