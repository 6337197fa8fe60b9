"""Facts → verdicts, for one profile and one viewpoint. Design §4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.assessment.assessment import Assessment, tenant_status
from isoscope.assessment.catalogue import CATALOGUE, aspects_of
from isoscope.assessment.declaration import Subject, Surroundings
from isoscope.assessment.evaluation import Standing, capped, finding_of, stand
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.neighbours.survey import survey
from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import NO_RULES, TenantRules, claims, tenant_unknown
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST, HostRungs, through_host
from isoscope.assessment.unclaimable import unseen
from isoscope.assessment.verdict import (
    AssessedTenant,
    AssessedWorkload,
    Finding,
    TenantClaim,
    Verdict,
)
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Status
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Party

_HOME = {
    identity: next(
        (aspect.direction for aspect in aspects_of(identity)), Direction.HOST_FROM_WORKLOAD
    )
    for identity in CATALOGUE
}
"""The direction in which each measure or exposure is shown, in the order of the catalogue."""

_NEEDED = {
    direction: [
        identity
        for identity in CATALOGUE
        if _HOME[identity] is direction
        or any(aspect.direction is direction for aspect in aspects_of(identity))
    ]
    for direction in Direction
}
"""The measures and exposures that are shown, or that a ladder needs, in each direction."""

_ORDER = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)


@dataclass(frozen=True)
class JudgedInventory:
    """What holds for every workload, whoever looks: it does not depend on profile or viewpoint."""

    inventory: Inventory
    claims: Mapping[str, TenantClaim]
    judgements: Mapping[str, Mapping[str, Judgement]]
    """By workload id, then by the id of the measure or exposure."""


def judge(inventory: Inventory, rules: TenantRules = NO_RULES) -> JudgedInventory:
    """Judges every measure and exposure for every running workload."""
    owners = claims(inventory.workloads, rules)
    neighbours = Neighbours.of(inventory, owners)
    shared = survey(neighbours)
    surroundings = Surroundings.of(inventory)
    judgements = {}
    for workload, kind in zip(inventory.workloads, neighbours.kinds, strict=True):
        subject = Subject(workload, kind, inventory, shared[workload.id], surroundings)
        judgements[workload.id] = {
            identity: declaration.judge(subject) for identity, declaration in CATALOGUE.items()
        }
    return JudgedInventory(inventory, owners, judgements)


def assess(
    inventory: Inventory,
    *,
    profile: Profile,
    viewpoint: Viewpoint,
    rules: TenantRules = NO_RULES,
) -> Assessment:
    """The verdicts on an inventory for one profile and viewpoint."""
    return conclude(judge(inventory, rules), profile=profile, viewpoint=viewpoint)


def conclude(judged: JudgedInventory, *, profile: Profile, viewpoint: Viewpoint) -> Assessment:
    """The verdicts that judgements give for one profile and viewpoint. Cheap beside ``judge``: what
    is recomputed when either changes."""
    inventory = judged.inventory
    believed = {direction: viewpoint.believed(direction) for direction in Direction}
    standings: dict[str, dict[Aspect, Standing]] = {}
    findings: dict[str, dict[str, Finding]] = {}
    for workload in inventory.workloads:
        seen = _findings(judged.judgements[workload.id], workload.id, believed)
        findings[workload.id] = {
            identity: seen[direction][identity] for identity, direction in _HOME.items()
        }
        standings[workload.id] = {
            aspect: stand(ladder, seen[aspect.direction].__getitem__)
            for aspect, ladder in LADDERS.items()
        }
    _cap_through_host(judged, standings)
    workloads = {
        workload.id: AssessedWorkload(
            workload.id,
            judged.claims[workload.id],
            {
                aspect: Verdict(
                    aspect,
                    standings[workload.id][aspect].low,
                    standings[workload.id][aspect].high,
                    profile.least(aspect),
                )
                for aspect in ASPECTS
            },
        )
        for workload in inventory.workloads
    }
    return Assessment(
        inventory=inventory,
        profile=profile,
        viewpoint=viewpoint,
        tenants=_tenants(workloads, profile, some_unseen=bool(unseen(inventory))),
        workloads=workloads,
        standings=standings,
        all_findings={
            workload: _with_through_host(each, standings[workload])
            for workload, each in findings.items()
        },
    )


def _findings(
    judgements: Mapping[str, Judgement],
    workload: str,
    believed: Mapping[Direction, frozenset[Party]],
) -> dict[Direction, dict[str, Finding]]:
    """What the judgements on a workload mean in each direction. Directions in which the same
    parties are believed have them in common."""
    made: dict[frozenset[Party], dict[str, Finding]] = {}
    for direction, parties in believed.items():
        found = made.setdefault(parties, {})
        for identity in _NEEDED[direction]:
            if identity not in found:
                found[identity] = finding_of(
                    CATALOGUE[identity], workload, judgements[identity], parties
                )
    return {direction: made[parties] for direction, parties in believed.items()}


def _cap_through_host(
    judged: JudgedInventory, standings: dict[str, dict[Aspect, Standing]]
) -> None:
    neighbours = Neighbours.of(judged.inventory, judged.claims)
    rungs = [
        {
            aspect: HostRungs(standing.low, standing.high)
            for aspect, standing in standings[workload.id].items()
            if aspect.direction is Direction.HOST_FROM_WORKLOAD
        }
        for workload in judged.inventory.workloads
    ]
    for workload, by_property in zip(
        judged.inventory.workloads, through_host(neighbours, rungs), strict=True
    ):
        own = standings[workload.id]
        for quality, finding in by_property.items():
            aspect = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality)
            from_host = own[Aspect(Direction.WORKLOAD_FROM_HOST, quality)]
            own[aspect] = capped(own[aspect], finding, from_host)


def _tenants(
    workloads: Mapping[str, AssessedWorkload], profile: Profile, *, some_unseen: bool
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
            verdicts[aspect] = Verdict(aspect, min(lows), high, profile.least(aspect))
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


def _with_through_host(
    findings: Mapping[str, Finding], standings: Mapping[Aspect, Standing]
) -> tuple[Finding, ...]:
    """All findings, with what the neighbours' verdicts decide in the place of its placeholder."""
    through = next(
        (standing.through_host for standing in standings.values() if standing.through_host), None
    )
    if through is None:
        return tuple(findings.values())
    return tuple({**findings, NEIGHBOUR_OWNS_THE_HOST.id: through}.values())
