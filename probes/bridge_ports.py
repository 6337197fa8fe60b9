"""Ports of the host's bridges, and whether they are isolated: ``rtnetlink(7)``, linux/if_link.h.

One question for all of them, where sysfs has a file for each port, and so for each container.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator

from isoscope.snapshot.places import BRIDGE_PORTS
from isoscope.snapshot.reading import Gap, Reading
from probes.host.access import HostAccess, NoAnswerError

_AF_BRIDGE = 7
_RTM_GETLINK, _RTM_NEWLINK = 18, 16
_REQUEST_DUMP = 0x301
"""``NLM_F_REQUEST | NLM_F_DUMP``."""
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_IFNAME, _MASTER, _PROTINFO = 3, 10, 12
_ISOLATED = 33
"""``IFLA_BRPORT_ISOLATED``, Linux 4.18."""
_TYPE = 0x3FFF
"""Without ``NLA_F_NESTED`` and ``NLA_F_NET_BYTEORDER``."""
_HEADER, _LINK, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBHiII"), struct.Struct("=HH")
_MOST_MESSAGES = 65_536
_SECONDS = 5.0


def bridge_ports(host: HostAccess) -> Reading:
    """All ports: a JSON object whose ``ports`` have ``name``, ``bridge`` and ``isolated``, which is
    null where the kernel does not say it."""

    def question() -> bytes:
        ports = [port for message in _dumped() for port in _port(message)]
        return json.dumps({"ports": ports}).encode()

    return host.ask(BRIDGE_PORTS, question)


def _dumped() -> Iterator[bytes]:
    """The messages on links that the kernel answers with, without their headers."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as asked:
        asked.settimeout(_SECONDS)
        link = _LINK.pack(_AF_BRIDGE, 0, 0, 0, 0, 0)
        asked.send(_HEADER.pack(_HEADER.size + len(link), _RTM_GETLINK, _REQUEST_DUMP, 1, 0) + link)
        for _ in range(_MOST_MESSAGES):
            answer, place = asked.recv(1 << 17), 0
            while place + _HEADER.size <= len(answer):
                length, kind, *_ = _HEADER.unpack_from(answer, place)
                body = answer[place + _HEADER.size : place + length]
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    (number,) = struct.unpack_from("=i", body)
                    raise OSError(-number, os.strerror(-number))
                if kind == _RTM_NEWLINK:
                    yield body
                place += max(_aligned(length), _HEADER.size)
    raise NoAnswerError(Gap.TOO_LARGE, "more links than are looked at")


def _port(message: bytes) -> Iterator[dict[str, object]]:
    """The port that a message is about; a bridge itself is none."""
    found = dict(_attributes(message[_LINK.size :]))
    if _IFNAME not in found or _MASTER not in found or _PROTINFO not in found:
        return
    isolated = dict(_attributes(found[_PROTINFO])).get(_ISOLATED)
    (master,) = struct.unpack_from("=I", found[_MASTER])
    yield {
        "name": found[_IFNAME].rstrip(b"\0").decode(errors="surrogateescape"),
        "bridge": socket.if_indextoname(master),
        "isolated": None if isolated is None else isolated[:1] != b"\0",
    }


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, place)
        if length < _ATTRIBUTE.size:
            return
        yield kind & _TYPE, data[place + _ATTRIBUTE.size : place + length]
        place += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
