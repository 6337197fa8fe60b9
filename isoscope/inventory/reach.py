"""What the host, and whoever administers it, can do to every workload on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from isoscope.inventory.observation import Observation, unknown
from isoscope.snapshot.reading import Gap


@dataclass(frozen=True, slots=True)
class SocketMode:
    """Who may write to a socket through which an engine takes orders: ``unix(7)``, Pathname socket
    ownership and permissions."""

    path: str
    mode: int
    """Permission bits of the socket."""
    user: int
    group: int
    reachable: bool
    """Whether its directory lets others through."""

    @property
    def open_to_all(self) -> bool:
        """Whether every user of the host may connect: that needs write permission."""
        return self.reachable and bool(self.mode & 0o002)


@dataclass(frozen=True, slots=True)
class Boot:
    """What keeps the host's own boot from being changed unnoticed."""

    secure_boot: bool
    """Whether the firmware checks what it starts: the EFI variable ``SecureBoot``."""
    lockdown: str
    """``kernel_lockdown(7)``: ``none``, ``integrity``, ``confidentiality``; empty: not shown."""
    modules_signed: bool | None
    """Whether the kernel refuses modules without a signature; None: not shown."""
    measured: bool
    """Whether a TPM holds measurements of the boot."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """A range of user ids that an account may map into user namespaces: ``subuid(5)``."""

    account: str
    """Name or number."""
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class ListeningPort:
    """A port on which a manager listens, or on which it takes orders by default and something
    listens."""

    manager: str
    number: int
    tls: bool | None
    """Whether it is spoken to by TLS; None: not said."""
    loopback: bool
    """Whether only the host's own programs reach it."""
    checks_clients: bool | None = None
    """Whether a client needs a certificate, by the manager's own settings; None: not said."""


@dataclass(frozen=True, slots=True)
class KernelTable:
    """A table of the kernel that all who share it fill."""

    name: str
    """What is in it: ``open files``."""
    used: int
    most: int


@dataclass(frozen=True, slots=True)
class Pressure:
    """How long tasks waited for a resource: Documentation/accounting/psi.rst."""

    resource: str
    """``cpu``, ``memory`` or ``io``."""
    waited: float
    """Percent of the last five minutes in which some task waited."""


_UNREAD: Observation[Any] = unknown(
    "host", "reach", Gap.NOT_READ, "nobody looked", "scan again, with the host's probe"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Facts about the host that hold for every workload alike."""

    administrators: Observation[Mapping[str, tuple[str, ...]]] = _UNREAD
    """Members of the groups that are as good as root, or read what root's services write."""
    sockets: Observation[tuple[SocketMode, ...]] = _UNREAD
    ptrace_scope: Observation[int] = _UNREAD
    """``kernel.yama.ptrace_scope``; 0 where Yama is not there: Documentation/admin-guide/LSM."""
    core_pattern: Observation[str] = _UNREAD
    """``core(5)``."""
    swap_in_clear: Observation[tuple[str, ...]] = _UNREAD
    """Swap areas that are on a disk and not encrypted."""
    memory_images: Observation[tuple[str, ...]] = _UNREAD
    """Ways in which all of memory may be written to disk now."""
    storage_in_clear: Observation[tuple[str, ...]] = _UNREAD
    """Of the places where managers keep images and volumes, those on a file system in clear."""
    boot: Observation[Boot] = _UNREAD
    migration_encrypted: Observation[bool] = _UNREAD
    """Whether libvirt refuses to move a guest in clear: ``migrate_tls_force`` of qemu.conf."""
    signatures_required: Observation[bool] = _UNREAD
    """Whether Podman refuses images without a signature: ``containers-policy.json(5)``."""
    users: Observation[frozenset[int]] = _UNREAD
    """Users who have processes that belong to no workload."""
    accounts: Observation[Mapping[int, str]] = _UNREAD
    """Names of the host's local accounts by user id."""
    delegations: Observation[tuple[Delegation, ...]] = _UNREAD
    bridges_taking_routes: Observation[tuple[str, ...]] = _UNREAD
    """Bridges with ports on which the host follows router advertisements: ``accept_ra``."""
    listening: Observation[tuple[ListeningPort, ...]] = _UNREAD
    engine_warnings: Observation[tuple[str, ...]] = _UNREAD
    """What engines say themselves of their API being open over TCP."""
    tables: Observation[tuple[KernelTable, ...]] = _UNREAD
    pressure: Observation[tuple[Pressure, ...]] = _UNREAD

    def observations(self) -> tuple[Observation[object], ...]:
        """All of them."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class HostSide:
    """What the kernel shows of what is done to a workload's processes from the host."""

    traced_by: Observation[tuple[str, ...]]
    """Processes that are not its own and trace one of its threads now, as ``name (PID)``:
    ``ptrace(2)``."""
    core_limit: Observation[float]
    """Bytes of core dump that its processes may write, ``RLIMIT_CORE``; infinite: any."""
    swap: Observation[float]
    """Bytes of it that may be swapped out: ``memory.swap.max``; infinite: all. cgroup v1 does
    not say it."""
    chosen_by_oom: Observation[int]
    """How much more likely than others it is killed when memory runs out: ``oom_score_adj``."""
    throttled: Observation[int]
    """Periods in which it had to wait although it wanted to run: ``nr_throttled``."""
    killed: Observation[int]
    """How often the kernel killed one of its processes for want of memory: ``memory.events``."""
    unbounded: Observation[tuple[str, ...]] = _UNREAD
    """Kernel memory and files that its processes may take without bound: ``getrlimit(2)``."""
    hurrying: Observation[tuple[str, ...]] = _UNREAD
    """How its limits let its processes run before others': ``RLIMIT_RTPRIO``, ``RLIMIT_NICE``."""
    huge_page_sizes: Observation[tuple[str, ...]] = _UNREAD
    """Sizes of huge pages that the host keeps or makes: ``2MB``."""
    huge_pages_open: Observation[tuple[str, ...]] = _UNREAD
    """Those on which neither its cgroup nor one above it sets a limit."""
    swap_limit: Observation[float] = _UNREAD
    """Bytes of swap that its cgroup, or one above it, may take, of cgroup v1 together with memory;
    infinite: all."""


@dataclass(frozen=True, slots=True)
class OpenSource:
    """A path of the host that users who have nothing to do with it can reach."""

    path: str
    mode: int
    """Permission bits."""
    writable: bool
