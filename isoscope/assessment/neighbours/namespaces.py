"""Namespaces that workloads of different tenants share: ``namespaces(7)``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from isoscope.assessment.judgement import Judgement, any_of, failing, holding, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import NamespaceKind, Workload

_KINDS = (NamespaceKind.PID, NamespaceKind.NETWORK, NamespaceKind.IPC, NamespaceKind.MOUNT)
_Members = Mapping[tuple[NamespaceKind, int], Group]


def shared_namespaces(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether it shares a PID, network, IPC or mount namespace with another
    tenant's. A VMM's namespaces are the manager's own and not the guest's, so VMs have none."""
    members: _Members = defaultdict(Group)
    unread = Group()
    for index, workload in enumerate(neighbours.workloads):
        kinds = _kinds_of(workload)
        namespaces = neighbours.process(index).namespaces
        for kind in kinds:
            number = namespaces[kind].value
            if number is not None:
                neighbours.add(members[kind, number], index)
        if not all(namespaces[kind].known for kind in kinds):
            neighbours.add(unread, index)
    return [
        failing("a VM has namespaces of its own kernel", neighbours.kinds[index])
        if not _kinds_of(workload)
        else _judge(neighbours, index, members, unread)
        for index, workload in enumerate(neighbours.workloads)
    ]


def _kinds_of(workload: Workload) -> tuple[NamespaceKind, ...]:
    """The kinds in which it can meet others: gVisor's sentry has its network from the host."""
    if workload.sandboxed_by is Sandbox.GVISOR:
        return (NamespaceKind.NETWORK,)
    return () if workload.behind_own_kernel else _KINDS


def _judge(neighbours: Neighbours, index: int, members: _Members, unread: Group) -> Judgement:
    namespaces = neighbours.process(index).namespaces
    kinds = _kinds_of(neighbours.workloads[index])
    unclear: Judgement | None = None
    shared: list[Judgement] = []
    for kind in kinds:
        own = namespaces[kind]
        if own.value is None:
            if neighbours.has_neighbours(index):
                unclear = unclear or neighbours.unclear(own)
            continue
        group = members[kind, own.value]
        others = neighbours.strangers(group, index)
        if others:
            theirs = neighbours.process(others[0]).namespaces[kind]
            says = f"shares its {kind} namespace with {neighbours.names(others)}"
            shared.append(with_others(holding(says, own, theirs), neighbours.ids(others)))
            continue
        possible = neighbours.possible_strangers(group, index)
        if possible:
            says = f"shares its {kind} namespace with {neighbours.names(possible)}"
            unclear = unclear or neighbours.unclear_tenant(says, possible, own)
    if shared:
        return any_of(*shared, otherwise="")
    if unclear is not None:
        return unclear
    hidden = neighbours.hidden(unread, index)
    if hidden:
        theirs_unread = neighbours.process(hidden[0]).namespaces
        of_theirs = _kinds_of(neighbours.workloads[hidden[0]])
        return neighbours.unclear(
            next(theirs_unread[kind] for kind in of_theirs if not theirs_unread[kind].known)
        )
    return neighbours.alone(
        "its PID, network, IPC and mount namespaces are shared with no other tenant",
        *(namespaces[kind] for kind in kinds),
    )


def in_host_pid_namespace(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's workload sees all processes of the host, its own
    among them, with capabilities that count there."""
    seeing, maybe = Group(), Group()
    for index, workload in enumerate(neighbours.workloads):
        if workload.behind_own_kernel:
            continue
        process = neighbours.process(index)
        sees = process.in_host_namespace[NamespaceKind.PID].value
        counts = process.capabilities_hold_on_host.value
        if sees and counts and workload.sandbox is None:
            neighbours.add(seeing, index)
        elif sees is not False and counts is not False:
            neighbours.add(maybe, index)

    def judge(index: int) -> Judgement:
        others = neighbours.strangers(seeing, index)
        if others:
            process = neighbours.process(others[0])
            sees = process.in_host_namespace[NamespaceKind.PID]
            says = f"all processes of the host are open to {neighbours.names(others)}"
            judgement = holding(says, sees, process.capabilities_hold_on_host)
            return with_others(judgement, neighbours.ids(others))
        possible = neighbours.possible_strangers(seeing, index)
        if possible:
            says = f"all processes of the host are open to {neighbours.names(possible)}"
            sees = neighbours.process(possible[0]).in_host_namespace[NamespaceKind.PID]
            return neighbours.unclear_tenant(says, possible, sees)
        hidden = neighbours.hidden(maybe, index)
        if hidden:
            process, sandbox = (
                neighbours.process(hidden[0]),
                neighbours.workloads[hidden[0]].sandbox,
            )
            sees = process.in_host_namespace[NamespaceKind.PID]
            if sandbox is not None:  # what was seen may be gVisor's sentry
                return neighbours.unclear(sandbox)
            return neighbours.unclear(process.capabilities_hold_on_host if sees.known else sees)
        return neighbours.alone("no other tenant is in the host's PID namespace")

    return neighbours.for_each(judge)
