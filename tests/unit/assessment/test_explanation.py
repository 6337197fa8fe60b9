"""Every verdict explains itself, and what it says to change does reach the rung."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.assessment import Assessment
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.evaluation import Standing, capped, stand
from isoscope.assessment.explanation import explain
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.profile import Profile
from isoscope.assessment.verdict import Change, Finding, Verdict
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT
from isoscope.assessment.vocabulary import (
    ASPECTS,
    Aspect,
    Direction,
    FindingKind,
    FindingState,
)
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Capabilities, SeccompMode
from tests.fakes.workloads import (
    ALL,
    HW_C,
    HW_I,
    UNREAD,
    WH_C,
    WW_A,
    WW_C,
    WW_I,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    own_mounts,
)

THROUGH = "neighbour-owns-the-host"
STATES = list(FindingState)
EVERYTHING = Profile("all", "All", "", {aspect: found.top for aspect, found in LADDERS.items()})


def made(identity: str, state: FindingState) -> Finding:
    unknown = UNREAD if state is FindingState.UNKNOWN else None
    return Finding(identity, CATALOGUE[identity].kind, "docker:a", state, "so", unknown=unknown)


def improved(finding: Finding) -> Finding:
    wanted = FindingState.PRESENT if finding.kind is FindingKind.MEASURE else FindingState.ABSENT
    return replace(finding, state=wanted, unknown=None)


def after(standing: Standing, changes: tuple[Change, ...]) -> Standing:
    """The standing after these changes, and no others, were made."""
    changed = {(change.finding.id, change.finding.workload) for change in changes}
    needs = {finding.id: finding for level in standing.needs for finding in level}
    needs |= {finding.id: finding for finding in standing.beside}
    again = stand(
        standing.ladder,
        lambda identity: (
            improved(needs[identity])
            if (identity, needs[identity].workload) in changed
            else needs[identity]
        ),
    )
    through = standing.through_host
    if through is None:
        return again
    if (through.id, through.workload) in changed:
        through = improved(through)
    assert standing.from_host is not None
    return capped(again, through, standing.from_host)


def stood(draw: st.DrawFn, aspect: Aspect) -> Standing:
    """A standing on one ladder, with findings in any state."""
    ladder = LADDERS[aspect]
    needs = sorted({need for rung in ladder.rungs for need in rung.needs})
    found = {need: made(need, draw(st.sampled_from(STATES))) for need in needs}
    found |= {beside: made(beside, FindingState.PRESENT) for beside in ladder.shown_beside}
    favoured = draw(st.sets(st.sampled_from(needs))) if needs else set()
    found |= {need: improved(found[need]) for need in favoured}
    return stand(ladder, found.__getitem__)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """A standing on any ladder, also where a neighbour may take the host."""
    aspect = draw(st.sampled_from(ASPECTS))
    standing = stood(draw, aspect)
    if aspect.direction is not Direction.WORKLOAD_FROM_WORKLOAD:
        return standing
    through = made(THROUGH, draw(st.sampled_from(STATES)))
    from_host = stood(draw, Aspect(Direction.WORKLOAD_FROM_HOST, aspect.property))
    return capped(standing, through, from_host)


@given(standings(), st.data())
def test_the_changes_to_the_next_and_to_the_required_rung_reach_them(
    standing: Standing, data: st.DataObject
) -> None:
    ladder = standing.ladder
    required = data.draw(st.integers(0, ladder.top))
    verdict = Verdict(ladder.aspect, standing.low, standing.high, required)
    why = explain(verdict, standing)
    if standing.low < ladder.top:
        assert after(standing, why.to_next).low >= standing.low + 1
    else:
        assert not why.to_next
    assert after(standing, why.to_required).low >= required
    assert bool(why.to_required) == (standing.low < required)


@given(standings(), st.data())
def test_none_of_these_changes_can_be_left_out(standing: Standing, data: st.DataObject) -> None:
    ladder = standing.ladder
    required = data.draw(st.integers(0, ladder.top))
    why = explain(Verdict(ladder.aspect, standing.low, standing.high, required), standing)
    for changes, rung in ((why.to_next, standing.low + 1), (why.to_required, required)):
        for place in range(len(changes)):
            assert after(standing, changes[:place] + changes[place + 1 :]).low < rung


@given(standings())
def test_what_holds_it_is_what_the_next_rung_lacks(standing: Standing) -> None:
    verdict = Verdict(standing.ladder.aspect, standing.low, standing.high, None)
    why = explain(verdict, standing)
    assert all(not finding.favourable for finding in why.held_by)
    assert bool(why.held_by) == (standing.low < standing.ladder.top)
    assert {finding.id for finding in why.held_by} <= {c.finding.id for c in why.to_next}


@given(standings())
def test_unknowns_are_named_exactly_where_low_and_high_differ(standing: Standing) -> None:
    verdict = Verdict(standing.ladder.aspect, standing.low, standing.high, None)
    why = explain(verdict, standing)
    assert all(finding.state is FindingState.UNKNOWN for finding in why.unknowns)
    assert bool(why.unknowns) == (standing.low < standing.high)


@given(standings())
def test_low_never_passes_high(standing: Standing) -> None:
    assert 0 <= standing.low <= standing.high <= standing.ladder.top


def a_busy_host(**options: object) -> Assessment:
    shared = a_mount("/srv/data", "/data")
    workloads = [
        a_container("web", tenant="acme", mounts=own_mounts(961, shared)),
        a_container("db", tenant="acme", seccomp=SeccompMode.DISABLED, memory=UNREAD),
        a_container("job", tenant="blue", mounts=own_mounts(962, shared)),
        a_container("owner", tenant="evil", capabilities=Capabilities(ALL, ALL, 40)),
        a_container("lost", attributes_unknown=UNREAD),
        a_machine("guest", tenant="green"),
    ]
    host = a_host(flaws={"meltdown": "Vulnerable"})
    return assessed(*workloads, host=host, profile=EVERYTHING, **options)  # type: ignore[arg-type]


BUSY = [
    a_busy_host(),
    a_busy_host(viewpoint=TENANT),
    a_busy_host(viewpoint=AUDITOR),
    a_busy_host(unseen="processes of other users"),
]


@pytest.mark.parametrize("assessment", BUSY)
@pytest.mark.parametrize("aspect", ASPECTS, ids="-".join)
def test_every_verdict_of_a_busy_host_is_explained(assessment: Assessment, aspect: Aspect) -> None:
    top = LADDERS[aspect].top
    explanations = [assessment.explain_workload(w, aspect) for w in assessment.workloads]
    explanations += [assessment.explain_tenant(t.name, aspect) for t in assessment.tenants]
    for why in explanations:
        if why.verdict.low < top:
            assert why.held_by
            assert why.to_next
            assert why.to_required
        if why.verdict.low < why.verdict.high:
            assert why.unknowns
        for change in (*why.to_next, *why.to_required):
            assert change.change
        for finding in why.unknowns:
            assert finding.unknown is not None
            assert finding.unknown.explanation
            assert finding.unknown.settled_by


@pytest.mark.parametrize("assessment", BUSY)
@pytest.mark.parametrize("aspect", ASPECTS, ids="-".join)
def test_what_a_tenant_has_to_change_reaches_the_rung_for_all_of_its_workloads(
    assessment: Assessment, aspect: Aspect
) -> None:
    for tenant in assessment.tenants:
        why = assessment.explain_tenant(tenant.name, aspect)
        targets = [(why.to_required, LADDERS[aspect].top)]
        if why.verdict.low < LADDERS[aspect].top:
            targets.append((why.to_next, why.verdict.low + 1))
        for changes, rung in targets:
            for workload in tenant.workloads:
                assert after(assessment.standings[workload][aspect], changes).low >= rung
            if rung > 0 and tenant.may_include:
                lower = min(
                    assessment.workloads[other].verdicts[aspect].low for other in tenant.may_include
                )
                settled = "owner-unknown" in {change.finding.id for change in changes}
                assert settled == (lower < rung)


@pytest.mark.parametrize("assessment", BUSY)
def test_the_words_come_to_the_same_rungs_as_the_verdicts(assessment: Assessment) -> None:
    for workload, assessed_one in assessment.workloads.items():
        for aspect, standing in assessment.standings[workload].items():
            verdict = assessed_one.verdicts[aspect]
            assert (standing.low, standing.high) == (verdict.low, verdict.high)


def test_a_tenant_is_held_by_those_of_its_workloads_that_stand_lowest() -> None:
    found = assessed(
        a_container("low", tenant="acme", seccomp=SeccompMode.DISABLED),
        a_container("high", tenant="acme"),
    )
    why = found.explain_tenant("acme", HW_I)
    assert [(finding.id, finding.workload) for finding in why.held_by] == [
        ("seccomp-unconfined", "docker:low")
    ]
    assert [change.finding.workload for change in why.to_next] == ["docker:low"]


def test_where_workloads_may_run_unseen_that_holds_every_tenant() -> None:
    found = assessed(a_container("a", tenant="acme"), unseen="processes of other users")
    why = found.explain_tenant("acme", HW_I)
    assert [finding.id for finding in why.held_by] == ["unseen-workloads"]
    assert why.held_by[0].says == "workloads of acme may run unseen: processes of other users"
    assert why.to_next[0].change == "Settle it: read it"
    assert "unseen-workloads" in {finding.id for finding in why.unknowns}


def test_those_still_relied_upon_are_named() -> None:
    container, guest = a_container("c", tenant="acme"), a_machine("g", tenant="blue")
    found = assessed(container, guest)
    assert found.explain_workload(container.id, HW_I).relies_on == (
        Party.HOST_KERNEL,
        Party.CONTAINER_ENGINE,
    ) or found.explain_workload(container.id, HW_I).relies_on == (Party.HOST_KERNEL,)
    assert Party.VM_MANAGER in found.explain_workload(guest.id, HW_I).relies_on
    assert found.explain_workload(container.id, WH_C).relies_on == ()


def test_nobody_distrusted_is_relied_upon() -> None:
    viewpoint = OPERATOR.distrusting(Party.VM_MANAGER)
    found = assessed(
        a_container("c", tenant="acme"), a_machine("g", tenant="blue"), viewpoint=viewpoint
    )
    for workload in found.workloads:
        for aspect in ASPECTS:
            why = found.explain_workload(workload, aspect)
            assert Party.VM_MANAGER not in why.relies_on
            assert not any(Party.VM_MANAGER in finding.parties for finding in why.supports)


def test_what_supports_a_rung_is_what_the_rungs_up_to_it_need() -> None:
    container = a_container("c")
    why = assessed(container).explain_workload(container.id, HW_I)
    supports = {finding.id for finding in why.supports}
    assert "privileged" in supports
    assert "seccomp-unconfined" in supports
    assert "user-namespace" not in supports
    assert "cpu-flaw-guest-host" not in supports, "it does not apply"


def test_a_neighbour_that_owns_the_host_holds_it_and_is_what_to_change_first() -> None:
    acme = a_container("a", tenant="acme")
    owner = a_container("o", tenant="evil", capabilities=Capabilities(ALL, ALL, 40))
    found = assessed(acme, owner, profile=Profile("p", "", "", {WW_I: 1}))
    why = found.explain_workload(acme.id, WW_I)
    assert why.held_by[0].id == THROUGH
    assert [change.finding.id for change in why.to_required] == [THROUGH]


def test_findings_of_the_catalogue_are_all_listed_once() -> None:
    for assessment in BUSY:
        for workload in assessment.workloads:
            assert [finding.id for finding in assessment.findings(workload)] == list(CATALOGUE)


def test_what_is_not_there_cannot_be_explained() -> None:
    found = assessed(a_container("a"))
    with pytest.raises(KeyError):
        found.explain_workload("docker:none", HW_C)
    with pytest.raises(KeyError):
        found.explain_tenant("none", WW_C)
    with pytest.raises(KeyError):
        found.findings("docker:none")


def test_more_is_asked_of_a_tenant_that_must_stand_higher() -> None:
    container = a_container("c", tenant="acme")
    asked = {}
    for required in (2, 3, 4):
        found = assessed(container, profile=Profile("p", "", "", {HW_I: required}))
        asked[required] = found.explain_tenant("acme", HW_I).to_required
    assert not asked[2]
    assert {change.rung for change in asked[3]} == {3}
    assert {change.rung for change in asked[4]} == {3, 4}
    assert set(asked[3]) < set(asked[4])


def test_the_neighbours_limits_are_named_with_whose_they_are() -> None:
    acme, blue = a_container("a", tenant="acme"), a_container("b", tenant="blue")
    why = assessed(acme, blue).explain_workload(acme.id, WW_A)
    assert why.held_by[0].says == "b (blue): nothing limits its memory, processes or CPU"
    assert why.to_next[0].change.startswith("On the neighbour's workload: ")
