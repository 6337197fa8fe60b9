"""Suppositions as a plan: what to change where, what that would lift, and what would stay open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from isoscope.assessment.assess import JudgedInventory, conclude
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.comparison import Look, VerdictChange
from isoscope.assessment.supposing.on_neighbours import speaks_for
from isoscope.assessment.supposing.suppose import move, settle
from isoscope.assessment.supposing.suppositions import Move, Suppositions
from isoscope.assessment.supposing.texts import TECHNOLOGY, TECHNOLOGY_NAMES, text_of
from isoscope.assessment.verdict import Finding, Verdict
from isoscope.assessment.vocabulary import ASPECTS, Aspect, FindingKind
from isoscope.inventory.inventory import Inventory

MOST_EXPLAINED = 60
"""Verdicts whose unknowns are listed: of thousands nobody reads them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, on all workloads of which it is supposed."""

    title: str
    """What is supposed, as a state: ``Privileged container: ruled out``."""
    workloads: tuple[str, ...]
    why: str
    remedy: str
    prove: tuple[str, ...]
    """What shows, once the change was made, that it holds."""
    doubt: str = ""
    """Why this host may not be able to do it; empty where nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class StillOpen:
    """What nobody knows even where all of the plan is so, and one thing would settle."""

    titles: tuple[str, ...]
    explanation: str
    settled_by: str
    workloads: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What is supposed of a host, and what it comes to. Supposed, not observed."""

    before: Assessment
    after: Assessment
    """As it would be concluded. It is no assessment of the host, and never shown as one."""
    moved: JudgedInventory
    """What was judged with the moves alone: what else could be supposed is found in it."""
    steps: tuple[Step, ...]
    tenants: tuple[VerdictChange, ...]
    workloads: tuple[VerdictChange, ...]
    open: tuple[StillOpen, ...]


def moved_look(before: Look, moves: Mapping[str, Move]) -> Look:
    """The look that somebody would have of the host with workloads moved, all else as it is."""
    return _look(before, move(before.judged, moves))


def _look(before: Look, judged: JudgedInventory) -> Look:
    if judged is before.judged:
        return before
    question = before.assessment
    return Look(judged, conclude(judged, profile=question.profile, viewpoint=question.viewpoint))


def plan_of(before: Look, suppositions: Suppositions, moved: Look | None = None) -> Plan:
    """The plan of everything that is supposed, for the profile and the viewpoint of an assessment.

    Args:
        before: the host as it was seen.
        suppositions: of workloads that are not there nothing is supposed.
        moved: with the moves alone, where that is at hand.
    """
    wanted = suppositions.among(before.judged.judgements)
    moved = moved_look(before, wanted.moved) if moved is None else moved
    after = _look(moved, settle(moved.judged, wanted.settled)).assessment
    seen = before.assessment
    tenants = _changed(
        {one.name: one.verdicts for one in seen.tenants},
        {one.name: one.verdicts for one in after.tenants},
    )
    workloads = _changed(  # one that nobody claims stands among the tenants already
        {one.id: one.verdicts for one in seen.workloads.values() if one.tenant.claimed},
        {one.id: one.verdicts for one in after.workloads.values() if one.tenant.claimed},
    )
    steps = (*_moves(seen.inventory, wanted.moved), *_settled(moved.judged, wanted))
    still = tuple(_still_open(after, tenants, wanted.moved)) if wanted else ()
    return Plan(seen, after, moved.judged, steps, tenants, workloads, still)


def _changed(
    before: Mapping[str, Mapping[Aspect, Verdict]], after: Mapping[str, Mapping[Aspect, Verdict]]
) -> tuple[VerdictChange, ...]:
    return tuple(
        VerdictChange(subject, aspect, before[subject][aspect], verdicts[aspect])
        for subject, verdicts in after.items()
        if before.get(subject, verdicts) is not verdicts
        for aspect in ASPECTS
        if before[subject][aspect] != verdicts[aspect]
    )


def _moves(inventory: Inventory, moved: Mapping[str, Move]) -> Iterator[Step]:
    by_move: dict[Move, list[str]] = defaultdict(list)
    for workload, how in moved.items():
        by_move[how].append(workload)
    for how, workloads in by_move.items():
        text = text_of(how)
        yield Step(
            text.title,
            tuple(sorted(workloads)),
            text.why,
            text.remedy,
            text.prove,
            host_doubt(inventory, how),
        )


def host_doubt(inventory: Inventory, how: Move) -> str:
    """Why this host may not be able to run a TEE, by its own word; empty where it says it can, or
    none is wanted."""
    technology = TECHNOLOGY.get(how.into)
    if technology is None:
        return ""
    name = TECHNOLOGY_NAMES[how.into]
    for tee in inventory.host.tees:
        if tee.technology is technology:
            if tee.available:
                return ""
            unable = "cannot" if tee.available is False else "may not be able to"
            return f"As far as it says, this host {unable} run {name}: {tee.summary}"
    return f"Whether this host can run {name}, nobody looked."


def _settled(moved: JudgedInventory, wanted: Suppositions) -> Iterator[Step]:
    """What is settled on those for which it changes something."""
    for identity, workloads in wanted.settled.items():
        where = tuple(
            sorted(
                one
                for one in workloads
                if not speaks_for(identity, moved.judgements[one][identity])
            )
        )
        if where:
            text = CATALOGUE[identity]
            yield Step(settled_title(identity), where, text.why, text.remedy, (text.by_hand,))


def settled_title(identity: str) -> str:
    """A measure or exposure as it is supposed: ``Memory limited: in place``."""
    text = CATALOGUE[identity]
    state = "in place" if text.kind is FindingKind.MEASURE else "ruled out"
    return f"{text.title}: {state}"


def _still_open(
    after: Assessment, tenants: Iterable[VerdictChange], moved: Iterable[str]
) -> Iterator[StillOpen]:
    """What keeps the changed verdicts' ends apart, what is unknown of moved workloads first."""
    found: dict[tuple[str, str], dict[str, Finding]] = defaultdict(dict)
    where: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def note(findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.unknown is not None:
                key = finding.unknown.explanation, finding.unknown.settled_by
                found[key].setdefault(finding.id, finding)
                where[key][finding.workload] = None

    asked = 0
    for workload in moved:
        for aspect, verdict in after.workloads[workload].verdicts.items():
            if verdict.low < verdict.high and asked < MOST_EXPLAINED:
                asked += 1
                note(after.explain_workload(workload, aspect).unknowns)
    for change in tenants:
        if change.after.low < change.after.high and asked < MOST_EXPLAINED:
            asked += 1
            note(after.explain_tenant(change.subject, change.aspect).unknowns)
    for key, findings in found.items():
        titles = tuple(CATALOGUE[identity].title for identity in findings)
        yield StillOpen(titles, *key, tuple(where[key]))
