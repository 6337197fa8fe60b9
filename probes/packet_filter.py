"""Rules of the firewall that the kernel holds for packets that the host forwards: nf_tables, as
nft(8) and today's iptables(8) make them.

Sources: linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h. What the rules mean is for others
to say; counters and comments are left out.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Mapping

from isoscope.snapshot.places import PACKET_FILTER
from isoscope.snapshot.reading import Gap, Reading
from probes import netlink
from probes.host.access import HostAccess, NoAnswerError

_SUBSYSTEM = 10 << 8
"""``NFNL_SUBSYS_NFTABLES``."""
_TABLES, _CHAINS, _RULES = 0, 3, 6
"""``NFT_MSG_NEWTABLE``, ``NFT_MSG_NEWCHAIN``, ``NFT_MSG_NEWRULE``; to ask is the next number."""
_ALL_FAMILIES = struct.pack("=BBH", 0, 0, 0)
"""``struct nfgenmsg`` with ``NFPROTO_UNSPEC``."""
_GENERIC = 4
_MOST_BYTES = 32 << 20
_MOST_KEPT = 3 << 20


def packet_filter(host: HostAccess) -> Reading:
    """All tables, chains and rules, in one JSON object, with ``devices``: the names of the host's
    network devices by their numbers, by which rules may name them. It takes CAP_NET_ADMIN.

    The kernel would load nf_tables for who asks about it: it is asked only where it is there.
    """
    may_be_asked = (
        host.directory("/sys/module/nf_tables").gap is None
        or host.file("/proc/modules").gap is Gap.ABSENT
    )

    def question() -> bytes:
        if not may_be_asked:
            raise NoAnswerError(Gap.UNSUPPORTED, "to ask would load nf_tables, which is not loaded")
        ruleset = {
            "tables": [_table(body) for body in _dumped(_TABLES)],
            "chains": [_chain(body) for body in _dumped(_CHAINS)],
            "rules": [_rule(body) for body in _dumped(_RULES)],
            "devices": dict(socket.if_nameindex()),
            "byteorder": sys.byteorder,
        }
        kept = json.dumps(ruleset, separators=(",", ":")).encode()
        if len(kept) > _MOST_KEPT:
            raise NoAnswerError(Gap.TOO_LARGE, f"rules that take {len(kept)} bytes")
        return kept

    return host.ask(PACKET_FILTER, question)


def _dumped(kind: int) -> Iterator[bytes]:
    asked = _SUBSYSTEM | (kind + 1)
    answers = netlink.dump(netlink.NETFILTER, asked, _ALL_FAMILIES, most=_MOST_BYTES)
    return (body for answered, body in answers if answered == _SUBSYSTEM | kind)


def _table(message: bytes) -> dict[str, object]:
    found = dict(netlink.attributes(message[_GENERIC:]))
    return {"family": message[0], "name": netlink.text(found.get(1)), "flags": _big(found.get(2))}


def _chain(message: bytes) -> dict[str, object]:
    """A chain; one that a hook leads to has the hook's number, a priority and a policy."""
    found = dict(netlink.attributes(message[_GENERIC:]))
    kept: dict[str, object] = {
        "family": message[0],
        "table": netlink.text(found.get(1)),
        "name": netlink.text(found.get(3)),
    }
    if 4 in found:
        hook = dict(netlink.attributes(found[4]))
        kept |= {"hook": _big(hook.get(1)), "policy": _big(found.get(5))}
    return kept


def _rule(message: bytes) -> dict[str, object]:
    found = dict(netlink.attributes(message[_GENERIC:]))
    elements = (dict(netlink.attributes(body)) for _, body in netlink.attributes(found.get(4, b"")))
    return {
        "family": message[0],
        "table": netlink.text(found.get(1)),
        "chain": netlink.text(found.get(2)),
        "expressions": [_expression(element) for element in elements],
    }


def _expression(element: Mapping[int, bytes]) -> dict[str, object]:
    """What a rule asks or does, with what of it is made use of."""
    name = netlink.text(element.get(1))
    keep = _KEPT.get(name)
    if keep is None:
        return {"name": name}
    return {"name": name, **keep(dict(netlink.attributes(element.get(2, b""))))}


def _loaded(found: Mapping[int, bytes]) -> dict[str, object]:
    """``meta`` and ``ct`` have their registers in the same places."""
    return {"to": _big(found.get(1)), "key": _big(found.get(2))}


def _compared(found: Mapping[int, bytes]) -> dict[str, object]:
    return {"register": _big(found.get(1)), "how": _big(found.get(2)), "value": _data(found.get(3))}


def _masked(found: Mapping[int, bytes]) -> dict[str, object]:
    return {
        "register": _big(found.get(1)),
        "to": _big(found.get(2)),
        "mask": _data(found.get(4)),
        "xor": _data(found.get(5)),
    }


def _immediate(found: Mapping[int, bytes]) -> dict[str, object]:
    data = dict(netlink.attributes(found.get(2, b"")))
    if 2 not in data:
        return {"to": _big(found.get(1))}
    verdict = dict(netlink.attributes(data[2]))
    code = int.from_bytes(verdict.get(1, b"")[:4], "big", signed=True)
    return {"verdict": code, "chain": netlink.text(verdict.get(2))}


def _looked_up(found: Mapping[int, bytes]) -> dict[str, object]:
    """What is got out of a map goes to a register; out of a set nothing does."""
    return {"to": _big(found.get(3))}


def _extension(found: Mapping[int, bytes]) -> dict[str, object]:
    """A match or target of xtables, by its name; of connection tracking, what it asks."""
    name, revision = netlink.text(found.get(1)), _big(found.get(2))
    kept: dict[str, object] = {"of": name, "revision": revision}
    if name == "conntrack":
        kept["data"] = found.get(3, b"").hex()
    return kept


_KEPT: Mapping[str, Callable[[Mapping[int, bytes]], dict[str, object]]] = {
    "meta": _loaded,
    "ct": _loaded,
    "cmp": _compared,
    "bitwise": _masked,
    "immediate": _immediate,
    "lookup": _looked_up,
    "match": _extension,
    "target": _extension,
}


def _data(value: bytes | None) -> str:
    """``NFTA_DATA_VALUE``, in hexadecimal digits."""
    return dict(netlink.attributes(value or b"")).get(1, b"").hex()


def _big(value: bytes | None) -> int | None:
    """A number of 32 bits, the highest first, as nf_tables words all of its own."""
    return None if value is None else int.from_bytes(value[:4], "big")
