"""The parts of the HTML report that are not about single tenants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from isoscope.reports.application_words import TITLE as APPLICATIONS
from isoscope.reports.application_words import application_sentence
from isoscope.reports.evidence_words import OUTCOME_STATUS, evidence_sentence, residual_trust
from isoscope.reports.html_text import listed, text
from isoscope.reports.report import Report, probe_has_problems
from isoscope.reports.words import SYMBOL, available_in_words


def tees(report: Report) -> Iterator[str]:
    """Which TEEs workloads could use."""
    if not report.tees:
        return
    yield "<section><h2>TEEs that workloads could use</h2>"
    yield '<p class="quiet">On the word of the host; a claim, not evidence.</p><table><tbody>'
    for tee in report.tees:
        state = available_in_words(tee.technology, tee.available)
        yield (
            f"<tr><th>{tee.technology.value}</th><td>{state}</td><td>{text(tee.summary)}</td></tr>"
        )
    yield "</tbody></table></section>"


def evidence(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    """What became of the evidence that was given, and what it leaves to be trusted."""
    if not report.evidence:
        return
    yield "<section><h2>Attestation evidence</h2><ul>"
    for one in report.evidence:
        status = OUTCOME_STATUS[one.verification.outcome]
        yield (
            f'<li><span class="badge {status.value}">{SYMBOL[status]}</span> '
            f"{text(names[one.workload])}: "
            f"{text(evidence_sentence(one))}</li>"
        )
    yield "</ul>"
    remains = (text(sentence) for sentence in residual_trust(report.evidence))
    yield from listed("What remains to be trusted with it", remains)
    yield "</section>"


def not_seen(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    """What could not be seen, is contradicted, or does not run."""
    holes = [
        f"{text(hole.what)}: {text(hole.unknown.explanation)}; {text(hole.unknown.settled_by)}"
        for hole in report.holes
    ]
    probes = [
        f"Probe {text(probe.name)}: {probe.state.value}. {text('; '.join(probe.problems))}"
        for probe in report.probes
        if probe_has_problems(probe)
    ]
    disagreements = [
        f"{text(names[found.workload])}, {text(found.key)}: {text(found.declared_by)} says "
        f"{text(found.declared)}, "
        f"the kernel shows {text(found.observed)}"
        for found in report.disagreements
    ]
    stopped = [f"{text(one.name or one.id)}, {text(one.state)}" for one in report.stopped]
    yield "<section>"
    yield from listed("What could not be seen", [*holes, *probes])
    yield from listed(
        APPLICATIONS, [text(application_sentence(one, names)) for one in report.applications]
    )
    yield from listed("Where a manager says one thing and the kernel another", disagreements)
    yield from listed("Not running, so not assessed", stopped)
    yield "</section>"
