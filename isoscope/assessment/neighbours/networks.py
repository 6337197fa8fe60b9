"""Layer-2 segments that workloads of different tenants share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from isoscope.assessment.judgement import Judgement, settled
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind, NetworkAttachment


@dataclass(slots=True)
class _Segments:
    joined: dict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    """Workloads by the network that they are attached to."""
    on_host: Group = field(default_factory=Group)
    """Containers in the host's network namespace: every bridge passes through it."""
    unread: Group = field(default_factory=Group)
    unread_by: dict[int, Observation[object]] = field(default_factory=dict)


def shared_segments(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's is on one of its network segments."""
    segments = _Segments()
    for index in range(len(neighbours.workloads)):
        _place(neighbours, index, segments)
    return [_judge(neighbours, index, segments) for index in range(len(neighbours.workloads))]


def _attachments(
    neighbours: Neighbours, index: int
) -> tuple[tuple[NetworkAttachment, ...] | None, Observation[object] | None]:
    """A workload's attachments and the observation that says so; None where they are not known.

    A network namespace in which nothing but the loopback device is has no segment, whatever a
    manager says.
    """
    workload = neighbours.workloads[index]
    if not workload.own_kernel:
        interfaces = neighbours.process(index).network_interfaces
        if interfaces.value is not None and set(interfaces.value) <= {"lo"}:
            return (), interfaces
    declared = workload.container or workload.machine
    if declared is not None:
        return declared.networks.value, declared.networks
    if not workload.own_kernel:
        interfaces = neighbours.process(index).network_interfaces
        if not interfaces.known:
            return None, interfaces
        return None, replace(
            interfaces,
            value=None,
            unknown=Unknown(
                Doubt.NOT_SAID,
                f"it has {', '.join(interfaces.value or ())}, but on which network is not known",
                "give Isoscope access to the engine that runs it",
            ),
        )
    return (), None


def _place(neighbours: Neighbours, index: int, segments: _Segments) -> None:
    workload = neighbours.workloads[index]
    process = neighbours.process(index)
    in_host = process.in_host_namespace[NamespaceKind.NETWORK].value
    if in_host and not workload.own_kernel:
        neighbours.add(segments.on_host, index)
        return
    attachments, observation = _attachments(neighbours, index)
    if attachments is None:
        neighbours.add(segments.unread, index)
        if observation is not None:
            segments.unread_by[index] = observation
        return
    for attachment in attachments:
        neighbours.add(segments.joined[attachment.network], index)


def _judge(neighbours: Neighbours, index: int, segments: _Segments) -> Judgement:
    workload = neighbours.workloads[index]
    in_host = neighbours.process(index).in_host_namespace[NamespaceKind.NETWORK]
    if in_host.value and not workload.own_kernel:
        return _on_host(neighbours, index, in_host)
    attachments, observation = _attachments(neighbours, index)
    if attachments is None:
        if observation is not None and neighbours.has_neighbours(index):
            return neighbours.unclear(observation)
        return neighbours.alone("no other tenant runs here")
    said = () if observation is None else (observation,)
    if not attachments:
        return neighbours.alone("it is on no network", *said)
    unclear: Judgement | None = None
    for attachment in attachments:
        group = segments.joined[attachment.network]
        others = neighbours.strangers(group, index)
        if others and not attachment.isolates_neighbours:
            says = f"on network {attachment.name} with {neighbours.names(others)}"
            return replace(settled(True, says, *said), others=neighbours.ids(others))
        possible = others or neighbours.possible_strangers(group, index)
        if possible and unclear is None:
            says = f"on network {attachment.name} with {neighbours.names(possible)}"
            unclear = (
                _said_to_be_kept_apart(neighbours, says, possible, said)
                if others
                else neighbours.unclear_tenant(says, possible, *said)
            )
    others = neighbours.strangers(segments.on_host, index)
    if others:
        says = f"its bridge passes through the host's network, where {neighbours.names(others)} is"
        theirs = neighbours.process(others[0]).in_host_namespace[NamespaceKind.NETWORK]
        return replace(settled(True, says, *said, theirs), others=neighbours.ids(others))
    if unclear is not None:
        return unclear
    hidden = neighbours.strangers(segments.unread, index) or neighbours.possible_strangers(
        segments.unread, index
    )
    if hidden and hidden[0] in segments.unread_by:
        return neighbours.unclear(segments.unread_by[hidden[0]])
    return neighbours.alone("no other tenant is on its networks", *said)


def _on_host(neighbours: Neighbours, index: int, in_host: Observation[bool]) -> Judgement:
    """A workload in the host's network namespace meets everybody whose bridge ends there."""
    others = neighbours.strangers(neighbours.everyone, index)
    if others:
        says = "in the host's network namespace, through which every other tenant's bridge passes"
        return replace(settled(True, says, in_host), others=neighbours.ids(others))
    possible = neighbours.possible_strangers(neighbours.everyone, index)
    if possible:
        return neighbours.unclear_tenant("in the host's network namespace", possible, in_host)
    return neighbours.alone("no other tenant runs here")


def _said_to_be_kept_apart(
    neighbours: Neighbours,
    says: str,
    others: list[int],
    said: tuple[Observation[object], ...],
) -> Judgement:
    """The engine says that members cannot reach each other; only firewall rules make that true."""
    return Judgement(
        None,
        says,
        said,
        Unknown(
            Doubt.NOT_SAID,
            f"{says}; the engine says that it keeps them apart, but its firewall rules were not "
            "read",
            "look at nft list ruleset and /proc/sys/net/bridge/bridge-nf-call-iptables as root",
        ),
        neighbours.ids(others),
    )
