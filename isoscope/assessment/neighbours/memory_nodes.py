"""NUMA nodes from which workloads of different tenants get memory: ``cpuset(7)``, numa(7)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.possessions import (
    NOTHING,
    Possessions,
    Things,
    Wording,
    in_common,
)
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.inventory.observation import Doubt, Unknown

_NOT_LOOKED = Unknown(Doubt.NOT_SAID, "nobody looked at its nodes", "scan again")
_WORDS = Wording(
    lambda nodes, names: f"memory of {', '.join(nodes[:3])} is also given to {names}",
    "no other tenant gets memory of its nodes",
)


def shared_nodes(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether another tenant's may get memory of the same node."""
    made: dict[frozenset[int], Things] = {}
    each = []
    for index in range(len(neighbours.workloads)):
        nodes = neighbours.process(index).memory_nodes
        if nodes is None or nodes.value is None:
            unread = nodes or replace(neighbours.kinds[index], value=None, unknown=_NOT_LOOKED)
            each.append(Possessions(NOTHING, (), unread))
            continue
        if nodes.value not in made:
            named: dict[Hashable, str] = {node: f"node {node}" for node in sorted(nodes.value)}
            made[nodes.value] = named or NOTHING
        each.append(Possessions(made[nodes.value], (nodes,)))
    return in_common(neighbours, each, _WORDS)
