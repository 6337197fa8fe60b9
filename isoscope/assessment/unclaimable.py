"""Workloads whose owner is not known: they may be any tenant's, and count at their worst."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import Judgement, not_applicable
from isoscope.assessment.verdict import OTHERS_SHOWN, Finding
from isoscope.assessment.vocabulary import FindingState
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


def may_belong(tenant: str, others: tuple[str, ...]) -> Finding:
    """That these workloads, which stand lower, may be the tenant's."""
    count = "one workload" if len(others) == 1 else f"{len(others)} workloads"
    says = f"{count} of unknown owner may be {tenant}'s"
    return Finding(
        OWNER_UNKNOWN.id,
        OWNER_UNKNOWN.kind,
        others[0],
        FindingState.UNKNOWN,
        says,
        others=others[:OTHERS_SHOWN],
        unknown=Unknown(Doubt.NOT_SAID, says, OWNER_UNKNOWN.remedy),
    )
