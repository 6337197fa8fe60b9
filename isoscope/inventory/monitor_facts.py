"""What the kernel shows of a VMM beside what it says of itself: devices that it has open, and
sockets of its that anybody on the host may connect to."""

from __future__ import annotations

import re
from dataclasses import replace

from isoscope.inventory.hypervisor_version import still_running
from isoscope.inventory.json_fields import get_int, parse_json
from isoscope.inventory.makeup import MachineMakeup, MachineParts
from isoscope.inventory.observation import KERNEL, VM_MANAGER, Observation, known, unknown
from isoscope.inventory.workload import DeclaredMachine
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.monitor_sockets import directory_of, memory_paths, socket_paths
from isoscope.snapshot.reading import Channel, Gap, Reading

_TOLD = re.compile(
    r"/dev/(?:vhost-[a-z]+|vfio/.*|[shv]d[a-z].*|xvd.*|nvme.*|mmcblk.*|md\d.*|dm-.*|mapper/.*|"
    r"loop\d.*|sr\d.*|mem|port)"
)
"""Devices by which a VMM reaches the kernel's own code for guests, or storage of the host."""
_GUEST_MEMORY = "its VMM has guest_memfd memory, which by itself is neither encrypted nor a TEE"
_MOST_DESCRIPTORS = 512  # as many as are read
_OTHERS_WRITE, _OTHERS_SEARCH = 0o002, 0o001


def with_monitor(
    snapshot: Snapshot, machine: DeclaredMachine, pid: int, command: DeclaredMachine
) -> DeclaredMachine:
    """The machine with what the kernel shows of its VMM, and what its ``command`` line says of
    whether its consoles ask for a password: a manager's own settings may have it ask."""
    if machine.makeup is None:
        return machine
    parts = _with_passwords(machine.makeup.parts, command.makeup)
    program = still_running(machine.makeup.program, snapshot, pid)
    machine = _with_guest_memory(snapshot, machine, pid)
    devices = _open_devices(snapshot, parts.subject, pid)
    sockets = _open_sockets(snapshot, parts.subject, pid)
    memory = _memory_files(snapshot, parts.subject, pid)
    made = MachineMakeup(parts, devices, sockets, memory_files=memory, program=program)
    return replace(machine, makeup=made)


def _memory_files(snapshot: Snapshot, subject: str, pid: int) -> Observation[tuple[str, ...]]:
    """Files of ``-mem-path`` and ``memory-backend-file`` that it holds open. Where the path is a
    directory, QEMU makes a file there and takes its name away: nobody else opens that one."""
    key = "memory-files"
    command, listing = snapshot.file(f"/proc/{pid}/cmdline"), snapshot.directory(f"/proc/{pid}/fd")
    unread = next((each for each in (command, listing) if each.gap is not None), None)
    named = memory_paths(command.text())
    if unread is None and named and len(listing.names()) > _MOST_DESCRIPTORS:
        says = f"it has more open files than the {_MOST_DESCRIPTORS} that are looked at"
        return unknown(subject, key, Gap.TOO_LARGE, says, f"ls -l /proc/{pid}/fd", listing)
    if unread is not None:
        says = f"{unread.source}: {unread.gap}"
        return unknown(
            subject, key, unread.gap or Gap.NOT_READ, says, "run Isoscope as root", unread
        )
    found: dict[str, None] = {}
    for name in listing.names() if named else ():
        link = snapshot.link(f"/proc/{pid}/fd/{name}")
        if link.gap not in (None, Gap.ABSENT, Gap.GONE):
            says = f"{link.source}: {link.gap}"
            gap = link.gap or Gap.NOT_READ
            return unknown(subject, key, gap, says, "run Isoscope as root", link)
        path = link.text()
        if any(path == each or path.startswith(f"{each}/") for each in named):
            found.update({} if path.endswith(_NAMELESS) else {path: None})
    excerpt = "\n".join(found) or "none that has a name"
    return known(subject, key, tuple(found), command, listing, parties=KERNEL, excerpt=excerpt)


_NAMELESS = " (deleted)"


def _with_guest_memory(snapshot: Snapshot, machine: DeclaredMachine, pid: int) -> DeclaredMachine:
    """A guest without a TEE whose VMM has memory of KVM's ``guest_memfd``, which some take for one:
    Documentation/virt/kvm/api.rst, ``KVM_CREATE_GUEST_MEMFD``."""
    said = machine.launch_security
    if said.value is None or said.value.kind != "none":
        return machine
    names = snapshot.directory(f"/proc/{pid}/fd").names()
    links = (snapshot.link(f"/proc/{pid}/fd/{name}").text() for name in names)
    if not any("[kvm-gmem]" in link for link in links):
        return machine
    look_alike = "; ".join(filter(None, (said.value.look_alike, _GUEST_MEMORY)))
    claim = replace(said.value, look_alike=look_alike)
    return replace(machine, launch_security=replace(said, value=claim))


def _with_passwords(
    parts: Observation[MachineParts], command: MachineMakeup | None
) -> Observation[MachineParts]:
    started = command.parts.value if command is not None else None
    if parts.value is None or started is None:
        return parts
    asks = {each.kind: each.authenticated for each in started.endpoints}
    endpoints = tuple(
        replace(each, authenticated=asks.get(each.kind)) if each.authenticated is None else each
        for each in parts.value.endpoints
    )
    if endpoints == parts.value.endpoints:
        return parts
    return replace(parts, value=replace(parts.value, endpoints=endpoints))


def _open_devices(snapshot: Snapshot, subject: str, pid: int) -> Observation[tuple[str, ...]]:
    key, settled = "monitor-devices", "run Isoscope as root"
    listing = snapshot.directory(f"/proc/{pid}/fd")
    if listing.gap is not None:
        says = f"{listing.source}: {listing.gap}"
        return unknown(subject, key, listing.gap, says, settled, listing)
    found: dict[str, None] = {}
    missing: Reading | None = None
    for name in listing.names():
        link = snapshot.link(f"/proc/{pid}/fd/{name}")
        if link.gap not in (None, Gap.ABSENT, Gap.GONE):
            missing = link
        elif _TOLD.fullmatch(link.text()):
            found[link.text()] = None
    if missing is not None and not found:
        says = f"{missing.source}: {missing.gap}"
        return unknown(subject, key, missing.gap or Gap.NOT_READ, says, settled, missing)
    excerpt = "\n".join(found) or f"none among {len(listing.names())} open files"
    return known(subject, key, tuple(found), listing, parties=KERNEL, excerpt=excerpt)


def _open_sockets(snapshot: Snapshot, subject: str, pid: int) -> Observation[frozenset[str]]:
    """Sockets that all may write to, in a directory that all may search: ``unix(7)``. Which there
    are stands on the command line."""
    key = "monitor-sockets"
    command = snapshot.file(f"/proc/{pid}/cmdline")
    if command.gap is not None:
        says = f"{command.source}: {command.gap}"
        return unknown(subject, key, command.gap, says, "run Isoscope on the host", command)
    found: set[str] = set()
    for path in socket_paths(command.text()):
        modes = [_mode(snapshot, path), _mode(snapshot, directory_of(path))]
        if isinstance(modes[1], int) and not modes[1] & _OTHERS_SEARCH:
            continue
        if isinstance(modes[0], int) and not modes[0] & _OTHERS_WRITE:
            continue
        doubt = next((mode for mode in modes if not isinstance(mode, int)), None)
        if doubt is not None:
            if doubt.gap is Gap.ABSENT:
                continue
            says = f"who may connect to {path} is not known: {doubt.gap or 'not understood'}"
            gap = doubt.gap or Gap.FAILED
            return unknown(subject, key, gap, says, f"ls -l {path}", doubt, parties=VM_MANAGER)
        found.add(path)
    excerpt = "\n".join(sorted(found)) or "none that all may write to"
    return known(subject, key, frozenset(found), command, parties=VM_MANAGER, excerpt=excerpt)


def _mode(snapshot: Snapshot, path: str) -> int | Reading:
    reading = snapshot.get(Channel.STATUS, path)
    if reading.gap is not None:
        return reading
    try:
        return get_int(parse_json(reading.text()), "mode")
    except ValueError:
        return reading
