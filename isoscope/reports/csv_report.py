"""The report as a table for spreadsheets: one row for each subject and aspect, RFC 4180."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.observation import Party
from isoscope.reports.plain import readable
from isoscope.reports.report import (
    FindingReport,
    Report,
    TenantReport,
    VerdictReport,
    WorkloadReport,
)
from isoscope.reports.values import value_as_json

COLUMNS = (
    "subject",
    "id",
    "name",
    "tenant",
    "claimed_by",
    "kind",
    "engine",
    "direction",
    "property",
    "low",
    "high",
    "required",
    "status",
    "low_name",
    "high_name",
    "held_by",
    "unknowns",
    "to_reach",
    "relies_on",
    "beside",
    "host",
    "observed_at",
    "profile",
    "viewpoint",
    "distrusted",
)
_FORMULA = ("=", "+", "-", "@")
_Row = tuple[str | int | None, ...]


def csv_report(report: Report) -> str:
    """The report as CSV with a header row. No cell can be taken for a formula."""
    return "".join(csv_pieces(report))


def csv_pieces(report: Report) -> Iterator[str]:
    """The same, row by row."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for row in _all_rows(report):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _all_rows(report: Report) -> Iterator[Iterable[str]]:
    yield COLUMNS
    host: _Row = (str(value_as_json(report.host.name.value) or ""), report.observed_at)
    seen: _Row = (
        report.viewpoint.id,
        " ".join(party.value for party in Party if party in report.viewpoint.distrusted),
    )
    own = report.own_profiles
    for tenant, row in _rows(report):
        profile = own.get(tenant, report.profile).id
        yield [_cell(value) for value in (*row, *host, profile, *seen)]


def _rows(report: Report) -> Iterator[tuple[str, _Row]]:
    """Each with the tenant whose it is."""
    for tenant in report.tenants:
        for verdict in tenant.verdicts:
            yield tenant.name, (*_of_tenant(tenant), *_of_verdict(verdict))
    for workload in report.workloads:
        for verdict in workload.verdicts:
            yield workload.tenant, (*_of_workload(workload), *_of_verdict(verdict))


def _of_tenant(tenant: TenantReport) -> _Row:
    return ("tenant", tenant.name, tenant.name, tenant.name, tenant.claimed_by, "", "")


def _of_workload(workload: WorkloadReport) -> _Row:
    return (
        "workload",
        workload.id,
        workload.name,
        workload.tenant,
        workload.claimed_by,
        workload.kind.value,
        workload.engine,
    )


def _of_verdict(report: VerdictReport) -> _Row:
    verdict = report.verdict
    return (
        verdict.aspect.direction.value,
        verdict.aspect.property.value,
        verdict.low,
        verdict.high,
        verdict.required,
        verdict.status.value,
        report.low_name,
        report.high_name,
        _ids(report.held_by),
        _ids(report.unknowns),
        "; ".join(dict.fromkeys(change.change for change in report.to_reach)),
        " ".join(party.value for party in report.relies_on),
        _ids(tuple(one for one in report.beside if one.state is not FindingState.UNKNOWN)),
    )


def _ids(findings: tuple[FindingReport, ...]) -> str:
    return " ".join(dict.fromkeys(finding.id for finding in findings))


def _cell(value: str | int | None) -> str:
    """A cell that no spreadsheet calculates: OWASP, CSV injection."""
    text = readable("" if value is None else str(value))
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
