"""How a virtual machine is put together: what of it decides how much of the host it can touch, and
who can reach its VMM."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.declared import Program
from isoscope.inventory.observation import Observation


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A place at which a VMM takes connections."""

    kind: str
    """``monitor``, ``gdb``, ``vnc``, ``spice``, ``serial`` or ``other``."""
    network: bool
    """Over TCP; otherwise by a Unix socket."""
    address: str
    """``HOST:PORT`` with an empty host for every address, or the socket's path."""
    authenticated: bool | None = False
    """Whether who connects must show a password or certificate; None where that is not said."""

    @property
    def for_this_host_only(self) -> bool:
        """Whether only this host's own users reach it."""
        host = self.address.rpartition(":")[0].strip("[]")
        return not self.network or host.startswith("127.") or host in ("localhost", "::1")


@dataclass(frozen=True, slots=True)
class MachineParts:
    """What a VM manager, or the VMM's command line, says of a machine's parts."""

    wide_devices: tuple[str, ...] = ()
    """Emulated devices with much code behind them, or for which there is a paravirtual one."""
    passing_shares: tuple[str, ...] = ()
    """Directories of the host in which the guest decides owners and modes of files."""
    probed_images: tuple[str, ...] = ()
    """Writable images whose format QEMU guesses from their content."""
    endpoints: tuple[Endpoint, ...] = ()
    agents: tuple[str, ...] = ()
    """Channels by which an agent in the guest takes orders of the host."""
    vtpm: str = ""
    """How a virtual TPM is kept: empty where there is none."""
    vtpm_encrypted: bool = False
    boot: tuple[str, ...] = ()
    """Files of the host that the guest is started with: firmware, kernel, variables."""
    boot_verified: bool = False
    """Whether firmware that enforces Secure Boot loads the guest's own boot loader."""
    nested: bool | None = None
    """Whether the guest's CPU shows vmx or svm; None where that is not said."""
    vsock: bool = False
    vhost_user: tuple[str, ...] = ()
    """Sockets of processes of the host that serve its devices, and map its memory for that."""
    sandboxed: bool = False
    """Whether the VMM was told to put itself under seccomp: ``-sandbox on``."""


@dataclass(frozen=True, slots=True)
class MachineMakeup:
    """What is declared of the parts, and what the kernel shows of the VMM's open files."""

    parts: Observation[MachineParts]
    open_devices: Observation[tuple[str, ...]] | None = None
    """Devices of the host that the VMM has open; None for one without a process."""
    open_sockets: Observation[frozenset[str]] | None = None
    """Paths of its Unix sockets to which every user of the host may write."""
    memory_files: Observation[tuple[str, ...]] | None = None
    """Files, by a name under which others open them, that hold memory of the guest; None for one
    without a process."""
    program: Observation[Program] | None = None
    """The VMM itself, by its version; None: nobody says."""
