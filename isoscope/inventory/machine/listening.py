"""Where the host's managers take orders over TCP.

Sources: Documentation/networking/proc_net_tcp.rst; dockerd(8), "Daemon socket option"; libvirt,
"Remote support".
"""

from __future__ import annotations

from isoscope.inventory.json_fields import NotSaidError, get_texts, parse_json
from isoscope.inventory.machine.answers import HOST, read, shown
from isoscope.inventory.machine.managers_sockets import (
    Socket,
    UnseenManagerError,
    ports_of_managers,
)
from isoscope.inventory.observation import (
    ENGINE,
    KERNEL,
    Doubt,
    Observation,
    known,
    parsed,
    unknown,
)
from isoscope.inventory.procfs import parse_number
from isoscope.inventory.reach import ListeningPort
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import SERVER
from isoscope.snapshot.places import LISTENING, LISTENS
from isoscope.snapshot.reading import Channel, Gap, Reading

_PORTS = {
    2375: ("Docker", False),
    2376: ("Docker", True),
    16509: ("libvirt", False),
    16514: ("libvirt", True),
}
"""By port: whose it is by default, and whether TLS stands before it there."""
_ANY_LOOPBACK = ("0100007F", "00000000000000000000000001000000")
"""127.0.0.1 and ::1, each 32-bit word in the host's order on little-endian machines."""
_WARNS = "API is accessible on http"
"""Docker words the same for HTTP, and for HTTPS where it asks for no certificate: moby,
daemon/info.go."""


def listening_managers(snapshot: Snapshot) -> Observation[tuple[ListeningPort, ...]]:
    """Where managers listen: sockets that they have open, and those on ports that they have by
    default, whoever has them. A kernel without IPv6 has no table of its own for that."""
    sockets: list[Socket] = []
    readings: list[Reading] = []
    for path in LISTENING:
        reading = snapshot.file(path)
        if reading.gap is Gap.ABSENT and path.endswith("6"):
            continue
        here = read(_KEY, reading, parse_listening, "run Isoscope on the host")
        if here.value is None:
            return unknown(
                HOST,
                _KEY,
                here.doubt.reason,
                here.doubt.explanation,
                here.doubt.settled_by,
                reading,
            )
        sockets += here.value
        readings.append(reading)
    by_default = [_by_default(socket) for socket in sockets if socket.port in _PORTS]
    try:
        ports = ports_of_managers(snapshot, tuple(sockets)) if sockets else []
    except UnseenManagerError as unseen:
        # What listens where a manager listens by default is told all the same.
        ports = []
        if not any(port.tls is False for port in by_default):
            reason = unseen.reading.gap or Doubt.NOT_UNDERSTOOD
            settled = "run Isoscope as root on the host; ss -ltnp"
            return unknown(HOST, _KEY, reason, str(unseen), settled, unseen.reading)
    owned = {port.number for port in ports}
    found = (*ports, *(port for port in by_default if port.number not in owned))
    excerpt = "\n".join(f"port {port.number} of {port.manager}" for port in found) or "none"
    # That a port asks for certificates is the manager's own word.
    parties = ENGINE if found else KERNEL
    return known(HOST, _KEY, found, *readings, parties=parties, excerpt=excerpt)


_KEY = "listening-managers"


def _by_default(socket: Socket) -> ListeningPort:
    manager, tls = _PORTS[socket.port]
    return ListeningPort(manager, socket.port, tls=tls, loopback=socket.loopback)


def parse_listening(text: str) -> tuple[Socket, ...]:
    """Those of ``/proc/net/tcp`` that listen.

    Raises:
        ValueError: it is no such table.
    """
    header, _, rows = text.partition("\n")
    if header.split()[:2] != ["sl", "local_address"]:
        raise ValueError(f"{shown(header)} is no header of /proc/net/tcp")
    found = []
    for row in rows.split("\n"):
        fields = row.split()
        if len(fields) < 4 or fields[3] != LISTENS:
            continue
        address, colon, port = fields[1].partition(":")
        if not colon or len(fields) < _FIELDS:
            raise ValueError(f"{shown(row)} has no port or no inode")
        found.append(
            Socket(int(port, 16), parse_number(fields[_FIELDS - 1]), address in _ANY_LOOPBACK)
        )
    return tuple(found)


_FIELDS = 10
"""Up to the socket's inode: Documentation/networking/proc_net_tcp.rst."""


def engines_own_warnings(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """What engines that answered say themselves of their API being open over TCP."""
    found: list[str] = []
    readings: list[Reading] = []
    engines = {
        reading.source.target: None
        for reading in snapshot.of_channel(Channel.ENGINE)
        if reading.gap is not Gap.ABSENT and not reading.source.request.startswith(SERVER)
    }
    for url in engines:
        reading = snapshot.get(Channel.ENGINE, url, "GET /info")
        said = parsed(
            HOST,
            "engine-warnings",
            reading,
            parse_warnings,
            parties=ENGINE,
            settled_by="docker info --format '{{json .Warnings}}'",
        )
        if said.value is None:
            return said
        found += said.value
        readings.append(reading)
    excerpt = "\n".join(found) or "no such warning"
    return known(
        HOST, "engine-warnings", tuple(found), *readings[:4], parties=ENGINE, excerpt=excerpt
    )


def parse_warnings(text: str) -> tuple[str, ...]:
    """Those in ``GET /info`` that are of an open API; none where the engine gives no warnings.

    Raises:
        ValueError: it is no such document.
    """
    try:
        warnings = get_texts(parse_json(text), "Warnings")
    except NotSaidError:
        return ()
    return tuple(warning for warning in warnings if _WARNS in warning)
