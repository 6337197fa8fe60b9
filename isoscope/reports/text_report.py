"""The report for a terminal, or for a mail: a page that a person reads from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.reports.gather import (
    HelpfulChange,
    Holding,
    helpful_changes,
    holdings,
    names_by_id,
    relied_on,
    settlings,
    short_id,
)
from isoscope.reports.host_lines import host_lines, judged_as
from isoscope.reports.layout import Page
from isoscope.reports.plain import padded, readable
from isoscope.reports.report import Report, TenantReport, VerdictReport, probe_has_problems
from isoscope.reports.words import (
    DIRECTION,
    PARTY,
    STATUS,
    SYMBOL,
    WORST_FIRST,
    count_of,
    rungs,
    short_aspects,
)

_CELL = 19
_DIRECTION = 25
_NAME_LIMIT = 60
_MOST_HOLDINGS = 12
_MOST_SAYINGS = 3
_MOST_CHANGES = 6
_MOST_NAMES = 6


def text_report(report: Report, page: Page | None = None) -> str:
    """The report as plain text, ending in a newline.

    Args:
        report: what to say.
        page: columns and colour; 80 columns without colour where none is given.
    """
    page = page or Page()
    names = names_by_id(report)
    lines = [
        *_head(report, page),
        *(line for tenant in report.tenants for line in _tenant(tenant, names, page)),
        *_not_seen(report, page),
        *_disagreements(report, names, page),
        *_stopped(report, page),
        *_legend(report, page),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(report: Report, page: Page) -> Iterator[str]:
    yield page.both_sides("Isoscope", report.version)
    yield ""
    for caption, text in host_lines(report):
        yield from page.captioned(caption, text, caption_width=10)
    yield from page.captioned("Judged as", judged_as(report), caption_width=10)
    yield ""
    counts = report.counts
    by_status = ", ".join(
        page.status(f"{counts.tenants[status]} {STATUS[status]}", status)
        for status in WORST_FIRST
        if counts.tenants[status]
    )
    running = f"{count_of(counts.running, 'workload')} running"
    tenants = count_of(len(report.tenants), "tenant")
    yield f"{SYMBOL[report.status]} {tenants}, {running}" + (f": {by_status}" if by_status else "")
    if report.only_tenant:
        yield from page.wrapped(f"Only the tenant {report.only_tenant} is shown.", indent="")
    if not report.tenants:
        places = " Some places could not be looked into; they are listed below."
        yield from page.wrapped(
            "Nothing runs here that Isoscope could see." + (places if counts.holes else ""),
            indent="",
        )


def _tenant(tenant: TenantReport, names: Mapping[str, str], page: Page) -> Iterator[str]:
    yield ""
    yield page.faint("─" * page.columns)
    number = count_of(len(tenant.workloads), "workload")
    yield page.both_sides(
        readable(short_id(tenant.name), _NAME_LIMIT),
        f"{readable(tenant.claimed_by, _NAME_LIMIT)}, {number}",
        lead=page.status(SYMBOL[tenant.status], tenant.status) + " ",
        lead_columns=2,
    )
    yield from page.wrapped(_some(tenant.workloads, names), indent="  ")
    yield ""
    heads = "".join(padded(quality.value.capitalize(), _CELL) for quality in Property)
    yield page.faint(" " * _DIRECTION + heads)
    cells = {verdict.verdict.aspect: verdict for verdict in tenant.verdicts}
    for direction in Direction:
        row = [_cell(cells[Aspect(direction, quality)], page) for quality in Property]
        yield padded(f"  {DIRECTION[direction]}", _DIRECTION) + "".join(row)
    yield from _held(holdings(tenant), names, page)
    yield from _changes(helpful_changes([tenant]), names, page)
    yield from _settled(tenant, page)
    if relied := relied_on(tenant):
        yield ""
        words = ", ".join(PARTY[party] for party in relied)
        yield from page.wrapped(f"Rests on the word of {words}.", indent="  ")


def _cell(report: VerdictReport, page: Page) -> str:
    shown = f"{SYMBOL[report.status]} {rungs(report.verdict)} {STATUS[report.status]}"
    blanks = padded(shown, _CELL)[len(shown) :]
    return page.status(shown, report.status) + blanks


def _held(found: Sequence[Holding], names: Mapping[str, str], page: Page) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield page.strong("  Held by")
    for holding in found[:_MOST_HOLDINGS]:
        status = Status.UNPROVEN if holding.unknown else Status.FALLS_SHORT
        yield page.both_sides(
            readable(holding.title),
            short_aspects(holding.aspects),
            lead="  " + page.status(SYMBOL[status], status) + " ",
            lead_columns=4,
        )
        sayings: dict[str, list[str]] = {}
        for workload, finding in holding.findings.items():
            sayings.setdefault(finding.says, []).append(workload)
        for says, workloads in list(sayings.items())[:_MOST_SAYINGS]:
            yield from page.wrapped(f"{_some(workloads, names)}: {says}", indent="      ")
        yield from _more(len(sayings) - _MOST_SAYINGS, "finding", "findings", "      ", page)
    yield from _more(
        len(found) - _MOST_HOLDINGS, "measure or exposure", "measures and exposures", "    ", page
    )


def _changes(found: Sequence[HelpfulChange], names: Mapping[str, str], page: Page) -> Iterator[str]:
    if not found:
        return
    yield ""
    yield page.strong("  To change, the most helpful first")
    for number, change in enumerate(found[:_MOST_CHANGES], 1):
        yield from page.wrapped(change.change, indent="     ", first=f"  {number}. ")
        where = f"{_some(change.workloads, names)} → {short_aspects(change.aspects)}"
        yield from map(page.faint, page.wrapped(where, indent="     "))
    yield from _more(len(found) - _MOST_CHANGES, "change", "changes", "     ", page)


def _settled(tenant: TenantReport, page: Page) -> Iterator[str]:
    found = settlings([tenant])
    if not found:
        return
    yield ""
    yield page.strong("  To find out")
    for one in found[:_MOST_CHANGES]:
        yield from page.wrapped(one.settled_by, indent="     ", first="   ? ")
        titles = list(one.titles)
        more = f" and {len(titles) - _MOST_NAMES} more" if len(titles) > _MOST_NAMES else ""
        settles = f"settles: {', '.join(titles[:_MOST_NAMES])}{more}"
        yield from map(page.faint, page.wrapped(settles, indent="     "))
    yield from _more(len(found) - _MOST_CHANGES, "question", "questions", "     ", page)


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


def _disagreements(report: Report, names: Mapping[str, str], page: Page) -> Iterator[str]:
    if not report.disagreements:
        return
    yield ""
    yield page.strong("Where a manager says one thing and the kernel shows another")
    for found in report.disagreements:
        yield from page.wrapped(
            f"{names[found.workload]}, {found.key}: said {found.declared}, "
            f"the kernel shows {found.observed}",
            indent="    ",
            first="  ≠ ",
        )


def _stopped(report: Report, page: Page) -> Iterator[str]:
    if report.stopped:
        yield ""
        names = {workload.id: workload.name or workload.id for workload in report.stopped}
        yield from page.wrapped(
            f"Not running, so not assessed: {_some(names, names)}", indent="  ", first=""
        )


def _legend(report: Report, page: Page) -> Iterator[str]:
    if not report.tenants:
        return
    yield ""
    yield from map(
        page.faint,
        page.wrapped(
            "low–high/required: the rung reached with every unknown at its worst and at its best, "
            "and the rung that the profile requires. WW: workload from workload, HW: host from "
            "workload, WH: workload from host; C, I, A: confidentiality, integrity, availability. "
            "`isoscope explain ID` says what a measure is.",
            indent="",
        ),
    )


def _some(workloads: Iterable[str], names: Mapping[str, str]) -> str:
    """A few workloads by name, and how many more there are."""
    listed = list(workloads)
    shown = [readable(names.get(one, short_id(one)), _NAME_LIMIT) for one in listed[:_MOST_NAMES]]
    more = f" and {len(listed) - _MOST_NAMES} more" if len(listed) > _MOST_NAMES else ""
    return ", ".join(shown) + more


def _more(number: int, what: str, many: str, indent: str, page: Page) -> Iterator[str]:
    if number > 0:
        yield page.faint(
            f"{indent}… and {number} more {what if number == 1 else many}; --format json has all"
        )
