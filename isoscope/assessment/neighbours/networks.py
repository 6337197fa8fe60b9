"""Layer-2 segments that workloads of different tenants share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from isoscope.assessment.judgement import Judgement, holding, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind

_MADE_BY_THE_KERNEL = frozenset(
    {
        "lo",
        "tunl0",
        "sit0",
        "gre0",
        "gretap0",
        "erspan0",
        "ip_vti0",
        "ip6_vti0",
        "ip6tnl0",
        "ip6gre0",
    }
)
"""Devices that each network namespace has by itself, down until somebody configures them:
Documentation/admin-guide/sysctl/net.rst, fb_tunnels_only_for_init_net."""


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """Where a workload is on the network."""

    on_host: bool = False
    """In the host's own network namespace: every bridge passes through it."""
    attachments: tuple[NetworkAttachment, ...] = ()
    said: tuple[Observation[object], ...] = ()
    unread: Observation[object] | None = None
    """What keeps from saying that it is on no other network."""


@dataclass(slots=True)
class _Segments:
    said: Words
    joined: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    """Workloads by the network that they are attached to."""
    on_host: Group = field(default_factory=Group)
    networked: Group = field(default_factory=Group)
    """Workloads that are on any network."""
    unread: Group = field(default_factory=Group)


def network_places(neighbours: Neighbours) -> list[NetworkPlace]:
    """Where each workload is on the network."""
    by_namespace = _declared_by_namespace(neighbours)
    return [_place(neighbours, i, by_namespace) for i in range(len(neighbours.workloads))]


def shared_segments(neighbours: Neighbours, places: list[NetworkPlace]) -> list[Judgement]:
    """For each workload: whether another tenant's is on one of its network segments."""
    segments = _Segments(Words(neighbours))
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
    return [_judge(neighbours, index, places, segments) for index in range(len(places))]


_Declared = Observation[tuple[NetworkAttachment, ...]]


def _declared_by_namespace(neighbours: Neighbours) -> dict[int, list[_Declared]]:
    """What managers say of any container in a network namespace holds for all that are in it."""
    found: dict[int, list[_Declared]] = defaultdict(list)
    for index, workload in enumerate(neighbours.workloads):
        namespace = neighbours.process(index).namespaces[NamespaceKind.NETWORK].value
        declared = None if workload.container is None else workload.container.networks
        if namespace is not None and declared is not None and declared.value:
            found[namespace].append(declared)
    return found


def _place(
    neighbours: Neighbours, index: int, by_namespace: dict[int, list[_Declared]]
) -> NetworkPlace:
    workload = neighbours.workloads[index]
    if workload.own_kernel:
        if workload.machine is None:
            return NetworkPlace(unread=neighbours.undescribed(index))
        networks = workload.machine.networks
        if networks.value is None:
            return NetworkPlace(unread=networks)
        return NetworkPlace(attachments=networks.value, said=(networks,))
    process = neighbours.process(index)
    in_host = process.in_host_namespace[NamespaceKind.NETWORK]
    if in_host.value:
        return NetworkPlace(on_host=True, said=(in_host,))
    interfaces = process.network_interfaces
    devices = None if interfaces.value is None else set(interfaces.value) - _MADE_BY_THE_KERNEL
    if in_host.known and devices is not None and not devices:
        return NetworkPlace(said=(in_host, interfaces))
    own = workload.container.networks if workload.container is not None else None
    namespace = process.namespaces[NamespaceKind.NETWORK].value
    declared = by_namespace.get(namespace, []) if namespace is not None else []
    if own is not None and own not in declared:
        declared = [own, *declared]
    attachments = tuple(dict.fromkeys(a for item in declared for a in item.value or ()))
    said: tuple[Observation[object], ...] = (in_host, interfaces, *declared[:4])
    unread: Observation[object] | None = None
    if not in_host.known or devices is None:
        unread = interfaces if in_host.known else in_host
    elif len(devices) > len(attachments):
        unread = next((item for item in declared if not item.known), None)
        unread = unread or _unexplained(interfaces, devices)
    return NetworkPlace(attachments=attachments, said=said, unread=unread)


def _unexplained(
    interfaces: Observation[tuple[str, ...]], devices: set[str]
) -> Observation[tuple[str, ...]]:
    return replace(
        interfaces,
        value=None,
        unknown=Unknown(
            Doubt.NOT_SAID,
            f"it has {', '.join(sorted(devices)[:5])}; on which networks these are is not known",
            "give Isoscope access to the engine that runs it",
        ),
    )


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
        if others and not attachment.isolates_neighbours:
            says = (
                f"on network {attachment.name} with {neighbours.names(others)}, kept apart by "
                f"{attachment.kept_apart_by}"
            )
            return with_others(holding(says, *place.said), neighbours.ids(others))
        filtered = neighbours.inventory.host.bridges_filtered
        if others and filtered.value is False and _by_firewall(neighbours, index, attachment):
            says = (
                f"on network {attachment.name} with {neighbours.names(others)}, kept apart by "
                f"{attachment.kept_apart_by}, but what crosses a bridge is filtered by nobody"
            )
            return with_others(holding(says, filtered, *place.said), neighbours.ids(others))
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


def _by_firewall(neighbours: Neighbours, index: int, attachment: NetworkAttachment) -> bool:
    """Whether it is rules on this host's own bridges that keep members apart: a rootless engine
    has its bridges elsewhere."""
    rootless = neighbours.workloads[index].attributes.rootless_user
    return attachment.kept_apart_by is Apart.FIREWALL and not rootless


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
    return neighbours.alone("no other tenant is on its networks", *place.said, *theirs)


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
    others: list[int],
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
