"""The host: what it is, which mechanisms it has, and what could not be seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.links import Links
from isoscope.inventory.observation import Observation
from isoscope.inventory.quotas import Quotas
from isoscope.inventory.reach import Reach
from isoscope.inventory.technology import Technology
from isoscope.inventory.user_quotas import KeyCount
from isoscope.inventory.virtualisation import Virtualisation


@dataclass(frozen=True, slots=True)
class GuestSign:
    """One sign of whether this host is itself a guest or a container, and what it says."""

    sign: str
    """What was looked at: ``cpuinfo flag hypervisor``, ``DMI vendor`` …"""
    says: str
    """What was found, in words: ``KVM``, ``nothing``, ``a container engine made this`` …"""
    guest: bool | None
    """True: a guest; False: speaks against it; None: the sign does not decide."""


class SelinuxState(StrEnum):
    """State of SELinux, ``selinux(8)``; the contract's words."""

    ENFORCING = "enforcing"
    PERMISSIVE = "permissive"
    DISABLED = "disabled"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Selinux:
    """State of SELinux and of the loaded policy."""

    state: SelinuxState
    policy: str = ""
    """``SELINUXTYPE``: ``targeted``, ``default`` …; empty where not said."""
    mls: bool | None = None
    """Whether the policy has the MLS/MCS field: ``/sys/fs/selinux/mls``."""


@dataclass(frozen=True, slots=True)
class Apparmor:
    """State of AppArmor."""

    enabled: bool
    profiles_enforced: int | None = None
    """None where the list of profiles could not be read."""
    profiles_complaining: int | None = None


class FlawState(StrEnum):
    """What the kernel says of one CPU flaw: ``/sys/devices/system/cpu/vulnerabilities``."""

    NOT_AFFECTED = "not-affected"
    MITIGATED = "mitigated"
    VULNERABLE = "vulnerable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CpuFlaw:
    """One CPU flaw as the kernel reports it."""

    name: str
    state: FlawState
    report: str
    """The kernel's line."""
    cross_thread: bool = False
    """Whether the report says that sibling threads stay exposed (``SMT vulnerable``)."""


class AttackVector(StrEnum):
    """Attack vectors of the kernel's ``attack_vector_controls.rst``."""

    USER_KERNEL = "user-kernel"
    USER_USER = "user-user"
    GUEST_HOST = "guest-host"
    GUEST_GUEST = "guest-guest"
    CROSS_THREAD = "cross-thread"


class StageName(StrEnum):
    """Stages through which a TEE becomes available; the contract's words, in this order."""

    CPU = "cpu"
    FIRMWARE = "firmware"
    KERNEL = "kernel"
    HYPERVISOR = "hypervisor"
    DEVICE = "device"
    CAPACITY = "capacity"


class StageState(StrEnum):
    """State of one stage; the contract's words."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of one technology, with the observations that say so."""

    name: StageName
    state: StageState
    says: str
    """In words: ``CPUID 0x8000001F EAX bit 4 is set``."""
    observations: tuple[Observation[object], ...] = ()


@dataclass(frozen=True, slots=True)
class TeeAvailability:
    """Whether workloads of this host could use a TEE technology: host's word, never a verdict."""

    technology: Technology
    available: bool | None
    """None where a stage that decides is unknown."""
    stages: tuple[Stage, ...]
    summary: str
    """The first missing stage in words, and what turns it on."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where workloads may run that this snapshot does not show."""

    what: str
    """``the Docker engine at unix:///run/docker.sock`` …"""
    observation: Observation[object]
    """Always an unknown one: its reason, and what would settle it."""
    hides_workloads: bool = True
    """Whether running workloads may be unseen; False where only descriptions are missing."""
    shown_by_kernel: bool = True
    """Whether what runs there has processes on this host, and so is in the list of all of them."""


@dataclass(frozen=True, slots=True)
class HostFacts:
    """The host assessed."""

    name: Observation[str]
    operating_system: Observation[str]
    kernel: Observation[str]
    architecture: Observation[str]
    is_guest: Observation[bool]
    """Whether it is itself a guest; unknown where its signs disagree or could not be read."""
    guest_signs: tuple[GuestSign, ...]
    lsms: Observation[tuple[str, ...]]
    selinux: Observation[Selinux]
    apparmor: Observation[Apparmor]
    cpu_flaws: Mapping[str, Observation[CpuFlaw]]
    """By the name that the kernel gives the flaw."""
    flaw_list: Observation[tuple[str, ...]]
    """The names of the flaws that this kernel reports on; unknown where the list was not read."""
    vectors_off: Observation[frozenset[AttackVector]]
    """Attack vectors whose mitigations the kernel's command line switched off."""
    smt_active: Observation[bool]
    page_merging: Observation[bool]
    """Whether KSM runs: ``/sys/kernel/mm/ksm/run``."""
    bridges_filtered: Observation[bool]
    """Whether what crosses a bridge passes the firewall, without which an engine's rules between
    members of one network hold nobody: br_netfilter, ``bridge-nf-call-iptables``."""
    memory_bytes: Observation[int]
    online_cpus: Observation[frozenset[int]]
    swap_active: Observation[bool]
    tees: tuple[TeeAvailability, ...]
    observations: tuple[Observation[object], ...] = ()
    """Further facts that are shown but that no measure uses yet."""
    selinux_booleans: Mapping[str, Observation[bool]] | None = None
    """Booleans of the loaded policy that bear on workloads; None where nobody looked."""
    reach: Reach = field(default_factory=Reach)
    """What the host can do to all workloads."""
    virtualisation: Virtualisation | None = None
    kernel_settings: Mapping[str, Observation[str]] = field(default_factory=dict)
    """By name as ``sysctl(8)`` writes it; empty where this kernel has no such setting."""
    key_users: Observation[Mapping[int, KeyCount]] | None = None
    """Keys of each user who has any; None where nobody looked."""
    session_keyrings: Observation[frozenset[str]] | None = None
    """Ids of containers for which the runtime made one; None where nobody looked."""
    bridge_ports: Observation[Mapping[str, Mapping[str, bool]]] | None = None
    """By bridge and port: whether the port is isolated; None where nobody looked."""
    power_meters: Observation[tuple[str, ...]] | None = None
    """Zones of the CPUs whose energy the kernel counts; None where nobody looked."""
    memory_errors: Observation[tuple[int, int]] | None = None
    """How many errors of memory were corrected, and how many not; None where nobody looked."""
    links: Observation[Links] | None = None
    """Its network devices; None where nobody looked, as with the next."""
    network_ids: Observation[Mapping[int, int]] | None = None
    """By pid: the number by which these name the network namespace of a workload's process."""
    forwarding: Forwarding | None = None
    """What it forwards between its networks; None where nobody looked."""
    cache_groups: Observation[bool] | None = None
    """Whether resctrl may share out caches between workloads; None where nobody looked."""
    cores: Observation[Mapping[int, frozenset[int]]] | None = None
    """By CPU: all CPUs that are threads of its core, itself too; None where nobody looked."""
    quotas: Observation[Quotas] | None = None
    """Of its file systems; None where nobody looked."""
