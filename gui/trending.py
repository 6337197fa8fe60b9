"""Kept looks compared: a trend over all of them, and what changed since one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gui.history import Kept, load_kept
from gui.nodes import Node, section
from gui.text import and_more, named_and_more, one_line
from gui.words import STATUS
from isoscope.assessment.vocabulary import Direction, Status
from isoscope.reports.words import rungs, short_aspect
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.assess import JudgedInventory
    from isoscope.assessment.assessment import Assessment
    from isoscope.assessment.comparison import Comparison, FindingChange, VerdictChange
    from isoscope.assessment.tenants import TenantRules

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Point:
    """One look in a trend: the lowest rung that any tenant certainly stands on, by direction."""

    at: datetime
    lowest: Mapping[Direction, int]
    statuses: Mapping[Status, int]
    """How many tenants have which worst status."""


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since one look.

    Attributes:
        at: of the look that is compared with.
        fell: verdicts that are worse now, in words.
        less_seen: how many are less certain only because less was seen than before.
    """

    at: datetime
    nodes: tuple[Node, ...]
    fell: tuple[str, ...]
    less_seen: int = 0


def trend(
    looks: Sequence[Kept],
    shown: Shown,
    rules: TenantRules | None,
    stopped: Callable[[], bool],
) -> tuple[Point, ...]:
    """The trend over looks, the oldest first; those that cannot be read are left out.

    Args:
        looks: that are kept.
        shown: for whose profile and viewpoint the looks are judged, and the last point.
        rules: who owns what.
        stopped: asked before each look; the trend so far is the answer where it says yes.
    """
    points = []
    for kept in sorted(looks, key=lambda one: one.at):
        if stopped():
            break
        try:
            _, assessment = _judged(kept, shown, rules)
        except (OSError, ValueError):
            continue
        points.append(_point(kept.at, assessment))
    return tuple(points)


def since(kept: Kept, shown: Shown, rules: TenantRules | None) -> Since:
    """What changed since a look.

    Raises:
        OSError, ValueError: the look cannot be read.
    """
    from isoscope.assessment.assess import conclude
    from isoscope.assessment.comparison import Course, Look, compare

    before = Look(*_judged(kept, shown, rules))
    question = shown.question
    now = conclude(shown.judged, profile=question.profile, viewpoint=question.viewpoint)
    comparison = compare(before, Look(shown.judged, now))
    names = {w.id: one_line(w.name or w.id, 60) for w in now.inventory.workloads}
    names |= {
        w.id: one_line(w.name or w.id, 60) for w in before.assessment.inventory.workloads
    } | names
    worse = (Course.FELL, Course.LESS_CERTAIN)
    changed = (*comparison.tenants, *comparison.workloads)
    fell = tuple(_in_words(c, names) for c in changed if c.course in worse and not c.less_seen)
    less_seen = sum(change.less_seen for change in changed)
    return Since(kept.at, _nodes(comparison, names), fell, less_seen)


def worse_words(since: Since) -> str:
    """What is worse than at the look before, in a sentence for each way of being so."""
    said = []
    if since.fell:
        fell = named_and_more(since.fell[:1], len(since.fell) - 1)
        said.append(tr("Fell since the last look: {verdicts}.").format(verdicts=fell))
    if since.less_seen:
        said.append(
            trn(
                "Less was seen than at the last look: {number} verdict is less certain.",
                "Less was seen than at the last look: {number} verdicts are less certain.",
                since.less_seen,
            )
        )
    return " ".join(said)


def _judged(
    kept: Kept, shown: Shown, rules: TenantRules | None
) -> tuple[JudgedInventory, Assessment]:
    from isoscope.assessment.assess import conclude, judge
    from isoscope.assessment.tenants import NO_RULES
    from isoscope.inventory.build import build_inventory

    judged = judge(build_inventory(load_kept(kept)), rules or NO_RULES)
    question = shown.question
    return judged, conclude(judged, profile=question.profile, viewpoint=question.viewpoint)


def _point(at: datetime, assessment: Assessment) -> Point:
    from isoscope.assessment.assessment import tenant_status

    lowest = {
        direction: min(
            (
                verdict.low
                for tenant in assessment.tenants
                for aspect, verdict in tenant.verdicts.items()
                if aspect.direction is direction and verdict.required is not None
            ),
            default=0,
        )
        for direction in Direction
    }
    counts = dict.fromkeys(Status, 0)
    for tenant in assessment.tenants:
        counts[tenant_status(tenant)] += 1
    return Point(at, lowest, counts)


def _nodes(comparison: Comparison, names: Mapping[str, str]) -> tuple[Node, ...]:
    from isoscope.assessment.catalogue import CATALOGUE
    from isoscope.assessment.comparison import Course

    def verdicts(changes: Sequence[VerdictChange]) -> tuple[Node, ...]:
        marks = {Course.ROSE: Status.MEETS, Course.MAY_HAVE_RISEN: Status.UNPROVEN}

        def mark(change: VerdictChange) -> Status:
            unproven = Status.UNPROVEN if change.less_seen else Status.FALLS_SHORT
            return marks.get(change.course, unproven)

        return _bounded(
            [
                Node(
                    _in_words(change, names),
                    f"{STATUS[change.before.status]} → {STATUS[change.after.status]}",
                    mark=mark(change),
                )
                for change in changes
            ]
        )

    def subjects(listed: Sequence[str]) -> tuple[Node, ...]:
        return _bounded([Node(names.get(one) or one_line(one, 60)) for one in listed])

    findings = _bounded(
        [
            Node(
                CATALOGUE[change.id].title,
                f"{names.get(change.workload, '')}: {one_line(change.after.says, 300)}",
                mark=_finding_mark(change),
            )
            for change in comparison.findings
        ]
    )
    parts = (
        (tr("Verdicts of tenants"), verdicts(comparison.tenants)),
        (tr("Verdicts of workloads"), verdicts(comparison.workloads)),
        (tr("Findings"), findings),
        (tr("New workloads"), subjects(comparison.appeared)),
        (tr("Workloads that are gone"), subjects(comparison.gone)),
        (tr("Made anew under the same name"), subjects(list(comparison.made_anew.values()))),
    )
    found = tuple(section(f"{title} ({len(n):,})", n, empty="") for title, n in parts if n)
    return found or (Node(tr("Nothing changed.")),)


def _finding_mark(change: FindingChange) -> Status:
    from isoscope.assessment.comparison import Course

    if change.after.applicable and change.after.holds is None:
        return Status.UNPROVEN
    return Status.FALLS_SHORT if change.course is Course.FELL else Status.MEETS


def _bounded(nodes: list[Node]) -> tuple[Node, ...]:
    if len(nodes) > MOST_SHOWN:
        return (
            *nodes[:MOST_SHOWN],
            Node(and_more(len(nodes) - MOST_SHOWN)),
        )
    return tuple(nodes)


def _in_words(change: VerdictChange, names: Mapping[str, str]) -> str:
    who = names.get(change.subject) or one_line(change.subject, 60)
    return f"{who}  {short_aspect(change.aspect)}  {rungs(change.before)} → {rungs(change.after)}"
