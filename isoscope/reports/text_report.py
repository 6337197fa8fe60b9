"""The report for a terminal, or for a mail: a page that a person reads from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from isoscope.reports.application_words import TITLE as APPLICATIONS
from isoscope.reports.application_words import application_sentence
from isoscope.reports.evidence_words import OUTCOME_STATUS, evidence_sentence, residual_trust
from isoscope.reports.gather import alike, helpful_changes, names_by_id, short_id
from isoscope.reports.host_lines import host_lines, judged_as
from isoscope.reports.layout import Page
from isoscope.reports.plain import readable
from isoscope.reports.report import Report, probe_has_problems
from isoscope.reports.text_tenant import NAME_LIMIT, change_lines, some, tenant_lines
from isoscope.reports.words import (
    LETTERS,
    SYMBOL,
    WORST_FIRST,
    count_of,
    tally,
)

_CAPTION = 11


def text_report(report: Report, page: Page | None = None) -> str:
    """The report as plain text, ending in a newline.

    Args:
        report: what to say.
        page: columns and colour; 88 columns without colour where none is given.
    """
    page = page or Page()
    names = names_by_id(report)
    workloads = {workload.id: workload for workload in report.workloads}
    lines = [
        *_head(report, page),
        *_overall(report, names, page),
    ]
    for tenants in alike(report.tenants):
        lines += ["", *tenant_lines(tenants, workloads, names, page)]
    lines += [
        *_evidence(report, names, page),
        *_applications(report, names, page),
        *_not_seen(report, page),
        *_disagreements(report, names, page),
        *_stopped(report, page),
        *_legend(report, page),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(report: Report, page: Page) -> Iterator[str]:
    name = report.host.name.value
    title = f"Isolation on {readable(name, NAME_LIMIT)}" if name else "Isolation on a host"
    yield page.both_sides(title, f"Isoscope {report.version}")
    yield ""
    for caption, text in (*host_lines(report), ("Judged as", judged_as(report))):
        yield from page.captioned(caption, text, caption_width=_CAPTION)
    yield ""


def _overall(report: Report, names: Mapping[str, str], page: Page) -> Iterator[str]:
    counts = report.counts
    tenants = count_of(len(report.tenants), "tenant")
    yield page.strong(f"{tenants}, {count_of(counts.running, 'workload')} running")
    for status in WORST_FIRST:
        number = counts.tenants[status]
        if number:
            yield page.status(f"  {SYMBOL[status]} {tally(number, status)}", status)
    if report.only_tenant:
        yield from page.wrapped(f"Only {short_id(report.only_tenant)} is shown.", indent="  ")
    if not report.tenants:
        places = " Some places could not be looked into; they are listed below."
        yield from page.wrapped(
            "Nothing runs here that Isoscope could see." + (places if counts.holes else ""),
            indent="  ",
        )
    if len(report.tenants) > 1:
        title = "What would help most, over all tenants"
        yield from change_lines(title, helpful_changes(report.tenants), names, page)


def _not_seen(report: Report, page: Page) -> Iterator[str]:
    troubled = [probe for probe in report.probes if probe_has_problems(probe)]
    if not (report.holes or troubled):
        return
    yield ""
    yield page.faint("─" * page.columns)
    yield page.strong("What could not be seen")
    for hole in report.holes:
        yield from page.wrapped(
            f"{hole.what}: {hole.unknown.explanation}; {hole.unknown.settled_by}",
            indent="    ",
            first="  ? ",
        )
    for probe in troubled:
        yield from page.wrapped(
            f"probe {probe.name}: {probe.state}, after {probe.seconds:.1f} s",
            indent="    ",
            first="  ? ",
        )
        for problem in probe.problems:
            yield from page.wrapped(problem, indent="      ", first="    - ")


def _evidence(report: Report, names: Mapping[str, str], page: Page) -> Iterator[str]:
    if not report.evidence:
        return
    yield ""
    yield page.strong("Attestation evidence")
    for one in report.evidence:
        status = OUTCOME_STATUS[one.verification.outcome]
        wrapped = page.wrapped(
            f"{names[one.workload]}: {evidence_sentence(one)}", indent="    ", first="    "
        )
        yield f"  {page.status(SYMBOL[status], status)} {wrapped[0].lstrip()}"
        yield from wrapped[1:]
    if remains := residual_trust(report.evidence):
        yield "  What remains to be trusted with it:"
        for sentence in remains:
            yield from page.wrapped(sentence, indent="      ", first="    - ")


def _applications(report: Report, names: Mapping[str, str], page: Page) -> Iterator[str]:
    if report.applications:
        yield ""
        yield page.strong(APPLICATIONS)
    for found in report.applications:
        sentence = application_sentence(found, names)
        yield from page.wrapped(sentence, indent="    ", first="  = ")


def _disagreements(report: Report, names: Mapping[str, str], page: Page) -> Iterator[str]:
    if not report.disagreements:
        return
    yield ""
    yield page.strong("Where a manager says one thing and the kernel shows another")
    for found in report.disagreements:
        yield from page.wrapped(
            f"{names[found.workload]}, {found.key}: {found.declared_by} says {found.declared}, "
            f"the kernel shows {found.observed}",
            indent="    ",
            first="  ≠ ",
        )


def _stopped(report: Report, page: Page) -> Iterator[str]:
    if report.stopped:
        yield ""
        names = {workload.id: workload.name or workload.id for workload in report.stopped}
        yield from page.wrapped(
            f"Not running, so not assessed: {some(names, names)}", indent="  ", first=""
        )


def _legend(report: Report, page: Page) -> Iterator[str]:
    if not report.tenants:
        return
    yield ""
    yield from map(
        page.faint,
        page.wrapped(
            "low–high/required: the rung reached with every unknown at its worst and at its best, "
            f"and the rung that the profile requires. {LETTERS} `isoscope explain` lists what is "
            "looked for.",
            indent="",
        ),
    )
