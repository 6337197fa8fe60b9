"""Why a verdict is what it is: what holds it, what is unknown, what to change, on whose word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.evaluation import Standing
from isoscope.assessment.verdict import Change, Explanation, Finding, Verdict
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.observation import Party


def explain(verdict: Verdict, standing: Standing, *, low: int | None = None) -> Explanation:
    """The explanation of one workload's verdict.

    Args:
        verdict: the workload's.
        standing: the findings that it rests on.
        low: the rung for which supports and parties are wanted; the verdict's own low one if None.
    """
    low = verdict.low if low is None else low
    next_level = min(verdict.low + 1, standing.ladder.top)
    speaking = [
        finding
        for level in range(low + 1)
        for finding in standing.needs[level]
        if finding.favourable
    ]
    if low and standing.through_host is not None and standing.through_host.favourable:
        speaking.append(standing.through_host)
    return Explanation(
        verdict=verdict,
        held_by=tuple(_held_by(verdict, standing)),
        unknowns=tuple(_unknowns(verdict, standing)),
        to_next=_changes(verdict, standing, next_level),
        to_required=_changes(verdict, standing, verdict.required or 0),
        relies_on=_in_order(party for finding in speaking for party in finding.parties),
        supports=tuple(f for f in speaking if f.state is not FindingState.NOT_APPLICABLE),
        beside=standing.beside,
    )


def explain_lowest(
    verdict: Verdict,
    members: Sequence[tuple[Verdict, Standing]],
    beyond: Callable[[int], Sequence[Finding]],
) -> Explanation:
    """The explanation of a tenant's verdict, from those of its workloads.

    What holds it is what holds the workloads that stand lowest; what to change is what all of
    them need.

    Args:
        verdict: the tenant's.
        members: its workloads' verdicts and standings.
        beyond: what keeps it from a rung besides: that further workloads, which may stand below,
            may be the tenant's.
    """
    each = [
        (own, explain(own, standing, low=min(own.low, verdict.low))) for own, standing in members
    ]
    lowest = [why for own, why in each if own.low == verdict.low]
    held = _findings_once(why.held_by for why in lowest)
    unknowns = _findings_once(why.unknowns for own, why in each if own.low < verdict.high)
    to_next = _changes_once(why.to_next for why in lowest)
    to_required = _changes_once(why.to_required for _, why in each)
    next_level, required = verdict.low + 1, verdict.required or 0
    if next_level <= members[0][1].ladder.top:
        held = (*beyond(next_level), *held)
        to_next = (*_settling(beyond(next_level), next_level), *to_next)
    if verdict.low < verdict.high:
        unknowns = (*beyond(verdict.high), *unknowns)
    if verdict.low < required:
        to_required = (*_settling(beyond(required), next_level), *to_required)
    return Explanation(
        verdict=verdict,
        held_by=held,
        unknowns=unknowns,
        to_next=to_next,
        to_required=to_required,
        relies_on=_in_order(party for _, why in each for party in why.relies_on),
        supports=_findings_once(why.supports for _, why in each),
        beside=_findings_once(
            [finding for finding in why.beside if not finding.favourable] for _, why in each
        ),
    )


def _settling(beyond: Sequence[Finding], level: int) -> list[Change]:
    return [Change(level, finding, _words(finding)) for finding in beyond]


def _held_by(verdict: Verdict, standing: Standing) -> list[Finding]:
    """What keeps it at its low rung: what fails, or is unknown, one rung above."""
    if verdict.low >= standing.ladder.top:
        return []
    held = [finding for finding in standing.needs[verdict.low + 1] if not finding.favourable]
    return [*_through_host(standing, verdict.low + 1), *held]


def _through_host(standing: Standing, level: int) -> list[Finding]:
    """That a neighbour may take the host, where this keeps from a rung."""
    through = standing.through_host
    if through is None or not standing.bound_by_host or level <= standing.host_low:
        return []
    return [through]


def _unknowns(verdict: Verdict, standing: Standing) -> list[Finding]:
    """What keeps low and high apart: where a neighbour has the host, also what is unknown of the
    workload's own isolation from it."""
    between = range(verdict.low + 1, verdict.high + 1)
    found = [*_through_host(standing, verdict.high)] if between else []
    found += [finding for level in between for finding in standing.needs[level]]
    if standing.from_host is not None and standing.bound_by_host:
        needs = standing.from_host.needs
        found += [f for level in between if level < len(needs) for f in needs[level]]
    return [finding for finding in found if finding.state is FindingState.UNKNOWN]


def _changes(verdict: Verdict, standing: Standing, level: int) -> tuple[Change, ...]:
    """What must change to reach a rung: everything unfavourable up to it. Rungs are conjunctions,
    so that this set is the smallest."""
    if verdict.low >= level:
        return ()
    changes = [
        Change(standing.host_low + 1, finding, _words(finding))
        for finding in _through_host(standing, level)
    ]
    changes += [
        Change(rung, finding, _words(finding))
        for rung in range(1, level + 1)
        for finding in standing.needs[rung]
        if not finding.favourable
    ]
    return _changes_once([changes])  # two rungs may need the same


def _words(finding: Finding) -> str:
    if finding.state is FindingState.UNKNOWN and finding.unknown is not None:
        return f"Settle it: {finding.unknown.settled_by}"
    return CATALOGUE[finding.id].remedy


def _findings_once(groups: Iterable[Sequence[Finding]]) -> tuple[Finding, ...]:
    """Every finding of some groups once, in order; the same are those of one id and workload."""
    seen: dict[tuple[str, str], Finding] = {}
    for finding in chain.from_iterable(groups):
        seen.setdefault((finding.id, finding.workload), finding)
    return tuple(seen.values())


def _changes_once(groups: Iterable[Sequence[Change]]) -> tuple[Change, ...]:
    """Every change of some groups once, in order."""
    seen: dict[tuple[str, str], Change] = {}
    for change in chain.from_iterable(groups):
        seen.setdefault((change.finding.id, change.finding.workload), change)
    return tuple(seen.values())


def _in_order(parties: Iterable[Party]) -> tuple[Party, ...]:
    found = frozenset(parties)
    return tuple(party for party in Party if party in found)
