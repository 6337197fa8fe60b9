"""What would help most, over all tenants: the changes that the most required verdicts need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gui.errors import own_error
from gui.jobs import Jobs, Latest
from gui.nodes import Node
from gui.text import and_more, named_and_more, one_line
from isoscope.assessment.vocabulary import Status
from isoscope.cycle_collection import paused
from isoscope.reports.words import short_aspects
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gui.bridge import Bridge
    from gui.judging import Shown
    from isoscope.reports.gather import HelpfulChange

MOST_CHANGES = 12
"""What is listed: nobody makes more at a time, and the next look lists what is left."""
MOST_NAMES = 200
"""Workloads of one change that are named."""


@dataclass(frozen=True, slots=True)
class Helping:
    """The changes that help most.

    Attributes:
        shown: of this assessment.
        nodes: the most helpful first.
        says: what there is instead, where there is none.
    """

    shown: Shown
    nodes: tuple[Node, ...]
    says: str = ""


class HelpAnswers:
    """Works out on a worker what would help most."""

    def __init__(
        self, bridge: Bridge, *, done: Callable[[Helping], None], failed: Callable[[str], None]
    ) -> None:
        self._latest: Latest[Helping] = Latest(
            Jobs(bridge),
            done=done,
            failed=lambda error: failed(one_line(own_error(error))),
            name="helping",
        )

    def ask(self, shown: Shown) -> None:
        """Asks; ``done`` hears the answer."""
        self._latest.ask(lambda: helping(shown))


@paused()
def helping(shown: Shown) -> Helping:
    """The same changes that a report lists, in the same order."""
    from isoscope.assessment.assess import conclude
    from isoscope.reports.gather import helpful_changes
    from isoscope.reports.model import tenant_reports

    question = shown.question
    assessment = conclude(shown.judged, profile=question.profile, viewpoint=question.viewpoint)
    wanted = {row.subject.id for row in shown.rows.tenants}
    found = helpful_changes(one for one in tenant_reports(assessment) if one.name in wanted)
    if not found:
        return Helping(shown, (), _nothing(shown))
    names = {
        workload.id: one_line(workload.name or workload.id, 60)
        for workload in shown.seen.inventory.workloads
    }
    nodes = [_node(number, change, names) for number, change in enumerate(found, 1)]
    if len(nodes) > MOST_CHANGES:
        more = Node(
            and_more(len(nodes) - MOST_CHANGES),
            tr("Look again when some of these are made. An exported report has all."),
        )
        nodes = [*nodes[:MOST_CHANGES], more]
    return Helping(shown, tuple(nodes))


def _node(number: int, change: HelpfulChange, names: Mapping[str, str]) -> Node:
    tenants = dict.fromkeys(tenant for tenant, _ in change.verdicts)
    needed = tr("needed by {verdicts} of {tenants} ({aspects}) · on {workloads}").format(
        verdicts=trn("{number} verdict", "{number} verdicts", len(change.verdicts)),
        tenants=trn("{number} tenant", "{number} tenants", len(tenants)),
        workloads=trn("{number} workload", "{number} workloads", len(change.workloads)),
        aspects=short_aspects(change.aspects),
    )
    parts = [
        Node(tr("Of tenants"), _named(tenants, {})),
        Node(tr("On"), _named(change.workloads, names)),
    ]
    if change.others:
        parts.append(Node(tr("On the other side"), _named(change.others, names)))
    return Node(
        f"{number}. {one_line(change.change, 600)}",
        f"{needed}\n{change.title}",
        children=tuple(parts),
        findings=tuple(change.findings),
    )


def _named(ids: Iterable[str], names: Mapping[str, str]) -> str:
    listed = list(ids)
    named = [names.get(one) or one_line(one, 60) for one in listed[:MOST_NAMES]]
    return named_and_more(named, len(listed) - MOST_NAMES)


def _nothing(shown: Shown) -> str:
    required = [
        verdict.status
        for tenant in shown.rows.tenants
        for verdict in tenant.verdicts.values()
        if verdict.status is not Status.NOT_REQUIRED
    ]
    if not required:
        return tr("Nothing is required here, so nothing has to change. Choose a profile above.")
    if all(status is Status.MEETS for status in required):
        return tr("Every verdict meets what is required: nothing has to change.")
    return tr(
        "No change on this host is known that would reach what is required. What is unknown, and "
        "what would settle it, stands with each verdict."
    )
