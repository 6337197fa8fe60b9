"""Ports of the host that lead into a workload, and who of its neighbours reaches them there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from isoscope.assessment.judgement import (
    Judgement,
    holding,
    not_applicable,
    undecided,
    with_others,
)
from isoscope.assessment.neighbours.network_places import NetworkPlace
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.network import PublishedPort
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind

_NOT_SAID = Unknown(
    Doubt.NOT_SAID,
    "nobody says which ports of the host lead to it",
    "nft list ruleset and ss -ltnup on the host, as root",
)
_SHOWN = 3
_Said = Observation[tuple[PublishedPort, ...]]


def published_ports(neighbours: Neighbours, places: Sequence[NetworkPlace]) -> list[Judgement]:
    """For each workload: whether another tenant's, which is on any network of this host, gets to it
    by an address of the host, past the networks that keep the two apart."""
    networked, on_host, unread = Group(), Group(), Group()
    for index, place in enumerate(places):
        if place.on_host:
            neighbours.add(on_host, index)
        if place.on_host or place.attachments:
            neighbours.add(networked, index)
        if place.unread is not None:
            neighbours.add(unread, index)
    by_namespace = _by_namespace(neighbours)
    return [
        _judge(neighbours, index, places, by_namespace, (networked, on_host, unread))
        for index in range(len(places))
    ]


def _by_namespace(neighbours: Neighbours) -> Mapping[int, list[_Said]]:
    """What is published of one container in a network namespace leads to all that are in it."""
    found: dict[int, list[_Said]] = defaultdict(list)
    for index, workload in enumerate(neighbours.workloads):
        namespace = neighbours.process(index).namespaces[NamespaceKind.NETWORK].value
        said = None if workload.container is None else workload.container.published
        if namespace is not None and said is not None and said.value:
            found[namespace].append(said)
    return found


def _judge(
    neighbours: Neighbours,
    index: int,
    places: Sequence[NetworkPlace],
    by_namespace: Mapping[int, list[_Said]],
    groups: tuple[Group, Group, Group],
) -> Judgement:
    workload = neighbours.workloads[index]
    if workload.own_kernel:
        return not_applicable("no engine publishes ports of a guest", neighbours.kinds[index])
    if places[index].on_host:
        return neighbours.alone("its ports are the host's own", *places[index].said)
    own = None if workload.container is None else workload.container.published
    namespace = neighbours.process(index).namespaces[NamespaceKind.NETWORK].value
    said = [*by_namespace.get(namespace, ())] if namespace is not None else []
    said += [own] if own is not None and own not in said else []
    ports = tuple(dict.fromkeys(port for item in said for port in item.value or ()))
    unclear: Judgement | None = None
    if ports:
        found = _reached(neighbours, index, ports, tuple(said), groups)
        if found is not None and found.holds:
            return found
        unclear = found
    if unclear is not None or not neighbours.has_neighbours(index):
        return unclear or neighbours.alone("no other tenant runs here")
    if own is None or not own.known:
        on_none = not places[index].attachments and places[index].unread is None
        if on_none:
            return neighbours.alone("it is on no network", *places[index].said)
        return undecided(_NOT_SAID) if own is None else neighbours.unclear(own)
    says = "no neighbour reaches its published ports" if ports else "none of its ports is published"
    return neighbours.alone(says, *said)


def _reached(
    neighbours: Neighbours,
    index: int,
    ports: Sequence[PublishedPort],
    said: tuple[_Said, ...],
    groups: tuple[Group, Group, Group],
) -> Judgement | None:
    """Who reaches one of these ports, or may; None where nobody does."""
    networked, on_host, unread = groups
    open_to_all = [port for port in ports if not port.for_this_host_only]
    shown = open_to_all or list(ports)
    group = networked if open_to_all else on_host
    words = ", ".join(_words(port) for port in shown[:_SHOWN])
    words += f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    others = neighbours.strangers(group, index)
    if others:
        says = f"{words}, which {neighbours.names(others)} may connect to by an address of the host"
        return with_others(holding(says, *said), neighbours.ids(others))
    possible = neighbours.possible_strangers(group, index)
    if possible:
        says = f"{words}, which {neighbours.names(possible)} may connect to"
        return neighbours.unclear_tenant(says, possible, *said)
    hidden = neighbours.hidden(unread, index)
    if hidden:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"{words}; whether {neighbours.names(hidden)} may connect to it is not known",
            "give Isoscope access to the engine that runs the neighbour",
        )
        return Judgement(None, doubt.explanation, said, doubt, neighbours.ids(hidden))
    return None


def _words(port: PublishedPort) -> str:
    where = port.address or "all addresses of the host"
    return f"port {port.port} of {where} leads to its {port.leads_to}"
