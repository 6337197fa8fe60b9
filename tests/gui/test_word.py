"""Whose word: switches for parties, and what falls with them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.believing import Believing, believing, switched, viewpoint_title
from gui.choices import Question
from gui.describing import described
from gui.host_grids import host_grids
from gui.judging import Seen, Shown
from gui.nodes import Node
from gui.pages.word import WordPage
from gui.rows import rows_of
from gui.standing import standings
from isoscope.assessment.assess import conclude, judge
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT, Viewpoint
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from isoscope.bundled import built_in_profiles
from isoscope.inventory.observation import Party
from isoscope.snapshot.document import Snapshot
from tests.fakes.workloads import a_container, an_inventory

HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)


def shown(viewpoint: Viewpoint) -> Shown:
    """Two containers of two tenants, judged from a viewpoint."""
    inventory = an_inventory(a_container("a", tenant="acme"), a_container("b", tenant="globex"))
    judged = judge(inventory)
    profile = next(p for p in built_in_profiles() if p.id == "shared-team-host")
    assessment = conclude(judged, profile=profile, viewpoint=viewpoint)
    snapshot = Snapshot(inventory.collector, 0.0, 1.0, {})
    seen = Seen(snapshot, "", inventory, judged, described(inventory), host_grids(inventory))
    question = Question(profile, viewpoint)
    return Shown(seen, question, assessment, rows_of(assessment, ""), judged)


@pytest.fixture
def page(qtbot: QtBot) -> WordPage:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = WordPage(parent)
    made.resize(1280, 700)
    made._kept = parent  # type: ignore[attr-defined]
    return made


def compared(viewpoint: Viewpoint) -> Believing:
    return believing(shown(viewpoint), OPERATOR)


def texts(nodes: tuple[Node, ...]) -> str:
    return "\n".join(node.as_text() for node in nodes)


def test_beside_itself_a_viewpoint_changes_nothing() -> None:
    same = compared(OPERATOR)
    assert same.changes == ()
    assert (same.fell, same.rose) == (0, 0)


def test_without_the_kernels_word_verdicts_fall_and_say_why() -> None:
    without = compared(OPERATOR.distrusting(Party.HOST_KERNEL))
    assert without.fell > 0
    assert without.rose == 0
    assert "HW·C" in texts(without.changes)
    assert "host" in texts(without.changes).lower()


def test_whoever_believes_nobody_has_everybody_on_rung_0() -> None:
    nobody = AUDITOR.distrusting(*Party)
    counts = standings(shown(nobody).assessment.workloads.values())
    assert {aspect: dict(counts[aspect].counts) for aspect in ASPECTS} == {
        aspect: {0: 2} for aspect in ASPECTS
    }


def test_a_standing_counts_every_workload_once() -> None:
    counts = standings(shown(OPERATOR).assessment.workloads.values())
    assert all(counts[aspect].total == 2 for aspect in ASPECTS)
    assert counts[HW_C].required == 2
    assert "rung 2 required" in counts[HW_C].spoken()


@pytest.mark.parametrize("viewpoint", [OPERATOR, TENANT, AUDITOR])
def test_the_switches_stand_as_everything_is_judged(page: WordPage, viewpoint: Viewpoint) -> None:
    page.show_result(shown(viewpoint))
    believed = {party for party in Party if page.box(party).isChecked()}
    assert believed == set(viewpoint.believes)
    assert page._viewpoints[viewpoint.id].isChecked()


def test_a_switch_asks_for_the_viewpoint_without_that_party(page: WordPage, qtbot: QtBot) -> None:
    page.show_result(shown(OPERATOR))
    with qtbot.waitSignal(page.wanted) as wanted:
        page.box(Party.CONTAINER_ENGINE).click()
    assert wanted.args == [OPERATOR.distrusting(Party.CONTAINER_ENGINE)]


def test_a_viewpoint_of_the_list_undoes_what_was_switched_by_hand(
    page: WordPage, qtbot: QtBot
) -> None:
    page.show_result(shown(OPERATOR.distrusting(Party.HOST_KERNEL)))
    with qtbot.waitSignal(page.wanted) as wanted:
        page._viewpoints["auditor"].click()
    assert wanted.args == [AUDITOR]


def test_what_fell_is_said_in_words(page: WordPage) -> None:
    viewpoint = OPERATOR.distrusting(Party.HOST_KERNEL)
    page.show_result(shown(viewpoint))
    page.show_believing(compared(viewpoint))
    assert page.heading.startswith(
        "Operator, without host-kernel, beside Operator: of the verdicts"
    )
    assert "fall" in page.heading
    assert "0" in page.chart.accessibleDescription()


def test_an_answer_for_another_viewpoint_comes_too_late(page: WordPage) -> None:
    page.show_result(shown(OPERATOR))
    page.show_believing(compared(AUDITOR))
    assert page.heading == ""


def test_viewpoints_changed_by_hand_say_how() -> None:
    assert viewpoint_title(AUDITOR) == "Auditor"
    both = switched(AUDITOR, Party.HOST_KERNEL, believed=True)
    assert viewpoint_title(both) == "Auditor, with host-kernel"
    assert viewpoint_title(switched(both, Party.HOST_KERNEL, believed=False)) == "Auditor"


def test_every_switch_has_a_name_and_says_what_the_party_does(page: WordPage) -> None:
    for party in Party:
        box = page.box(party)
        assert box.text()
        assert box.accessibleDescription()
