"""A workload as the kernel shows it and as its manager describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from isoscope.inventory.declared import DeclaredDetails, Program
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.makeup import MachineMakeup
from isoscope.inventory.network import NetworkAttachment, PublishedPort
from isoscope.inventory.observation import Observation, Unknown
from isoscope.inventory.reach import HostSide, OpenSource
from isoscope.inventory.sandbox import Sandbox, SandboxSettings
from isoscope.inventory.tee_use import TeeUse


class WorkloadKind(StrEnum):
    """What kind of workload it is: design §2."""

    CONTAINER = "container"
    POD_CONTAINER = "pod-container"
    VIRTUAL_MACHINE = "vm"
    SYSTEM_CONTAINER = "system-container"
    PROCESS_TEE = "process-tee"
    PROCESS_GROUP = "process-group"  # in namespaces of their own that no manager claims


class NamespaceKind(StrEnum):
    """The kinds of ``namespaces(7)``, by the names that ``/proc/PID/ns`` gives them."""

    CGROUP = "cgroup"
    IPC = "ipc"
    MOUNT = "mnt"
    NETWORK = "net"
    PID = "pid"
    TIME = "time"
    USER = "user"
    UTS = "uts"


class SeccompMode(StrEnum):
    """``Seccomp`` of ``/proc/PID/status``: 0, 1 and 2."""

    DISABLED = "disabled"
    STRICT = "strict"
    FILTER = "filter"


@dataclass(frozen=True, slots=True)
class IdMapping:
    """One line of ``/proc/PID/uid_map``, ``user_namespaces(7)``."""

    inside: int
    outside: int
    length: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Capability sets of ``capabilities(7)``, as bit masks: each the union over all tasks."""

    effective: int
    bounding: int
    last: int
    """Number of the last capability that the kernel knows: ``/proc/sys/kernel/cap_last_cap``."""


@dataclass(frozen=True, slots=True)
class SecurityLabel:
    """What an LSM says of a process: ``/proc/PID/attr/current``."""

    module: str
    """``apparmor``, ``selinux`` or ``none`` where no label-providing LSM is active."""
    label: str
    enforced: bool
    """Whether the label confines now: not unconfined, not in complain mode, SELinux enforcing."""
    categories: str = ""
    """SELinux: the MCS or MLS part, as ``s0:c1,c2``."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of ``/proc/PID/mountinfo``, ``proc(5)``, with octal escapes undone."""

    device: str
    """``major:minor``."""
    root: str
    """The directory of the file system that is mounted here."""
    mount_point: str
    writable: bool
    """Neither the mount nor the file system is read-only."""
    options: frozenset[str]
    propagation: tuple[str, ...]
    """Optional fields: ``shared:N``, ``master:N`` …"""
    file_system: str
    mount_source: str
    super_options: frozenset[str]
    covered: bool = False
    """Whether no path leads to it, because other mounts lie over it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The tightest limit of one resource along all ancestors of a cgroup, ``cgroups(7)``.

    ``amount`` is None where nothing limits; otherwise bytes of memory, a number of processes,
    CPUs' worth of time, or bytes per second.
    """

    amount: float | None
    set_at: str = ""
    """The cgroup that sets it."""


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """One rule of the cgroup v1 device controller: ``devices.list``."""

    kind: str
    """``a`` (all), ``b`` (block) or ``c`` (character)."""
    numbers: str
    """``major:minor``, each a number or ``*``."""
    access: str
    """Some of ``r``, ``w`` and ``m``."""


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the kernel shows of a workload's processes; of a VM, of its VMM."""

    pids: tuple[int, ...]
    namespaces: Mapping[NamespaceKind, Observation[int]]
    """Inode numbers of the namespaces of its first process."""
    in_host_namespace: Mapping[NamespaceKind, Observation[bool]]
    """Whether any of its processes is in the host's own namespace of that kind."""
    user_id_map: Observation[tuple[IdMapping, ...]]
    capabilities: Observation[Capabilities]
    capabilities_hold_on_host: Observation[bool]
    """Whether its capabilities count in the host's user namespace, ``user_namespaces(7)``."""
    seccomp: Observation[SeccompMode]
    """The weakest among its processes."""
    no_new_privileges: Observation[bool]
    """Whether all its processes have it: ``PR_SET_NO_NEW_PRIVS``."""
    host_user_ids: Observation[frozenset[int]]
    """User ids of its processes as the host sees them."""
    label: Observation[SecurityLabel]
    """The weakest among its processes."""
    mounts: Observation[tuple[Mount, ...]]
    memory: Observation[Limit]
    processes: Observation[Limit]
    cpu: Observation[Limit]
    block_io: Observation[Limit]
    open_files: Observation[Limit]
    device_rules: Observation[tuple[DeviceRule, ...]]
    allowed_cpus: Observation[frozenset[int]]
    network_interfaces: Observation[tuple[str, ...]]
    """Names of the network devices that its first process sees: ``/proc/PID/net/dev``."""
    memory_protected: Observation[Limit]
    """Bytes that the kernel does not reclaim from it: ``memory.min``; no amount: none."""
    mergeable: Observation[bool]
    """Whether KSM may merge its pages: ``/proc/PID/ksm_stat``."""
    host_side: HostSide | None = None
    """None where nobody looked."""
    speculation: Observation[frozenset[str]] | None = None
    """Ways of speculation that the kernel leaves open to one of its tasks, in the words of
    ``/proc/PID/status``; None where nobody looked."""
    namespace_owners: Observation[Mapping[NamespaceKind, int]] | None = None
    """Inodes of the user namespaces that own those of its first process; None: nobody looked."""
    memory_nodes: Observation[frozenset[int]] | None = None  # NUMA; None: nobody looked
    speaks_ipv6: Observation[bool] | None = None  # by another device than lo; None: nobody looked
    core_cookies: Observation[frozenset[int]] | None = None
    """Of core scheduling, that its tasks have; 0 where one has none. None where nobody looked."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Storage that a manager says is given to a workload."""

    kind: str
    """``bind``, ``volume``, ``tmpfs``, ``disk`` …"""
    source: str
    """Path on the host, or the volume's name."""
    destination: str
    writable: bool


@dataclass(frozen=True, slots=True)
class DeclaredContainer:
    """What a container engine says of a container."""

    privileged: Observation[bool]
    network_mode: Observation[str]
    pid_mode: Observation[str]
    ipc_mode: Observation[str]
    security_options: Observation[tuple[str, ...]]
    capabilities_added: Observation[tuple[str, ...]]
    capabilities_dropped: Observation[tuple[str, ...]]
    read_only_root: Observation[bool]
    networks: Observation[tuple[NetworkAttachment, ...]]
    volumes: Observation[tuple[Volume, ...]]
    memory: Observation[Limit]
    processes: Observation[Limit]
    cpu: Observation[Limit]
    runtime: Observation[str]
    devices: Observation[tuple[str, ...]]
    """Devices of the host that it was given: paths, and rules worded as in ``devices.list``."""
    details: DeclaredDetails | None = None
    programs: Observation[tuple[Program, ...]] | None = None  # what made it; None: nobody says
    published: Observation[tuple[PublishedPort, ...]] | None = None  # None: nobody says


@dataclass(frozen=True, slots=True)
class LaunchSecurity:
    """A VM's ``<launchSecurity>`` or ``confidential-guest-support``: a claim, whoever makes it."""

    kind: str  # ``none``, ``sev``, ``sev-es``, ``sev-snp``, ``tdx``, ``s390-pv`` …
    debug_allowed: bool | None = None
    """From the policy; None where the policy was not said."""
    policy: tuple[str, ...] = ()  # its number, each bit in words, what else the launch is bound to
    look_alike: str = ""  # what looks like a TEE and is none


@dataclass(frozen=True, slots=True)
class DeclaredMachine:
    """What a VM manager, or the VMM's command line, says of a virtual machine."""

    launch_security: Observation[LaunchSecurity]
    disks: Observation[tuple[Volume, ...]]
    networks: Observation[tuple[NetworkAttachment, ...]]
    passed_through: Observation[tuple[str, ...]]
    """Host devices given to the guest, as ``pci 0000:01:00.0``."""
    shared_memory: Observation[tuple[str, ...]]
    """Names of ivshmem regions."""
    may_merge_pages: Observation[bool]
    memory: Observation[Limit] | None = None
    """Bytes of memory that the guest has; None where its description was not looked at."""
    cpu: Observation[Limit] | None = None  # number of its virtual CPUs
    makeup: MachineMakeup | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """What tenant rules can match on: the word of whoever started it, but for ``cgroup``."""

    labels: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    compose_project: str = ""
    kubernetes_namespace: str = ""
    metadata_tenant: str = ""
    """``isoscope.tenant`` in libvirt metadata."""
    cgroup: str = ""
    rootless_user: str = ""
    """Name or ``uid N`` of the user who owns the rootless engine or session."""


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload of the host."""

    id: str  # of the outside contract: ``docker:3f0c…``, ``libvirt:UUID``, ``qemu:PID``
    kind: WorkloadKind
    engine: str
    name: str
    state: str  # as the manager words it; ``running`` where only the kernel shows it
    pid: int | None
    attributes: Attributes
    process: ProcessFacts | None  # None for a workload without processes (stopped)
    container: DeclaredContainer | None = None
    machine: DeclaredMachine | None = None
    disagreements: tuple[Disagreement, ...] = ()
    seen_by: tuple[str, ...] = ()  # who shows it: ``kernel``, ``docker``, ``libvirt`` …
    attributes_unknown: Unknown | None = None
    """Why its attributes, and so its tenant, are not known; None where they are."""
    open_sources: Observation[tuple[OpenSource, ...]] | None = None
    """What it was given of the host that others there reach; None: nothing was, or nobody said."""
    sandbox: Observation[Sandbox] | None = None  # what gives a container a kernel of its own
    sandbox_settings: Observation[SandboxSettings] | None = None  # None: no sandbox is known
    tee: Observation[TeeUse] | None = None  # where it is no VM; None: nothing shows that it does

    @property
    def running(self) -> bool:
        """Whether it has processes now."""
        return self.process is not None

    @property
    def own_kernel(self) -> bool:
        """Whether it is a virtual machine."""
        return self.kind is WorkloadKind.VIRTUAL_MACHINE

    @property
    def sandboxed_by(self) -> Sandbox | None:
        """What is known to give a container a kernel of its own."""
        return None if self.sandbox is None else self.sandbox.value

    @property
    def behind_own_kernel(self) -> bool:
        """Whether what the host shows of it is its VMM, or gVisor's sentry."""
        return self.own_kernel or self.sandboxed_by is not None
