"""Workloads that may be any tenant's, and so count at their worst for each: those whose owner is
not known, and those that nobody saw."""

from __future__ import annotations

from dataclasses import replace

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, not_applicable
from isoscope.assessment.verdict import OTHERS_SHOWN, AssessedTenant, Finding
from isoscope.assessment.vocabulary import FindingKind, FindingState
from isoscope.inventory.host import Hole
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Doubt, Unknown


def _of_tenants_only(subject: Subject) -> Judgement:
    del subject
    return not_applicable("it is about tenants, not about a single workload")


OWNER_UNKNOWN: Declaration = exposure(
    "owner-unknown",
    "Workloads whose owner is not known",
    what="Workloads run here whose labels could not be read, and which stand lower than this "
    "tenant's own.",
    why="Any of them may be this tenant's; its verdict cannot be better than theirs until that is "
    "known.",
    by_hand="docker ps --no-trunc; podman ps --no-trunc",
    remedy="Give Isoscope access to the manager that runs them, or claim them with a tenants rule.",
    references=("Isoscope's design: tenants",),
    judge=_of_tenants_only,
)


UNSEEN = "unseen-workloads"
"""Id of the exposure that workloads may run unseen."""


def unseen(inventory: Inventory) -> tuple[Hole, ...]:
    """Why workloads may run that nobody saw; nothing where all were seen."""
    return tuple(hole for hole in inventory.holes if hole.hides_workloads)


def may_be_unseen(tenant: AssessedTenant, holes: tuple[Hole, ...]) -> Finding:
    """That workloads which nobody saw may be the tenant's."""
    says = f"workloads of {tenant.name} may run unseen: {holes[0].what}"
    return Finding(
        UNSEEN,
        FindingKind.EXPOSURE,
        tenant.workloads[0],
        FindingState.UNKNOWN,
        says,
        tuple(hole.observation for hole in holes),
        unknown=replace(holes[0].observation.doubt, explanation=says),
    )


def may_belong(tenant: AssessedTenant, others: tuple[str, ...]) -> Finding:
    """That these workloads, which stand lower, may be the tenant's."""
    count = "one workload" if len(others) == 1 else f"{len(others)} workloads"
    says = f"{count} of unknown owner may be {tenant.name}'s"
    return Finding(
        OWNER_UNKNOWN.id,
        OWNER_UNKNOWN.kind,
        others[0],
        FindingState.UNKNOWN,
        says,
        others=others[:OTHERS_SHOWN],
        unknown=Unknown(Doubt.NOT_SAID, says, OWNER_UNKNOWN.remedy),
    )
