"""Neighbours on one segment who may send frames under another's address: ARP, RFC 826, and IPv6's
neighbour discovery believe whoever answers. A packet socket takes CAP_NET_RAW, packet(7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from isoscope.assessment import capabilities as caps
from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    undecided,
    with_others,
)
from isoscope.assessment.neighbours.bridge_ports import Ports
from isoscope.assessment.neighbours.network_places import NetworkPlace
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Unknown

_NET_RAW = caps.mask("NET_RAW")
_NO_NET_RAW = "it cannot have NET_RAW"
_NONE = "on its networks no other tenant may send under another's address"
_FRAMES = ("bridge", "network", "macvlan", "direct", "socket", "mcast")
"""Drivers that pass frames as their members made them."""


_Way = tuple[str, bool]
"""A network, and whether by an isolated port, whose frames reach those alone whose port is not."""


@dataclass(slots=True)
class _Forging:
    """Workloads that may send any frame, or may do so for all that is known, by network."""

    said: Words
    ports: Ports
    able: dict[_Way, Group] = field(default_factory=lambda: defaultdict(Group))
    maybe: dict[_Way, Group] = field(default_factory=lambda: defaultdict(Group))
    from_host: Group = field(default_factory=Group)
    maybe_from_host: Group = field(default_factory=Group)
    unread: Group = field(default_factory=Group)


def forged_addresses(neighbours: Neighbours, places: Sequence[NetworkPlace]) -> list[Judgement]:
    """For each workload: whether another tenant's on its networks may send under its address."""
    own = [_may_send_anything(neighbours, index) for index in range(len(places))]
    ports = Ports(neighbours.inventory.host.bridge_ports)
    index = _Forging(Words(neighbours), ports)
    for number, place in enumerate(places):
        for observation in (*own[number].observations[:1], *place.said):
            index.said.note(number, observation)
        if own[number].holds is False:
            continue
        certain = bool(own[number].holds)
        if place.on_host and _counts_on_host(neighbours, number):
            neighbours.add(index.from_host if certain else index.maybe_from_host, number)
        if place.unread is not None:
            neighbours.add(index.unread, number)
        for way, dropped in _ways_out(place, ports).items():
            group = index.able if certain and dropped is False else index.maybe
            neighbours.add(group[way], number)
    return [_judge(neighbours, number, places, own, index) for number in range(len(places))]


def _ways_out(place: NetworkPlace, ports: Ports) -> dict[_Way, bool | None]:
    """The ways by which frames of a workload's own making reach others, by whether forged ones are
    dropped there: none where all are, or where nobody is reached. An isolated port holds every
    frame back, where rules of a firewall see IP alone; that a port is isolated, the kernel has to
    confirm."""
    found: dict[_Way, bool | None] = {}
    for attachment in place.attachments:
        if attachment.drops_forged or attachment.kept_apart_by is Apart.PRIVATE_MODE:
            continue
        isolated = ports.isolated(attachment)
        way = attachment.network, bool(isolated)
        unconfirmed = isolated is None and attachment.kept_apart_by is Apart.ISOLATED_PORTS
        decided = attachment.driver in _FRAMES and not unconfirmed
        dropped = attachment.drops_forged if decided else None
        if found.get(way, True) is not False:
            found[way] = dropped
    return found


def _may_send_anything(neighbours: Neighbours, index: int) -> Judgement:
    """A guest's kernel sends what it likes; a container needs NET_RAW, or a file that gives it."""
    if neighbours.workloads[index].behind_own_kernel:
        return holding("a guest sends what it likes", neighbours.kinds[index])
    process = neighbours.process(index)
    sets, gains_nothing = process.capabilities, process.no_new_privileges
    if sets.value is None:
        return undecided(sets.doubt, sets)
    if sets.value.effective & _NET_RAW:
        return holding("NET_RAW", sets)
    if not sets.value.bounding & _NET_RAW:
        return failing(_NO_NET_RAW, sets)
    if gains_nothing.value is None:
        return undecided(gains_nothing.doubt, gains_nothing)
    if gains_nothing.value:
        return failing(_NO_NET_RAW, sets, gains_nothing)
    return holding("NET_RAW by a file that it executes", sets, gains_nothing)


def _counts_on_host(neighbours: Neighbours, index: int) -> bool:
    """Whether its capabilities may count in the host's own network namespace."""
    return neighbours.process(index).capabilities_hold_on_host.value is not False


def _judge(
    neighbours: Neighbours,
    index: int,
    places: Sequence[NetworkPlace],
    own: Sequence[Judgement],
    forging: _Forging,
) -> Judgement:
    place = places[index]
    unclear: Judgement | None = None
    for attachment in place.attachments:
        if attachment.kept_apart_by is Apart.PRIVATE_MODE:
            continue
        found = _on(neighbours, index, attachment, places, own, forging)
        if found is not None and found.holds:
            return found
        unclear = unclear or found
    if place.attachments:
        found = _from_host(neighbours, index, places, own, forging)
        if found is not None and found.holds:
            return found
        unclear = unclear or found
    return unclear or _nobody(neighbours, index, places, forging)


def _on(
    neighbours: Neighbours,
    index: int,
    attachment: NetworkAttachment,
    places: Sequence[NetworkPlace],
    own: Sequence[Judgement],
    forging: _Forging,
) -> Judgement | None:
    """Whether a neighbour on one network may; None where none is there who could."""
    where = f"on network {attachment.name}"
    reached_by = (False,) if forging.ports.isolated(attachment) else (False, True)
    ways = [(attachment.network, isolated) for isolated in reached_by]
    unclear: Judgement | None = None
    for able in (forging.able[way] for way in ways):
        others = neighbours.strangers(able, index)
        if others:
            who = neighbours.names(others)
            says = f"{where} {who} may send under its address, and nothing drops that"
            said = (*places[index].said, *places[others[0]].said, *own[others[0]].observations)
            return with_others(holding(says, *said), neighbours.ids(others))
        possible = neighbours.possible_strangers(able, index)
        if possible and unclear is None:
            says = f"{where} {neighbours.names(possible)} may send under its address"
            unclear = neighbours.unclear_tenant(says, possible, *places[index].said)
    for maybe in (forging.maybe[way] for way in ways):
        hidden = neighbours.hidden(maybe, index)
        if hidden and unclear is None:
            unclear = _not_known(neighbours, where, hidden, own)
    return unclear


def _from_host(
    neighbours: Neighbours,
    index: int,
    places: Sequence[NetworkPlace],
    own: Sequence[Judgement],
    forging: _Forging,
) -> Judgement | None:
    """The same of those in the host's own network namespace, where its bridge is."""
    others = neighbours.strangers(forging.from_host, index)
    if others:
        says = f"from the host's network {neighbours.names(others)} may send into its bridge"
        said = (*places[others[0]].said, *own[others[0]].observations)
        return with_others(holding(says, *said), neighbours.ids(others))
    possible = neighbours.possible_strangers(forging.from_host, index)
    if possible:
        says = f"from the host's network {neighbours.names(possible)} may send into its bridge"
        return neighbours.unclear_tenant(says, possible, *places[index].said)
    hidden = neighbours.hidden(forging.maybe_from_host, index)
    return neighbours.unclear_of(own[hidden[0]], hidden) if hidden else None


def _not_known(
    neighbours: Neighbours, where: str, others: tuple[int, ...], own: Sequence[Judgement]
) -> Judgement:
    theirs = own[others[0]]
    if theirs.unknown is not None:
        return neighbours.unclear_of(theirs, others)
    says = f"{where} {neighbours.names(others)} may send under its address, unless that is dropped"
    doubt = Unknown(
        Doubt.NOT_SAID, says, "nft list ruleset; virsh nwfilter-dumpxml FILTER of its interface"
    )
    return Judgement(None, says, theirs.observations, doubt, neighbours.ids(others))


def _nobody(
    neighbours: Neighbours, index: int, places: Sequence[NetworkPlace], forging: _Forging
) -> Judgement:
    """Nobody was found; unknown where its own networks, or a neighbour's, are not all known."""
    place = places[index]
    if place.unread is not None and neighbours.has_neighbours(index):
        return neighbours.unclear(place.unread)
    if not place.attachments:
        return neighbours.alone("it is on no bridge of its own", *place.said)
    hidden = neighbours.hidden(forging.unread, index)
    unread = places[hidden[0]].unread if hidden else None
    if unread is not None:
        return neighbours.unclear(unread)
    said = (*place.said, *forging.ports.seen)
    return neighbours.alone(_NONE, *said, *forging.said.of_others(index))
