"""What the user may choose between when workloads are put in a tenant, made on a worker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.rows import UNCLAIMED, Subject, SubjectKind
from gui.text import lines, named_and_more, one_line
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.editing.requirements import Requirements
    from gui.judging import Shown
    from isoscope.assessment.tenants import TenantRule

AROUND = 4
"""Lines of the file that are shown before and after what is new."""
MOST_NAMES = 12
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the file, and which of its lines are new."""

    text: str
    first: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to put them there."""

    title: str
    """What its rule matches on."""
    also: str
    """Whom it claims besides, in words."""
    exact: bool
    rules: tuple[TenantRule, ...]
    before: Excerpt
    after: Excerpt


@dataclass(frozen=True, slots=True)
class Proposed:
    """All ways, the best first."""

    tenant: str
    place: int
    ways: tuple[Way, ...]
    problem: str = ""
    """Why there is none."""


def tenants_of(shown: Shown) -> tuple[str, ...]:
    """The tenants that somebody claims workloads for."""
    tenants = shown.assessment.tenants
    return tuple(sorted(one.name for one in tenants if one.claimed_by not in UNCLAIMED))


def workloads_of(shown: Shown, subjects: Iterable[Subject]) -> tuple[str, ...]:
    """Ids of workloads: themselves, and all of the tenants."""
    members = {tenant.name: tenant.workloads for tenant in shown.assessment.tenants}
    found: dict[str, None] = {}
    for subject in subjects:
        of_tenant = subject.kind is SubjectKind.TENANT
        found |= dict.fromkeys(members.get(subject.id, ()) if of_tenant else (subject.id,))
    return tuple(found)


def names_of(shown: Shown, ids: Iterable[str]) -> str:
    """Some workloads by their names, and how many more there are."""
    wanted = list(ids)
    known = {workload.id: workload.name for workload in shown.seen.inventory.workloads}
    named = [one_line(known.get(id_) or id_, 60) for id_ in wanted[:MOST_NAMES]]
    return named_and_more(named, len(wanted) - len(named))


def proposed(shown: Shown, chosen: Sequence[str], tenant: str, now: Requirements) -> Proposed:
    """The ways to put workloads in a tenant.

    Args:
        shown: the host.
        chosen: ids of the workloads.
        tenant: its name; nothing is proposed for one without a name.
        now: the file that the rules go to.
    """
    from isoscope.assessment.rule_proposal import propose
    from isoscope.assessment.tenants import NO_RULES
    from isoscope.assessment.tenants_text import with_rules

    if not tenant:
        return Proposed(tenant, 0, (), tr("Name the tenant: one of those there are, or a new one."))
    found = propose(
        shown.seen.inventory.workloads, frozenset(chosen), tenant, now.rules or NO_RULES
    )
    if not found.ways:
        return Proposed(
            tenant,
            found.place,
            (),
            tr(
                "No rule can be written for them: they have nothing in common that is known, and "
                "are too many to be named one by one, or the tenant’s name cannot stand in a file."
            ),
        )
    ways = []
    try:
        for way in found.ways:
            after = with_rules(now.text, way.rules, found.place)
            ways.append(
                Way(
                    one_line(way.matches_on, 200),
                    _also(shown, way.also, way.unsettled),
                    way.exact,
                    way.rules,
                    *excerpts(now.text, after),
                )
            )
    except ValueError as error:
        return Proposed(tenant, found.place, (), one_line(f"{now.name}: {error}"))
    return Proposed(tenant, found.place, tuple(ways))


def _also(shown: Shown, also: Sequence[str], unsettled: Sequence[str]) -> str:
    parts = []
    if also:
        parts.append(
            trn(
                "It also claims {number} further workload: {names}.",
                "It also claims {number} further workloads: {names}.",
                len(also),
                names=names_of(shown, also),
            )
        )
    if unsettled:
        parts.append(
            trn(
                "Of {number} workload it would no longer be known whose they are, for what it "
                "matches on was not read: {names}.",
                "Of {number} workloads it would no longer be known whose they are, for what it "
                "matches on was not read: {names}.",
                len(unsettled),
                names=names_of(shown, unsettled),
            )
        )
    return " ".join(parts) or tr("It claims nobody else who runs now.")


def excerpts(before: str, after: str) -> tuple[Excerpt, Excerpt]:
    """Where two texts differ, with some lines around."""
    old, new = before.splitlines(), after.splitlines()
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    end = len(new) - last
    if first == len(old) - last:  # only added: a table begins with its header
        while 0 < first < end and not new[first].startswith("[") and new[first - 1] == new[end - 1]:
            first, end, last = first - 1, end - 1, last + 1
    start = max(first - AROUND, 0)
    made = []
    for rows in (old, new):
        end = len(rows) - last
        shown = rows[start : min(end + AROUND, len(rows))]
        text = lines("\n".join(shown), _LONGEST)
        made.append(Excerpt(text, first - start, end - first))
    return made[0], made[1]


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
