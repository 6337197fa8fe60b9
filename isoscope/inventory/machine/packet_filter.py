"""The rules of nf_tables as the probe tells them: linux/netfilter/nf_tables.h, and of xtables'
extensions linux/netfilter/xt_conntrack.h."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from isoscope.inventory.json_fields import (
    get_int,
    get_list,
    get_object,
    get_str,
    get_text_map,
    parse_json,
)
from isoscope.inventory.machine.answers import read
from isoscope.inventory.observation import Observation
from isoscope.inventory.packet_filter import Action, Chain, DeviceTest, Rule, Ruleset
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import PACKET_FILTER

_SETTLED_BY = "nft list ruleset, as root on the host itself"
_DORMANT = 1
"""``NFT_TABLE_F_DORMANT``."""
_NAME_IN, _NAME_OUT, _NUMBER_IN, _NUMBER_OUT = 6, 7, 4, 5
"""``NFT_META_IIFNAME``, ``NFT_META_OIFNAME``, ``NFT_META_IIF``, ``NFT_META_OIF``."""
_STATE = 0
"""``NFT_CT_STATE``."""
_NEW = 8
"""The bit of connections that begin: ``NF_CT_STATE_BIT(IP_CT_NEW)``, as xtables has it too."""
_EQUAL, _NOT_EQUAL = 0, 1
_VERDICT_REGISTER = 0
_VERDICTS = {
    0: Action.DROP,
    1: Action.ACCEPT,
    -3: Action.JUMP,
    -4: Action.GOTO,
    -5: Action.RETURN,
}
_NO_VERDICT = (-1, -2)
"""``NFT_CONTINUE``, ``NFT_BREAK``."""
_ACTIONS = {
    "reject": Action.DROP,
    "masq": Action.ACCEPT,
    "nat": Action.ACCEPT,
    "redir": Action.ACCEPT,
    "REJECT": Action.DROP,
    "MASQUERADE": Action.ACCEPT,
    "SNAT": Action.ACCEPT,
    "DNAT": Action.ACCEPT,
    "REDIRECT": Action.ACCEPT,
    "NETMAP": Action.ACCEPT,
}
"""Expressions and targets that decide; to translate an address is to accept, nf_nat_core.c."""
_NOTHING = frozenset(
    {"counter", "log", "last", "notrack", "objref", "LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS"}
    | {"CHECKSUM", "CLASSIFY", "CT", "DSCP", "TOS", "TRACE", "AUDIT", "SECMARK", "CONNSECMARK"}
)
"""Expressions and targets after which the next rule is looked at."""
_ASK_MORE = frozenset(
    {
        "lookup",
        "payload",
        "exthdr",
        "fib",
        "socket",
        "osf",
        "rt",
        "hash",
        "numgen",
        "xfrm",
        "tunnel",
    }
    | {"limit", "quota", "connlimit", "range", "byteorder", "dynset", "match", "meta", "ct"}
)
"""Expressions that ask something which is not understood here, or get what others ask for."""


def packet_filter(snapshot: Snapshot) -> Observation[Ruleset]:
    """The rules that the kernel holds."""
    reading = snapshot.get(PACKET_FILTER.channel, PACKET_FILTER.target, PACKET_FILTER.request)
    count = reading.text().count('"expressions"')
    excerpt = f"{count} rules" if reading.gap is None else None
    return read("packet-filter", reading, parse_ruleset, _SETTLED_BY, excerpt=excerpt)


def parse_ruleset(text: str) -> Ruleset:
    """The answer of the probe.

    Raises:
        ValueError: it has another shape.
    """
    document = parse_json(text)
    names = get_text_map(document, "devices")
    order: ByteOrder = "big" if get_str(document, "byteorder") == "big" else "little"
    dormant = {
        (get_int(table, "family"), get_str(table, "name"))
        for table in get_list(document, "tables")
        if get_int(table, "flags") & _DORMANT
    }
    rules: dict[tuple[int, str, str], list[Rule]] = {}
    for rule in get_list(document, "rules"):
        family, table = get_int(rule, "family"), get_str(rule, "table")
        kept = rules.setdefault((family, table, get_str(rule, "chain")), [])
        understood = _rule(get_list(rule, "expressions"), _Host(names, order))
        if understood is not None:
            kept.append(understood)
    chains: dict[tuple[int, str, str], Chain] = {}
    for chain in get_list(document, "chains"):
        family, table = get_int(chain, "family"), get_str(chain, "table")
        if (family, table) in dormant:
            continue
        key = family, table, get_str(chain, "name")
        hooked = "hook" in get_object(chain)
        chains[key] = Chain(
            family,
            table,
            tuple(rules.get(key, ())),
            get_int(chain, "hook") if hooked else None,
            hooked and "policy" in get_object(chain) and get_object(chain)["policy"] == 0,
        )
    return Ruleset(chains)


ByteOrder = Literal["little", "big"]


@dataclass(frozen=True, slots=True)
class _Host:
    devices: Mapping[str, str]
    """Names of network devices, by their numbers in digits."""
    order: ByteOrder
    """Of the bytes of a number."""

    def number(self, digits: str) -> int:
        """A number as the processor holds it, from hexadecimal digits."""
        return int.from_bytes(bytes.fromhex(digits), self.order)


@dataclass(slots=True)
class _Reading:
    """One rule while it is read: what it has in its registers, and what it asked so far."""

    host: _Host
    registers: dict[int, tuple[str, int]] = field(default_factory=dict)
    """What is in a register, and of it the bits that are looked at."""
    incoming: list[DeviceTest] = field(default_factory=list)
    outgoing: list[DeviceTest] = field(default_factory=list)
    certain: bool = True
    never: bool = False

    def asks(self, *, holds: bool) -> None:
        """It asks something of which the answer is known for every new connection."""
        self.never |= not holds


def _rule(expressions: Sequence[object], host: _Host) -> Rule | None:
    """A rule; None where it does nothing with new connections."""
    reading = _Reading(host)
    for expression in expressions:
        decided = _expression(reading, expression)
        if reading.never:
            return None
        if decided is not None:
            action, target = decided
            tests = tuple(reading.incoming), tuple(reading.outgoing)
            return Rule(action, target, *tests, reading.certain)
    return None


def _expression(reading: _Reading, expression: object) -> tuple[Action, str] | None:
    """What an expression decides; None where it only asks."""
    name = get_str(expression, "name")
    fields = get_object(expression)
    if name == "immediate":
        return _immediate(reading, expression)
    if name == "lookup" and fields.get("to") == _VERDICT_REGISTER:
        return Action.ANYTHING, ""
    if name == "cmp":
        _compare(reading, expression)
    elif name == "bitwise":
        _mask(reading, expression)
    elif name in ("meta", "ct") and get_int(expression, "to"):
        key = get_int(expression, "key")
        reading.registers[get_int(expression, "to")] = (f"{name} {key}", -1)
    elif name == "match" and get_str(expression, "of") == "conntrack":
        _connection(reading, expression)
    elif name == "match" and get_str(expression, "of") == "comment":
        pass
    elif name in _ASK_MORE:
        # What it gets may be in any register, which is then no device's name any more.
        if name not in ("meta", "ct", "match"):
            reading.registers.clear()
        reading.certain = reading.certain and name in ("meta", "ct")
    else:
        name = get_str(expression, "of") if name == "target" else name
        if name not in _NOTHING:
            return _ACTIONS.get(name, Action.ANYTHING), ""
    return None


def _immediate(reading: _Reading, expression: object) -> tuple[Action, str] | None:
    if "verdict" not in get_object(expression):
        reading.registers.pop(get_int(expression, "to"), None)
        return None
    verdict = get_int(expression, "verdict")
    if verdict in _NO_VERDICT:
        return None
    return _VERDICTS.get(verdict, Action.ANYTHING), get_str(expression, "chain")


def _mask(reading: _Reading, expression: object) -> None:
    source, to = get_int(expression, "register"), get_int(expression, "to")
    kept, _ = reading.registers.pop(source, ("", 0))
    mask, flipped = (reading.host.number(get_str(expression, key)) for key in ("mask", "xor"))
    if kept == f"ct {_STATE}" and flipped == 0:
        reading.registers[to] = (kept, mask)
    else:
        reading.registers.pop(to, None)


def _compare(reading: _Reading, expression: object) -> None:
    what, mask = reading.registers.get(get_int(expression, "register"), ("", 0))
    how, value = get_int(expression, "how"), bytes.fromhex(get_str(expression, "value"))
    equal = how == _EQUAL
    if what == f"ct {_STATE}" and how in (_EQUAL, _NOT_EQUAL):
        number = int.from_bytes(value, reading.host.order)
        reading.asks(holds=(number == (_NEW & mask)) is equal)
        return
    tests = {
        f"meta {_NAME_IN}": reading.incoming,
        f"meta {_NUMBER_IN}": reading.incoming,
        f"meta {_NAME_OUT}": reading.outgoing,
        f"meta {_NUMBER_OUT}": reading.outgoing,
    }.get(what)
    if tests is None or how not in (_EQUAL, _NOT_EQUAL):
        reading.certain = False
        return
    if what in (f"meta {_NUMBER_IN}", f"meta {_NUMBER_OUT}"):
        # A device that is gone has no name, and no packet comes from it.
        number = int.from_bytes(value, reading.host.order)
        name = reading.host.devices.get(str(number), "")
        tests.append(DeviceTest(name, equal=equal))
        return
    beginning, ended, _ = value.partition(b"\0")
    name = beginning.decode("utf-8", "replace")
    tests.append(DeviceTest(name, exact=bool(ended), equal=equal))


_FLAGS, _INVERTED, _ASKED = 146, 148, 150
"""Where ``match_flags``, ``invert_flags`` and ``state_mask`` stand in ``xt_conntrack_mtinfo3``."""


def _connection(reading: _Reading, expression: object) -> None:
    """``-m conntrack --ctstate``: revisions 2 and 3 have these fields alike."""
    data = bytes.fromhex(get_str(expression, "data"))
    if get_int(expression, "revision") not in (2, 3) or len(data) < _ASKED + 2:
        reading.certain = False
        return
    flags, inverted, asked = (
        int.from_bytes(data[place : place + 2], reading.host.order)
        for place in (_FLAGS, _INVERTED, _ASKED)
    )
    if flags & 1:
        reading.asks(holds=bool(asked & _NEW) is not bool(inverted & 1))
    if flags != 1:
        reading.certain = False
