"""The report as one HTML file: no script, no network, every text of the host escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping

from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property, Status
from isoscope.reports.gather import (
    NAMES_SHOWN,
    HelpfulChange,
    Holding,
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
from isoscope.reports.html_sections import evidence, not_seen, tees
from isoscope.reports.html_style import STYLE
from isoscope.reports.html_text import listed, text
from isoscope.reports.plain import readable_lines
from isoscope.reports.report import (
    NumberedObservation,
    Report,
    TenantReport,
    VerdictReport,
)
from isoscope.reports.words import (
    DIRECTION,
    LETTERS,
    PARTY,
    STATUS,
    SYMBOL,
    WORST_FIRST,
    count_of,
    moment,
    rungs,
    short_aspect,
    short_aspects,
    tally,
)

_NAME_LIMIT = 120
_EXCERPT_LINES = 12
_MOST_EVIDENCE = 8
_HEAD = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""
_END = """
</body>
</html>
"""


def html_report(report: Report) -> str:
    """The report as an HTML document that needs nothing else."""
    return "".join(html_pieces(report))


def html_pieces(report: Report) -> Iterator[str]:
    """The same, element by element."""
    name = report.host.name.value
    title = f"Isolation on {text(name, _NAME_LIMIT)}" if name else "Isolation on a host"
    yield _HEAD.format(title=title, style=STYLE)
    for number, element in enumerate(_body(report, title)):
        yield f"\n{element}" if number else element
    yield _END


def html_page(title: str, body: str) -> str:
    """A document that needs nothing else; title and body are HTML already."""
    return _HEAD.format(title=title, style=STYLE) + body + _END


def _body(report: Report, title: str) -> Iterator[str]:
    names = names_by_id(report)
    observations = {item.id: item for item in report.observations}
    yield f"<h1>{title}</h1>"
    counts = report.counts
    parts = [
        tally(counts.tenants[status], status) for status in WORST_FIRST if counts.tenants[status]
    ]
    summary = (
        f"{count_of(len(report.tenants), 'tenant')}, {count_of(counts.running, 'workload')} running"
    )
    yield f"<p>{_status(report.status)} {', '.join([summary, *parts])}</p>"
    yield '<dl class="host">'
    rows = [*host_lines(report), ("Judged as", judged_as(report)), ("Isoscope", report.version)]
    for caption, words in rows:
        yield f"<dt>{caption}</dt><dd>{text(words)}</dd>"
    yield "</dl>"
    yield from _overview(report, names)
    for number, tenant in enumerate(report.tenants, 1):
        yield f'<section id="tenant-{number}">'
        yield from _tenant(tenant, names, observations)
        yield from _workloads(report, tenant)
        yield "</section>"
    yield from tees(report)
    yield from evidence(report, names)
    yield from not_seen(report, names)


def _overview(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    if not report.tenants:
        yield "<p>Nothing runs here that Isoscope could see.</p>"
        return
    heads = "".join(f"<th>{short_aspect(aspect)}</th>" for aspect in ASPECTS)
    yield f'<table class="small"><thead><tr><th>Tenant</th>{heads}</tr></thead><tbody>'
    for number, tenant in enumerate(report.tenants, 1):
        cells = "".join(f"<td>{_badge(verdict, word=False)}</td>" for verdict in tenant.verdicts)
        link = f'<a href="#tenant-{number}">{text(tenant_title(tenant, names), _NAME_LIMIT)}</a>'
        yield f"<tr><th>{link}</th>{cells}</tr>"
    yield "</tbody></table>"
    yield (
        '<p class="quiet">low–high/required: the rung reached with every unknown at its worst and '
        f"at its best, and the rung that the profile requires. {LETTERS}</p>"
    )


def _tenant(
    tenant: TenantReport,
    names: Mapping[str, str],
    observations: Mapping[str, NumberedObservation],
) -> Iterator[str]:
    yield f"<h2>{text(tenant_title(tenant, names), _NAME_LIMIT)}</h2>"
    number = count_of(len(tenant.workloads), "workload")
    yield (
        f'<p class="quiet">{number}, {text(owned_and_required(tenant))}: '
        f"{_some(tenant.workloads, names)}</p>"
    )
    heads = "".join(f"<th>{quality.value.capitalize()}</th>" for quality in Property)
    yield f"<table><thead><tr><th></th>{heads}</tr></thead><tbody>"
    cells = {verdict.verdict.aspect: verdict for verdict in tenant.verdicts}
    for direction in Direction:
        row = "".join(
            f"<td>{_badge(cells[Aspect(direction, quality)])}</td>" for quality in Property
        )
        yield f"<tr><th>{DIRECTION[direction].capitalize()}</th>{row}</tr>"
    yield "</tbody></table>"
    yield from listed("Held by", (_holding(one, names, observations) for one in holdings(tenant)))
    yield from listed(
        "Beside this, and deciding no rung",
        (
            f"{text(holding_title(one))} "
            f'<span class="quiet">{short_aspects(one.aspects)}</span><br>'
            f"{_some(one.findings, names)}: "
            + text("; ".join(dict.fromkeys(f.says for f in one.findings.values())))
            for one in besides(tenant)
        ),
    )
    yield from listed(
        "To change, the most helpful first",
        (_change(one, names) for one in helpful_changes([tenant])),
        tag="ol",
    )
    yield from listed(
        "To find out",
        (
            f'{text(one.settled_by)} <span class="quiet">settles: '
            f"{text(', '.join(one.titles))}</span>"
            for one in settlings([tenant])
        ),
    )
    if relied := relied_on(tenant):
        words = ", ".join(PARTY[party] for party in relied)
        yield f"<p>Rests on the word of {words}.</p>"


def _holding(
    holding: Holding, names: Mapping[str, str], observations: Mapping[str, NumberedObservation]
) -> str:
    status = Status.UNPROVEN if holding.unknown else Status.FALLS_SHORT
    sayings: dict[str, list[str]] = {}
    for workload, finding in holding.findings.items():
        sayings.setdefault(finding.says, []).append(workload)
    lines = "".join(
        f"<br>{_some(workloads, names)}: {text(says)}" for says, workloads in sayings.items()
    )
    ids = dict.fromkeys(o for finding in holding.findings.values() for o in finding.observations)
    evidence = "".join(_evidence(observations[one]) for one in list(ids)[:_MOST_EVIDENCE])
    more = f"<details><summary>Evidence</summary>{evidence}</details>" if evidence else ""
    return (
        f'<span class="badge {status.value}">{SYMBOL[status]} '
        f"{text(holding_title(holding))}</span> "
        f'<span class="quiet">{short_aspects(holding.aspects)}</span>{lines}{more}'
    )


def _evidence(item: NumberedObservation) -> str:
    observation = item.observation
    return "".join(
        f'<p class="quiet">{item.id}: {text(piece.source)}, read {moment(piece.at)} as '
        f"{text(piece.privilege)}, on the word of "
        f"{', '.join(sorted(PARTY[party] for party in observation.parties))}</p>"
        f"<pre>{_excerpt(piece.excerpt)}</pre>"
        for piece in observation.evidence
    )


def _excerpt(document: str) -> str:
    return html.escape("\n".join(readable_lines(document, _EXCERPT_LINES, 300)))


def _change(change: HelpfulChange, names: Mapping[str, str]) -> str:
    return (
        f"{text(change.change)} "
        f'<span class="quiet">{short_aspects(change.aspects)}, '
        f"{_some(change.workloads, names)}</span>"
    )


def _workloads(report: Report, tenant: TenantReport) -> Iterator[str]:
    members = set(tenant.workloads)
    heads = "".join(f"<th>{short_aspect(aspect)}</th>" for aspect in ASPECTS)
    yield "<h3>Workloads</h3>"
    yield f'<table class="small"><thead><tr><th>Name</th><th>Kind</th>{heads}</tr></thead><tbody>'
    for workload in report.workloads:
        if workload.id in members:
            cells = "".join(f"<td>{_badge(one, word=False)}</td>" for one in workload.verdicts)
            yield (
                f"<tr><th>{text(workload.name, _NAME_LIMIT)}<br>"
                f'<span class="quiet">{text(short_id(workload.id), _NAME_LIMIT)}</span></th>'
                f"<td>{workload.kind.value}, {text(workload.engine)}</td>{cells}</tr>"
            )
    yield "</tbody></table>"


def _badge(report: VerdictReport, *, word: bool = True) -> str:
    status = report.status
    shown = f"{SYMBOL[status]} {rungs(report.verdict)}" + (f" {STATUS[status]}" if word else "")
    names = dict.fromkeys((report.low_name, report.high_name))
    title = f"{STATUS[status]}: {' to '.join(names)}"
    if report.required_name:
        title += f"; required: {report.required_name}"
    return f'<span class="badge {status.value}" title="{text(title)}">{shown}</span>'


def _status(status: Status) -> str:
    return f'<span class="badge {status.value}">{SYMBOL[status]} {STATUS[status]}</span>'


def _some(workloads: Iterable[str], names: Mapping[str, str]) -> str:
    every = list(workloads)
    shown = ", ".join(
        text(names.get(one, short_id(one)), _NAME_LIMIT) for one in every[:NAMES_SHOWN]
    )
    return shown + (f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else "")
