"""Paths: what speaks against isolation, as a way from one side to another."""

from __future__ import annotations

import pytest

from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.crossings import CROSSINGS, Crossing
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.paths import Path, paths
from isoscope.assessment.profile import Profile
from isoscope.assessment.through_host import NEIGHBOUR_OWNS_THE_HOST
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.workload import Capabilities
from tests.benchmarks.crowd import a_crowd
from tests.fakes.workloads import ALL, a_container, a_mount, an_inventory, own_mounts

RUNG_2 = Profile("p", "P", "", dict.fromkeys(ASPECTS, 2))
PRIVILEGED = Capabilities(ALL, ALL, 40)


def found(inventory: Inventory, viewpoint: Viewpoint = OPERATOR) -> tuple[Path, ...]:
    judged = judge(inventory)
    assessment = conclude(judged, profile=RUNG_2, viewpoint=viewpoint)
    return paths(judged, assessment.workloads, viewpoint)


def sharing() -> Inventory:
    """Two tenants with one volume."""
    return an_inventory(
        a_container("a", tenant="acme", mounts=own_mounts(1, a_mount("/srv/x", "/data"))),
        a_container("b", tenant="globex", mounts=own_mounts(2, a_mount("/srv/x", "/data"))),
    )


def test_what_crosses_is_said_of_all_that_keeps_a_workload_from_another_or_from_the_host() -> None:
    decides = {NEIGHBOUR_OWNS_THE_HOST.id}
    for aspect, ladder in LADDERS.items():
        if aspect.direction is not Direction.WORKLOAD_FROM_HOST:
            decides.update(need for rung in ladder.rungs for need in rung.needs)
        if aspect.direction is Direction.WORKLOAD_FROM_WORKLOAD:
            decides.update(ladder.shown_beside)
    assert decides - set(CROSSINGS) == set(), "isoscope/assessment/crossings.py does not name these"
    assert set(CROSSINGS) - decides == set(), "isoscope/assessment/crossings.py need not name these"


def test_a_shared_volume_leads_both_ways() -> None:
    storage = [path for path in found(sharing()) if path.crossing is Crossing.STORAGE]
    ways = {(path.finding.others, path.finding.workload) for path in storage}
    (a,), (b,) = ({way[1]} for way in sorted(ways, key=lambda way: way[1]))
    assert ways == {((a,), b), ((b,), a)}
    assert {path.level for path in storage} == {1}
    assert all(path.known and path.below_required and not path.to_host for path in storage)


def test_a_privileged_container_leads_to_the_host_and_through_it_to_its_neighbours() -> None:
    inventory = an_inventory(
        a_container("a", tenant="acme", capabilities=PRIVILEGED), a_container("b", tenant="globex")
    )
    known = [path for path in found(inventory) if path.known]
    to_host = [p for p in known if p.to_host and p.crossing is Crossing.HOST_CONTROL]
    through = [path for path in known if path.crossing is Crossing.THROUGH_HOST]
    a, b = (workload.id for workload in inventory.workloads)
    assert {path.finding.workload for path in to_host} == {a}
    assert [(path.finding.others, path.finding.workload) for path in through] == [((a,), b)]


def test_workloads_of_one_tenant_have_no_paths_between_them() -> None:
    alone = an_inventory(a_container("a", tenant="acme"), a_container("b", tenant="acme"))
    assert all(path.to_host for path in found(alone))


def test_whoever_believes_nobody_does_not_know_of_a_single_path_that_is_ruled_out() -> None:
    seen = found(sharing())
    doubted = found(sharing(), AUDITOR)
    assert {p.finding.id for p in seen if p.known} <= {p.finding.id for p in doubted}
    assert any(not path.known for path in doubted)


def test_paths_are_those_of_the_findings_that_the_ladders_name() -> None:
    inventory = a_crowd(60, 6)
    judged = judge(inventory)
    assessment = conclude(judged, profile=RUNG_2, viewpoint=OPERATOR)
    made = paths(judged, assessment.workloads, OPERATOR)
    for aspect in (Aspect(d, q) for d in list(Direction)[:2] for q in Property):
        for workload in assessment.workloads:
            verdicts = assessment.workloads[workload].verdicts
            standing = assessment.standings[workload][aspect]
            needs = {
                finding.id
                for level, needed in enumerate(standing.needs)
                for finding in needed
                if not finding.favourable
                and (
                    finding.others
                    if aspect.direction is Direction.WORKLOAD_FROM_WORKLOAD
                    else verdicts[aspect].low < level <= verdicts[aspect].high + 1
                )
            }
            if standing.through_host is not None and not standing.through_host.favourable:
                needs.add(standing.through_host.id)
            own = {
                p.finding.id for p in made if p.finding.workload == workload and aspect in p.aspects
            }
            assert needs <= own
            assert own - needs <= set(LADDERS[aspect].shown_beside)


@pytest.mark.parametrize("viewpoint", [OPERATOR, AUDITOR])
def test_the_worst_come_first(viewpoint: Viewpoint) -> None:
    order = [(not path.known, path.level or 99) for path in found(a_crowd(40, 4), viewpoint)]
    assert order == sorted(order)
