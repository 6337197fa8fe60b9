"""An explanation as what the pane shows: a headline, a ladder and a tree of reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gui.about_measure import Text, about_nodes
from gui.applications import application_nodes
from gui.evidence import observation_node, unknown_text
from gui.nodes import Node, section
from gui.rows import Subject, SubjectKind, tenant_name
from gui.text import and_more, one_line
from gui.words import PARTY, PARTY_DOES, capital, headline, rung_words
from isoscope.assessment.verdict import Change, Explanation, Finding, Verdict
from isoscope.assessment.vocabulary import Aspect, FindingState, Property, Status
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.asked import Assessment
    from isoscope.inventory.observation import Party
    from isoscope.inventory.workload import Workload

SHOWN = 200
"""Findings of one section that are shown; a tenant may have thousands."""


class Rung(Protocol):
    """One rung of a ladder."""

    @property
    def level(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def holds_when(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything that the pane shows of one subject and aspect."""

    subject: Subject
    name: str
    verdict: Verdict
    statuses: Mapping[Property, Status]
    """Of all three properties in the same direction."""
    headline: str
    rungs: tuple[Rung, ...]
    """From the lowest to the highest."""
    nodes: tuple[Node, ...]


def explained(
    assessment: Assessment,
    subject: Subject,
    aspect: Aspect,
    *,
    texts: Mapping[str, Text],
    ladder: Callable[[Aspect], Sequence[Rung]],
) -> Explained:
    """What the pane shows of a subject and aspect.

    Args:
        assessment: asked for the explanation.
        subject: a tenant or a workload of it.
        aspect: which of the nine questions.
        texts: the catalogue, by the id of a finding.
        ladder: the rungs of an aspect, from the lowest.

    Raises:
        KeyError: the assessment has no such subject.
    """
    known = {workload.id: workload for workload in assessment.inventory.workloads}
    names = {id_: one_line(workload.name or id_, 60) for id_, workload in known.items()}
    if subject.kind is SubjectKind.TENANT:
        explanation = assessment.explain_tenant(subject.id, aspect)
        tenant = next(t for t in assessment.tenants if t.name == subject.id)
        verdicts, owner = tenant.verdicts, subject.id
        name = one_line(tenant_name(tenant, known))
    else:
        explanation = assessment.explain_workload(subject.id, aspect)
        assessed = assessment.workloads[subject.id]
        verdicts, owner = assessed.verdicts, assessed.tenant.tenant
        name = names[subject.id]
    steps = tuple(ladder(aspect))
    return Explained(
        subject,
        name,
        explanation.verdict,
        {quality: verdicts[Aspect(aspect.direction, quality)].status for quality in Property},
        headline(explanation.verdict, steps, assessment.own_profile(owner)),
        steps,
        (
            *_Builder(known, names, texts, steps).nodes(explanation),
            *_disagreements(assessment, subject),
            *application_nodes(assessment.inventory, assessment.evidence, subject.id),
        ),
    )


class _Builder:
    """Makes nodes of one explanation."""

    def __init__(
        self,
        workloads: Mapping[str, Workload],
        names: Mapping[str, str],
        texts: Mapping[str, Text],
        steps: Sequence[Rung],
    ) -> None:
        self._workloads = workloads
        self._names = names
        self._texts = texts
        self._steps = steps

    def nodes(self, explanation: Explanation) -> tuple[Node, ...]:
        verdict = explanation.verdict
        return (
            self._findings(
                tr("Why it stands on rung {level}").format(level=verdict.low)
                if verdict.low == verdict.high
                else tr("What may hold it on rung {level}").format(level=verdict.low),
                explanation.held_by,
                empty=tr("Nothing holds it lower than the top of this ladder."),
            ),
            self._findings(
                tr("What is unknown, and what would settle it"),
                explanation.unknowns,
                empty=tr("Nothing unknown bears on this verdict."),
            ),
            self._changes(explanation),
            *self._beside(explanation.beside),
            self._words(explanation.relies_on),
            self._findings(
                tr("What speaks for it"),
                explanation.supports,
                empty=tr("It rests on nothing: the lowest rung needs no measure."),
                expanded=False,
            ),
        )

    def _beside(self, findings: Sequence[Finding]) -> tuple[Node, ...]:
        """What bears on the question and decides no rung; nothing where no ladder has such."""
        open_first = sorted(findings, key=lambda finding: _ORDER.index(_mark(finding)))
        if not open_first:
            return ()
        return (self._findings(tr("Beside this, and deciding no rung"), open_first, empty=""),)

    def _findings(
        self, title: str, findings: Sequence[Finding], *, empty: str, expanded: bool = True
    ) -> Node:
        nodes = [self._finding(finding) for finding in findings[:SHOWN]]
        if len(findings) > SHOWN:
            nodes.append(
                Node(
                    and_more(len(findings) - SHOWN),
                    tr("Choose a workload to see what concerns it."),
                )
            )
        heading = f"{title} ({len(findings):,})" if findings else title
        return section(heading, tuple(nodes), empty=empty, expanded=expanded)

    def _finding(self, finding: Finding) -> Node:
        text = self._texts.get(finding.id)
        note = f"{self._name(finding.workload)}: {one_line(finding.says)}"
        if finding.unknown is not None:
            reason = finding.unknown
            note = (
                f"{self._name(finding.workload)}: "
                f"{unknown_text(reason.explanation, reason.settled_by)}"
            )
        return Node(
            text.title if text else finding.id,
            note,
            mark=_mark(finding),
            children=(
                *self._others(finding),
                *_observed(finding),
                *about_nodes(text, finding, self._workloads),
            ),
        )

    def _others(self, finding: Finding) -> tuple[Node, ...]:
        if not finding.others:
            return ()
        named = ", ".join(self._name(other) for other in finding.others)
        return (Node(tr("With"), named),)

    def _changes(self, explanation: Explanation) -> Node:
        verdict = explanation.verdict
        steps = []
        if explanation.to_required:
            steps.append(
                self._step(tr("To reach {rung}, which is required"), explanation.to_required)
            )
        if explanation.to_next and explanation.to_next != explanation.to_required:
            steps.insert(0, self._step(tr("To reach {rung}, the next one"), explanation.to_next))
        met = verdict.status in (Status.MEETS, Status.NOT_REQUIRED)
        empty = (
            tr("Nothing has to change.")
            if met
            else tr("No change on this host is known that reaches it.")
        )
        return section(tr("What to change"), tuple(steps), empty=empty)

    def _step(self, title: str, changes: Sequence[Change]) -> Node:
        reached = max(change.rung for change in changes)
        nodes = tuple(
            Node(
                one_line(change.change, 600),
                tr("{name}: for {rung}").format(
                    name=self._name(change.finding.workload),
                    rung=rung_words(change.rung, self._steps),
                ),
                children=_observed(change.finding),
                findings=((change.finding.id, change.finding.workload),),
            )
            for change in changes[:SHOWN]
        )
        more = (Node(and_more(len(changes) - SHOWN)),) if len(changes) > SHOWN else ()
        return Node(
            title.format(rung=rung_words(reached, self._steps)),
            children=nodes + more,
            expanded=True,
            findings=tuple((one.finding.id, one.finding.workload) for one in changes),
        )

    def _words(self, relied: Sequence[Party]) -> Node:
        nodes = tuple(Node(capital(PARTY[party]), PARTY_DOES[party]) for party in relied)
        return section(
            tr("Whose word it rests on"),
            nodes,
            empty=tr("Nobody's: the lowest rung claims nothing."),
        )

    def _name(self, workload: str) -> str:
        return self._names.get(workload) or one_line(workload, 60)


def _mark(finding: Finding) -> Status:
    if finding.state is FindingState.UNKNOWN:
        return Status.UNPROVEN
    if finding.state is FindingState.NOT_APPLICABLE:
        return Status.NOT_REQUIRED
    return Status.MEETS if finding.favourable else Status.FALLS_SHORT


_ORDER = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)


def _observed(finding: Finding) -> tuple[Node, ...]:
    return tuple(observation_node(observation) for observation in finding.observations)


def _disagreements(assessment: Assessment, subject: Subject) -> tuple[Node, ...]:
    """Where a manager says one thing of a workload and the kernel shows another."""
    found = tuple(
        Node(
            one_line(d.key.replace("_", " "), 80),
            tr("declared: {declared}\nthe kernel shows: {observed}").format(
                declared=one_line(d.declared, 200), observed=one_line(d.observed, 200)
            ),
            mark=Status.UNPROVEN,
            children=(observation_node(d.declared_by), observation_node(d.observed_by)),
        )
        for workload in assessment.inventory.workloads
        if workload.id == subject.id and subject.kind is SubjectKind.WORKLOAD
        for d in workload.disagreements
    )
    if not found:
        return ()
    title = tr("Where the manager and the kernel differ")
    return (section(f"{title} ({len(found)})", found, empty=""),)
