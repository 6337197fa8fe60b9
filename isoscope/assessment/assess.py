"""Facts → verdicts, for one profile and one viewpoint. Design §4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

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
"""The direction in which each measure or exposure is shown."""

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
    findings: dict[str, _Findings] = {}
    for workload in inventory.workloads:
        seen = _Findings(judged.judgements[workload.id], workload.id, believed)
        findings[workload.id] = seen
        standings[workload.id] = {
            aspect: stand(ladder, partial(seen.find, aspect.direction))
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
            workload: _with_through_host(seen.all(), standings[workload])
            for workload, seen in findings.items()
        },
    )


class _Findings:
    """The findings of one workload for somebody who believes certain parties, each made once."""

    def __init__(
        self,
        judgements: Mapping[str, Judgement],
        workload: str,
        believed: Mapping[Direction, frozenset[Party]],
    ) -> None:
        self._judgements = judgements
        self._workload = workload
        self._believed = believed
        self._made: dict[tuple[Direction, str], Finding] = {}

    def find(self, direction: Direction, identity: str) -> Finding:
        """What a measure or exposure means in one direction."""
        key = (direction, identity)
        if key not in self._made:
            self._made[key] = finding_of(
                CATALOGUE[identity],
                self._workload,
                self._judgements[identity],
                self._believed[direction],
            )
        return self._made[key]

    def all(self) -> tuple[Finding, ...]:
        """Every finding once, in the catalogue's order, as the first direction sees it that needs
        it; one that no ladder needs as host from workload sees it."""
        return tuple(self.find(_HOME[identity], identity) for identity in CATALOGUE)


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
            own[aspect] = capped(own[aspect], finding, from_host.low, from_host.high)


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
    findings: tuple[Finding, ...], standings: Mapping[Aspect, Standing]
) -> tuple[Finding, ...]:
    """Puts what the neighbours' verdicts decided where its placeholder was."""
    through = next(
        (standing.through_host for standing in standings.values() if standing.through_host), None
    )
    return tuple(
        through if through is not None and finding.id == NEIGHBOUR_OWNS_THE_HOST.id else finding
        for finding in findings
    )
