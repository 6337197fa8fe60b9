"""SARIF: what other tools gather of Isoscope's findings, without one that is not there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.bundled import built_in_profiles
from isoscope.inventory.workload import SeccompMode, Workload
from isoscope.reports.model import build_report
from isoscope.reports.sarif_report import sarif_report
from tests.fakes.workloads import UNREAD, a_container, an_inventory

HOSTILE = ["<b>x</b>", "\x1b[31mred", "a\u202eb", "n" * 100_000, "a\nb\0c", "\udcff"]


def run_of(*workloads: Workload) -> dict[str, Any]:
    """The one run of the report on these workloads."""
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    report = build_report(assess(an_inventory(*workloads), profile=profile, viewpoint=OPERATOR))
    document = json.loads(sarif_report(report))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def result(run: dict[str, Any], rule: str) -> dict[str, Any]:
    found = next(one for one in run["results"] if one["ruleId"] == rule)
    assert isinstance(found, dict)
    return found


def test_what_falls_short_is_an_error_with_its_workload_and_its_rule() -> None:
    run = run_of(a_container("web", tenant="acme", seccomp=SeccompMode.DISABLED))
    found = result(run, "seccomp-unconfined")
    assert found["level"] == "error"
    assert found["kind"] == "fail"
    (place,) = found["locations"]
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "docker:web"
    rule = run["tool"]["driver"]["rules"][found["ruleIndex"]]
    assert rule["id"] == "seccomp-unconfined"
    assert rule["help"]["text"].startswith(CATALOGUE["seccomp-unconfined"].remedy)


def test_what_is_unknown_is_open_and_says_what_would_settle_it() -> None:
    found = result(run_of(a_container("web", seccomp=UNREAD)), "seccomp-unconfined")
    assert found["kind"] == "open"
    assert found["level"] == "none"
    assert found["properties"]["settled_by"]


def test_a_finding_stands_once_for_all_the_verdicts_that_it_bears_on() -> None:
    run = run_of(a_container("web", seccomp=SeccompMode.DISABLED))
    keys = [
        (one["ruleId"], one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"])
        for one in run["results"]
    ]
    assert len(keys) == len(set(keys))


def test_the_worst_stand_first() -> None:
    run = run_of(
        a_container("web", seccomp=SeccompMode.DISABLED), a_container("db", seccomp=UNREAD)
    )
    levels = [one["level"] for one in run["results"] if one["kind"] == "fail"]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert levels[0] == "error"


def test_the_same_finding_has_the_same_fingerprint_in_every_scan() -> None:
    workload = a_container("web", seccomp=SeccompMode.DISABLED)
    first, again = (result(run_of(workload), "seccomp-unconfined") for _ in range(2))
    other = result(run_of(a_container("db", seccomp=SeccompMode.DISABLED)), "seccomp-unconfined")
    assert first["partialFingerprints"] == again["partialFingerprints"]
    assert first["partialFingerprints"] != other["partialFingerprints"]


def test_every_rule_is_used_and_every_result_has_its_rule() -> None:
    run = run_of(a_container("web", seccomp=SeccompMode.DISABLED))
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert set(rules) == {one["ruleId"] for one in run["results"]} & set(CATALOGUE)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_harmless_text(name: str) -> None:
    run = run_of(a_container(name, seccomp=SeccompMode.DISABLED))
    written = json.dumps(run, ensure_ascii=False)
    assert "\x1b" not in written
    assert "\u202e" not in written
    assert len(written) < 2_000_000


def test_it_is_laid_out_as_one_document() -> None:
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    inventory = an_inventory(a_container("web"))
    written = sarif_report(build_report(assess(inventory, profile=profile, viewpoint=OPERATOR)))
    assert written == json.dumps(json.loads(written), indent=1) + "\n"
