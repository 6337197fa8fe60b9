"""The ladders: data, complete and in order."""

import pytest

from isoscope.assessment.catalogue import CATALOGUE, aspects_of
from isoscope.assessment.ladders import LADDERS, Ladder, Rung, ladder
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from tests.fakes.workloads import HW_C, HW_I, WH_C, WH_I, WW_C

TOPS = {
    (Direction.WORKLOAD_FROM_WORKLOAD, Property.CONFIDENTIALITY): 5,
    (Direction.WORKLOAD_FROM_WORKLOAD, Property.INTEGRITY): 5,
    (Direction.WORKLOAD_FROM_WORKLOAD, Property.AVAILABILITY): 4,
    (Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY): 5,
    (Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY): 5,
    (Direction.HOST_FROM_WORKLOAD, Property.AVAILABILITY): 3,
    (Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY): 4,
    (Direction.WORKLOAD_FROM_HOST, Property.INTEGRITY): 4,
    (Direction.WORKLOAD_FROM_HOST, Property.AVAILABILITY): 0,
}
SHOWN_ONLY = {"neighbour-owns-the-host", "owner-unknown"}
"""Measures and exposures that no rung names."""


def needs(aspect: Aspect, level: int) -> tuple[str, ...]:
    return ladder(aspect).rungs[level].needs


def test_there_is_one_for_each_of_the_nine_questions() -> None:
    assert set(LADDERS) == set(ASPECTS)
    assert {tuple(aspect): found.top for aspect, found in LADDERS.items()} == TOPS


@pytest.mark.parametrize("aspect", ASPECTS, ids="-".join)
def test_its_rungs_are_numbered_named_and_each_asks_for_something(aspect: Aspect) -> None:
    rungs = ladder(aspect).rungs
    assert [rung.level for rung in rungs] == list(range(len(rungs)))
    assert len({rung.name for rung in rungs}) == len(rungs)
    assert all(rung.holds_when for rung in rungs)
    assert not rungs[0].needs
    assert all(rung.needs for rung in rungs[1:])


@pytest.mark.parametrize("aspect", ASPECTS, ids="-".join)
def test_what_it_needs_is_declared(aspect: Aspect) -> None:
    for rung in ladder(aspect).rungs:
        assert set(rung.needs) <= set(CATALOGUE)
        assert len(set(rung.needs)) == len(rung.needs)


def test_everything_declared_is_needed_somewhere_or_only_shown() -> None:
    assert {identity for identity in CATALOGUE if not aspects_of(identity)} == SHOWN_ONLY


def test_rungs_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="not numbered from 0"):
        Ladder(HW_C, (Rung(1, "a", "", ()), Rung(0, "b", "", ())))


def test_a_lowest_rung_that_asks_for_something_is_refused() -> None:
    with pytest.raises(ValueError, match="rung 0 holds always"):
        Ladder(HW_C, (Rung(0, "a", "", ("privileged",)),))


def test_reading_the_hosts_root_opens_confidentiality_and_not_integrity() -> None:
    assert "host-root-mounted" in needs(HW_C, 1)
    assert "host-root-mounted" not in needs(HW_I, 1)


def test_what_can_be_read_of_a_neighbour_opens_confidentiality_alone() -> None:
    assert "shared-readable-storage" in needs(WW_C, 1)
    assert "shared-readable-storage" not in needs(
        Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.INTEGRITY), 1
    )


def test_encryption_without_integrity_is_a_step_for_confidentiality_alone() -> None:
    assert "memory-integrity-by-tee" not in needs(WH_C, 1)
    assert "memory-integrity-by-tee" in needs(WH_I, 1)


@pytest.mark.parametrize("aspect", [WH_C, WH_I])
def test_with_debugging_allowed_no_tee_is_a_step(aspect: Aspect) -> None:
    assert "tee-debug-allowed" in needs(aspect, 1)


def test_who_can_write_the_host_can_also_lift_its_limits() -> None:
    availability = Aspect(Direction.HOST_FROM_WORKLOAD, Property.AVAILABILITY)
    assert set(needs(HW_I, 1)) <= set(needs(availability, 1))
