"""What a viewpoint changes: which verdicts stand and fall beside another, and for whose word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.nodes import Node
from gui.standing import Standing, standings
from gui.text import and_more, one_line
from gui.words import STATUS
from isoscope.assessment.viewpoint import BUILT_IN, Viewpoint
from isoscope.assessment.vocabulary import Aspect, Status
from isoscope.inventory.observation import Doubt, Party
from isoscope.reports.words import rungs, short_aspect
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.comparison import VerdictChange

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Believing:
    """What the page shows of one viewpoint.

    Attributes:
        beside: the title of the viewpoint that it is compared with.
        changes: of tenants' verdicts, as nodes with their reasons.
        fell, rose: how many verdicts stand lower and higher.
    """

    viewpoint: Viewpoint
    beside: str
    standings: Mapping[Aspect, Standing]
    changes: tuple[Node, ...]
    fell: int
    rose: int


def viewpoint_title(viewpoint: Viewpoint) -> str:
    """A viewpoint by its name, and what was changed of it by hand."""
    own = BUILT_IN[viewpoint.id].believes if viewpoint.id in BUILT_IN else viewpoint.believes
    without = sorted(own - viewpoint.believes)
    added = sorted(viewpoint.believes - own)
    text = "{viewpoint}"
    if without and added:
        text = tr("{viewpoint}, without {fewer}, with {more}")
    elif without:
        text = tr("{viewpoint}, without {fewer}")
    elif added:
        text = tr("{viewpoint}, with {more}")
    return text.format(viewpoint=viewpoint.title, fewer=", ".join(without), more=", ".join(added))


def switched(viewpoint: Viewpoint, party: Party, *, believed: bool) -> Viewpoint:
    """The viewpoint with one party believed or not."""
    return viewpoint.trusting(party) if believed else viewpoint.distrusting(party)


def believing(shown: Shown, beside: Viewpoint) -> Believing:
    """What the viewpoint that is shown changes beside another one.

    Args:
        shown: an assessment with what it was concluded from.
        beside: the viewpoint that it is compared with.
    """
    from isoscope.assessment.assess import conclude
    from isoscope.assessment.comparison import Course, Look, compare

    viewpoint = shown.question.viewpoint
    other = conclude(shown.judged, profile=shown.question.profile, viewpoint=beside)
    now = conclude(shown.judged, profile=shown.question.profile, viewpoint=viewpoint)
    comparison = compare(Look(shown.judged, other), Look(shown.judged, now))
    workloads = {w.id: one_line(w.name or w.id, 60) for w in now.inventory.workloads}
    changed: Sequence[VerdictChange] = (*comparison.tenants, *comparison.workloads)

    def reasons(change: VerdictChange) -> Iterator[Node]:
        explain = now.explain_workload if change.subject in workloads else now.explain_tenant
        for finding in explain(change.subject, change.aspect).unknowns:
            if finding.unknown is not None and finding.unknown.reason is Doubt.NOT_BELIEVED:
                yield Node(one_line(finding.says, 400), mark=Status.UNPROVEN)

    nodes = [
        Node(
            f"{workloads.get(change.subject) or one_line(change.subject, 60)}  "
            f"{short_aspect(change.aspect)}  {rungs(change.before)} → {rungs(change.after)}",
            f"{STATUS[change.before.status]} → {STATUS[change.after.status]}",
            mark=Status.MEETS if change.course is Course.ROSE else Status.FALLS_SHORT,
            children=tuple(reasons(change)),
        )
        for change in changed[:MOST_SHOWN]
    ]
    if len(changed) > MOST_SHOWN:
        nodes.append(Node(and_more(len(changed) - MOST_SHOWN)))
    rose = sum(change.course is Course.ROSE for change in changed)
    fell = sum(change.course in (Course.FELL, Course.LESS_CERTAIN) for change in changed)
    return Believing(
        viewpoint,
        viewpoint_title(beside),
        standings(now.workloads.values()),
        tuple(nodes),
        fell,
        rose,
    )
