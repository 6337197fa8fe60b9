"""Ports on which the host's managers listen, whatever their number, and whether clients need a
certificate there.

Sources: dockerd(8), "Daemon socket option"; podman-system-service(1); libvirtd.conf; Incus, "How to
expose Incus to the network": its API over the network asks every client for a certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from isoscope.inventory.json_fields import NotSaidError, get_bool, get_list, get_texts, parse_json
from isoscope.inventory.reach import ListeningPort
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_sockets import (
    DOCKER_SETTINGS,
    LIBVIRT_SETTINGS,
    MANAGERS,
    listening_sockets,
)
from isoscope.snapshot.process_marks import container_of
from isoscope.snapshot.reading import Gap, Reading

_SWARM = (2377, 7946)
"""Ports by which the managers and nodes of a swarm speak to each other, with certificates of their
own: Docker, "Getting started with Swarm mode"."""
_TLS_BY_DEFAULT = {16514: True, 16509: False}
_NAME = re.compile(r"Name:\t(.*)")


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that listens, by one line of ``/proc/net/tcp``."""

    port: int
    inode: int
    loopback: bool


class UnseenManagerError(Exception):
    """What some manager listens on was not read."""

    def __init__(self, reading: Reading, says: str) -> None:
        super().__init__(says)
        self.reading = reading


@dataclass(frozen=True, slots=True)
class _Tls:
    spoken: bool | None
    checks_clients: bool | None


_UNKNOWN = _Tls(None, None)


def ports_of_managers(snapshot: Snapshot, sockets: tuple[Socket, ...]) -> list[ListeningPort]:
    """Those among these sockets that a manager of the host has open.

    Raises:
        UnseenManagerError: a process may be one, or is one whose sockets are not known.
    """
    found = []
    for pid, name in _managers(snapshot):
        source = listening_sockets(pid)
        reading = snapshot.get(source.channel, source.target, source.request)
        if reading.gap in (Gap.GONE, Gap.ABSENT):
            continue
        try:
            inodes = set(get_list(parse_json(reading.text()), "inodes"))
        except ValueError:
            says = f"where {name} listens: {reading.gap or 'not understood'}"
            raise UnseenManagerError(reading, says) from None
        for socket in sockets:
            if socket.inode in inodes and not (name == "dockerd" and socket.port in _SWARM):
                tls = _tls(snapshot, pid, name, socket.port)
                found.append(
                    ListeningPort(
                        MANAGERS[name],
                        socket.port,
                        tls=tls.spoken,
                        loopback=socket.loopback,
                        checks_clients=tls.checks_clients,
                    )
                )
    return found


def _managers(snapshot: Snapshot) -> Iterator[tuple[int, str]]:
    listing = snapshot.directory("/proc")
    if listing.gap is not None:
        raise UnseenManagerError(listing, "which managers run: the process table was not read")
    for number in listing.names():
        if not (number.isascii() and number.isdecimal()):
            continue
        status = snapshot.file(f"/proc/{number}/status")
        if status.gap in (Gap.ABSENT, Gap.GONE):
            continue
        if status.gap is not None:
            raise UnseenManagerError(status, f"which program process {number} runs: {status.gap}")
        name = _NAME.match(status.text())
        if name is not None and name[1] in MANAGERS:
            cgroup = snapshot.file(f"/proc/{number}/cgroup")
            if cgroup.content is None:
                raise UnseenManagerError(cgroup, f"whether {name[1]} is in a container")
            if container_of(cgroup.text()) is None:
                yield int(number), name[1]


def _tls(snapshot: Snapshot, pid: int, name: str, port: int) -> _Tls:
    if MANAGERS[name] in ("Incus", "LXD"):
        return _Tls(spoken=True, checks_clients=True)
    if MANAGERS[name] == "libvirt":
        return _of_libvirt(snapshot, port)
    command = snapshot.file(f"/proc/{pid}/cmdline")
    if command.content is None:
        return _UNKNOWN
    arguments = command.text().split("\0")
    if name == "podman":
        asks = "--tls-client-ca" in arguments
        return _Tls(spoken=asks, checks_clients=asks)
    return _of_docker(snapshot, arguments, port)


def _of_docker(snapshot: Snapshot, arguments: list[str], port: int) -> _Tls:
    """By its options and its settings: what stands in either holds."""
    flags = dict(argument.partition("=")[::2] for argument in arguments)
    verifies = flags.get("--tlsverify", "false") in _TRUE
    if verifies:
        return _Tls(spoken=True, checks_clients=True)
    if "--config-file" in flags and flags["--config-file"] != DOCKER_SETTINGS:
        return _UNKNOWN
    settings = snapshot.file(DOCKER_SETTINGS)
    try:
        document = {} if settings.gap is Gap.ABSENT else parse_json(settings.text())
        said = {key: _said(document, key) for key in ("tls", "tlsverify")}
        hosts = _hosts(document)
    except ValueError:
        return _UNKNOWN
    if said["tlsverify"]:
        return _Tls(spoken=True, checks_clients=True)
    if said["tls"] or flags.get("--tls", "false") in _TRUE:
        return _Tls(spoken=True, checks_clients=False)
    named = [*hosts, *arguments]
    if any(each.endswith(f":{port}") or each.startswith("fd://") for each in named):
        return _Tls(spoken=False, checks_clients=False)
    return _UNKNOWN  # a port of which it does not say what it is for


_TRUE = ("", "true", "1", "t", "T", "TRUE", "True")


def _said(document: object, key: str) -> bool:
    try:
        return get_bool(document, key)
    except NotSaidError:
        return False


def _hosts(document: object) -> tuple[str, ...]:
    try:
        return get_texts(document, "hosts")
    except NotSaidError:
        return ()


def _of_libvirt(snapshot: Snapshot, port: int) -> _Tls:
    """By whichever of its daemons' settings are there."""
    settings = dict(_TLS_BY_DEFAULT)
    checks: bool | None = True
    for path in LIBVIRT_SETTINGS:
        reading = snapshot.file(path)
        if reading.gap not in (None, Gap.ABSENT):
            checks = None
        for line in reading.text().split("\n"):
            name, _, value = line.replace('"', "").replace(" ", "").partition("=")
            if name in ("tcp_port", "tls_port") and value.isdecimal():
                settings[int(value)] = name == "tls_port"
            if name == "tls_no_verify_certificate" and value == "1":
                checks = False
    spoken = settings.get(port)
    return _Tls(spoken, checks if spoken else spoken)
