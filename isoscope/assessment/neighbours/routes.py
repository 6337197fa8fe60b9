"""Networks of other tenants from which the host forwards packets to a workload's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isoscope.assessment.judgement import Judgement, holding, undecided, with_others
from isoscope.assessment.neighbours.firewall import Firewall, Way
from isoscope.assessment.neighbours.network_places import NetworkPlace
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.network import NetworkAttachment
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.packet_filter import Fate

_NOT_LOOKED = Unknown(
    Doubt.NOT_SAID,
    "what the host forwards was not looked at from its network namespace",
    "run Isoscope on the host itself",
)
_NOBODY = "the host forwards nothing to it from another tenant's network"


@dataclass(slots=True)
class _Routes:
    said: Words
    on: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    """Workloads by the bridge of the host that they are on."""
    unread: Group = field(default_factory=Group)
    met: dict[tuple[str, frozenset[str]], _Met | None] = field(default_factory=dict)
    """By tenant and bridges."""


@dataclass(frozen=True, slots=True)
class _Met:
    """Whom those of a tenant on some bridges may be reached by, and how."""

    others: tuple[int, ...]
    by: str
    way: Way
    certain: bool
    """Whether they are of another tenant."""


def routed_to(
    neighbours: Neighbours, places: Sequence[NetworkPlace], firewall: Firewall | None
) -> list[Judgement]:
    """For each workload: whether packets of another tenant's get from its network to this one's."""
    if firewall is None:
        return neighbours.for_each(lambda index: _unlooked(neighbours, index))
    routes = _Routes(Words(neighbours))
    own = [_bridges(place, firewall) for place in places]
    for index, place in enumerate(places):
        for bridge in own[index]:
            neighbours.add(routes.on[bridge], index)
        if place.unread is not None:
            neighbours.add(routes.unread, index)
        for observation in place.said:
            routes.said.note(index, observation)
    return [
        _judge(neighbours, index, places, own[index], routes, firewall)
        for index in range(len(places))
    ]


def firewall_between(neighbours: Neighbours, places: Sequence[NetworkPlace]) -> Firewall | None:
    """The firewall, asked about the bridges that workloads are on; None where nobody looked."""
    forwarding = neighbours.inventory.host.forwarding
    if forwarding is None:
        return None
    networks = {a.network for place in places for a in place.attachments if _by_bridge(a)}
    return Firewall(forwarding, frozenset(networks))


def _unlooked(neighbours: Neighbours, index: int) -> Judgement:
    if neighbours.has_neighbours(index):
        return undecided(_NOT_LOOKED)
    return neighbours.alone("no other tenant runs here")


def _by_bridge(attachment: NetworkAttachment) -> bool:
    """Whether it is on a bridge of this host: a rootless engine's is in a namespace of its user."""
    return attachment.driver in ("bridge", "network") and " " not in attachment.network


def _bridges(place: NetworkPlace, firewall: Firewall) -> frozenset[str]:
    """Those of the host's bridges that it is on; what certainly is no bridge is left out."""
    bridges = firewall.forwarding.bridges.value
    named = {each.network for each in place.attachments if _by_bridge(each)}
    return frozenset(named if bridges is None else named & bridges)


def _judge(
    neighbours: Neighbours,
    index: int,
    places: Sequence[NetworkPlace],
    own: frozenset[str],
    routes: _Routes,
    firewall: Firewall,
) -> Judgement:
    place, forwarding = places[index], firewall.forwarding
    met: _Met | None = None
    if own:
        if forwarding.bridges.value is None and neighbours.has_neighbours(index):
            return neighbours.unclear(forwarding.bridges)
        key = neighbours.claims[index].tenant, own
        if key not in routes.met:
            routes.met[key] = _met(neighbours, index, own, routes, firewall)
        met = routes.met[key]
    if met is not None:
        return _reached(neighbours, place, met)
    if place.unread is not None and neighbours.has_neighbours(index):
        return neighbours.unclear(place.unread)
    if not own:
        return neighbours.alone("it is on no bridge of the host", *place.said)
    hidden = neighbours.hidden(routes.unread, index)
    unread = places[hidden[0]].unread if hidden else None
    if unread is not None:
        return neighbours.unclear(unread)
    seen: list[Observation[object]] = [forwarding.bridges, *_deciding(firewall, own)]
    return neighbours.alone(_NOBODY, *place.said, *seen, *routes.said.of_others(index))


def _met(
    neighbours: Neighbours, index: int, own: frozenset[str], routes: _Routes, firewall: Firewall
) -> _Met | None:
    """Who certainly reaches it; else who may."""
    perhaps: _Met | None = None
    for bridge in sorted(own):
        for source, way in firewall.leading_to(bridge).items():
            if source in own:
                continue  # they meet there without the host's help
            others = neighbours.strangers(routes.on[source], index)
            possible = others or neighbours.possible_strangers(routes.on[source], index)
            found = _Met(possible, source, way, bool(others))
            if others and way.fate is Fate.PASSED:
                return found
            if possible and (perhaps is None or (others and not perhaps.certain)):
                perhaps = found
    return perhaps


def _reached(neighbours: Neighbours, place: NetworkPlace, met: _Met) -> Judgement:
    says = f"the host forwards packets to its network from {met.by}, with "
    says += neighbours.names(met.others)
    said = (*place.said, *met.way.said)
    if met.way.doubt is not None:
        doubt = met.way.doubt
        maybe = f"the host may forward packets to its network from {met.by}, with "
        maybe += f"{neighbours.names(met.others)}: {doubt.explanation}"
        unknown = Unknown(doubt.reason, maybe, doubt.settled_by)
        return Judgement(None, maybe, said, unknown, neighbours.ids(met.others))
    if not met.certain:
        return neighbours.unclear_tenant(says, met.others, *said)
    return with_others(holding(says, *said), neighbours.ids(met.others))


def _deciding(firewall: Firewall, own: frozenset[str]) -> list[Observation[object]]:
    """What says that nothing is let through: that nothing is forwarded, or the rules."""
    forwarding = firewall.forwarding
    sources: Mapping[str, Observation[bool]] = {
        name: forwards
        for name, forwards in forwarding.from_bridge.items()
        if name in firewall.asked and name not in own
    }
    said: list[Observation[object]] = [*list(sources.values())[:_SHOWN]]
    said.append(forwarding.ipv6)
    if forwarding.ipv6.value or any(forwards.value for forwards in sources.values()):
        said.append(forwarding.rules)
    return said


_SHOWN = 4
