"""What the kernel's firewall does with new connections that the host forwards from one of its
network devices to another: nf_tables, nft(8), "Packet flow".

Rules are understood as far as they ask by which devices a packet comes and goes, and whether it
begins a connection. Whatever else a rule asks may or may not be so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag


class Hook(IntEnum):
    """Where on its way through the kernel a packet meets a chain: linux/netfilter.h."""

    PREROUTING = 0
    FORWARD = 2
    POSTROUTING = 4


class Family(IntEnum):
    """What a table's chains see: linux/netfilter.h, ``NFPROTO_*``."""

    INET = 1
    IPV4 = 2
    NETDEV = 5
    BRIDGE = 7
    IPV6 = 10


class Action(Enum):
    """What a rule does with a packet that it matches."""

    ACCEPT = "accept"
    DROP = "drop"
    RETURN = "return"
    JUMP = "jump"
    GOTO = "goto"
    ANYTHING = "anything"
    """What it does is not known here."""


@dataclass(frozen=True, slots=True)
class DeviceTest:
    """A rule's question for the name of a network device."""

    name: str
    exact: bool = True
    """Otherwise the name begins so: ``br+``."""
    equal: bool = True

    def holds(self, device: str) -> bool:
        """Whether a device passes it."""
        same = device == self.name if self.exact else device.startswith(self.name)
        return same is self.equal


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that may match a new connection and does something with it."""

    action: Action
    target: str = ""
    """The chain to which it leads."""
    incoming: tuple[DeviceTest, ...] = ()
    outgoing: tuple[DeviceTest, ...] = ()
    certain: bool = True
    """Whether it asks nothing but that."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A list of rules; one with a hook is met by packets there."""

    family: int
    table: str
    rules: tuple[Rule, ...]
    hook: int | None = None
    drops: bool = False
    """Whether its policy is to drop."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All chains of tables that are not dormant."""

    chains: Mapping[tuple[int, str, str], Chain]
    """By family, table and name."""

    def meeting(self, family: Family) -> Sequence[Chain]:
        """The chains that forwarded packets of IPv4 or IPv6 meet."""
        return [
            chain
            for chain in self.chains.values()
            if chain.family in (Family.INET, family) and chain.hook in tuple(Hook)
        ]

    @property
    def below_ip(self) -> bool:
        """Whether chains see packets where they are frames yet, and may drop them there."""
        return any(
            chain.hook is not None and chain.family in (Family.NETDEV, Family.BRIDGE)
            for chain in self.chains.values()
        )


class Fate(Enum):
    """What becomes of new connections."""

    DROPPED = "dropped"
    PASSED = "let through"
    UNCLEAR = "unclear"
    """By what the rules ask beside devices, or because they are too many or too deep."""


class _Ways(IntFlag):
    ACCEPTED = 1
    DROPPED = 2
    ENDED = 4
    """The chain ended, or returned."""


_ANY = _Ways.ACCEPTED | _Ways.DROPPED | _Ways.ENDED
_DEEPEST = 16
"""``NFT_JUMP_STACK_SIZE``."""
_MOST_STEPS = 200_000
"""Rules that are looked at for one device; more would keep others waiting."""


def fates(
    ruleset: Ruleset, family: Family, incoming: str, outgoing: Iterable[str]
) -> dict[str, Fate]:
    """What becomes of new connections that come in by a device, by the device by which they leave.

    Args:
        ruleset: the rules.
        family: ``IPV4`` or ``IPV6``.
        incoming: name of the device.
        outgoing: names of the others.
    """
    leaving = frozenset(outgoing)
    walk = _Walk(ruleset, incoming)
    found = dict.fromkeys(leaving, Fate.UNCLEAR if ruleset.below_ip else Fate.PASSED)
    for chain in ruleset.meeting(family):
        for device, ways in walk.base(chain, leaving).items():
            if ways == _Ways.DROPPED:
                found[device] = Fate.DROPPED
            elif ways != _Ways.ACCEPTED and found[device] is not Fate.DROPPED:
                found[device] = Fate.UNCLEAR
    return found


@dataclass(slots=True)
class _Walk:
    """The way of packets from one device through the chains, for many ways out at once."""

    ruleset: Ruleset
    incoming: str
    steps: int = _MOST_STEPS

    def base(self, chain: Chain, leaving: frozenset[str]) -> dict[str, _Ways]:
        """What may become of a packet in a chain that a hook leads to."""
        found = self.chain(chain, leaving, chain.hook or 0, 0)
        policy = _Ways.DROPPED if chain.drops else _Ways.ACCEPTED
        return {
            device: (ways & ~_Ways.ENDED) | (policy if ways & _Ways.ENDED else _Ways(0))
            for device, ways in found.items()
        }

    def chain(
        self, chain: Chain, leaving: frozenset[str], hook: int, depth: int
    ) -> dict[str, _Ways]:
        """What may become of a packet in a chain."""
        found = dict.fromkeys(leaving, _Ways(0))
        open_to = set(leaving)
        for rule in chain.rules:
            if not open_to:
                break
            self.steps -= 1
            if self.steps < 0 or depth > _DEEPEST:
                return dict.fromkeys(leaving, _ANY)
            for device, ways in self._rule(chain, rule, open_to, hook, depth).items():
                found[device] |= ways & ~_Ways.ENDED
                if rule.action is not Action.JUMP:
                    found[device] |= ways
                if self._ends(rule, ways, hook):
                    open_to.discard(device)
        for device in open_to:
            found[device] |= _Ways.ENDED
        return found

    @staticmethod
    def _ends(rule: Rule, ways: _Ways, hook: int) -> bool:
        """Whether no packet that a rule matched goes on to the next, and it matches all."""
        returns = rule.action is Action.JUMP and bool(ways & _Ways.ENDED)
        # By which device a packet came is not known any more to every kernel there.
        certain = rule.certain and not (hook == Hook.POSTROUTING and rule.incoming)
        return certain and not returns

    def _rule(
        self, chain: Chain, rule: Rule, open_to: set[str], hook: int, depth: int
    ) -> dict[str, _Ways]:
        """What a rule may do, by the way out of the packets that it may match."""
        if not all(test.holds(self.incoming) for test in rule.incoming):
            return {}
        if hook == Hook.PREROUTING and rule.outgoing:
            return {}  # the way out is not known there yet, which no test of it passes
        passing = _passing(rule, open_to)
        if rule.action in (Action.JUMP, Action.GOTO):
            target = self.ruleset.chains.get((chain.family, chain.table, rule.target))
            if target is None:
                return dict.fromkeys(passing, _ANY)
            return self.chain(target, passing, hook, depth + 1) if passing else {}
        return dict.fromkeys(passing, _OF[rule.action])


def _passing(rule: Rule, open_to: set[str]) -> frozenset[str]:
    """Those of the ways out that a rule asks for; most rules ask for one by its name."""
    passing = open_to
    for test in rule.outgoing:
        if test.exact and test.equal:
            passing = {test.name} & passing
    if not passing:
        return frozenset()
    return frozenset(
        device for device in passing if all(test.holds(device) for test in rule.outgoing)
    )


_OF = {
    Action.ACCEPT: _Ways.ACCEPTED,
    Action.DROP: _Ways.DROPPED,
    Action.RETURN: _Ways.ENDED,
    Action.ANYTHING: _ANY,
}
