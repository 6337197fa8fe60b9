"""The report as JSON: the outside contract's format 1, and additions to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.profile import Profile
from isoscope.assessment.vocabulary import ASPECTS, Status
from isoscope.reports.evidence_report import evidence_as_json
from isoscope.reports.json_host import (
    host_as_json,
    selinux_as_json,
    tee_as_json,
    unknown_as_json,
)
from isoscope.reports.json_observation import in_order, observation_as_json
from isoscope.reports.plain import without_surrogates
from isoscope.reports.report import (
    ChangeReport,
    Counts,
    FindingReport,
    Report,
    TenantReport,
    VerdictReport,
    WorkloadReport,
)

FORMAT = 1

_Said = Mapping[tuple[str, str], FindingReport]
"""The findings of all workloads, by workload and id."""


def json_report(report: Report) -> str:
    """The report as one JSON document, ASCII only, so that no terminal acts on what it holds.

    Each field, and each entry of a list, stands on a line of its own.
    """
    return "".join(json_pieces(report))


def json_pieces(report: Report) -> Iterator[str]:
    """The same, line by line, each made when it is asked for: the whole of a host with thousands of
    workloads takes gigabytes."""
    before = "{\n"
    for key, value in _document(report).items():
        yield f'{before}"{key}": '
        before = ",\n"
        yield from _lines(value)
    yield "\n}\n"


def _lines(value: object) -> Iterator[str]:
    if not isinstance(value, list | map):
        yield json.dumps(value, allow_nan=False)
        return
    before = "[\n "
    for entry in value:
        yield before + json.dumps(entry, allow_nan=False)
        before = ",\n "
    yield "[]" if before == "[\n " else "\n]"


def _document(report: Report) -> dict[str, Any]:
    """The fields; of those that are long, the entries are made one by one."""
    said = {(f.workload, f.id): f for workload in report.workloads for f in workload.findings}
    return {
        "isoscope": report.version,
        "format": FORMAT,
        "host": host_as_json(report),
        "profile": _plain(report.profile.id),
        "viewpoint": report.viewpoint.id,
        "distrusted": in_order(report.viewpoint.distrusted),
        "status": report.status.value,
        "tenants": map(partial(_tenant, said=said), report.tenants),
        "workloads": map(partial(_workload, said=said), report.workloads),
        "selinux": selinux_as_json(report),
        "tee": [tee_as_json(tee) for tee in report.tees],
        "probes": [
            {
                "name": _plain(probe.name),
                "state": probe.state.value,
                "seconds": round(probe.seconds, 3),
                "problems": [_plain(problem) for problem in probe.problems],
            }
            for probe in report.probes
        ],
        "observations": map(observation_as_json, report.observations),
        # From here on: additions to the contract.
        "measures": [
            {"id": each.id, "kind": each.kind, "title": each.title} for each in CATALOGUE.values()
        ],
        "only_tenant": _plain(report.only_tenant) if report.only_tenant else None,
        "stopped_workloads": [_workload(workload, {}) for workload in report.stopped],
        "not_seen": [
            {
                "what": _plain(hole.what),
                **unknown_as_json(hole.unknown),
                "observation": hole.observation,
            }
            for hole in report.holes
        ],
        "same_applications": [
            {
                "application": _plain(one.name),
                "by": one.by.value,
                "says": one.says,
                "workloads": [
                    {"workload": _plain(workload), "technology": _plain(technology)}
                    for workload, technology in one.workloads.items()
                ],
            }
            for one in report.applications
        ],
        "disagreements": [
            {
                "workload": _plain(found.workload),
                "key": found.key,
                "declared": _plain(found.declared),
                "observed": _plain(found.observed),
                "declared_by": _plain(found.declared_by),
                "observations": list(found.observations),
            }
            for found in report.disagreements
        ],
        "attestation": [
            {
                "workload": _plain(one.workload),
                "source": _plain(one.source),
                "observation": one.observation,
                **evidence_as_json(one.verification),
            }
            for one in report.evidence
        ],
        "profile_details": _profile(report.profile),
        "viewpoint_details": {
            "title": report.viewpoint.title,
            "description": report.viewpoint.description,
            "believes": in_order(report.viewpoint.believes),
        },
        "collector": {
            "isoscope": _plain(report.collector.version),
            "privilege": report.privilege,
            "looked_at": _plain(report.collector.looked_at),
        },
        "counts": _counts(report.counts),
    }


def _tenant(tenant: TenantReport, said: _Said) -> dict[str, Any]:
    return {
        "name": _plain(tenant.name),
        "claimed_by": _plain(tenant.claimed_by),
        "status": tenant.status.value,
        "workloads": [_plain(workload) for workload in tenant.workloads],
        "may_include": [_plain(workload) for workload in tenant.may_include],
        "verdicts": [_verdict(verdict, said) for verdict in tenant.verdicts],
        **({} if tenant.profile is None else _own_profile(tenant.profile)),
    }


def _own_profile(profile: Profile) -> dict[str, Any]:
    """Of a tenant that is not required by the report's."""
    return {"profile": _plain(profile.id), "profile_details": _profile(profile)}


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "title": _plain(profile.title),
        "description": _plain(profile.description),
        "required": [
            {
                "direction": aspect.direction.value,
                "property": aspect.property.value,
                "rung": profile.required.get(aspect),
            }
            for aspect in ASPECTS
        ],
    }


def _workload(workload: WorkloadReport, said: _Said) -> dict[str, Any]:
    return {
        "id": _plain(workload.id),
        "kind": workload.kind.value,
        "engine": _plain(workload.engine),
        "name": _plain(workload.name),
        "tenant": _plain(workload.tenant) if workload.tenant else None,
        "claimed_by": _plain(workload.claimed_by) if workload.claimed_by else None,
        "state": _plain(workload.state),
        "pid": workload.pid,
        "seen_by": [_plain(name) for name in workload.seen_by],
        "status": workload.status.value if workload.verdicts else None,
        # What was seen and who is on the other side stands once, in the findings.
        "verdicts": [_verdict(verdict, said, brief=True) for verdict in workload.verdicts],
        "findings": [_own_finding(finding) for finding in workload.findings],
    }


def _verdict(report: VerdictReport, said: _Said, *, brief: bool = False) -> dict[str, Any]:
    """``brief`` where the workload's findings stand beside it."""
    verdict = report.verdict
    return {
        "direction": verdict.aspect.direction.value,
        "property": verdict.aspect.property.value,
        "low": verdict.low,
        "high": verdict.high,
        "required": verdict.required,
        "status": verdict.status.value,
        "held_by": [_finding(finding, brief=brief) for finding in report.held_by],
        "unknowns": [_finding(finding, brief=brief) for finding in report.unknowns],
        "to_reach": [_change(change, brief=brief) for change in report.to_reach],
        "relies_on": [party.value for party in report.relies_on],
        "low_name": report.low_name,
        "high_name": report.high_name,
        "required_name": report.required_name or None,
        "supports": [_named(finding, brief=brief) for finding in report.supports],
        "beside": [
            _named(finding, brief=brief)
            if said.get((finding.workload, finding.id)) == finding
            else _finding(finding)
            for finding in report.beside
        ],
    }


def _finding(finding: FindingReport, *, brief: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": finding.id,
        "kind": finding.kind.value,
        "workload": _plain(finding.workload),
        "finding": finding.state.value,
        "observations": list(finding.observations),
    }
    if not brief:
        document["says"] = _plain(finding.says)
    if finding.others and not brief:
        document["others"] = [_plain(other) for other in finding.others]
    if finding.unknown is not None:
        document["unknown"] = unknown_as_json(finding.unknown)
    return document


def _own_finding(finding: FindingReport) -> dict[str, Any]:
    """One of a workload's findings, in that workload; its kind stands with the measures."""
    document = _finding(finding)
    del document["kind"], document["workload"]
    return document


def _named(finding: FindingReport, *, brief: bool) -> dict[str, Any]:
    """A finding by its id: the rest stands among the findings of its workload, which is named
    where it is not the one that this stands in."""
    whose = {} if brief else {"workload": _plain(finding.workload)}
    return {"id": finding.id, "finding": finding.state.value, **whose}


def _change(change: ChangeReport, *, brief: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rung": change.rung,
        "change": _plain(change.change),
        "id": change.finding,
        "workload": _plain(change.workload),
        "needed": change.needed,
        "settles": change.settles,
    }
    if change.others and not brief:
        document["others"] = [_plain(other) for other in change.others]
    return document


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "tenants": {status.value: counts.tenants[status] for status in Status},
        "verdicts": {status.value: counts.verdicts[status] for status in Status},
        "running": counts.running,
        "stopped": counts.stopped,
        "observations": counts.observations,
        "unknown_observations": counts.unknown_observations,
        "not_seen": counts.holes,
        "probes_with_problems": counts.probes_with_problems,
    }


def _plain(text: str) -> str:
    return without_surrogates(text)
