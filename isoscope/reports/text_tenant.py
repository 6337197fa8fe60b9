"""One tenant, or several alike, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.reports.gather import (
    HelpfulChange,
    besides,
    claimed_by,
    helpful_changes,
    holding_title,
    holdings,
    relied_on,
    required_by,
    settlings,
    short_id,
    tenant_title,
)
from isoscope.reports.layout import Page
from isoscope.reports.plain import padded, readable, sentence, width
from isoscope.reports.report import TenantReport, VerdictReport, WorkloadReport
from isoscope.reports.words import (
    DIRECTION,
    PARTY,
    SHORT_DIRECTION,
    STATUS,
    SYMBOL,
    count_of,
    rungs,
    short_aspects,
)

NAME_LIMIT = 48
MOST_NAMES = 6
_CELL = 20
_DIRECTION = 25
_MOST_HOLDINGS = 12
_MOST_SAYINGS = 3
_MOST_BESIDE = 14
_MOST_CHANGES = 6
_MOST_WORKLOADS = 20
_WORKLOAD_CELL = 6


def tenant_lines(
    tenants: Sequence[TenantReport],
    workloads: Mapping[str, WorkloadReport],
    names: Mapping[str, str],
    page: Page,
) -> Iterator[str]:
    """Everything about tenants that are alike; what is said of workloads is said of the first's."""
    tenant = tenants[0]
    yield from _title(tenants, names, page)
    if len(tenants) > 1:
        others = [
            readable(names.get(one.name, short_id(one.name)), NAME_LIMIT) for one in tenants[1:]
        ]
        shown = ", ".join(others[:_MOST_WORKLOADS])
        more = f" and {len(others) - _MOST_WORKLOADS} more" * (len(others) > _MOST_WORKLOADS)
        yield from page.wrapped(f"Alike, and for the same reasons: {shown}{more}", indent="  ")
    if tenant.may_include:
        number = count_of(len(tenant.may_include), "more workload")
        yield from page.wrapped(
            f"Judged with {number} of unknown owner, which may be this tenant's: "
            + some(tenant.may_include, names),
            indent="  ",
        )
    yield ""
    yield from _matrix(tenant, page)
    if len(tenant.workloads) > 1:
        yield from _workloads(tenant, workloads, names, page)
    yield from _held(tenant, names, page)
    yield from _beside(tenant, names, page)
    yield from change_lines(
        "To change, the most helpful first",
        helpful_changes([tenant]),
        names,
        page,
        but_for=tenant.workloads,
    )
    yield from _settled(tenant, page)
    if relied := relied_on(tenant):
        yield ""
        words = ", ".join(PARTY[party] for party in relied)
        yield from page.wrapped(f"Rests on the word of {words}.", indent="  ")


def change_lines(
    title: str,
    found: Sequence[HelpfulChange],
    names: Mapping[str, str],
    page: Page,
    *,
    but_for: tuple[str, ...] = (),
) -> Iterator[str]:
    """Changes, the most helpful first, each with where, unless that is ``but_for``."""
    if not found:
        return
    yield ""
    yield page.strong(f"  {title}")
    for number, change in enumerate(found[:_MOST_CHANGES], 1):
        yield from page.wrapped(change.change, indent="     ", first=f"  {number}. ")
        where = (
            "→ " if tuple(change.workloads) == but_for else f"{some(change.workloads, names)} → "
        )
        where += short_aspects(change.aspects)
        if change.others:
            where += f"; on the other side: {some(change.others, names)}"
        lines = page.wrapped(where, indent="     ")
        yield from map(page.faint, lines)
    yield from _more(len(found) - _MOST_CHANGES, "change", "changes", "     ", page)


def some(workloads: Iterable[str], names: Mapping[str, str]) -> str:
    """A few workloads by name, and how many more there are."""
    listed = list(workloads)
    shown = [readable(names.get(one, short_id(one)), NAME_LIMIT) for one in listed[:MOST_NAMES]]
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return ", ".join(shown) + more


def _title(tenants: Sequence[TenantReport], names: Mapping[str, str], page: Page) -> Iterator[str]:
    tenant = tenants[0]
    number = count_of(len(tenant.workloads), "workload")
    name = readable(tenant_title(tenant, names), NAME_LIMIT)
    claims = dict.fromkeys(readable(claimed_by(one.claimed_by), NAME_LIMIT) for one in tenants)
    yield page.faint("─" * page.columns)
    yield page.both_sides(
        name if len(tenants) == 1 else f"{name} and {len(tenants) - 1} more",
        f"{number}{' each' * (len(tenants) > 1)}, {', '.join(list(claims)[:2])}",
        lead=page.status(SYMBOL[tenant.status], tenant.status) + " ",
        lead_columns=2,
    )
    if required := required_by(tenant):
        yield from map(page.faint, page.wrapped(required, indent="  "))


def _matrix(tenant: TenantReport, page: Page) -> Iterator[str]:
    cells = {verdict.verdict.aspect: verdict for verdict in tenant.verdicts}
    longest = max(width(_cell(cell)) for cell in cells.values())
    room = page.columns - _DIRECTION - longest
    # Where the directions' names leave no room for the cells, the legend explains their letters.
    names = DIRECTION if room > 2 * longest else SHORT_DIRECTION
    labels = _DIRECTION if room > 2 * longest else 6
    columns = min(_CELL, room // 2) if room > 2 * longest else _CELL
    heads = "".join(padded(quality.value.capitalize(), columns) for quality in Property)
    yield page.faint(" " * labels + heads)
    for direction in Direction:
        row = "".join(
            page.status(_cell(cell), cell.status) + " " * (columns - width(_cell(cell)))
            for cell in (cells[Aspect(direction, quality)] for quality in Property)
        )
        yield padded(f"  {names[direction]}", labels) + row


def _cell(report: VerdictReport) -> str:
    return f"{SYMBOL[report.status]} {rungs(report.verdict)} {STATUS[report.status]}"


def _workloads(
    tenant: TenantReport,
    workloads: Mapping[str, WorkloadReport],
    names: Mapping[str, str],
    page: Page,
) -> Iterator[str]:
    yield ""
    group = 3 * _WORKLOAD_CELL
    name_columns = min(page.columns - 3 * group - 2, NAME_LIMIT)
    yield page.strong(padded("  Workloads", name_columns + 2)) + page.faint(
        "".join(padded(f"{short}·C I A", group) for short in ("WW", "HW", "WH"))
    )
    for one in tenant.workloads[:_MOST_WORKLOADS]:
        name = readable(names.get(one, short_id(one)), name_columns - 1)
        cells = "".join(_small(verdict, page) for verdict in workloads[one].verdicts)
        yield f"  {padded(name, name_columns)}{cells}"
    over = len(tenant.workloads) - _MOST_WORKLOADS
    yield from _more(over, "workload", "workloads", "  ", page)


def _small(report: VerdictReport, page: Page) -> str:
    verdict = report.verdict
    rung = str(verdict.low) if verdict.low == verdict.high else f"{verdict.low}–{verdict.high}"
    shown = f"{SYMBOL[report.status]} {rung}"
    return page.status(shown, report.status) + padded(shown, _WORKLOAD_CELL)[len(shown) :]


def _held(tenant: TenantReport, names: Mapping[str, str], page: Page) -> Iterator[str]:
    found = holdings(tenant)
    if not found:
        return
    yield ""
    yield page.strong("  Held by")
    for holding in found[:_MOST_HOLDINGS]:
        status = Status.UNPROVEN if holding.unknown else Status.FALLS_SHORT
        yield page.both_sides(
            readable(holding_title(holding)),
            short_aspects(holding.aspects),
            lead="  " + page.status(SYMBOL[status], status) + " ",
            lead_columns=4,
        )
        sayings: dict[str, list[str]] = {}
        for workload, finding in holding.findings.items():
            sayings.setdefault(sentence(short_id(finding.says)), []).append(workload)
        for says, workloads in list(sayings.items())[:_MOST_SAYINGS]:
            where = "" if tuple(workloads) == tenant.workloads else f"{some(workloads, names)}: "
            yield from page.wrapped(where + says, indent="    ")
        yield from _more(len(sayings) - _MOST_SAYINGS, "finding", "findings", "    ", page)
    over = len(found) - _MOST_HOLDINGS
    yield from _more(over, "measure or exposure", "measures and exposures", "    ", page)


def _beside(tenant: TenantReport, names: Mapping[str, str], page: Page) -> Iterator[str]:
    """One line each: what is open and decides no rung."""
    found = besides(tenant)
    if not found:
        return
    yield ""
    yield page.strong("  Beside this, and deciding no rung")
    for holding in found[:_MOST_BESIDE]:
        sayings = dict.fromkeys(sentence(short_id(f.says)) for f in holding.findings.values())
        listed = list(sayings)
        more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
        where = tuple(holding.findings)
        whose = "" if where == tenant.workloads else f" ({some(where, names)})"
        yield from page.wrapped(
            f"{readable(holding_title(holding))} [{short_aspects(holding.aspects)}]{whose}: "
            f"{listed[0]}{more}",
            indent="    ",
            first="  · ",
        )
    yield from _more(len(found) - _MOST_BESIDE, "fact", "facts", "    ", page)


def _settled(tenant: TenantReport, page: Page) -> Iterator[str]:
    found = settlings([tenant])
    if not found:
        return
    yield ""
    yield page.strong("  To find out")
    for one in found[:_MOST_CHANGES]:
        yield from page.wrapped(one.settled_by, indent="     ", first="   ? ")
        titles = list(one.titles)
        more = f" and {len(titles) - MOST_NAMES} more" if len(titles) > MOST_NAMES else ""
        settles = f"settles: {', '.join(titles[:MOST_NAMES])}{more}"
        yield from map(page.faint, page.wrapped(settles, indent="     "))
    yield from _more(len(found) - _MOST_CHANGES, "question", "questions", "     ", page)


def _more(number: int, what: str, many: str, indent: str, page: Page) -> Iterator[str]:
    if number > 0:
        noun = what if number == 1 else many
        yield page.faint(f"{indent}… and {number} more {noun}; --format json has all")
