"""Evidence that was given stands in every report, with what it leaves to be trusted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.viewpoint import TENANT
from isoscope.attestation.evidence import verify_evidence
from isoscope.bundled import built_in_profiles
from isoscope.inventory.workload import LaunchSecurity
from isoscope.reports.csv_report import csv_report
from isoscope.reports.html_report import html_report
from isoscope.reports.json_report import json_report
from isoscope.reports.markdown_report import markdown_report
from isoscope.reports.model import build_report
from isoscope.reports.report import Report
from isoscope.reports.text_report import text_report
from tests.fakes import snp_evidence as made
from tests.fakes.workloads import a_machine, an_inventory

WRITERS: list[Callable[[Report], str]] = [text_report, html_report, markdown_report]


def report(fields: dict[str, int | bytes] | None = None, *, given: bool = True) -> Report:
    """A report on one machine that claims SEV-SNP, with evidence whose fields may differ."""
    claim = LaunchSecurity("sev-snp", debug_allowed=False)
    machine = a_machine("bank", says={"launch_security": claim})
    evidence = made.evidence(fields=fields)
    verification = verify_evidence(evidence.report, evidence.question())
    one = GivenEvidence(machine.id, "report.bin", 0.0, verification)
    assessment = assess(
        an_inventory(machine),
        profile=built_in_profiles()[0],
        viewpoint=TENANT,
        evidence=[one] if given else (),
    )
    return build_report(assessment, explain_workloads=True)


def flat(text: str) -> str:
    return " ".join(text.replace("\\", "").split())


@pytest.mark.parametrize("write", WRITERS)
def test_verified_evidence_is_named_with_what_it_leaves_to_be_trusted(
    write: Callable[[Report], str],
) -> None:
    said = flat(write(report()))
    assert "Attestation evidence" in said
    assert "bank: verified: an AMD SEV-SNP report of version 3 (report.bin)" in said
    assert "not shown: nonce, measurement, binding" in said
    assert "What remains to be trusted" in said
    assert "nobody else has its signing keys" in said


@pytest.mark.parametrize("write", WRITERS)
def test_refused_evidence_says_why_and_leaves_nothing_to_be_trusted(
    write: Callable[[Report], str],
) -> None:
    said = flat(write(report({"policy": made.POLICY | 1 << 19})))
    assert "refused: an AMD SEV-SNP report" in said
    assert "debug-off: policy 0xb0000" in said
    assert "What remains to be trusted with it" not in said


@pytest.mark.parametrize("write", WRITERS)
def test_without_evidence_nothing_is_said_of_it(write: Callable[[Report], str]) -> None:
    assert "Attestation evidence" not in write(report(given=False))


def test_json_has_every_check_and_the_observation_that_verdicts_rest_on() -> None:
    document = json.loads(json_report(report()))
    (one,) = document["attestation"]
    assert one["verdict"] == "verified"
    assert one["source"] == "report.bin"
    assert {check["name"] for check in one["checks"]} >= {"signature", "chain", "root", "nonce"}
    observed = {item["id"]: item for item in document["observations"]}[one["observation"]]
    assert observed["parties"] == ["cpu-vendor"]
    (tenant,) = document["tenants"]
    wanted = ("workload-from-host", "confidentiality")
    verdict = next(v for v in tenant["verdicts"] if (v["direction"], v["property"]) == wanted)
    assert (verdict["low"], verdict["high"]) == (3, 3)
    assert verdict["relies_on"] == ["cpu-vendor"]


def test_csv_counts_the_verdicts_that_evidence_lifts() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_report(report()))))
    lifted = [row for row in rows if row.get("direction") == "workload-from-host"]
    assert any(row.get("low") == "3" for row in lifted)
