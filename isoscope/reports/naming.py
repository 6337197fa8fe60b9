"""Verdicts and changes as a report names them."""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.ladders import ladder
from isoscope.assessment.verdict import Change, Verdict
from isoscope.assessment.vocabulary import FindingState
from isoscope.reports.report import ChangeReport, VerdictReport


def named(verdict: Verdict) -> VerdictReport:
    """A verdict with the names of its rungs, and nothing that explains it."""
    rungs = ladder(verdict.aspect).rungs
    required = verdict.required
    return VerdictReport(
        verdict,
        rungs[verdict.low].name,
        rungs[verdict.high].name,
        "" if required is None else rungs[required].name,
    )


def changes(to_next: Iterable[Change], to_required: Iterable[Change]) -> Iterable[ChangeReport]:
    """Each change once; those for the required rung hold those for the next below it."""
    required = tuple(to_required)
    done = set()
    for change in (*required, *to_next):
        identity = (change.finding.id, change.finding.workload)
        if identity in done:
            continue
        done.add(identity)
        yield ChangeReport(
            change.rung,
            change.change,
            change.finding.id,
            CATALOGUE[change.finding.id].title
            if change.finding.id in CATALOGUE
            else change.finding.id,
            change.finding.workload,
            change in required,
            change.finding.others,
            change.finding.state is FindingState.UNKNOWN,
        )
