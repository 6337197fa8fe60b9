"""Ports of the host's bridges, and whether they are isolated: ``rtnetlink(7)``, linux/if_link.h.

One question for all of them, where sysfs has a file for each port, and so for each container.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator

from isoscope.snapshot.places import BRIDGE_PORTS
from isoscope.snapshot.reading import Reading
from probes import netlink
from probes.host.access import HostAccess

_AF_BRIDGE = 7
_RTM_GETLINK, _RTM_NEWLINK = 18, 16
_IFNAME, _MASTER, _PROTINFO = 3, 10, 12
_ISOLATED = 33
"""``IFLA_BRPORT_ISOLATED``, Linux 4.18."""
_LINK = struct.Struct("=BBHiII")
_MOST_BYTES = 64 << 20


def bridge_ports(host: HostAccess) -> Reading:
    """All ports: a JSON object whose ``ports`` have ``name``, ``bridge`` and ``isolated``, which is
    null where the kernel does not say it."""

    def question() -> bytes:
        asked = _LINK.pack(_AF_BRIDGE, 0, 0, 0, 0, 0)
        answers = netlink.dump(netlink.ROUTE, _RTM_GETLINK, asked, most=_MOST_BYTES)
        links = (body for kind, body in answers if kind == _RTM_NEWLINK)
        ports = [port for link in links for port in _port(link)]
        return json.dumps({"ports": ports}).encode()

    return host.ask(BRIDGE_PORTS, question)


def _port(message: bytes) -> Iterator[dict[str, object]]:
    """The port that a message is about; a bridge itself is none."""
    found = dict(netlink.attributes(message[_LINK.size :]))
    if _IFNAME not in found or _MASTER not in found or _PROTINFO not in found:
        return
    isolated = dict(netlink.attributes(found[_PROTINFO])).get(_ISOLATED)
    (master,) = struct.unpack_from("=I", found[_MASTER])
    yield {
        "name": netlink.text(found[_IFNAME]),
        "bridge": socket.if_indextoname(master),
        "isolated": None if isolated is None else isolated[:1] != b"\0",
    }
