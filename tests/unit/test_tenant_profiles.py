"""Tenants with a profile of their own: on the command line, and in every report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.comparison import Look, compare
from isoscope.assessment.profile import Profile
from isoscope.assessment.tenants import parse_tenant_rules
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.cli import main
from isoscope.reports.comparison_report import comparison_json, comparison_text
from isoscope.reports.csv_report import csv_report
from isoscope.reports.html_report import html_report
from isoscope.reports.json_report import json_report
from isoscope.reports.layout import Page
from isoscope.reports.markdown_report import markdown_report
from isoscope.reports.model import build_report
from isoscope.reports.report import Report
from isoscope.reports.sarif_report import sarif_report
from isoscope.reports.text_report import text_report
from tests.fakes.workloads import HW_I, a_container, an_inventory

SNAPSHOT = Path(__file__).parents[1] / "lab/hosts/apparmor/snapshot.json.gz"
EVERYBODY = Profile("all", "All of us", "", {HW_I: 1})
OWN = '[profile.acme]\ntitle = "Strict <b>"\n[profile.acme.host-from-workload]\nintegrity = 4\n'
PLAIN = Page.fitting(100, colour=False)


def look(text: str = OWN) -> Look:
    """A host with two tenants, assessed by a tenants file."""
    inventory = an_inventory(a_container("a", tenant="acme"), a_container("b", tenant="blue"))
    judged = judge(inventory, parse_tenant_rules(text, "tenants.toml"))
    return Look(judged, conclude(judged, profile=EVERYBODY, viewpoint=OPERATOR))


@pytest.fixture
def report() -> Report:
    """Its report."""
    return build_report(look().assessment)


def test_json_has_it_where_it_differs_and_only_there(report: Report) -> None:
    said = json.loads(json_report(report))
    acme, blue = sorted(said["tenants"], key=lambda one: str(one["name"]))
    assert said["profile"] == "all"
    assert acme["profile"] == "profile.acme"
    assert acme["profile_details"]["title"] == "Strict <b>"
    assert {"direction": HW_I.direction, "property": HW_I.property, "rung": 4} in acme[
        "profile_details"
    ]["required"]
    assert "profile" not in blue
    assert "profile_details" not in blue


@pytest.mark.parametrize("write", [markdown_report, html_report, lambda r: text_report(r, PLAIN)])
def test_a_report_to_read_says_on_its_first_page_that_some_have_their_own_and_which(
    report: Report, write: Callable[[Report], str]
) -> None:
    said = " ".join(write(report).split())
    assert "All of us (profile) but for 1 tenant with a profile of their own" in said
    assert said.count("required by Strict") == 1
    assert "<b>" not in said or write is not html_report


def test_csv_names_the_profile_of_each_row(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_report(report))))
    assert {(row["tenant"], row["profile"]) for row in rows} == {
        ("acme", "profile.acme"),
        ("blue", "all"),
    }


def test_sarif_names_them(report: Report) -> None:
    run = json.loads(sarif_report(report))["runs"][0]
    assert run["properties"]["tenantProfiles"] == {"acme": "profile.acme"}


def test_a_comparison_names_them() -> None:
    before, after = look(""), look()
    comparison = compare(before, after)
    said = json.loads(comparison_json(comparison, before, after))
    assert said["tenant_profiles"] == {"acme": "profile.acme"}
    assert "but for 1 tenant" in comparison_text(comparison, before, after, PLAIN)


def test_one_that_says_the_same_as_everybodys_is_none_of_its_own() -> None:
    judged = judge(
        an_inventory(a_container("a", tenant="acme")),
        parse_tenant_rules('profile.acme = "x"', "t", lambda _: EVERYBODY),
    )
    found = conclude(judged, profile=EVERYBODY, viewpoint=OPERATOR)
    assert found.own_profile("acme") is None


def test_the_command_line_finds_built_in_profiles_and_files_beside_the_tenants_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    place = tmp_path / "there"
    place.mkdir()
    (place / "ours.toml").write_text(
        'title = "Ours"\n[host-from-workload]\nintegrity = 0\navailability = 1\n'
    )
    rules = (Path(__file__).parents[1] / "lab/tenants.toml").read_text()
    tenants = place / "tenants.toml"
    tenants.write_text(f'{rules}\n[profile]\nacme = "exposed-site"\nglobex = "ours.toml"\n')
    options = ["assess", str(SNAPSHOT), "--format", "json", "--tenants", str(tenants)]
    assert main(options) == 1
    found = {t["name"]: t.get("profile") for t in json.loads(capsys.readouterr().out)["tenants"]}
    assert found == {"acme": "exposed-site", "globex": "ours", "initech": None}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('"exposed-sight"', "there is no profile 'exposed-sight'; there are personal-laptop"),
        ('"gone.toml"', "gone.toml: No such file"),
        ('"bad.toml"', "bad.toml: 'x' is not known; use workload-from-workload"),
        ("7", "profile.acme is neither a profile's name nor a table"),
    ],
)
def test_a_profile_that_is_not_there_is_one_line_and_status_4(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, said: str, words: str
) -> None:
    (tmp_path / "bad.toml").write_text("x = 1\n")
    tenants = tmp_path / "tenants.toml"
    tenants.write_text(f"[profile]\nacme = {said}\n")
    assert main(["assess", str(SNAPSHOT), "--tenants", str(tenants)]) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
