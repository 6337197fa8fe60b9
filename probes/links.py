"""The host's network devices, in whose namespaces their other ends are, and what shapes what goes
through them: ``rtnetlink(7)``, tc(8), linux/if_link.h, linux/pkt_sched.h, linux/pkt_cls.h.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping

from isoscope.snapshot.places import LINKS, NETWORK_IDS
from isoscope.snapshot.reading import Reading
from probes import netlink
from probes.host.access import HostAccess

_GETLINK, _GETQDISC, _GETTFILTER, _GETNSID = 18, 38, 46, 90
_LINK, _TRAFFIC = struct.Struct("=BBHiII"), struct.Struct("=BBHiIII")
_INGRESS = 0xFFFFFFF1
"""``TC_H_INGRESS``, which is the parent of ``ingress`` and ``clsact`` alike."""
_OF_INGRESS, _OF_CLSACT = 0xFFFF0000, 0xFFFFFFF2
"""The parents of filters on what comes in: ``ffff:``, and ``TC_H_CLSACT`` with its ingress."""
_ALL_PROTOCOLS = 3
"""``ETH_P_ALL``."""
_REDIRECT = 1
"""``TCA_EGRESS_REDIR``."""
_MOST_BYTES = 64 << 20
_MOST_FILTERED = 4096
"""Devices whose filters are asked for, one question each."""


def links(host: HostAccess) -> Reading:
    """A JSON object of ``links``, ``disciplines`` and ``filters`` (of what comes in by a device).

    A filter is ``whole`` where it takes every packet; ``polices`` where it bounds them itself, and
    ``to`` is the device that it redirects them to.
    """

    def question() -> bytes:
        disciplines = list(_disciplines())
        filtered = [each for each in disciplines if each["parent"] == _INGRESS]
        shown = {
            "links": list(_links()),
            "disciplines": disciplines,
            "filters": [
                found
                for each in filtered[:_MOST_FILTERED]
                for found in _filters(int(str(each["device"])), _coming_in(each["kind"]))
            ],
        }
        return json.dumps(shown, separators=(",", ":")).encode()

    return host.ask(LINKS, question)


def network_ids(host: HostAccess, pids: Iterable[int]) -> Reading:
    """By pid: the number by which the host's devices name the network namespace of a process; -1
    where none has its other end there. A JSON object whose ``ids`` are these."""

    def question() -> bytes:
        found: dict[int, int] = {}
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.ROUTE) as asked:
            asked.settimeout(5.0)
            for pid in dict.fromkeys(pids):
                of_process = netlink.attribute(2, struct.pack("=I", pid))
                try:
                    _, body = netlink.ask(asked, _GETNSID, b"\0\0\0\0" + of_process)
                except ProcessLookupError:
                    continue
                number = netlink.number(dict(netlink.attributes(body[4:])).get(1))
                if number is not None:
                    found[pid] = number if number < 1 << 31 else number - (1 << 32)
        return json.dumps({"ids": found}).encode()

    return host.ask(NETWORK_IDS, question)


def _links() -> Iterator[dict[str, object]]:
    asked = _LINK.pack(0, 0, 0, 0, 0, 0)
    for _, body in netlink.dump(netlink.ROUTE, _GETLINK, asked, most=_MOST_BYTES):
        found = dict(netlink.attributes(body[_LINK.size :]))
        about = dict(netlink.attributes(found.get(18, b"")))
        yield {
            "name": netlink.text(found.get(3)),
            "index": _LINK.unpack_from(body)[3],
            "kind": netlink.text(about.get(1)),
            "namespace": netlink.number(found.get(37)),
        }


def _disciplines() -> Iterator[dict[str, object]]:
    asked = _TRAFFIC.pack(0, 0, 0, 0, 0, 0, 0)
    for _, body in netlink.dump(netlink.ROUTE, _GETQDISC, asked, most=_MOST_BYTES):
        _, _, _, device, _, parent, _ = _TRAFFIC.unpack_from(body)
        found = dict(netlink.attributes(body[_TRAFFIC.size :]))
        kept: dict[str, object] = {
            "device": device,
            "kind": netlink.text(found.get(1)),
            "parent": parent,
        }
        if kept["kind"] == "htb":  # struct tc_htb_glob: version, rate2quantum, defcls
            about = dict(netlink.attributes(found.get(2, b""))).get(2, b"")
            kept["default"] = netlink.number(about[8:12])
        yield kept


def _coming_in(kind: object) -> int:
    return _OF_CLSACT if kind == "clsact" else _OF_INGRESS


def _filters(device: int, parent: int) -> Iterator[dict[str, object]]:
    asked = _TRAFFIC.pack(0, 0, 0, device, 0, parent, 0)
    for _, body in netlink.dump(netlink.ROUTE, _GETTFILTER, asked, most=_MOST_BYTES):
        *_, info = _TRAFFIC.unpack_from(body)
        found = dict(netlink.attributes(body[_TRAFFIC.size :]))
        kind = netlink.text(found.get(1))
        options = dict(netlink.attributes(found.get(2, b"")))
        if kind == "u32" and 5 not in options:
            continue  # a hash table of its own kind, in which its filters are
        protocol = socket.ntohs(info & 0xFFFF)
        yield {
            "device": device,
            "whole": protocol == _ALL_PROTOCOLS and _takes_all(kind, options),
            **_action(kind, options),
        }


def _takes_all(kind: str, options: Mapping[int, bytes]) -> bool:
    """Whether a filter takes every packet: ``matchall``, or ``u32`` with keys that ask nothing."""
    if kind == "matchall":
        return True
    keys = options.get(5, b"")[16:]
    return kind == "u32" and not any(any(keys[at : at + 4]) for at in range(0, len(keys), 16))


def _action(kind: str, options: Mapping[int, bytes]) -> dict[str, object]:
    actions = netlink.attributes(options.get({"u32": 7, "matchall": 2}.get(kind, -1), b""))
    polices, to = kind == "u32" and 6 in options, None
    for _, body in actions:
        action = dict(netlink.attributes(body))
        name = netlink.text(action.get(1))
        polices = polices or name == "police"
        if name == "mirred":
            parameters = dict(netlink.attributes(action.get(2, b""))).get(2, b"")
            if netlink.number(parameters[20:24]) == _REDIRECT:
                to = netlink.number(parameters[24:28])
    return {"polices": polices, "to": to}
