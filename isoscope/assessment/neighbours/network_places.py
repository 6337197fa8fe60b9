"""Where each workload is on the network, by what the kernel and its manager say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.network import MADE_BY_THE_KERNEL, NetworkAttachment
from isoscope.inventory.observation import Doubt, Observation, Unknown
from isoscope.inventory.workload import NamespaceKind


@dataclass(frozen=True, slots=True)
class NetworkPlace:
    """Where a workload is on the network."""

    on_host: bool = False
    """In the host's own network namespace: every bridge passes through it."""
    attachments: tuple[NetworkAttachment, ...] = ()
    said: tuple[Observation[object], ...] = ()
    unread: Observation[object] | None = None
    """What keeps from saying that it is on no other network."""


def network_places(neighbours: Neighbours) -> list[NetworkPlace]:
    """Where each workload is on the network."""
    by_namespace = _declared_by_namespace(neighbours)
    return [_place(neighbours, i, by_namespace) for i in range(len(neighbours.workloads))]


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
    devices = None if interfaces.value is None else set(interfaces.value) - MADE_BY_THE_KERNEL
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
