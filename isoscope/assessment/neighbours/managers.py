"""Who gives orders to several tenants' workloads: one engine or VM manager for all of them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from isoscope.assessment.judgement import Judgement
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.neighbours.possessions import (
    NOTHING,
    Possessions,
    Things,
    Wording,
    in_common,
)
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.observation import Doubt, Unknown

_MANAGERS = (
    "docker",
    "podman",
    "libvirt",
    "containerd",
    "crio",
    "lxc",
    "incus",
    "lxd",
    "nspawn",
    "xen",
)
_MANAGED = Wording(
    lambda managers, names: f"whoever gives orders to {managers[0]} also manages {names}",
    "no other tenant's workload is managed with it",
)
_SERVED = Wording(
    lambda sockets, names: f"its back end at {sockets[0]} also serves {names}",
    "no back end of its own serves another tenant",
)
_ONE_PROCESS = Unknown(
    Doubt.NOT_SAID,
    "whether one process serves its vhost-user sockets and another tenant's was not read",
    "ss -xlp, for the sockets of both",
)


def shared_managers(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether its engine or VM manager also manages another tenant's."""
    made: dict[tuple[str, str], Things] = {}
    each = []
    for index, workload in enumerate(neighbours.workloads):
        kind = neighbours.kinds[index]
        if workload.engine not in _MANAGERS:
            each.append(Possessions(NOTHING, (kind,)))
        elif workload.container is None and workload.machine is None:
            unread = replace(kind, value=None, unknown=UNDESCRIBED)
            each.append(Possessions(NOTHING, (), unread))
        else:
            owner = workload.attributes.rootless_user
            key = workload.engine, owner
            name = f"{workload.engine} of {owner}" if owner else workload.engine
            made.setdefault(key, {key: name})
            each.append(Possessions(made[key], (kind,)))
    return in_common(neighbours, each, _MANAGED)


def shared_back_ends(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether a process that serves its devices, and so maps all of its memory,
    serves another tenant's: QEMU, docs/interop/vhost-user.rst."""
    each: list[Possessions] = []
    served = neighbours.group(())
    for index, workload in enumerate(neighbours.workloads):
        makeup = None if workload.machine is None else workload.machine.makeup
        if not workload.own_kernel:
            each.append(Possessions(NOTHING, (neighbours.kinds[index],)))
        elif makeup is None:
            each.append(Possessions(NOTHING, (), neighbours.undescribed(index)))
        elif makeup.parts.value is None:
            each.append(Possessions(NOTHING, (), makeup.parts))
        else:
            sockets = makeup.parts.value.vhost_user
            things: dict[Hashable, str] = {path: path for path in sockets}
            each.append(Possessions(things or NOTHING, (makeup.parts,)))
            if sockets:
                neighbours.add(served, index)
    for index, own in enumerate(each):
        if own.things and neighbours.hidden(served, index):
            unread = replace(own.said[0], value=None, unknown=_ONE_PROCESS)
            each[index] = replace(own, unread=unread)
    return in_common(neighbours, each, _SERVED)
