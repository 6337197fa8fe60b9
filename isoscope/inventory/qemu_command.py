"""A virtual machine by the command line of its VMM, ``/proc/PID/cmdline``.

That is a claim: a process can write over its own arguments, and what was plugged in later does not
stand there. Of VMMs other than QEMU no more is read than that they are one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory import qemu_launch, qemu_machine, qemu_makeup
from isoscope.inventory.engines.description import doubt_of, misunderstood
from isoscope.inventory.json_fields import NotSaidError, clean
from isoscope.inventory.makeup import MachineMakeup
from isoscope.inventory.observation import VM_MANAGER, Observation, Unknown, known, unknown
from isoscope.inventory.qemu_machine import QemuOptions
from isoscope.inventory.workload import DeclaredMachine
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Reading

T = TypeVar("T")

_PARTS = ("monitor", "qmp", "mon", "gdb", "s", "vnc", "spice", "serial", "chardev", "fsdev")
"""Options that are quoted for a machine's parts."""
_QEMU = re.compile(r"(?:xen-)?qemu[-_.a-z0-9]*|kvm")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class MonitorCommand:
    """What a VMM's command line says."""

    name: str
    """Of the guest; empty where it is not said."""
    uuid: str
    """In lower case; empty where it is not said."""
    xen_domain: str
    """Number of the guest of Xen whose devices it emulates; empty where it runs one itself."""
    machine: DeclaredMachine


def describe_monitor(snapshot: Snapshot, pid: int, subject: str) -> MonitorCommand:
    """The VM that the VMM with this process id runs."""
    reading = snapshot.file(f"/proc/{pid}/cmdline")
    return describe_command(subject, reading, lambda device: _bridge_of(snapshot, device))


def runs_no_guest(snapshot: Snapshot, pid: int) -> bool:
    """Whether a QEMU process was started only to be asked what it can do, or serves disks to the
    domain of Xen's that controls the others, which is this host.

    libvirtd starts every QEMU binary with ``-machine none`` when somebody first asks for its
    capabilities; such a process has no board, no memory and no CPU. Xen's own scripts start one
    with ``-xen-domid 0``. Both stand on its command line, so the kernel must agree: none of its
    open files is a virtual CPU of KVM (``KVM_CREATE_VCPU``, Documentation/virt/kvm/api.rst), and
    what serves Xen has one of its devices open. Where those cannot be seen, it counts as a VM.
    """
    options = _options(snapshot.file(f"/proc/{pid}/cmdline"))
    if isinstance(options, Unknown) or not options.complete:
        return False
    for_host = options.last("xen-domid") == "0"
    if not for_host and options.last("machine").partition(",")[0] not in ("none", "type=none"):
        return False
    descriptors = snapshot.directory(f"/proc/{pid}/fd")
    if descriptors.gap is not None:
        return False
    links = [snapshot.link(f"/proc/{pid}/fd/{name}") for name in descriptors.names()]
    if for_host and not any(link.text().startswith("/dev/xen/") for link in links):
        return False
    return all(link.gap is None and "kvm-vcpu" not in link.text() for link in links)


def describe_command(
    subject: str, reading: Reading, bridge_of: Callable[[str], str | None] = lambda _: None
) -> MonitorCommand:
    """The VM that a command line describes.

    Args:
        subject: the workload's id.
        reading: of ``/proc/PID/cmdline``: arguments, each ended by a NUL byte.
        bridge_of: tells a tap device's bridge, or None.
    """
    options = _options(reading)
    if isinstance(options, Unknown):
        return MonitorCommand("", "", "", unknown_machine(subject, options))
    names = options.merged("name")
    uuid = options.last("uuid").lower()
    connections = [*options.all("netdev"), *options.all("nic"), *options.all("net")]
    taps = {keys.get("ifname", "") for keys in connections}
    bridges = {tap: bridge for tap in taps if tap and (bridge := bridge_of(tap)) is not None}
    return MonitorCommand(
        names.get("guest", "")[:255],
        uuid if _UUID.fullmatch(uuid) else "",
        options.last("xen-domid"),
        machine_of(subject, reading, options, bridges),
    )


def machine_of(
    subject: str, reading: Reading, options: QemuOptions, bridges: Mapping[str, str]
) -> DeclaredMachine:
    """The machine that options describe; each fact is unknown alone where it cannot be read."""

    def observe(key: str, read: Callable[[QemuOptions], T], *names: str) -> Observation[T]:
        try:
            if not options.complete:
                raise NotSaidError("a part of the configuration is in a file or stream")
            value = read(options)
        except ValueError as error:
            return _unknown(subject, key, misunderstood(reading, error))
        quoted = [f"-{o.name} {o.value}" for o in options.options if o.name in names]
        excerpt = "  ".join(quoted) or f"no {' or '.join(f'-{name}' for name in names)}"
        return known(subject, key, value, reading, parties=VM_MANAGER, excerpt=excerpt)

    return DeclaredMachine(
        launch_security=observe(
            "launch-security", qemu_launch.launch_security, "machine", "M", "object"
        ),
        disks=observe("disks", qemu_machine.disks, "drive", "blockdev", "hda", "cdrom", "fsdev"),
        networks=observe(
            "networks", lambda o: qemu_machine.networks(o, bridges), "netdev", "nic", "net"
        ),
        passed_through=observe("passed-through", qemu_machine.passed_through, "device"),
        shared_memory=observe("shared-memory", qemu_machine.shared_memory, "device", "object"),
        may_merge_pages=observe("may-merge-pages", qemu_machine.may_merge_pages, "machine", "M"),
        memory=observe("machine-memory", qemu_machine.memory, "m"),
        cpu=observe("machine-cpus", qemu_machine.cpus, "smp"),
        makeup=MachineMakeup(observe("machine-parts", qemu_makeup.parts, *_PARTS)),
    )


def _options(reading: Reading) -> QemuOptions | Unknown:
    doubt = doubt_of(reading)
    if doubt is not None:
        return doubt
    arguments = clean(reading.text()).removesuffix("\0").split("\0")
    try:
        if not _QEMU.fullmatch(arguments[0].rpartition("/")[2]):
            raise NotSaidError("its options are not those of QEMU")
        return QemuOptions.of(arguments[1:])
    except ValueError as error:
        return misunderstood(reading, error)


def unknown_machine(subject: str, doubt: Unknown) -> DeclaredMachine:
    """A machine of which nothing is known, for this reason."""

    def missing(key: str) -> Observation[T]:
        return _unknown(subject, key, doubt)

    return DeclaredMachine(
        launch_security=missing("launch-security"),
        disks=missing("disks"),
        networks=missing("networks"),
        passed_through=missing("passed-through"),
        shared_memory=missing("shared-memory"),
        may_merge_pages=missing("may-merge-pages"),
        memory=missing("machine-memory"),
        cpu=missing("machine-cpus"),
        makeup=MachineMakeup(missing("machine-parts")),
    )


def _unknown(subject: str, key: str, doubt: Unknown) -> Observation[T]:
    return unknown(
        subject, key, doubt.reason, doubt.explanation, doubt.settled_by, parties=VM_MANAGER
    )


def _bridge_of(snapshot: Snapshot, device: str) -> str | None:
    """The bridge of a network device, by ``/sys/class/net/DEVICE/master``."""
    if "/" in device:
        return None
    target = snapshot.link(f"/sys/class/net/{device}/master")
    return target.text().rpartition("/")[2] if target.content else None
