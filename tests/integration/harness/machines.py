"""A private libvirtd with real guests, and a QEMU process that it knows nothing of."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.integration.harness.ground import (
    ComponentUnavailableError,
    Daemon,
    Ground,
    need_program,
    need_root,
    run_command,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

EMULATOR = "qemu-system-x86_64"
#: The namespace of the libvirt metadata element by which a guest names its tenant.
TENANT_NAMESPACE = "https://isoscope.dev/libvirt"
GUEST_MEMORY_MIB = 64
SECONDS_FOR_QEMU_TO_START = 15.0

#: Where a rootful libvirtd keeps things, however it is configured, and the private directory
#: that stands there inside its mount namespace.
FIXED_PLACES = {
    "/etc/libvirt": "etc",
    "/var/lib/libvirt": "lib",
    "/var/cache/libvirt": "cache",
    "/var/log/libvirt": "log",
    "/run/libvirt": "run",
}


@dataclass(frozen=True, slots=True)
class Guest:
    """One running virtual machine of libvirt."""

    name: str
    uuid: str
    tenant: str
    pid: int

    @property
    def workload_id(self) -> str:
        """Its id in the outside contract."""
        return f"libvirt:{self.uuid}"


@dataclass(frozen=True, slots=True)
class BareMachine:
    """One QEMU process that nobody manages."""

    pid: int

    @property
    def workload_id(self) -> str:
        """Its id in the outside contract."""
        return f"qemu:{self.pid}"


def kvm_works() -> bool:
    """Whether this process may use the kernel's hypervisor (otherwise: emulation)."""
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR))
    except OSError:
        return False
    return True


def unprivileged_emulator_user() -> str:
    """The user that a distribution's libvirt runs guests as."""
    for name in ("libvirt-qemu", "qemu"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise ComponentUnavailableError("neither user libvirt-qemu nor qemu exists")


@dataclass(slots=True)
class LibvirtDaemon:
    """A private libvirtd and virtlogd.

    The rootful daemon's directories are compiled in. It therefore starts in a mount
    namespace of its own in which private directories stand in their place; nothing under
    /etc or /var changes. In that namespace /dev/kvm is open to the emulator's user, which
    a distribution's udev rules would see to.
    """

    ground: Ground
    home: Path
    _virsh: list[str]
    _daemon: Daemon
    _guests: list[Guest] = field(default_factory=list)

    @classmethod
    def start(cls, ground: Ground) -> LibvirtDaemon:
        """Start it; ComponentUnavailableError where that cannot be."""
        need_root()
        programs = {name: need_program(name) for name in ("libvirtd", "virtlogd", "virsh")}
        need_program(EMULATOR)
        user = unprivileged_emulator_user()
        home = ground.directory("libvirt")
        for name in FIXED_PLACES.values():
            ground.directory(f"libvirt/{name}")
        cls._write_configuration(home, user)
        ground.note_if_absent("directory", "/run/libvirt")
        ground.note_cgroup_if_absent("machine")
        steps = ["mount --make-rprivate /"]
        for place, name in FIXED_PLACES.items():
            steps.append(f"mkdir -p {place}")
            steps.append(f"mount --bind {shlex.quote(str(home / name))} {place}")
        if kvm_works():
            node = home / "kvm"
            os.mknod(node, 0o020666, Path("/dev/kvm").stat().st_rdev)
            node.chmod(0o666)
            steps.append(f"mount --bind {shlex.quote(str(node))} /dev/kvm")
        steps.append(
            f"{programs['virtlogd']} --daemon --config {home}/etc/virtlogd.conf"
            f" --pid-file {home}/virtlogd.pid"
        )
        steps.append(
            f"exec {programs['libvirtd']} --config {home}/etc/libvirtd.conf"
            f" --pid-file {home}/libvirtd.pid"
        )
        command = [need_program("unshare"), "--mount", "sh", "-euc", "\n".join(steps)]
        daemon = ground.start("libvirtd", command)
        socket = home / "run" / "libvirt-sock"
        url = f"qemu+unix:///system?socket={socket}"
        started = cls(ground, home, [programs["virsh"], "--connect", url], daemon)
        daemon.wait_until(started.answers)
        return started

    @staticmethod
    def _write_configuration(home: Path, user: str) -> None:
        etc = home / "etc"
        etc.joinpath("libvirtd.conf").write_text(
            'auth_unix_ro = "none"\nauth_unix_rw = "none"\nunix_sock_dir = "/run/libvirt"\n'
        )
        etc.joinpath("virtlogd.conf").write_text("log_level = 3\n")
        etc.joinpath("qemu.conf").write_text(f'user = "{user}"\nstdio_handler = "logd"\n')
        home.joinpath("lib", "qemu").mkdir(exist_ok=True)
        shutil.chown(home / "lib" / "qemu", user)

    @property
    def url(self) -> str:
        """Where Isoscope is told to look."""
        return self._virsh[2]

    def learn_about_emulators(self) -> None:
        """Have it start each emulator once to learn what it can do, which it then remembers."""
        self.command("domcapabilities")

    def answers(self) -> bool:
        """Whether it answers yet."""
        if not (self.home / "run" / "libvirt-sock").exists():
            return False
        try:
            self.command("uri")
        except RuntimeError:
            return False
        return True

    def command(self, *arguments: str) -> str:
        """Run virsh against it."""
        return run_command([*self._virsh, "--quiet", *arguments])

    def run(self, name: str, *, tenant: str, devices: str = "") -> Guest:
        """Start one transient q35 guest without disk or network, and with further devices."""
        full_name = f"{self.ground.mark}-{name}"  # by it the keeper knows the emulator
        identifier = str(uuid.uuid4())
        accelerator = "kvm" if kvm_works() else "qemu"
        document = self.home / f"{name}.xml"
        document.write_text(
            f"""<domain type='{accelerator}'>
  <name>{full_name}</name>
  <uuid>{identifier}</uuid>
  <metadata>
    <isoscope:tenant xmlns:isoscope="{TENANT_NAMESPACE}">{tenant}</isoscope:tenant>
  </metadata>
  <memory unit='MiB'>{GUEST_MEMORY_MIB}</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <devices>
    <emulator>{need_program(EMULATOR)}</emulator>
    <serial type='null'/>
    {devices}
  </devices>
</domain>
"""
        )
        self.command("create", str(document))
        pid = int((self.home / "run" / "qemu" / f"{full_name}.pid").read_text())
        guest = Guest(full_name, identifier, tenant, pid)
        self._guests.append(guest)
        return guest

    def remove(self, guests: Sequence[Guest]) -> None:
        """Power guests off; being transient they are gone then."""
        for guest in guests:
            self.command("destroy", guest.uuid)
            self._guests.remove(guest)

    def stop(self) -> None:
        """Remove what is left, then end libvirtd (the keeper ends virtlogd)."""
        self.remove(list(self._guests))
        self._daemon.stop()


def start_bare_machine(
    ground: Ground, *arguments: str, name: str = "bare", accelerator: str = ""
) -> tuple[BareMachine, Daemon]:
    """Start QEMU by hand, as root, with its defaults: no sandbox, no user of its own.

    Args:
        ground: where it may put its files.
        arguments: further ones.
        name: what it is called after the ground's mark.
        accelerator: ``tcg`` for one that is to be emulated even where KVM works.
    """
    need_root()
    pid_file = ground.directory("qemu") / f"{name}.pid"
    pid_file.unlink(missing_ok=True)
    daemon = ground.start(
        f"qemu-{name}" if arguments else "qemu",
        [
            need_program(EMULATOR),
            "-name",
            f"{ground.mark}-{name}",
            "-machine",
            f"q35,accel={accelerator or ('kvm' if kvm_works() else 'tcg')}",
            "-m",
            str(GUEST_MEMORY_MIB),
            "-nodefaults",
            "-display",
            "none",
            "-pidfile",
            str(pid_file),
            *arguments,
        ],
    )
    deadline = time.monotonic() + SECONDS_FOR_QEMU_TO_START
    while not (pid_file.exists() and pid_file.read_text().strip()):
        if daemon.process.poll() is not None or time.monotonic() > deadline:
            raise ComponentUnavailableError(f"qemu does not start: {daemon.last_words()}")
        time.sleep(0.05)
    return BareMachine(daemon.process.pid), daemon
