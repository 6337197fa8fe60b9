"""What the What-if page shows, made on a worker: changes to choose, verdicts before and after, and
the plan. Everything in it is supposed, not observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from gui.explaining import explained
from gui.nodes import Node, section
from gui.rows import Subject, SubjectKind, SubjectRow
from gui.text import one_line
from gui.words import DIRECTION, badge
from isoscope.assessment.supposing.suppositions import Suppositions
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction
from isoscope.reports.words import short_aspect
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.supposing.candidates import Candidate
    from isoscope.assessment.supposing.plan import Plan
    from isoscope.assessment.verdict import Verdict
    from isoscope.reports.plan_words import Entry, Section

WORKLOADS_SHOWN = 2000
"""Workloads with other verdicts that are listed; a tenant's own row counts them all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: for whose verdicts, what is supposed, and which verdict is looked at."""

    scope: Subject | None
    """None: all tenants."""
    suppositions: Suppositions
    looked_at: tuple[Subject, Aspect] | None = None


@dataclass(frozen=True, slots=True)
class Remedies:
    """What to suppose so that a subject is held no longer by what was named."""

    subject: Subject | None
    """None: all tenants."""
    suppositions: Suppositions


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change that can be chosen, or the heading of some."""

    text: str
    note: str = ""
    tip: str = ""
    id: str = ""
    """Of the measure or exposure; empty for a heading."""
    workloads: frozenset[str] = frozenset()
    needed: bool = False
    """Whether a verdict needs it for the rung that is required."""

    @property
    def is_heading(self) -> bool:
        """Whether it only stands above others."""
        return not self.id


@dataclass(frozen=True, slots=True)
class BeforeAfterRow(SubjectRow):
    """A tenant or workload with its verdicts as they are, and as they would be."""

    after: Mapping[Aspect, Verdict]

    @property
    def differs(self) -> bool:
        """Whether any verdict is another one."""
        return any(self.after[aspect] != verdict for aspect, verdict in self.verdicts.items())


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer to what was asked."""

    asked: Asked
    changes: tuple[ChangeRow, ...]
    rows: tuple[BeforeAfterRow, ...]
    """Those that differ first."""
    badges: Mapping[Aspect, frozenset[str]]
    nodes: tuple[Node, ...]
    summary: str
    plan: Plan = field(repr=False)
    doubts: tuple[str, ...] = ()
    """Why this host may not be able to do what is supposed."""


def scope_of(shown: Shown, scope: Subject | None) -> frozenset[str]:
    """The workloads that are asked about; none where the subject is not there."""
    if scope is None:
        return frozenset(row.subject.id for rows in shown.rows.workloads.values() for row in rows)
    if scope.kind is SubjectKind.WORKLOAD:
        return frozenset({scope.id})
    return frozenset(row.subject.id for row in shown.rows.workloads.get(scope.id, ()))


def what_if(shown: Shown, plan: Plan, found: tuple[Candidate, ...], asked: Asked) -> WhatIf:
    """The answer in rows and nodes.

    Args:
        shown: the assessment as the window shows it.
        plan: what is supposed comes to this.
        found: what could be supposed.
        asked: the question.
    """
    from isoscope.reports.plan_words import sections_of, summary_of

    rows = tuple(_rows(shown, plan))
    badges: dict[Aspect, set[str]] = {aspect: set() for aspect in ASPECTS}
    for row in rows:
        for verdicts in (row.verdicts, row.after):
            for aspect, verdict in verdicts.items():
                badges[aspect].add(badge(verdict))
    sections = [one for one in sections_of(plan) if not one.of_verdicts]
    return WhatIf(
        asked,
        tuple(_changes(shown, found)),
        rows,
        {aspect: frozenset(texts) for aspect, texts in badges.items()},
        (*_looked_at(plan, asked), *(_section_node(one) for one in sections)),
        summary_of(plan),
        plan,
        tuple(dict.fromkeys(step.doubt for step in plan.steps if step.doubt)),
    )


def _rows(shown: Shown, plan: Plan) -> Iterator[BeforeAfterRow]:
    after = {tenant.name: tenant.verdicts for tenant in plan.after.tenants}
    tenants = [
        _before_after(row, row.note, after[row.subject.id])
        for row in shown.rows.tenants
        if row.subject.id in after
    ]
    yield from (row for row in tenants if row.differs)
    changed = {change.subject for change in plan.workloads}
    count = 0
    for tenant in shown.rows.tenants:
        for row in shown.rows.workloads[tenant.subject.id]:
            if row.subject.id in changed and count < WORKLOADS_SHOWN:
                count += 1
                verdicts = plan.after.workloads[row.subject.id].verdicts
                yield _before_after(
                    row,
                    tr("{workload} of {tenant}").format(workload=row.note, tenant=tenant.name),
                    verdicts,
                )
    yield from (row for row in tenants if not row.differs)


def _before_after(row: SubjectRow, note: str, after: Mapping[Aspect, Verdict]) -> BeforeAfterRow:
    own = {one.name: getattr(row, one.name) for one in fields(row)}
    return BeforeAfterRow(**{**own, "note": note, "after": after})


def _changes(shown: Shown, found: tuple[Candidate, ...]) -> Iterator[ChangeRow]:
    from isoscope.assessment.catalogue import CATALOGUE
    from isoscope.assessment.supposing.plan import settled_title
    from isoscope.reports.plan_words import some_names

    names = {one.id: one_line(one.name or one.id, 40) for one in shown.seen.inventory.workloads}
    for direction in Direction:
        of_it = [one for one in found if one.direction is direction]
        if of_it:
            yield ChangeRow(DIRECTION[direction])
        for one in of_it:
            text = CATALOGUE[one.id]
            where = some_names(sorted(one.workloads, key=lambda each: names[each]), names, most=3)
            parts = [
                (
                    tr("on neighbours: {workloads}") if one.on_neighbours else tr("on {workloads}")
                ).format(workloads=where)
            ]
            if one.needed_by:
                parts.insert(
                    0,
                    trn(
                        "required by {number} verdict",
                        "required by {number} verdicts",
                        one.needed_by,
                    ),
                )
            if one.unknown:
                parts.insert(0, tr("unknown today"))
            yield ChangeRow(
                settled_title(one.id),
                " · ".join(parts),
                f"{text.remedy}\n\n{text.why}",
                one.id,
                one.workloads,
                needed=one.needed_by > 0,
            )


def _looked_at(plan: Plan, asked: Asked) -> tuple[Node, ...]:
    """Why one verdict would stand where it does."""
    if asked.looked_at is None:
        return ()
    from isoscope.assessment.catalogue import CATALOGUE
    from isoscope.assessment.ladders import ladder

    subject, aspect = asked.looked_at
    try:
        found = explained(
            plan.after, subject, aspect, texts=CATALOGUE, ladder=lambda which: ladder(which).rungs
        )
    except (KeyError, StopIteration):  # it is not there any more
        return ()
    held, unknowns = found.nodes[:2]
    children = (
        *held.children,
        *(unknowns.children if found.verdict.low < found.verdict.high else ()),
    )
    title = tr("{name} {aspect}, supposed: {headline}").format(
        name=found.name, aspect=short_aspect(aspect), headline=found.headline
    )
    return (section(title, tuple(dict.fromkeys(children)), empty=""),)


def _section_node(part: Section) -> Node:
    return section(
        part.title,
        tuple(
            _entry_node(entry, number if part.numbered else 0)
            for number, entry in enumerate(part.entries, 1)
        ),
        empty="",
    )


def _entry_node(entry: Entry, number: int = 0) -> Node:
    lead = f"{number}. " if number else ""
    said = dict(entry.details)
    note = [said[caption] for caption in ("Do", "Settle it", "Bears on") if caption in said]
    if "On" in said:
        note.append(f"On {said['On']}")
    children = tuple(
        Node(caption, text)
        for caption, text in entry.details
        if caption not in ("On", "Do", "Settle it", "Bears on")
    )
    return Node(f"{lead}{entry.text}", "\n".join(note), mark=entry.mark, children=children)
