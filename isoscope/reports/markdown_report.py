"""The report as Markdown (CommonMark with GitHub's tables), for tickets and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.reports.application_words import TITLE as APPLICATIONS
from isoscope.reports.application_words import application_sentence
from isoscope.reports.evidence_words import evidence_sentence, residual_trust
from isoscope.reports.gather import (
    NAMES_SHOWN,
    besides,
    helpful_changes,
    holding_title,
    holdings,
    names_by_id,
    owned_and_required,
    relied_on,
    settlings,
    short_id,
    tenant_title,
)
from isoscope.reports.host_lines import host_lines, judged_as
from isoscope.reports.plain import sentence
from isoscope.reports.report import Report, TenantReport, probe_has_problems
from isoscope.reports.words import (
    DIRECTION,
    LETTERS,
    PARTY,
    STATUS,
    SYMBOL,
    WORST_FIRST,
    count_of,
    rungs,
    short_aspects,
    tally,
)

# CommonMark 2.4 lets any ASCII punctuation be escaped. What begins a list counts only at the
# beginning; "@", "://" and "www." would make GitHub mention somebody or link somewhere.
_MARKUP = re.compile(r"[\\`*_\[\]<>#!|~$&@]|:(?=//)|(?<=www)\.|^[-+=]|^\d+[.)]")


def markdown_report(report: Report) -> str:
    """The report as Markdown, ending in a newline. No text of the host acts as markup."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def plain_in_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(_escaped, sentence(text))


def _escaped(found: re.Match[str]) -> str:
    mark = found.group()
    return f"{mark[:-1]}\\{mark[-1]}"


def _lines(report: Report) -> Iterator[str]:
    names = names_by_id(report)
    host_name = report.host.name.value
    yield f"# Isolation on {plain_in_markdown(host_name) if host_name else 'a host'}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    for caption, text in (
        *host_lines(report),
        ("Judged as", judged_as(report)),
        ("Isoscope", report.version),
    ):
        yield f"| {caption} | {plain_in_markdown(text)} |"
    yield ""
    counts = report.counts
    yield (
        f"**{SYMBOL[report.status]} {STATUS[report.status]}**: "
        f"{count_of(len(report.tenants), 'tenant')}, "
        f"{count_of(counts.running, 'workload')} running"
        + "".join(
            f", {tally(counts.tenants[status], status)}"
            for status in WORST_FIRST
            if counts.tenants[status]
        )
    )
    if report.tenants:
        yield from ("", f"low–high/required. {LETTERS}")
    for tenant in report.tenants:
        yield ""
        yield from _tenant(tenant, names)
    yield from _not_seen(report)
    yield from _evidence(report, names)
    if report.applications:
        yield from ("", f"## {APPLICATIONS}", "")
    for found in report.applications:
        yield f"- {plain_in_markdown(application_sentence(found, names))}"
    yield from _disagreements(report, names)


def _tenant(tenant: TenantReport, names: Mapping[str, str]) -> Iterator[str]:
    symbol = SYMBOL[tenant.status]
    yield f"## {symbol} {plain_in_markdown(tenant_title(tenant, names))}"
    yield ""
    number = count_of(len(tenant.workloads), "workload")
    yield f"{number}, {plain_in_markdown(owned_and_required(tenant))}: " + _some(
        tenant.workloads, names
    )
    yield ""
    yield "| | Confidentiality | Integrity | Availability |"
    yield "| --- | --- | --- | --- |"
    cells = {verdict.verdict.aspect: verdict for verdict in tenant.verdicts}
    for direction in Direction:
        row = [cells[Aspect(direction, quality)] for quality in Property]
        shown = (f"{SYMBOL[v.status]} {rungs(v.verdict)} {STATUS[v.status]}" for v in row)
        yield f"| {DIRECTION[direction]} | {' | '.join(shown)} |"
    yield from _list(
        "Held by",
        (
            f"{SYMBOL[Status.UNPROVEN if one.unknown else Status.FALLS_SHORT]} "
            f"**{plain_in_markdown(holding_title(one))}** ({short_aspects(one.aspects)}), "
            f"{_some(one.findings, names)}: "
            + plain_in_markdown("; ".join(dict.fromkeys(f.says for f in one.findings.values())))
            for one in holdings(tenant)
        ),
    )
    yield from _list(
        "Beside this, and deciding no rung",
        (
            f"**{plain_in_markdown(holding_title(one))}** ({short_aspects(one.aspects)}), "
            f"{_some(one.findings, names)}: "
            + plain_in_markdown("; ".join(dict.fromkeys(f.says for f in one.findings.values())))
            for one in besides(tenant)
        ),
    )
    yield from _list(
        "To change, the most helpful first",
        (
            f"{plain_in_markdown(one.change)} ({short_aspects(one.aspects)}), "
            f"{_some(one.workloads, names)}"
            for one in helpful_changes([tenant])
        ),
    )
    yield from _list(
        "To find out",
        (
            f"{plain_in_markdown(one.settled_by)} "
            f"(settles: {plain_in_markdown(', '.join(one.titles))})"
            for one in settlings([tenant])
        ),
    )
    if relied := relied_on(tenant):
        yield ""
        yield f"Rests on the word of {', '.join(PARTY[party] for party in relied)}."


def _not_seen(report: Report) -> Iterator[str]:
    holes = [
        f"{plain_in_markdown(hole.what)}: {plain_in_markdown(hole.unknown.explanation)}; "
        f"{plain_in_markdown(hole.unknown.settled_by)}"
        for hole in report.holes
    ]
    probes = [
        plain_in_markdown(f"probe {probe.name}: {probe.state}. " + "; ".join(probe.problems))
        for probe in report.probes
        if probe_has_problems(probe)
    ]
    if holes or probes:
        yield ""
        yield "## What could not be seen"
        yield ""
        yield from (f"- {line}" for line in (*holes, *probes))


def _evidence(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    if report.evidence:
        yield ""
        yield "## Attestation evidence"
        yield ""
        for one in report.evidence:
            yield (
                f"- {plain_in_markdown(names[one.workload])}: "
                f"{plain_in_markdown(evidence_sentence(one))}"
            )
        remains = [plain_in_markdown(sentence) for sentence in residual_trust(report.evidence)]
        yield from _list("What remains to be trusted with it", remains)


def _disagreements(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    if report.disagreements:
        yield ""
        yield "## Where a manager says one thing and the kernel shows another"
        yield ""
        for found in report.disagreements:
            yield (
                f"- {plain_in_markdown(names[found.workload])}, {plain_in_markdown(found.key)}: "
                f"{plain_in_markdown(found.declared_by)} says "
                f"{plain_in_markdown(found.declared)}, "
                f"the kernel shows {plain_in_markdown(found.observed)}"
            )


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    listed = list(items)
    if listed:
        yield ""
        yield f"### {title}"
        yield ""
        yield from (f"- {item}" for item in listed)


def _some(workloads: Iterable[str], names: Mapping[str, str]) -> str:
    listed = list(workloads)
    shown = ", ".join(
        plain_in_markdown(names.get(one, short_id(one))) for one in listed[:NAMES_SHOWN]
    )
    return shown + (f" and {len(listed) - NAMES_SHOWN} more" if len(listed) > NAMES_SHOWN else "")
