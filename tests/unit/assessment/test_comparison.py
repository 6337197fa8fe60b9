"""Two looks at a host, compared: verdicts first, workloads recognised, nothing invented."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.comparison import Comparison, Course, Look, compare
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.inventory.host import HostFacts
from isoscope.inventory.workload import SeccompMode, Workload
from isoscope.reports.comparison_report import comparison_json, comparison_text
from tests.fakes.workloads import UNREAD, a_container, a_host, an_inventory, seen

HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)


def look(*workloads: Workload, host: HostFacts | None = None) -> Look:
    judged = judge(an_inventory(*workloads, host=host))
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    return Look(judged, conclude(judged, profile=profile, viewpoint=OPERATOR))


def course(comparison: Comparison, workload: Workload, aspect: Aspect = HW_C) -> Course | None:
    found = (c for c in comparison.workloads if (c.subject, c.aspect) == (workload.id, aspect))
    return next((change.course for change in found), None)


def weakened(name: str = "web", tenant: str = "") -> Workload:
    return a_container(name, tenant=tenant, seccomp=SeccompMode.DISABLED)


def test_a_host_that_did_not_change_has_no_changes() -> None:
    same = look(a_container("web"), a_container("db", tenant="acme"))
    comparison = compare(same, same)
    assert comparison.nothing_changed
    assert not comparison.any_fell
    assert comparison_text(comparison, same, same).endswith("Nothing changed.\n")


def test_a_verdict_that_got_worse_fell_and_its_finding_says_why() -> None:
    comparison = compare(look(a_container("web")), look(weakened()))
    assert course(comparison, weakened()) is Course.FELL
    assert comparison.any_fell
    assert "seccomp-filter" in {change.id for change in comparison.findings}


def test_a_verdict_that_got_better_rose() -> None:
    comparison = compare(look(weakened()), look(a_container("web")))
    assert course(comparison, weakened()) is Course.ROSE
    assert not comparison.any_fell


def test_what_could_not_be_read_any_more_is_no_rise() -> None:
    unread = a_container("web", seccomp=UNREAD)
    assert course(compare(look(weakened()), look(unread)), unread) is Course.MAY_HAVE_RISEN
    assert course(compare(look(a_container("web")), look(unread)), unread) is Course.FELL


def test_a_container_made_anew_under_its_name_is_the_one_before() -> None:
    old, new = a_container("web"), replace(weakened(), id="docker:another")
    comparison = compare(look(old), look(new))
    assert comparison.made_anew == {old.id: "docker:another"}
    assert comparison.appeared == comparison.gone == ()
    assert course(comparison, new) is Course.FELL


def test_two_of_one_name_are_not_taken_for_each_other() -> None:
    olds = [replace(a_container("web"), id=f"docker:{n}") for n in (1, 2)]
    news = [replace(a_container("web"), id=f"docker:{n}") for n in (3, 4)]
    comparison = compare(look(*olds), look(*news))
    assert comparison.made_anew == {}
    assert len(comparison.appeared) == len(comparison.gone) == 2


def test_workloads_and_tenants_come_and_go() -> None:
    before = look(a_container("web", tenant="acme"))
    after = look(a_container("db", tenant="globex"))
    comparison = compare(before, after)
    assert comparison.appeared == ("docker:db",)
    assert comparison.gone == ("docker:web",)
    assert comparison.new_tenants == ("globex",)
    assert comparison.gone_tenants == ("acme",)


def test_a_tenant_falls_with_its_workload() -> None:
    before, after = look(a_container("web", tenant="acme")), look(weakened(tenant="acme"))
    comparison = compare(before, after)
    assert {c.subject for c in comparison.tenants} == {"acme"}
    assert "acme HW·C fell" in comparison_text(comparison, before, after)


def test_only_one_tenant_may_be_asked_about() -> None:
    before = look(a_container("web", tenant="acme"), a_container("db", tenant="globex"))
    after = look(weakened(tenant="acme"), weakened("db", tenant="globex"))
    comparison = compare(before, after, only="acme")
    assert {change.subject for change in comparison.workloads} == {"docker:web"}
    assert {change.workload for change in comparison.findings} == {"docker:web"}
    assert {change.subject for change in comparison.tenants} == {"acme"}


def test_the_worst_stands_first() -> None:
    before = look(a_container("a"), weakened("b"))
    after = look(weakened("a"), a_container("b"))
    courses = [change.course for change in compare(before, after).workloads]
    assert courses == sorted(courses, key=list(Course).index)
    assert {Course.FELL, Course.ROSE} <= set(courses)


def test_json_has_every_change() -> None:
    before, after = look(a_container("web")), look(weakened())
    comparison = compare(before, after)
    document = json.loads(comparison_json(comparison, before, after))
    assert document["fell"] is True
    assert len(document["workloads"]) == len(comparison.workloads) > 0
    assert document["workloads"][0]["after"]["status"] == "falls-short"
    assert len(document["findings"]) == len(comparison.findings) > 0


@pytest.mark.parametrize("name", ["<b>x</b>", "\x1b[31mred", "a\u202eb", "n" * 100_000, "a\nb"])
def test_hostile_names_are_plain_text(name: str) -> None:
    before = look(replace(a_container("web"), name=name))
    after = look(replace(weakened(), name=name))
    said = comparison_text(compare(before, after), before, after)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert max(map(len, said.splitlines())) < 200


def test_the_host_is_its_settings_in_words_and_not_what_passes_on_it() -> None:
    before = replace(
        a_host(),
        memory_bytes=seen("memory-bytes", 4096),
        network_ids=seen("network-namespace-ids", {7: 1}),
        session_keyrings=seen("session-keyrings", frozenset({"a"})),
    )
    after = replace(
        before,
        memory_bytes=seen("memory-bytes", 8192),
        network_ids=seen("network-namespace-ids", {8: 2}),
        session_keyrings=seen("session-keyrings", frozenset({"b"})),
    )
    old, new = look(host=before), look(host=after)
    told = comparison_text(compare(old, new), old, new)
    assert told[told.index("The host") :] == "The host\n    memory bytes: 4096 → 8192\n"
