"""The report as SARIF 2.1.0 (OASIS), for whatever gathers the findings of many tools.

A rule is a measure or exposure; a result is one of them on one workload that holds a verdict down
or keeps it open. What falls short of the profile is an error, what is unproven a warning, and what
is below the top of a ladder without being required a note.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Declaration
from isoscope.assessment.vocabulary import Aspect, Status
from isoscope.reports.plain import readable, without_surrogates
from isoscope.reports.report import FindingReport, Report
from isoscope.reports.words import finding_in_words, short_aspects

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Status.FALLS_SHORT: "error",
    Status.UNPROVEN: "warning",
    Status.MEETS: "note",
    Status.NOT_REQUIRED: "note",
}
_FROM_WORST = (Status.FALLS_SHORT, Status.UNPROVEN, Status.MEETS, Status.NOT_REQUIRED)
_LONGEST = 2000


@dataclass(slots=True)
class _Result:
    """One finding, and all verdicts that it bears on."""

    finding: FindingReport
    statuses: set[Status] = field(default_factory=set)
    aspects: set[Aspect] = field(default_factory=set)
    tenants: dict[str, None] = field(default_factory=dict)


def sarif_report(report: Report) -> str:
    """The report as one SARIF log with one run, ending in a newline."""
    return "".join(sarif_pieces(report))


def sarif_pieces(report: Report) -> Iterator[str]:
    """The same, piece by piece."""
    results = list(_results(report))
    used = dict.fromkeys(result.finding.id for result in results)
    rules = [_rule(CATALOGUE[identity]) for identity in used if identity in CATALOGUE]
    places = {rule["id"]: number for number, rule in enumerate(rules)}
    names = dict(report.names)
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Isoscope",
                        "version": report.version,
                        "rules": rules,
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "endTimeUtc": report.observed_at,
                        "toolExecutionNotifications": list(_not_seen(report)),
                    }
                ],
                "properties": {
                    "host": readable(str(report.host.name.value or ""), _LONGEST),
                    "profile": report.profile.id,
                    "tenantProfiles": {
                        readable(tenant, _LONGEST): readable(profile.id, _LONGEST)
                        for tenant, profile in report.own_profiles.items()
                    },
                    "viewpoint": report.viewpoint.id,
                    "status": report.status.value,
                },
                "results": [_as_sarif(result, places, names) for result in results],
            }
        ],
    }
    yield from map(without_surrogates, json.JSONEncoder(indent=1).iterencode(log))
    yield "\n"


def _results(report: Report) -> Iterable[_Result]:
    """Each finding on each workload once, the worst first."""
    found: dict[tuple[str, str], _Result] = {}
    for tenant in report.tenants:
        for verdict in tenant.verdicts:
            for finding in (*verdict.held_by, *verdict.unknowns):
                key = finding.id, finding.workload
                result = found.setdefault(key, _Result(finding))
                result.statuses.add(verdict.status)
                result.aspects.add(verdict.verdict.aspect)
                result.tenants[tenant.name] = None
    return sorted(found.values(), key=lambda r: (_FROM_WORST.index(_worst(r)), r.finding.id))


def _worst(result: _Result) -> Status:
    return min(result.statuses, key=_FROM_WORST.index)


def _rule(declaration: Declaration) -> dict[str, Any]:
    return {
        "id": declaration.id,
        "name": declaration.title,
        "shortDescription": {"text": declaration.title},
        "fullDescription": {"text": f"{declaration.what} {declaration.why}"},
        "help": {
            "text": f"{declaration.remedy}\nBy hand: {declaration.by_hand}\n"
            f"References: {'; '.join(declaration.references)}"
        },
        "properties": {"kind": declaration.kind.value},
    }


def _as_sarif(
    result: _Result, places: Mapping[str, int], names: Mapping[str, str]
) -> dict[str, Any]:
    finding = result.finding
    workloads = (finding.workload, *finding.others)
    state = finding_in_words(finding.kind, finding.state)
    found: dict[str, Any] = {
        "ruleId": finding.id,
        "level": _LEVELS[_worst(result)],
        "kind": "open" if finding.unknown is not None else "fail",
        "message": {"text": readable(f"{finding.title} ({state}): {finding.says}", _LONGEST)},
        "locations": [
            {
                "logicalLocations": [
                    {
                        "name": readable(names.get(workload) or workload, _LONGEST),
                        "fullyQualifiedName": readable(workload, _LONGEST),
                        "kind": "resource",
                    }
                    for workload in workloads
                ]
            }
        ],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {
            "aspects": short_aspects(result.aspects),
            "tenants": [readable(tenant, _LONGEST) for tenant in result.tenants],
        },
    }
    if finding.id in places:
        found["ruleIndex"] = places[finding.id]
    if found["kind"] == "open":
        # SARIF §3.27.10: what is not decided has no level of its own.
        found["level"] = "none"
        found["properties"]["settled_by"] = readable(
            finding.unknown.settled_by if finding.unknown else "", _LONGEST
        )
    return found


def _fingerprint(finding: FindingReport) -> str:
    """The same for the same finding on the same workload in every scan."""
    said = "\n".join((finding.id, finding.workload, *sorted(finding.others)))
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _not_seen(report: Report) -> Iterable[dict[str, Any]]:
    """What nobody could look at: a report without results is no clean bill."""
    for hole in report.holes:
        text = f"{hole.what}: {hole.unknown.explanation}; {hole.unknown.settled_by}"
        yield {"level": "warning", "message": {"text": readable(text, _LONGEST)}}
