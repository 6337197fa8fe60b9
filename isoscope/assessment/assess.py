"""Facts → verdicts, for one profile and one viewpoint. Design §4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isoscope.assessment.assessment import Assessment, tenant_status
from isoscope.assessment.conclusions import Conclusions
from isoscope.assessment.declaration import Subject, Surroundings
from isoscope.assessment.given_evidence import GivenEvidence, by_workload
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import Judgements
from isoscope.assessment.kinds import kind_of
from isoscope.assessment.measures import tee
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.neighbours.survey import survey
from isoscope.assessment.profile import Profile, strictest
from isoscope.assessment.sandboxed import judged_in_sandbox
from isoscope.assessment.tenants import NO_RULES, TenantRules, claims, tenant_unknown
from isoscope.assessment.unclaimable import unseen
from isoscope.assessment.verdict import (
    AssessedTenant,
    AssessedWorkload,
    TenantClaim,
    Verdict,
)
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Status
from isoscope.cycle_collection import paused
from isoscope.inventory.inventory import Inventory

_ORDER = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)


@dataclass(frozen=True)
class JudgedInventory:
    """What holds for every workload, whoever looks: it does not depend on profile or viewpoint."""

    inventory: Inventory
    claims: Mapping[str, TenantClaim]
    judgements: Mapping[str, Mapping[str, Judgement]]
    """By workload id, then by the id of the measure or exposure."""
    evidence: Mapping[str, Sequence[GivenEvidence]] = field(default_factory=dict)
    """Attestation evidence that was given, by workload id."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """What is required for tenants that have a profile of their own."""


@paused()
def judge(
    inventory: Inventory,
    rules: TenantRules = NO_RULES,
    evidence: Iterable[GivenEvidence] = (),
) -> JudgedInventory:
    """Judges every measure and exposure for every running workload.

    Args:
        inventory: what was found on the host.
        rules: who owns which workload.
        evidence: attestation evidence, each for the workload that it names.
    """
    owners = claims(inventory.workloads, rules)
    neighbours = Neighbours.of(inventory, owners)
    shared = survey(neighbours)
    surroundings = Surroundings.of(inventory)
    given = by_workload(evidence)
    judgements: dict[str, Mapping[str, Judgement]] = {}
    for workload, kind in zip(inventory.workloads, neighbours.kinds, strict=True):
        subject = Subject(
            workload, kind, inventory, shared[workload.id], surroundings, given.get(workload.id, ())
        )
        judgements[workload.id] = judged_in_sandbox(subject, Judgements)
    return JudgedInventory(inventory, owners, judgements, given, rules.profiles)


def with_evidence(judged: JudgedInventory, evidence: Iterable[GivenEvidence]) -> JudgedInventory:
    """The same with attestation evidence: judged anew is only what evidence bears on, of the
    workloads that have some. Evidence for a workload that is not there is left out."""
    inventory = judged.inventory
    given = by_workload(evidence)
    judgements = dict(judged.judgements)
    nothing_around = Surroundings.of_nothing(inventory)
    for workload in inventory.workloads:
        if workload.id in given and workload.id in judgements:
            kind = kind_of(workload, inventory.observed_at)
            subject = Subject(workload, kind, inventory, {}, nothing_around, given[workload.id])
            judgements[workload.id] = {
                **judgements[workload.id],
                **{item.id: item.judge(subject) for item in tee.DECLARATIONS},
            }
    return replace(judged, judgements=judgements, evidence=given)


def assess(
    inventory: Inventory,
    *,
    profile: Profile,
    viewpoint: Viewpoint,
    rules: TenantRules = NO_RULES,
    evidence: Iterable[GivenEvidence] = (),
) -> Assessment:
    """The verdicts on an inventory for one profile and viewpoint."""
    return conclude(judge(inventory, rules, evidence), profile=profile, viewpoint=viewpoint)


@paused()
def conclude(judged: JudgedInventory, *, profile: Profile, viewpoint: Viewpoint) -> Assessment:
    """The verdicts that judgements give for one profile and viewpoint. Cheap beside ``judge``: what
    is recomputed when either changes. The profile is for tenants that have none of their own."""
    inventory = judged.inventory
    neighbours = Neighbours.of(inventory, judged.claims)
    conclusions = Conclusions.of(neighbours, judged.judgements, viewpoint)
    profiles = _profiles(judged, profile)
    workloads = {}
    for workload, rungs in conclusions.rungs.items():
        owner = judged.claims[workload]
        required = profiles.get(owner.tenant, profile)
        workloads[workload] = AssessedWorkload(
            workload,
            owner,
            {
                aspect: Verdict(aspect, low, high, required.least(aspect))
                for aspect, (low, high) in rungs.items()
            },
        )
    return Assessment(
        inventory=inventory,
        profile=profile,
        viewpoint=viewpoint,
        tenants=_tenants(workloads, some_unseen=bool(unseen(inventory))),
        workloads=workloads,
        standings=conclusions.standings,
        all_findings=conclusions.findings,
        evidence=judged.evidence,
        profiles=profiles,
        forget=conclusions.forget,
    )


def _profiles(judged: JudgedInventory, everybodys: Profile) -> Mapping[str, Profile]:
    """Those of tenants that have one of their own. A workload whose tenant is not known may be
    anybody's: where tenants differ, the most that any of them requires is required of it."""
    if not judged.profiles:
        return {}
    most = strictest((everybodys, *judged.profiles.values()))
    if most.required == everybodys.required:
        return judged.profiles
    unknown = {one.tenant: most for one in judged.claims.values() if tenant_unknown(one)}
    return {**judged.profiles, **unknown}


def _tenants(
    workloads: Mapping[str, AssessedWorkload], *, some_unseen: bool
) -> tuple[AssessedTenant, ...]:
    """Groups workloads by tenant; a tenant's range is the lowest of its workloads'.

    A workload whose tenant is not known, and one that nobody saw, may be anybody's: it may pull
    every tenant's low rung down, and it can lift nobody. A workload that nobody claims is a tenant
    by itself, to which no other belongs.
    """
    members: dict[str, list[AssessedWorkload]] = {}
    for workload in workloads.values():
        members.setdefault(workload.tenant.tenant, []).append(workload)
    anybodys = [workload for workload in workloads.values() if tenant_unknown(workload.tenant)]
    ids = tuple(item.id for item in anybodys)
    at_worst = {
        aspect: [0] if some_unseen else [min(item.verdicts[aspect].low for item in anybodys)]
        for aspect in (ASPECTS if some_unseen or anybodys else ())
    }
    tenants = []
    for name, own in members.items():
        may_have_more = own[0].tenant.claimed
        verdicts = {}
        for aspect in ASPECTS:
            lows = [item.verdicts[aspect].low for item in own]
            if may_have_more:
                lows += at_worst.get(aspect, [])
            high = min(item.verdicts[aspect].high for item in own)
            verdicts[aspect] = Verdict(aspect, min(lows), high, own[0].verdicts[aspect].required)
        tenants.append(
            AssessedTenant(
                name,
                ", ".join(dict.fromkeys(item.tenant.claimed_by for item in own)),
                tuple(item.id for item in own),
                verdicts,
                ids if may_have_more else (),
            )
        )
    return tuple(
        sorted(tenants, key=lambda tenant: (_ORDER.index(tenant_status(tenant)), tenant.name))
    )
