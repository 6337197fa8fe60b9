"""Whose word counts, and for whom."""

from collections.abc import Callable

import pytest

from isoscope.assessment.declaration import exposure, measure
from isoscope.assessment.evaluation import finding_of
from isoscope.assessment.judgement import (
    Judgement,
    any_of,
    failing,
    holding,
    not_applicable,
    undecided,
)
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.viewpoint import ADVERSARIES, AUDITOR, BUILT_IN, OPERATOR, TENANT
from isoscope.assessment.vocabulary import ASPECTS, Direction, FindingState, Status
from isoscope.inventory.observation import Doubt, Party
from isoscope.inventory.workload import LaunchSecurity
from tests.fakes.workloads import (
    HW_C,
    HW_I,
    UNREAD,
    WH_C,
    WH_I,
    a_container,
    a_machine,
    assessed,
    finding,
    rungs,
    seen,
)

KERNEL = frozenset({Party.HOST_KERNEL})
NOBODY: frozenset[Party] = frozenset()
TEXT = {"what": "w", "why": "w", "by_hand": "b", "remedy": "r"}


def declared(kind: Callable[..., object]) -> object:
    return kind("id", "Title", references=("r",), judge=lambda _: None, **TEXT)


MEASURE, EXPOSURE = declared(measure), declared(exposure)
ON_KERNELS_WORD = seen("k", 1)


def state(declaration: object, judgement: Judgement, believed: frozenset[Party]) -> FindingState:
    return finding_of(declaration, "docker:a", judgement, believed).state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declaration", "favourable", "word"),
    [
        (MEASURE, holding("in place", ON_KERNELS_WORD), FindingState.PRESENT),
        (EXPOSURE, failing("ruled out", ON_KERNELS_WORD), FindingState.ABSENT),
        (MEASURE, not_applicable("none", ON_KERNELS_WORD), FindingState.NOT_APPLICABLE),
        (EXPOSURE, not_applicable("none", ON_KERNELS_WORD), FindingState.NOT_APPLICABLE),
    ],
)
def test_what_speaks_for_a_workload_counts_only_on_a_believed_word(
    declaration: object, favourable: Judgement, word: FindingState
) -> None:
    assert state(declaration, favourable, KERNEL) is word
    assert state(declaration, favourable, NOBODY) is FindingState.UNKNOWN


@pytest.mark.parametrize(
    ("declaration", "against", "word"),
    [
        (MEASURE, failing("absent", ON_KERNELS_WORD), FindingState.ABSENT),
        (EXPOSURE, holding("open", ON_KERNELS_WORD), FindingState.PRESENT),
    ],
)
def test_what_speaks_against_it_always_counts(
    declaration: object, against: Judgement, word: FindingState
) -> None:
    assert state(declaration, against, NOBODY) is word


def test_who_is_not_believed_is_named() -> None:
    found = finding_of(MEASURE, "docker:a", holding("in place", ON_KERNELS_WORD), NOBODY)  # type: ignore[arg-type]
    assert found.unknown is not None
    assert found.unknown.reason is Doubt.NOT_BELIEVED
    assert found.unknown.explanation == "in place, but only on the word of host-kernel"


def test_an_unknown_one_keeps_its_own_reason() -> None:
    found = finding_of(EXPOSURE, "docker:a", undecided(UNREAD, ON_KERNELS_WORD), NOBODY)  # type: ignore[arg-type]
    assert found.unknown is UNREAD


def test_two_sayings_of_one_thing_need_only_one_to_be_believed() -> None:
    manager = seen("m", 1, parties=frozenset({Party.VM_MANAGER}))
    both = any_of(holding("by one", ON_KERNELS_WORD), holding("by two", manager), otherwise="")
    found = finding_of(MEASURE, "docker:a", both, KERNEL)  # type: ignore[arg-type]
    assert found.state is FindingState.PRESENT
    assert found.parties == KERNEL


def test_no_viewpoint_believes_a_directions_adversary() -> None:
    for viewpoint in BUILT_IN.values():
        trusting = viewpoint.trusting(*Party)
        for direction in Direction:
            assert trusting.believed(direction).isdisjoint(ADVERSARIES[direction])


def test_a_party_can_be_switched_off_and_on_again() -> None:
    without = OPERATOR.distrusting(Party.CONTAINER_ENGINE)
    assert Party.CONTAINER_ENGINE not in without.believed(Direction.HOST_FROM_WORKLOAD)
    assert without.distrusted == {Party.CONTAINER_ENGINE}
    again = without.trusting(Party.CONTAINER_ENGINE)
    assert again.believes == OPERATOR.believes
    assert not again.distrusted


@pytest.mark.parametrize("viewpoint", [OPERATOR, OPERATOR.trusting(*Party), TENANT, AUDITOR])
def test_a_tee_on_the_hosts_word_is_unproven_for_everybody(viewpoint: object) -> None:
    guest = a_machine("g", says={"launch_security": LaunchSecurity("sev-snp", debug_allowed=False)})
    found = assessed(guest, viewpoint=viewpoint)  # type: ignore[arg-type]
    assert rungs(found, guest, WH_C) == (0, 2)
    assert rungs(found, guest, WH_I) == (0, 2)
    claimed = finding(found, guest, "memory-encrypted-by-tee")
    assert claimed.state is FindingState.UNKNOWN
    assert claimed.unknown is not None
    assert "vm-manager" in claimed.unknown.explanation


def test_a_host_that_admits_to_no_tee_is_taken_at_its_word() -> None:
    guest = a_machine("g")
    assert rungs(assessed(guest), guest, WH_C) == (0, 0)


def test_memory_that_is_only_encrypted_is_a_partial_tee_and_none_for_integrity() -> None:
    guest = a_machine("g", says={"launch_security": LaunchSecurity("sev-es", debug_allowed=False)})
    found = assessed(guest)
    assert rungs(found, guest, WH_C) == (0, 1)
    assert rungs(found, guest, WH_I) == (0, 0)


@pytest.mark.parametrize("kind", ["sev", "sev-snp", "tdx"])
def test_a_tee_with_debugging_on_keeps_nothing_from_the_host(kind: str) -> None:
    guest = a_machine("g", says={"launch_security": LaunchSecurity(kind, debug_allowed=True)})
    found = assessed(guest)
    assert rungs(found, guest, WH_C) == (0, 0)
    assert rungs(found, guest, WH_I) == (0, 0)


@pytest.mark.parametrize("viewpoint", [TENANT, AUDITOR, OPERATOR.distrusting(Party.HOST_KERNEL)])
def test_who_does_not_believe_the_kernel_believes_no_wall_of_it(viewpoint: object) -> None:
    """Not even that a guest is a guest, to which a container's exposures do not apply."""
    guest, container = a_machine("g"), a_container("c")
    found = assessed(guest, container, viewpoint=viewpoint)  # type: ignore[arg-type]
    for workload in (guest, container):
        for aspect in ASPECTS:
            assert rungs(found, workload, aspect)[0] == 0, aspect


def test_a_distrusted_engine_takes_only_what_rests_on_its_word() -> None:
    container = a_container("c")
    everybody = assessed(container)
    without = assessed(container, viewpoint=OPERATOR.distrusting(Party.CONTAINER_ENGINE))
    assert rungs(everybody, container, HW_I) == (2, 2)
    assert rungs(without, container, HW_I) == (1, 2)
    changed = {
        need
        for need in ("seccomp-unconfined", "privileged", "runtime-with-known-escape")
        if finding(without, container, need).state != finding(everybody, container, need).state
    }
    assert changed == {"runtime-with-known-escape", "seccomp-unconfined"}, (
        "nobody else says which version made it, or what its filter lets through"
    )


@pytest.mark.parametrize(
    ("low", "high", "required", "status"),
    [
        (2, 2, 2, Status.MEETS),
        (2, 5, 1, Status.MEETS),
        (0, 1, 2, Status.FALLS_SHORT),
        (0, 2, 2, Status.UNPROVEN),
        (1, 3, 2, Status.UNPROVEN),
        (0, 0, 0, Status.MEETS),
        (0, 0, None, Status.NOT_REQUIRED),
    ],
)
def test_a_verdict_against_what_is_required(
    low: int, high: int, required: int | None, status: Status
) -> None:
    assert Verdict(HW_C, low, high, required).status is status


@pytest.mark.parametrize(("low", "high"), [(2, 1), (-1, 0)])
def test_a_range_that_is_none_is_refused(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="no range of rungs"):
        Verdict(HW_C, low, high, None)
