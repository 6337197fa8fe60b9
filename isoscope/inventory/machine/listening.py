"""Where the host's managers take orders over TCP.

Sources: Documentation/networking/proc_net_tcp.rst; dockerd(8), "Daemon socket option"; libvirt,
"Remote support".
"""

from __future__ import annotations

from isoscope.inventory.json_fields import NotSaidError, get_texts, parse_json
from isoscope.inventory.machine.answers import HOST, read, shown
from isoscope.inventory.observation import ENGINE, KERNEL, Observation, known, parsed
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
    """Sockets of the host that listen on ports that managers have by default. A kernel without IPv6
    has no table of its own for that."""
    found: list[ListeningPort] = []
    readings: list[Reading] = []
    for path in LISTENING:
        reading = snapshot.file(path)
        if reading.gap is Gap.ABSENT and path.endswith("6"):
            continue
        here = read("listening-managers", reading, parse_listening, "run Isoscope on the host")
        if here.value is None:
            return here
        found += here.value
        readings.append(reading)
    excerpt = "\n".join(f"port {port.number} of {port.manager}" for port in found) or "none"
    return known(
        HOST, "listening-managers", tuple(found), *readings, parties=KERNEL, excerpt=excerpt
    )


def parse_listening(text: str) -> tuple[ListeningPort, ...]:
    """Those of ``/proc/net/tcp`` that listen on a manager's port.

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
        if not colon:
            raise ValueError(f"{shown(row)} has no port")
        known_port = _PORTS.get(int(port, 16))
        if known_port is not None:
            manager, tls = known_port
            found.append(
                ListeningPort(manager, int(port, 16), tls=tls, loopback=address in _ANY_LOOPBACK)
            )
    return tuple(found)


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
