"""What the window asks of an assessment; ``isoscope.assessment.assessment.Assessment`` answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from isoscope.assessment.given_evidence import GivenEvidence
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.verdict import AssessedTenant, AssessedWorkload, Explanation
    from isoscope.assessment.vocabulary import Aspect
    from isoscope.inventory.inventory import Inventory


class Assessment(Protocol):
    """The verdicts on every tenant and workload, and why they are what they are."""

    @property
    def inventory(self) -> Inventory:
        """The facts that were judged."""

    @property
    def tenants(self) -> tuple[AssessedTenant, ...]:
        """Worst status first, then by name."""

    @property
    def workloads(self) -> Mapping[str, AssessedWorkload]:
        """Running workloads by id."""

    @property
    def evidence(self) -> Mapping[str, Sequence[GivenEvidence]]:
        """Attestation evidence that was given, by workload id."""

    def own_profile(self, tenant: str) -> Profile | None:
        """The profile of a tenant's own; None where everybody's is required of it."""

    def explain_tenant(self, name: str, aspect: Aspect) -> Explanation:
        """Why a tenant's verdict is what it is."""

    def explain_workload(self, workload: str, aspect: Aspect) -> Explanation:
        """Why a workload's verdict is what it is."""
