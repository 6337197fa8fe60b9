"""What the host's firewall does between its bridges, worked out once for each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.packet_filter import Family, Fate, fates

_BY_HAND = "nft list ruleset, iptables-legacy -S and ip6tables-legacy -S, as root"
_UNCLEAR = Unknown(
    Doubt.NOT_SAID,
    "what the firewall drops there depends on more than where packets come from and go to",
    _BY_HAND,
)
_LEGACY = Unknown(
    Doubt.NOT_SAID,
    "iptables of the old kind has tables too, whose rules were not read",
    _BY_HAND,
)


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of new connections from one bridge to another, or to the same."""

    fate: Fate
    said: tuple[Observation[object], ...]
    doubt: Unknown | None = None
    """Why it is unclear."""


@dataclass(frozen=True)
class Firewall:
    """The host's forwarding and its rules, asked about these bridges."""

    forwarding: Forwarding
    asked: frozenset[str]

    def within(self, bridge: str, family: Family) -> Way:
        """Between members of one bridge, which meet the rules only by br_netfilter."""
        meets = self.forwarding.bridged[family]
        if meets.value is None:
            return Way(Fate.UNCLEAR, (meets,), meets.doubt)
        if not meets.value:
            return Way(Fate.PASSED, (meets,))
        way = self._by_rules(bridge, bridge, family)
        return Way(way.fate, (meets, *way.said), way.doubt)

    def leading_to(self, bridge: str) -> Mapping[str, Way]:
        """By the other bridges from which new connections may get to this one: how."""
        return self._into.get(bridge, {})

    @cached_property
    def _into(self) -> Mapping[str, Mapping[str, Way]]:
        found: dict[str, dict[str, Way]] = {}
        for source in sorted(self.asked):
            for target, way in self._from(source):
                found.setdefault(target, {})[source] = way
        return found

    def _from(self, source: str) -> Iterable[tuple[str, Way]]:
        """What is not dropped on the way from a bridge to each of the others."""
        forwards = self.forwarding.from_bridge.get(source)
        if forwards is None:  # it has no ports: nobody is there
            return
        for target in self.asked - {source}:
            ways = [self._routed(source, target, Family.IPV4, forwards)]
            ways.append(self._routed(source, target, Family.IPV6, self.forwarding.ipv6))
            open_by = [way for way in ways if way.fate is not Fate.DROPPED]
            if open_by:
                yield target, min(open_by, key=lambda way: way.fate is not Fate.PASSED)

    def _routed(self, source: str, target: str, family: Family, forwards: Observation[bool]) -> Way:
        if forwards.value is None:
            return Way(Fate.UNCLEAR, (forwards,), forwards.doubt)
        if not forwards.value:
            return Way(Fate.DROPPED, (forwards,))
        way = self._by_rules(source, target, family)
        if family is Family.IPV6 and way.fate is Fate.PASSED:
            # Whether the bridges have addresses of IPv6 by which one is reached was not read.
            return Way(Fate.UNCLEAR, (forwards, *way.said), _IPV6_ADDRESSES)
        return Way(way.fate, (forwards, *way.said), way.doubt)

    def _by_rules(self, source: str, target: str, family: Family) -> Way:
        rules = self.forwarding.rules
        if rules.value is None:
            return Way(Fate.UNCLEAR, (rules,), rules.doubt)
        fate = self._fates(source, family)[target]
        if fate is Fate.UNCLEAR:
            return Way(fate, (rules,), _UNCLEAR)
        legacy = self.forwarding.legacy_tables[family]
        if fate is Fate.PASSED and legacy.value != ():
            return Way(Fate.UNCLEAR, (rules, legacy), legacy.unknown or _LEGACY)
        return Way(fate, (rules, legacy) if fate is Fate.PASSED else (rules,))

    def _fates(self, source: str, family: Family) -> Mapping[str, Fate]:
        key = source, family
        if key not in self._known:
            rules = self.forwarding.rules.value
            self._known[key] = fates(rules, family, source, self.asked) if rules else {}
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[str, Family], Mapping[str, Fate]]:
        return {}


_IPV6_ADDRESSES = Unknown(
    Doubt.NOT_SAID,
    "IPv6 is forwarded and not dropped; whether both networks have addresses of it was not read",
    "ip -6 route",
)
