"""Viewpoints: whose word an observer is willing to take. Design §4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from isoscope.assessment.vocabulary import Direction
from isoscope.inventory.observation import Party

ADVERSARIES: Mapping[Direction, frozenset[Party]] = {
    Direction.WORKLOAD_FROM_WORKLOAD: frozenset({Party.WORKLOAD}),
    Direction.HOST_FROM_WORKLOAD: frozenset({Party.WORKLOAD}),
    Direction.WORKLOAD_FROM_HOST: frozenset(
        {
            Party.HOST_ADMIN,
            Party.HOST_KERNEL,
            Party.CONTAINER_ENGINE,
            Party.VM_MANAGER,
            Party.PLATFORM_FIRMWARE,
            Party.OUTER_HYPERVISOR,
        }
    ),
}
"""The parties that each direction protects against. Their word never counts in the workload's
favour, whatever the viewpoint."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The set of parties that an observer believes."""

    id: str
    title: str
    description: str
    believes: frozenset[Party]
    distrusted: frozenset[Party] = frozenset()
    """Parties switched off by hand."""

    def believed(self, direction: Direction) -> frozenset[Party]:
        """Parties whose word counts in the workload's favour in this direction."""
        return self.believes - ADVERSARIES[direction]

    def distrusting(self, *parties: Party) -> Viewpoint:
        """This viewpoint without these parties."""
        return replace(
            self,
            believes=self.believes - frozenset(parties),
            distrusted=self.distrusted | frozenset(parties),
        )

    def trusting(self, *parties: Party) -> Viewpoint:
        """This viewpoint with these parties."""
        return replace(
            self,
            believes=self.believes | frozenset(parties),
            distrusted=self.distrusted - frozenset(parties),
        )


OPERATOR = Viewpoint(
    "operator",
    "Operator",
    "Believes every party but the workloads: a system administrator looking at their own machine.",
    frozenset(Party) - {Party.WORKLOAD},
)
TENANT = Viewpoint(
    "tenant",
    "Tenant",
    "Believes the CPU vendor and its own workload, and nobody who runs the host.",
    frozenset({Party.CPU_VENDOR, Party.WORKLOAD}),
)
AUDITOR = Viewpoint(
    "auditor",
    "Auditor",
    "Believes only evidence that was verified here: reports signed by hardware.",
    frozenset({Party.CPU_VENDOR}),
)

BUILT_IN: Mapping[str, Viewpoint] = {
    viewpoint.id: viewpoint for viewpoint in (OPERATOR, TENANT, AUDITOR)
}
