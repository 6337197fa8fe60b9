"""What a tenant's verdicts have in common, said once: for readers, not for machines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from isoscope.assessment.tenants import UNKNOWN
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST, host_aspect
from isoscope.assessment.vocabulary import (
    ASPECTS,
    Aspect,
    Direction,
    FindingKind,
    FindingState,
    Status,
)
from isoscope.inventory.observation import Party
from isoscope.reports.report import (
    ChangeReport,
    FindingReport,
    Report,
    TenantReport,
    VerdictReport,
)

_LONG_HEXADECIMAL = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{20,}\b")

NAMES_SHOWN = 8
"""Workloads that a line names; the rest it counts."""


@dataclass(slots=True)
class Holding:
    """One measure or exposure that holds verdicts of a tenant down, or keeps them open."""

    title: str
    id: str
    unknown: bool
    measure: bool
    aspects: set[Aspect] = field(default_factory=set)
    findings: dict[str, FindingReport] = field(default_factory=dict)
    """By workload."""


@dataclass(slots=True)
class HelpfulChange:
    """One change that the required rungs need, on all workloads that need it."""

    change: str
    title: str
    aspects: set[Aspect] = field(default_factory=set)
    verdicts: set[tuple[str, Aspect]] = field(default_factory=set)
    """Of which tenants and aspects the verdicts need it."""
    workloads: dict[str, None] = field(default_factory=dict)
    others: dict[str, None] = field(default_factory=dict)
    """Workloads on the other side, where that is who must change."""
    findings: dict[tuple[str, str], None] = field(default_factory=dict)
    """Ids of the measures and exposures that it changes, each with its workload."""


@dataclass(slots=True)
class Settling:
    """What would settle unknowns, and what it would settle."""

    settled_by: str
    titles: dict[str, None] = field(default_factory=dict)
    aspects: set[Aspect] = field(default_factory=set)


def needing_attention(tenant: TenantReport) -> tuple[VerdictReport, ...]:
    """The verdicts that fall short or are unproven."""
    wanted = (Status.FALLS_SHORT, Status.UNPROVEN)
    return tuple(verdict for verdict in tenant.verdicts if verdict.status in wanted)


def holdings(tenant: TenantReport) -> list[Holding]:
    """What keeps a tenant's verdicts below what is required, that which is known first, then by
    how many it keeps there."""
    found: dict[tuple[str, bool], Holding] = {}
    for verdict in needing_attention(tenant):
        for finding in _below_the_required(verdict):
            unknown = finding.state is FindingState.UNKNOWN
            key = (finding.id, unknown)
            holding = found.setdefault(
                key,
                Holding(finding.title, finding.id, unknown, finding.kind is FindingKind.MEASURE),
            )
            holding.aspects.add(verdict.verdict.aspect)
            holding.findings.setdefault(finding.workload, finding)
    return sorted(found.values(), key=lambda one: (one.unknown, *_weight(one.aspects), one.id))


def besides(tenant: TenantReport) -> list[Holding]:
    """What is open to a tenant's workloads, or kept from them, and decides no rung, in turn of each
    direction: whoever reads the first few has read of all. What nobody knows is left out."""
    found: dict[str, Holding] = {}
    of_direction: dict[Direction, list[Holding]] = {direction: [] for direction in Direction}
    for verdict in tenant.verdicts:
        for finding in verdict.beside:
            if finding.state is FindingState.UNKNOWN:
                continue
            measure = finding.kind is FindingKind.MEASURE
            aspect = verdict.verdict.aspect
            if finding.id not in found:
                made = Holding(finding.title, finding.id, unknown=False, measure=measure)
                found[finding.id] = made
                of_direction[aspect.direction].append(made)
            holding = found[finding.id]
            holding.aspects.add(aspect)
            holding.findings.setdefault(finding.workload, finding)
    in_turn = zip_longest(*of_direction.values())
    return [holding for turn in in_turn for holding in turn if holding is not None]


def helpful_changes(tenants: Iterable[TenantReport]) -> list[HelpfulChange]:
    """Changes towards the required rungs, those first that the most verdicts need.

    That a neighbour can take the host is no change by itself where the changes on that neighbour
    are listed: these count for everybody who needs it.
    """
    found: dict[str, HelpfulChange] = {}
    on_owner: dict[tuple[str, Aspect], list[HelpfulChange]] = {}
    through_host: list[tuple[str, Aspect, ChangeReport]] = []
    for tenant, aspect, change in _needed(tenants):
        if change.finding == NEIGHBOUR_OWNS_THE_HOST.id:
            through_host.append((tenant, aspect, change))
            continue
        entry = _counted(found, tenant, aspect, change)
        if aspect.direction is Direction.HOST_FROM_WORKLOAD and change.rung == 1:
            on_owner.setdefault((change.workload, aspect), []).append(entry)
    for tenant, aspect, change in through_host:
        theirs = host_aspect(aspect.property)
        owners = [(other, theirs) for other in change.others]
        if not owners or not all(owner in on_owner for owner in owners):
            _counted(found, tenant, aspect, change)
        for entry in chain.from_iterable(on_owner.get(owner, ()) for owner in owners):
            entry.aspects.add(aspect)
            entry.verdicts.add((tenant, aspect))
    return sorted(
        found.values(),
        key=lambda one: (-len(one.verdicts), *_weight(one.aspects), -len(one.workloads)),
    )


def _needed(tenants: Iterable[TenantReport]) -> Iterator[tuple[str, Aspect, ChangeReport]]:
    for tenant in tenants:
        for verdict in needing_attention(tenant):
            for change in verdict.to_reach:
                if change.needed and not change.settles:
                    yield tenant.name, verdict.verdict.aspect, change


def _counted(
    found: dict[str, HelpfulChange], tenant: str, aspect: Aspect, change: ChangeReport
) -> HelpfulChange:
    entry = found.setdefault(change.change, HelpfulChange(change.change, change.title))
    entry.aspects.add(aspect)
    entry.verdicts.add((tenant, aspect))
    entry.workloads[change.workload] = None
    entry.findings[change.finding, change.workload] = None
    entry.others.update(dict.fromkeys(change.others))
    return entry


def settlings(tenants: Iterable[TenantReport]) -> list[Settling]:
    """What would settle the unknowns below the required rungs, the most settling first."""
    found: dict[str, Settling] = {}
    for tenant in tenants:
        for verdict in needing_attention(tenant):
            for finding in _below_the_required(verdict):
                if finding.unknown is None:
                    continue
                settled_by = finding.unknown.settled_by
                entry = found.setdefault(settled_by, Settling(settled_by))
                entry.titles[finding.title] = None
                entry.aspects.add(verdict.verdict.aspect)
    return sorted(found.values(), key=lambda one: -len(one.titles))


def _below_the_required(verdict: VerdictReport) -> Iterable[FindingReport]:
    """What holds a verdict, without the unknowns that only matter above the required rung."""
    needed = {(change.finding, change.workload) for change in verdict.to_reach if change.needed}
    yield from verdict.held_by
    yield from (one for one in verdict.unknowns if (one.id, one.workload) in needed)


def alike(tenants: Iterable[TenantReport]) -> list[list[TenantReport]]:
    """Tenants with the same verdicts for the same reasons together, in the order of the first."""
    found: dict[object, list[TenantReport]] = {}
    for tenant in tenants:
        verdicts = tuple(one.verdict for one in tenant.verdicts)
        reasons = tuple((one.id, one.unknown, frozenset(one.aspects)) for one in holdings(tenant))
        beside = tuple((one.id, frozenset(one.aspects)) for one in besides(tenant))
        profile = tenant.profile and tenant.profile.title
        same = (verdicts, reasons, beside, len(tenant.workloads), profile)
        found.setdefault(same, []).append(tenant)
    return list(found.values())


def relied_on(tenant: TenantReport) -> tuple[Party, ...]:
    """Parties that any of a tenant's verdicts relies on: the residual trust."""
    found = {party for verdict in tenant.verdicts for party in verdict.relies_on}
    return tuple(party for party in Party if party in found)


def holding_title(holding: Holding) -> str:
    """A title with what is known: an exposure's says all, a measure's only what it would be."""
    if holding.unknown:
        return f"{holding.title}: unknown"
    return f"{holding.title}: not in place" if holding.measure else holding.title


def tenant_title(tenant: TenantReport, names: Mapping[str, str]) -> str:
    """A tenant's name; of a workload that is a tenant of its own, that workload's name and id."""
    name = names.get(tenant.name)
    short = short_id(tenant.name)
    return short if not name or name in short else f"{name} ({short})"


def claimed_by(origin: str) -> str:
    """Who says to whom a workload belongs, in words."""
    return "owner unknown" if origin == UNKNOWN else f"claimed by {origin}"


def required_by(tenant: TenantReport) -> str:
    """The profile of a tenant's own, in words; empty where everybody's is required of it."""
    return "" if tenant.profile is None else f"required by {tenant.profile.title}"


def owned_and_required(tenant: TenantReport) -> str:
    """Who claims a tenant's workloads, and what is required of it if that is its own."""
    return ", ".join(filter(None, (claimed_by(tenant.claimed_by), required_by(tenant))))


def short_id(workload: str) -> str:
    """A workload's id with long hexadecimal ids cut to the twelve digits that engines show."""
    return _LONG_HEXADECIMAL.sub(r"\1", workload)


def names_by_id(report: Report) -> dict[str, str]:
    """How a person calls each workload: its name, and its id where several have that name."""
    times = Counter(report.names.values())
    return {
        workload: name if name and times[name] == 1 else f"{name} {short_id(workload)}".strip()
        for workload, name in report.names.items()
    }


def _weight(aspects: set[Aspect]) -> tuple[int, int]:
    return -len(aspects), min((ASPECTS.index(aspect) for aspect in aspects), default=0)
