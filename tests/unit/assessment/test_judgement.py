"""Judgements have three values, and say on whose word they are."""

from itertools import product

import pytest

from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    negated,
    not_applicable,
    quoting,
    undecided,
)
from isoscope.assessment.judgement import (
    test as judged,
)
from isoscope.inventory.observation import Party
from tests.fakes.workloads import UNREAD, seen

YES, NO = holding("yes", seen("y", 1)), failing("no", seen("n", 1))
OPEN, NONE = undecided(UNREAD, seen("u", UNREAD)), not_applicable("no such thing")
KERNEL, MANAGER = frozenset({Party.HOST_KERNEL}), frozenset({Party.VM_MANAGER})


def said_by(holds: bool, *parties: Party) -> Judgement:
    return (holding if holds else failing)("so", seen("k", 1, parties=frozenset(parties)))


@pytest.mark.parametrize("judgements", list(product((YES, NO, OPEN), repeat=3)))
def test_they_combine_as_kleene_says(judgements: tuple[Judgement, ...]) -> None:
    values = [judgement.holds for judgement in judgements]
    either = any_of(*judgements, otherwise="none")
    both = all_of(*judgements, says="all")
    assert either.holds is (True if True in values else None if None in values else False)
    assert both.holds is (False if False in values else None if None in values else True)


@pytest.mark.parametrize("judgement", [YES, NO, OPEN, NONE])
def test_the_opposite_of_the_opposite_is_the_same(judgement: Judgement) -> None:
    assert negated(negated(judgement)) == judgement
    assert negated(YES).holds is False
    assert negated(OPEN).holds is None


def test_what_does_not_apply_decides_nothing() -> None:
    assert any_of(NONE, NO, otherwise="none").holds is False
    assert any_of(NONE, OPEN, otherwise="none").holds is None
    assert all_of(NONE, YES, says="all").holds is True


def test_an_unknown_one_needs_a_reason_and_nothing_else_does() -> None:
    with pytest.raises(ValueError, match="needs its reason"):
        Judgement(None, "unknown")
    with pytest.raises(ValueError, match="needs its reason"):
        Judgement(True, "known", unknown=UNREAD)


def test_an_unknown_observation_makes_an_unknown_judgement_with_its_reason() -> None:
    judgement = judged(seen("x", UNREAD), bool, yes="yes", no="no")
    assert judgement.holds is None
    assert judgement.unknown is UNREAD


def test_where_each_of_two_decides_the_word_of_either_suffices() -> None:
    either = any_of(said_by(True, Party.HOST_KERNEL), said_by(True, Party.VM_MANAGER), otherwise="")
    assert set(either.rests_on) == {KERNEL, MANAGER}
    failed = all_of(said_by(False, Party.HOST_KERNEL), said_by(False, Party.VM_MANAGER), says="")
    assert set(failed.rests_on) == {KERNEL, MANAGER}


def test_where_only_both_decide_both_must_be_believed() -> None:
    both = all_of(said_by(True, Party.HOST_KERNEL), said_by(True, Party.VM_MANAGER), says="")
    assert both.rests_on == (KERNEL | MANAGER,)
    neither = any_of(
        said_by(False, Party.HOST_KERNEL), said_by(False, Party.VM_MANAGER), otherwise=""
    )
    assert neither.rests_on == (KERNEL | MANAGER,)


def test_what_both_say_is_said_once() -> None:
    parties = Party.HOST_KERNEL, Party.VM_MANAGER
    either = any_of(*(said_by(True, party) for party in parties), otherwise="")
    assert either.says == said_by(True, Party.HOST_KERNEL).says


def test_a_larger_set_of_parties_adds_nothing_to_a_smaller_one() -> None:
    either = any_of(
        said_by(True, Party.HOST_KERNEL),
        said_by(True, Party.HOST_KERNEL, Party.VM_MANAGER),
        otherwise="",
    )
    assert either.rests_on == (KERNEL,)


def test_a_quote_replaces_the_first_evidence_and_keeps_the_rest() -> None:
    quoted = quoting(seen("mounts", "everything"), "one line")
    assert [item.excerpt for item in quoted.evidence] == ["one line"]
    assert quoted.value == "everything"
