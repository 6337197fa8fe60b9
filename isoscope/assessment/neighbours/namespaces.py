"""Namespaces that workloads of different tenants share: ``namespaces(7)``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from isoscope.assessment.judgement import Judgement, settled
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.workload import NamespaceKind

_KINDS = (NamespaceKind.PID, NamespaceKind.NETWORK, NamespaceKind.IPC, NamespaceKind.MOUNT)


def shared_namespaces(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether it shares a PID, network, IPC or mount namespace with another
    tenant's. A VMM's namespaces are the manager's own and not the guest's, so VMs have none."""
    groups: dict[tuple[NamespaceKind, int], Group] = defaultdict(Group)
    unread = Group()
    containers = [i for i, w in enumerate(neighbours.workloads) if not w.own_kernel]
    for index in containers:
        for kind in _KINDS:
            number = neighbours.process(index).namespaces[kind].value
            if number is None:
                neighbours.add(unread, index)
                break
            neighbours.add(groups[kind, number], index)
    found = []
    for index, workload in enumerate(neighbours.workloads):
        if workload.own_kernel:
            found.append(neighbours.alone("a VM has namespaces of its own kernel"))
        else:
            found.append(_judge(neighbours, index, groups, unread))
    return found


def _judge(
    neighbours: Neighbours,
    index: int,
    groups: dict[tuple[NamespaceKind, int], Group],
    unread: Group,
) -> Judgement:
    namespaces = neighbours.process(index).namespaces
    unclear: Judgement | None = None
    for kind in _KINDS:
        own = namespaces[kind]
        if own.value is None:
            if neighbours.has_neighbours(index):
                unclear = unclear or neighbours.unclear(own)
            continue
        group = groups[kind, own.value]
        others = neighbours.strangers(group, index)
        if others:
            theirs = neighbours.process(others[0]).namespaces[kind]
            says = f"shares its {kind} namespace with {neighbours.names(others)}"
            return replace(settled(True, says, own, theirs), others=neighbours.ids(others))
        possible = neighbours.possible_strangers(group, index)
        if possible:
            says = f"shares its {kind} namespace with {neighbours.names(possible)}"
            unclear = unclear or neighbours.unclear_tenant(says, possible, own)
    if unclear is not None:
        return unclear
    hidden = neighbours.strangers(unread, index) or neighbours.possible_strangers(unread, index)
    if hidden:
        unread_there = neighbours.process(hidden[0]).namespaces
        return neighbours.unclear(
            next(unread_there[kind] for kind in _KINDS if not unread_there[kind].known)
        )
    return neighbours.alone(
        "its PID, network, IPC and mount namespaces are shared with no other tenant",
        *(namespaces[kind] for kind in _KINDS),
    )


def in_host_pid_namespace(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's workload sees all processes of the host, its own
    among them, with capabilities that count there."""
    seeing, maybe = Group(), Group()
    for index, workload in enumerate(neighbours.workloads):
        if workload.own_kernel:
            continue
        process = neighbours.process(index)
        sees = process.in_host_namespace[NamespaceKind.PID].value
        counts = process.capabilities_hold_on_host.value
        if sees and counts:
            neighbours.add(seeing, index)
        elif sees is not False and counts is not False:
            neighbours.add(maybe, index)
    found = []
    for index in range(len(neighbours.workloads)):
        others = neighbours.strangers(seeing, index)
        possible = neighbours.possible_strangers(seeing, index)
        hidden = neighbours.strangers(maybe, index) or neighbours.possible_strangers(maybe, index)
        if others:
            process = neighbours.process(others[0])
            says = f"{neighbours.names(others)} sees and reaches all processes of the host"
            judgement = settled(
                True,
                says,
                process.in_host_namespace[NamespaceKind.PID],
                process.capabilities_hold_on_host,
            )
            found.append(replace(judgement, others=neighbours.ids(others)))
        elif possible:
            says = f"{neighbours.names(possible)} sees and reaches all processes of the host"
            pid = neighbours.process(possible[0]).in_host_namespace[NamespaceKind.PID]
            found.append(neighbours.unclear_tenant(says, possible, pid))
        elif hidden:
            process = neighbours.process(hidden[0])
            pid = process.in_host_namespace[NamespaceKind.PID]
            unknown = pid if not pid.known else process.capabilities_hold_on_host
            found.append(neighbours.unclear(unknown))
        else:
            found.append(neighbours.alone("no other tenant is in the host's PID namespace"))
    return found
