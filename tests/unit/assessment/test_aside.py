"""What is worked out for one answer stays no longer than that answer."""

from __future__ import annotations

from dataclasses import replace

from isoscope.assessment.assess import JudgedInventory, conclude, judge
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.comparison import Look, compare
from isoscope.assessment.judgements import aside
from isoscope.assessment.paths import paths
from isoscope.assessment.supposing.candidates import candidates
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.bundled import built_in_profiles
from isoscope.inventory.workload import SeccompMode
from isoscope.reports.gather import helpful_changes
from isoscope.reports.model import build_report, tenant_reports
from tests.fakes.workloads import a_container, an_inventory

PROFILE = next(one for one in built_in_profiles() if one.id == "shared-team-host")
WEB = a_container("web", tenant="acme", seccomp=SeccompMode.DISABLED)
JOB = a_container("job", tenant="globex")


def judged() -> JudgedInventory:
    return judge(an_inventory(WEB, JOB))


def concluded(of: JudgedInventory) -> Assessment:
    return conclude(of, profile=PROFILE, viewpoint=OPERATOR)


def not_kept(of: JudgedInventory, workload: str) -> set[str]:
    """What is judged anew each time that it is asked aside."""
    judgements = of.judgements[workload]
    first, second = aside(judgements), aside(judgements)
    return {one for one in judgements if first[one] is not second[one]}


def test_an_answer_has_each_judgement_once_and_leaves_none_behind() -> None:
    once = judged()
    above = not_kept(once, WEB.id)
    assert above  # what no verdict of a workload without a seccomp filter rests on
    answer = aside(once.judgements[WEB.id])
    assert all(answer[one] is answer[one] for one in answer)
    assert not_kept(once, WEB.id) == above
    assert all(answer[one].holds == found.holds for one, found in once.judgements[WEB.id].items())


def test_no_question_over_all_workloads_leaves_judgements_behind() -> None:
    of = judged()
    assessment = concluded(of)
    above = {one: not_kept(of, one) for one in of.judgements}
    for aspect in ASPECTS:
        assessment.explain_tenant("acme", aspect)
    for workload in of.judgements:
        assessment.findings(workload)
    paths(of, assessment.workloads, OPERATOR)
    candidates(Look(of, assessment), frozenset(of.judgements))
    other = conclude(of, profile=PROFILE, viewpoint=AUDITOR)
    compare(Look(of, assessment), Look(replace(of, judgements=dict(of.judgements)), other))
    assert {one: not_kept(of, one) for one in of.judgements} == above


def test_reasons_are_made_once_until_they_are_forgotten_and_then_say_the_same() -> None:
    assessment = concluded(judged())
    before, found = assessment.standings[WEB.id], assessment.findings(WEB.id)
    assert assessment.standings[WEB.id] is before
    assessment.forget()
    assert assessment.standings[WEB.id] is not before
    assert [(one.id, one.says, one.state) for one in assessment.findings(WEB.id)] == [
        (one.id, one.says, one.state) for one in found
    ]


def test_tenants_one_after_the_other_need_the_same_changes_as_in_a_report() -> None:
    assessment = concluded(judged())
    whole = helpful_changes(build_report(assessment).tenants)
    assert whole
    assert helpful_changes(tenant_reports(assessment)) == whole
