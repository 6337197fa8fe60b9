"""An assessment: the verdicts on every tenant and workload, and why they are what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from isoscope.assessment.evaluation import Standing
from isoscope.assessment.explanation import explain, explain_lowest
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.profile import Profile
from isoscope.assessment.unclaimable import may_be_unseen, may_belong, unseen
from isoscope.assessment.verdict import AssessedTenant, AssessedWorkload, Explanation, Finding
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Status
from isoscope.inventory.inventory import Inventory

_WORST_FIRST = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses: falls short, then unproven, then meets, then not required."""
    return min(statuses, key=_WORST_FIRST.index, default=Status.NOT_REQUIRED)


@dataclass(frozen=True)
class Assessment:
    """What an inventory means for one profile and one viewpoint; tenants may have a profile of
    their own."""

    inventory: Inventory
    profile: Profile
    viewpoint: Viewpoint
    tenants: tuple[AssessedTenant, ...]
    """Worst status first, then by name."""
    workloads: Mapping[str, AssessedWorkload]
    """By id: those that run."""
    standings: Mapping[str, Mapping[Aspect, Standing]] = field(repr=False)
    """By workload id: the findings that each ladder rests on."""
    all_findings: Mapping[str, tuple[Finding, ...]] = field(repr=False)
    evidence: Mapping[str, Sequence[GivenEvidence]] = field(default_factory=dict, repr=False)
    """Attestation evidence that was given, by workload id."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """What is required for tenants that have a profile of their own, here or not, and of workloads
    that may be any tenant's."""
    forget: Callable[[], None] = field(default=lambda: None, repr=False, compare=False)
    """Frees the standings and findings that were asked for, which are made again when they are
    asked for again: of thousands of workloads they take more room than all else."""

    @cached_property
    def _tenants(self) -> dict[str, AssessedTenant]:
        return {tenant.name: tenant for tenant in self.tenants}

    @property
    def status(self) -> Status:
        """The worst over every required verdict of every tenant. Where workloads may run unseen,
        their tenants' verdicts are unproven."""
        statuses = [tenant_status(tenant) for tenant in self.tenants]
        required = any(one.required for one in (self.profile, *self.profiles.values()))
        if required and unseen(self.inventory):
            statuses.append(Status.UNPROVEN)
        return worst(statuses)

    def own_profile(self, tenant: str) -> Profile | None:
        """The profile of a tenant's own; None where everybody's is required of it."""
        own = self.profiles.get(tenant)
        return None if own == self.profile else own

    def explain_workload(self, workload: str, aspect: Aspect) -> Explanation:
        """Why a workload's verdict is what it is.

        Raises:
            KeyError: no running workload has this id.
        """
        verdict = self.workloads[workload].verdicts[aspect]
        return explain(verdict, self.standings[workload][aspect])

    def explain_tenant(self, name: str, aspect: Aspect) -> Explanation:
        """Why a tenant's verdict is what it is: what holds the lowest of its workloads.

        Raises:
            KeyError: no tenant has this name.
        """
        tenant = self._tenants[name]
        verdict = tenant.verdicts[aspect]
        members = [
            (self.workloads[member].verdicts[aspect], self.standings[member][aspect])
            for member in tenant.workloads
        ]
        return explain_lowest(verdict, members, partial(self._beyond, tenant, aspect))

    def _beyond(self, tenant: AssessedTenant, aspect: Aspect, level: int) -> list[Finding]:
        """That workloads which stand below a level may be a tenant's, and keep it from there."""
        if not self.workloads[tenant.workloads[0]].tenant.claimed:
            return []
        holes = unseen(self.inventory)
        found = [may_be_unseen(tenant, holes)] if holes and level > 0 else []
        lower = tuple(
            other
            for other in tenant.may_include
            if self.workloads[other].verdicts[aspect].low < level
        )
        return [*found, may_belong(tenant, lower)] if lower else found

    def findings(self, workload: str) -> tuple[Finding, ...]:
        """Every measure and exposure for one workload, whatever its state.

        Raises:
            KeyError: no running workload has this id.
        """
        return self.all_findings[workload]


def tenant_status(tenant: AssessedTenant) -> Status:
    """The worst of a tenant's nine verdicts."""
    return worst(tenant.verdicts[aspect].status for aspect in ASPECTS)
