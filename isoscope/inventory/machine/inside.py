"""Whether Isoscope looks from inside of a container: then the host that it shows is not all of it.

Sources: include/uapi/linux/nsfs.h (``enum init_ns_ino``), ``namespaces(7)``, systemd's Container
Interface, and what Docker and Podman put into every container.
"""

from __future__ import annotations

import re

from isoscope.inventory.host import GuestSign
from isoscope.inventory.machine.answers import HOST, status
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Observation,
    known,
    unknown,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import NAMESPACES
from isoscope.snapshot.reading import Gap, Reading

_INITIAL = {
    "ipc": 4026531839,
    "uts": 4026531838,
    "user": 4026531837,
    "pid": 4026531836,
    "cgroup": 4026531835,
    "time": 4026531834,
    "net": 4026531833,
    "mnt": 4026531832,
}
"""Inode numbers of the namespaces that the kernel starts with."""

_FIXED_LATELY = frozenset(("net", "mnt"))
"""Kernels up to 6.17 give these two initial namespaces any number."""

_LINK = re.compile(r"([a-z]+):\[([0-9]{1,20})\]")
_CONTAINER_CGROUP = re.compile(r"docker|libpod|kubepods|containerd|crio|/lxc|machine\.slice")


def container_signs(snapshot: Snapshot) -> tuple[GuestSign, ...]:
    """Signs of being inside a container. None of them says whether the host is a guest."""
    marks = [
        _mark(snapshot, "/.dockerenv", "Docker made this root directory, now or once"),
        _mark(snapshot, "/run/.containerenv", "Podman made this root directory"),
        _named(snapshot, "/run/systemd/container"),
        _named(snapshot, "/run/host/container-manager"),
        _first_process(snapshot),
        _namespaces(snapshot),
    ]
    return (*marks, _what_systemd_says(snapshot))


def foreign_namespaces(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Kinds of namespaces of Isoscope's own process that are not the initial ones; empty where all
    that can be told are. Unknown where the links were not read."""
    readings = {kind: snapshot.link(f"/proc/self/ns/{kind}") for kind in NAMESPACES}
    states = _states(snapshot)
    for kind, initial in states.items():
        if initial is None and kind not in _FIXED_LATELY:
            missing = readings[kind]
            return unknown(
                HOST,
                "foreign-namespaces",
                missing.gap or Doubt.NOT_UNDERSTOOD,
                f"{missing.source} could not be read",
                "run Isoscope on the host itself",
                missing,
                parties=KERNEL,
            )
    foreign = tuple(kind for kind, initial in states.items() if initial is False)
    return known(HOST, "foreign-namespaces", foreign, *readings.values(), parties=KERNEL)


def _states(snapshot: Snapshot) -> dict[str, bool | None]:
    """Of each kind of namespaces, whether Isoscope's is the initial one; None where that cannot be
    told. Kinds that the kernel does not have are left out."""
    states: dict[str, bool | None] = {}
    for kind in NAMESPACES:
        reading = snapshot.link(f"/proc/self/ns/{kind}")
        inode = _inode(reading)
        if inode is None:
            if reading.gap is not Gap.ABSENT or kind == "pid":
                states[kind] = None
        elif inode == _INITIAL[kind]:
            states[kind] = True
        else:
            states[kind] = None if kind in _FIXED_LATELY else False
    return states


def _inode(reading: Reading) -> int | None:
    found = _LINK.fullmatch(reading.text())
    return int(found[2]) if found else None


def _namespaces(snapshot: Snapshot) -> GuestSign:
    states = _states(snapshot)
    initial = [kind for kind, state in states.items() if state]
    foreign = [kind for kind, state in states.items() if state is False]
    open_ = [kind for kind, state in states.items() if state is None]
    words = []
    if initial:
        words.append(f"initial: {', '.join(initial)}")
    if foreign:
        words.append(f"not initial: {', '.join(foreign)}")
    if open_:
        words.append(f"cannot be told: {', '.join(open_)}")
    return GuestSign("own namespaces", "; ".join(words), None)


def _mark(snapshot: Snapshot, path: str, means: str) -> GuestSign:
    reading = status(snapshot, path)
    return GuestSign(path, means if reading.gap is None else _nothing(reading), None)


def _named(snapshot: Snapshot, path: str) -> GuestSign:
    reading = snapshot.file(path)
    name = reading.text().strip()
    return GuestSign(path, f"in a container of {name[:40]}" if name else _nothing(reading), None)


def _first_process(snapshot: Snapshot) -> GuestSign:
    reading = snapshot.file("/proc/1/cgroup")
    if reading.gap is not None:
        return GuestSign("cgroup of process 1", _nothing(reading), None)
    found = _CONTAINER_CGROUP.search(reading.text())
    says = f"names {found[0]}: process 1 is a container's" if found else "names no container"
    return GuestSign("cgroup of process 1", says, None)


def _what_systemd_says(snapshot: Snapshot) -> GuestSign:
    """``systemd-detect-virt`` names a container before it looks for a hypervisor, and takes files
    that a container's root directory keeps for the container itself."""
    sign = "systemd-detect-virt"
    named = snapshot.file("/run/systemd/container").text().strip()
    if named:
        return GuestSign(sign, f"would answer {named[:40]}: it looks for containers first", None)
    for path, name in (("/run/.containerenv", "podman"), ("/.dockerenv", "docker")):
        if status(snapshot, path).gap is None:
            foreign = foreign_namespaces(snapshot)
            says = f"would answer {name}, because of {path}"
            if foreign.value == ():
                says += ", though all namespaces are the initial ones"
            return GuestSign(sign, says, None)
    return GuestSign(sign, "would look for a hypervisor: no file names a container", None)


def _nothing(reading: Reading) -> str:
    if reading.gap in (None, Gap.ABSENT):
        return "nothing"
    return f"{reading.gap} ({reading.detail})" if reading.detail else str(reading.gap)
