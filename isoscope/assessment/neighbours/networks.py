"""Layer-2 segments that workloads of different tenants share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from isoscope.assessment.judgement import Judgement, holding, with_others
from isoscope.assessment.neighbours.bridge_ports import Ports
from isoscope.assessment.neighbours.firewall import Firewall
from isoscope.assessment.neighbours.network_places import NetworkPlace
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.packet_filter import Family, Fate

_NOBODY = "no other tenant is on its networks"


@dataclass(slots=True)
class _Segments:
    said: Words
    ports: Ports
    firewall: Firewall | None
    """None where nobody looked at it."""
    joined: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    """Workloads by the network that they are attached to."""
    not_isolated: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    """Those of them by a port that is not isolated."""
    perhaps_isolated: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    on_host: Group = field(default_factory=Group)
    networked: Group = field(default_factory=Group)
    """Workloads that are on any network."""
    unread: Group = field(default_factory=Group)


def shared_segments(
    neighbours: Neighbours, places: list[NetworkPlace], firewall: Firewall | None
) -> list[Judgement]:
    """For each workload: whether another tenant's is on one of its network segments."""
    ports = Ports(neighbours.inventory.host.bridge_ports)
    segments = _Segments(Words(neighbours), ports, firewall)
    for index, place in enumerate(places):
        if place.on_host:
            neighbours.add(segments.on_host, index)
        if place.on_host or place.attachments:
            neighbours.add(segments.networked, index)
        if place.unread is not None:
            neighbours.add(segments.unread, index)
        for observation in place.said:
            segments.said.note(index, observation)
        for network in {attachment.network for attachment in place.attachments}:
            neighbours.add(segments.joined[network], index)
        for attachment in place.attachments:
            isolated = ports.isolated(attachment)
            if not isolated:
                by = segments.perhaps_isolated if isolated is None else segments.not_isolated
                neighbours.add(by[attachment.network], index)
    return [_judge(neighbours, index, places, segments) for index in range(len(places))]


def _judge(
    neighbours: Neighbours, index: int, places: list[NetworkPlace], segments: _Segments
) -> Judgement:
    place = places[index]
    if place.on_host:
        return _on_host(neighbours, index, places, segments)
    unclear: Judgement | None = None
    for attachment in place.attachments:
        group = segments.joined[attachment.network]
        others = neighbours.strangers(group, index)
        isolated = segments.ports.isolated(attachment)
        if isolated:
            found = _past_isolated_ports(neighbours, index, attachment, place, segments)
            if found is not None and found.holds:
                return found
            unclear = unclear or found
            continue
        denied = isolated is False and attachment.kept_apart_by is Apart.ISOLATED_PORTS
        if others and (denied or not attachment.isolates_neighbours):
            says = (
                f"on network {attachment.name} with {neighbours.names(others)}, kept apart by "
                f"{attachment.kept_apart_by}"
            )
            says += ", but its port is not isolated" if denied else ""
            said = (*place.said, *(segments.ports.seen if denied else ()))
            return with_others(holding(says, *said), neighbours.ids(others))
        if others and _by_firewall(neighbours, index, attachment):
            by_rules = _by_rules(neighbours, index, attachment, place, segments, others)
            if by_rules is not None and by_rules.holds:
                return by_rules
            unclear = unclear or by_rules
            continue
        possible = others or neighbours.possible_strangers(group, index)
        if possible and unclear is None:
            says = f"on network {attachment.name} with {neighbours.names(possible)}"
            unclear = (
                _said_to_be_kept_apart(
                    neighbours, says, others, attachment.kept_apart_by, place.said
                )
                if others
                else neighbours.unclear_tenant(says, possible, *place.said)
            )
    if place.attachments:
        others = neighbours.strangers(segments.on_host, index)
        if others:
            where = f"the host's network, where it meets {neighbours.names(others)}"
            says = f"its bridge passes through {where}"
            judgement = holding(says, *place.said, *places[others[0]].said)
            return with_others(judgement, neighbours.ids(others))
        possible = neighbours.possible_strangers(segments.on_host, index)
        if possible:
            where = f"the host's network, where it meets {neighbours.names(possible)}"
            says = f"its bridge passes through {where}"
            unclear = unclear or neighbours.unclear_tenant(says, possible, *place.said)
    return unclear or _unless_hidden(neighbours, index, places, segments)


def _past_isolated_ports(
    neighbours: Neighbours,
    index: int,
    attachment: NetworkAttachment,
    place: NetworkPlace,
    segments: _Segments,
) -> Judgement | None:
    """Who reaches a workload though its port is isolated: whoever's port is not."""
    not_isolated = segments.not_isolated[attachment.network]
    others = neighbours.strangers(not_isolated, index)
    said = (*place.said, *segments.ports.seen)
    if others:
        says = f"on network {attachment.name} with {neighbours.names(others)}, whose port is open"
        return with_others(holding(says, *said), neighbours.ids(others))
    perhaps = segments.perhaps_isolated[attachment.network]
    possible = neighbours.possible_strangers(not_isolated, index)
    possible = possible or neighbours.possible_strangers(perhaps, index)
    if possible:
        says = f"on network {attachment.name} with {neighbours.names(possible)}"
        return neighbours.unclear_tenant(says, possible, *said)
    others = neighbours.strangers(perhaps, index)
    if not others:
        return None
    says = f"on network {attachment.name} with {neighbours.names(others)}"
    return _said_to_be_kept_apart(neighbours, says, others, Apart.ISOLATED_PORTS, said)


def _by_firewall(neighbours: Neighbours, index: int, attachment: NetworkAttachment) -> bool:
    """Whether it is rules on this host's own bridges that keep members apart: a rootless engine
    has its bridges elsewhere."""
    rootless = neighbours.workloads[index].attributes.rootless_user
    return attachment.kept_apart_by is Apart.FIREWALL and not rootless


def _by_rules(
    neighbours: Neighbours,
    index: int,
    attachment: NetworkAttachment,
    place: NetworkPlace,
    segments: _Segments,
    others: tuple[int, ...],
) -> Judgement | None:
    """Whether the rules that are to keep members apart do not; None where they keep them."""
    firewall, filtered = segments.firewall, neighbours.inventory.host.bridges_filtered
    says = f"on network {attachment.name} with {neighbours.names(others)}"
    if filtered.value is False:
        says += f", kept apart by {attachment.kept_apart_by}, but what crosses a bridge is filtered"
        says += " by nobody"
        return with_others(holding(says, filtered, *place.said), neighbours.ids(others))
    if firewall is None:
        return _said_to_be_kept_apart(
            neighbours, says, others, attachment.kept_apart_by, place.said
        )
    for family, name in ((Family.IPV4, "IPv4"), (Family.IPV6, "IPv6")):
        way = firewall.within(attachment.network, family)
        speaks = neighbours.process(index).speaks_ipv6 if family is Family.IPV6 else None
        if way.fate is Fate.DROPPED or (speaks is not None and speaks.value is False):
            continue
        said = (*place.said, *way.said)
        if way.fate is Fate.PASSED and (speaks is None or speaks.value):
            says += f", kept apart by {attachment.kept_apart_by}, but {name} is let through"
            return with_others(holding(says, *said), neighbours.ids(others))
        doubt = way.doubt or (speaks.unknown if speaks is not None else None) or _NOT_READ
        says += f", kept apart by {attachment.kept_apart_by}; of {name}: {doubt.explanation}"
        unknown = Unknown(doubt.reason, says, doubt.settled_by)
        return Judgement(None, says, said, unknown, neighbours.ids(others))
    return None


_NOT_READ = Unknown(
    Doubt.NOT_SAID, "whether it has addresses of it was not read", "cat /proc/PID/net/if_inet6"
)


def _unless_hidden(
    neighbours: Neighbours, index: int, places: list[NetworkPlace], segments: _Segments
) -> Judgement:
    """Nobody was found on its networks; unknown where they, or a neighbour's, are not all known."""
    place = places[index]
    if place.unread is not None and neighbours.has_neighbours(index):
        return neighbours.unclear(place.unread)
    if not place.attachments and not place.on_host:
        return neighbours.alone("it is on no network", *place.said)
    hidden = neighbours.hidden(segments.unread, index)
    unread = places[hidden[0]].unread if hidden else None
    if unread is not None:
        return neighbours.unclear(unread)
    theirs = segments.said.of_others(index)
    apart = [a for a in place.attachments if segments.ports.isolated(a)]
    says = "isolated ports keep every other tenant from it" if apart else _NOBODY
    said = (*place.said, *(segments.ports.seen if apart else ()))
    for attachment in place.attachments:
        if segments.firewall and _by_firewall(neighbours, index, attachment):
            says = "the firewall keeps every other tenant from it"
            said += _rules_between(neighbours, index, attachment, segments.firewall)
    return neighbours.alone(says, *said, *theirs)


def _rules_between(
    neighbours: Neighbours, index: int, attachment: NetworkAttachment, firewall: Firewall
) -> tuple[Observation[object], ...]:
    """What shows that the rules keep members of a network from each other."""
    own = neighbours.process(index).speaks_ipv6
    by_address = () if own is None or own.value is not False else (own,)
    of_ipv6 = by_address or firewall.within(attachment.network, Family.IPV6).said
    return (*firewall.within(attachment.network, Family.IPV4).said, *of_ipv6)


def _on_host(
    neighbours: Neighbours, index: int, places: list[NetworkPlace], segments: _Segments
) -> Judgement:
    """A workload in the host's network namespace meets everybody whose bridge ends there."""
    said = places[index].said
    others = neighbours.strangers(segments.networked, index)
    if others:
        says = (
            "in the host's network namespace, through which the bridges of other tenants pass: "
            f"{neighbours.names(others)}"
        )
        return with_others(holding(says, *said), neighbours.ids(others))
    possible = neighbours.possible_strangers(segments.networked, index)
    if possible:
        return neighbours.unclear_tenant("in the host's network namespace", possible, *said)
    return _unless_hidden(neighbours, index, places, segments)


def _said_to_be_kept_apart(
    neighbours: Neighbours,
    says: str,
    others: tuple[int, ...],
    apart: Apart,
    said: tuple[Observation[object], ...],
) -> Judgement:
    """The manager says that members cannot reach each other; what makes that true was not read."""
    return Judgement(
        None,
        says,
        said,
        Unknown(
            Doubt.NOT_SAID,
            f"{says}, kept apart by {apart}, as its manager says; whether they do was not read",
            "look at nft list ruleset, /proc/sys/net/bridge/bridge-nf-call-iptables and bridge -d "
            "link as root",
        ),
        neighbours.ids(others),
    )
