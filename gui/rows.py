"""Rows of the matrix: immutable, made on a worker, told apart by what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from gui.text import one_line
from gui.words import badge
from isoscope.assessment.assessment import worst
from isoscope.assessment.tenants import NOBODY, UNKNOWN
from isoscope.assessment.verdict import AssessedTenant
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Status
from isoscope.reports.words import WORST_FIRST
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.asked import Assessment
    from isoscope.assessment.profile import Profile
    from isoscope.assessment.verdict import TenantClaim, Verdict
    from isoscope.inventory.workload import Workload

UNCLAIMED = (NOBODY, UNKNOWN)
"""What `AssessedTenant.claimed_by` says of a workload that is a tenant of its own."""

SEARCHED = 1000
"""Characters of one name that a search looks through."""


class SubjectKind(StrEnum):
    """What a row stands for."""

    TENANT = "tenant"
    WORKLOAD = "workload"


KIND = {SubjectKind.TENANT: tr("Tenant"), SubjectKind.WORKLOAD: tr("Workload")}
"""What a subject is, in words."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A tenant by its name, or a workload by its id."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One row: a subject with its nine verdicts, its texts ready to be shown."""

    subject: Subject
    name: str
    note: str
    full_name: str
    """As the host has it, for the tooltip; still bounded when it is shown."""
    status: Status
    verdicts: Mapping[Aspect, Verdict]
    """None where it is listed and not judged yet."""
    search: str


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of one assessment."""

    tenants: tuple[SubjectRow, ...]
    workloads: Mapping[str, tuple[SubjectRow, ...]]
    """By tenant."""
    badges: Mapping[Aspect, frozenset[str]]
    """Every text that badges of an aspect have, so that they get one width."""

    @property
    def count(self) -> int:
        """How many workloads there are."""
        return sum(map(len, self.workloads.values()))

    def matching(self, words: str) -> tuple[SubjectRow, ...]:
        """Tenants that the words describe, or one of whose workloads they describe."""
        wanted = words.casefold().split()
        if not wanted:
            return self.tenants
        return tuple(
            row
            for row in self.tenants
            if _has(row, wanted) or any(_has(w, wanted) for w in self.workloads[row.subject.id])
        )

    def workloads_matching(self, tenant: str, words: str) -> tuple[SubjectRow, ...]:
        """Workloads of a tenant that the words describe; all of them where they describe itself."""
        rows = self.workloads.get(tenant, ())
        wanted = words.casefold().split()
        if not wanted or any(_has(row, wanted) for row in self.tenants if row.subject.id == tenant):
            return rows
        return tuple(row for row in rows if _has(row, wanted))


NO_ROWS = Rows((), {}, {})


def rows_of(assessment: Assessment, only: str = "") -> Rows:
    """The rows of an assessment: worst first, then by name.

    Args:
        assessment: whose rows.
        only: name of the one tenant that is shown; empty for all.
    """
    chosen = [tenant for tenant in assessment.tenants if only in ("", tenant.name)]
    known = {workload.id: workload for workload in assessment.inventory.workloads}
    workloads = {
        tenant.name: tuple(
            sorted(
                (
                    _workload_row(known[id_], assessment.workloads[id_].verdicts)
                    for id_ in tenant.workloads
                ),
                key=_order,
            )
        )
        for tenant in chosen
    }
    made = (_tenant_row(tenant, known, assessment.own_profile(tenant.name)) for tenant in chosen)
    tenants = tuple(sorted(made, key=_order))
    badges: dict[Aspect, set[str]] = {aspect: set() for aspect in ASPECTS}
    for row in chain(tenants, *workloads.values()):
        for aspect, verdict in row.verdicts.items():
            badges[aspect].add(badge(verdict))
    return Rows(tenants, workloads, {aspect: frozenset(t) for aspect, t in badges.items()})


def listed_rows(workloads: Sequence[Workload], owners: Mapping[str, TenantClaim]) -> Rows:
    """Rows of what is listed and not judged yet, by name: none has a verdict.

    Args:
        workloads: as their managers list them.
        owners: who each belongs to, by id.
    """
    members: dict[str, list[Workload]] = {}
    for workload in workloads:
        members.setdefault(owners[workload.id].tenant, []).append(workload)
    tenants = [
        AssessedTenant(
            name, owners[own[0].id].claimed_by, tuple(workload.id for workload in own), {}
        )
        for name, own in members.items()
    ]
    known = {workload.id: workload for workload in workloads}
    return Rows(
        tuple(sorted((_tenant_row(tenant, known, None) for tenant in tenants), key=_order)),
        {
            name: tuple(sorted((_workload_row(workload, {}) for workload in own), key=_order))
            for name, own in members.items()
        },
        {},
    )


def tenant_name(tenant: AssessedTenant, known: Mapping[str, Workload]) -> str:
    """What a tenant is called: a workload that is a tenant of its own, by the workload's name."""
    if tenant.claimed_by in UNCLAIMED and len(tenant.workloads) == 1:
        return known[tenant.workloads[0]].name or tenant.name
    return tenant.name


def _tenant_row(
    tenant: AssessedTenant, known: Mapping[str, Workload], own: Profile | None
) -> SubjectRow:
    subject = Subject(SubjectKind.TENANT, tenant.name)
    name = tenant_name(tenant, known)
    required = (
        [] if own is None else [tr("required by {profile}").format(profile=one_line(own.title, 60))]
    )
    if tenant.claimed_by in UNCLAIMED:
        who = tr("claimed by nobody") if tenant.claimed_by == NOBODY else tr("tenant unknown")
        note = " · ".join([who, *required])
        return _row(subject, name, note, tenant.verdicts, (tenant.name,))
    amount = trn("{number} workload", "{number} workloads", len(tenant.workloads))
    if tenant.may_include:
        more = trn("perhaps {number} more", "perhaps {number} more", len(tenant.may_include))
        amount = f"{amount}, {more}"
    rule = tr("by {rule}").format(rule=one_line(tenant.claimed_by, 100))
    return _row(subject, name, " · ".join([amount, rule, *required]), tenant.verdicts, ())


def _workload_row(workload: Workload, verdicts: Mapping[Aspect, Verdict]) -> SubjectRow:
    words = dict.fromkeys(word for word in (workload.engine, str(workload.kind)) if word)
    note = one_line(" ".join(words), 80)
    return _row(
        Subject(SubjectKind.WORKLOAD, workload.id),
        workload.name or workload.id,
        note,
        verdicts,
        (workload.id, workload.attributes.image),
    )


def _row(
    subject: Subject,
    name: str,
    note: str,
    verdicts: Mapping[Aspect, Verdict],
    also_searched: Sequence[str],
) -> SubjectRow:
    searched = "\n".join(part[:SEARCHED] for part in (name, note, *also_searched))
    return SubjectRow(
        subject=subject,
        name=one_line(name) or tr("(no name)"),
        note=note,
        full_name=name if subject.id == name else f"{name}\n{subject.id}",
        status=worst(v.status for v in verdicts.values()) if verdicts else Status.UNPROVEN,
        verdicts=verdicts,
        search=searched.casefold(),
    )


def _order(row: SubjectRow) -> tuple[object, ...]:
    """Worst status first, those with more such verdicts before others, then by name."""
    statuses = [verdict.status for verdict in row.verdicts.values()]
    counts = tuple(-statuses.count(status) for status in WORST_FIRST)
    return (WORST_FIRST.index(row.status), counts, _natural(row.name), row.subject.id)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts ``w2`` before ``w10``."""
    return tuple(
        (0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part)
        for part in re.split(r"(\d{1,18})", name.casefold()[:SEARCHED])
        if part
    )


def _has(row: SubjectRow, wanted: Sequence[str]) -> bool:
    return all(word in row.search for word in wanted)
