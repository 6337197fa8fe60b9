"""The overview: walked by keys, searched, and true to what is chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.models.subjects import SubjectModel
from gui.pages.detail import PATIENCE
from gui.pages.overview import OverviewPage
from gui.rows import Subject, SubjectKind
from gui.theme import Appearance
from gui.widgets.matrix import MatrixView
from isoscope.assessment.vocabulary import ASPECTS, Aspect, Direction, Property
from tests.gui.events import run_events
from tests.gui.handmade import HOSTILE, HandMade, assessment, three_tenants, verdicts
from tests.gui.shown import answer, explanation, shown

Key = Qt.Key
Make = Callable[[HandMade], OverviewPage]


@pytest.fixture
def open_page(qtbot: QtBot, appearance: Appearance) -> Make:
    """Opens an overview of a hand-made assessment."""

    parents: list[QWidget] = []  # kept, for Qt does not own them

    def make(made: HandMade) -> OverviewPage:
        parent = QWidget()
        parents.append(parent)
        qtbot.addWidget(parent)
        parent.resize(1280, 700)
        page = OverviewPage(parent)
        page.resize(1280, 700)
        parent.show()
        answer(page, made)
        page.show_result(shown(made))
        page.tenants.setFocus()
        QApplication.processEvents()
        return page

    return make


def chosen(page: OverviewPage) -> list[tuple[Subject, Aspect]]:
    """Records what is asked for from now on."""
    asked: list[tuple[Subject, Aspect]] = []
    page.wanted.connect(lambda subject, aspect: asked.append((subject, aspect)))
    return asked


def names(view: MatrixView) -> list[str]:
    """The names in a table."""
    model = view.model()
    assert isinstance(model, SubjectModel)
    return [row.name for row in model.rows]


def test_the_first_tenant_is_explained_at_once(open_page: Make) -> None:
    page = open_page(three_tenants())
    assert page.detail.verdict.headline.startswith("Falls short: stands on rung 0")
    assert names(page.tenants) == ["acme", "globex", "initech"]
    assert sorted(names(page.workloads)) == ["db", "web"]


def test_a_verdict_that_was_not_asked_for_does_not_stay(qtbot: QtBot, open_page: Make) -> None:
    made = three_tenants()
    page = open_page(made)
    before = page.detail.verdict.headline
    page.wanted.disconnect()  # nobody answers in time
    subject, aspect = Subject(SubjectKind.TENANT, "globex"), ASPECTS[3]
    page.look_at(subject, aspect)
    assert page.detail.verdict.headline == before
    qtbot.waitUntil(lambda: not page.detail.verdict.headline)
    page.show_explained(explanation(made, subject, aspect))
    run_events(2 * PATIENCE)
    assert page.detail.verdict.headline


def test_left_and_right_walk_the_nine_badges_and_stop_at_the_ends(open_page: Make) -> None:
    page = open_page(three_tenants())
    asked = chosen(page)
    for _ in range(10):
        QTest.keyClick(page.tenants, Key.Key_Right)
    assert [aspect for _, aspect in asked[:8]] == list(ASPECTS[1:])
    assert asked[-1][1] == ASPECTS[-1]
    QTest.keyClick(page.tenants, Key.Key_Left)
    assert asked[-1][1] == ASPECTS[-2]


def test_down_chooses_the_next_tenant_with_the_same_aspect(open_page: Make) -> None:
    page = open_page(three_tenants())
    QTest.keyClick(page.tenants, Key.Key_Right)
    asked = chosen(page)
    QTest.keyClick(page.tenants, Key.Key_Down)
    assert asked == [(Subject(SubjectKind.TENANT, "globex"), ASPECTS[1])]
    assert names(page.workloads) == ["ledger"]


def test_a_click_on_a_badge_chooses_exactly_that_one(open_page: Make) -> None:
    page = open_page(three_tenants())
    asked = chosen(page)
    index = page.tenants.model().index(1, 2)
    cell = page.tenants.visualRect(index)
    direction = Direction.HOST_FROM_WORKLOAD
    place = page._columns.places(direction, cell, 10)[Property.AVAILABILITY].center()
    QTest.mouseClick(
        page.tenants.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(int(place.x()), int(place.y())),
    )
    assert asked == [
        (Subject(SubjectKind.TENANT, "globex"), Aspect(direction, Property.AVAILABILITY))
    ]


def test_a_workload_is_explained_by_itself(open_page: Make) -> None:
    page = open_page(three_tenants())
    page.workloads.setFocus()
    asked = chosen(page)
    QTest.keyClick(page.workloads, Key.Key_Down)
    QTest.keyClick(page.workloads, Key.Key_Return)
    assert asked[-1][0].kind is SubjectKind.WORKLOAD


def test_the_property_buttons_ask_for_the_same_subject(open_page: Make) -> None:
    page = open_page(three_tenants())
    asked = chosen(page)
    button = page.detail.verdict._buttons[Property.AVAILABILITY]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [
        (
            Subject(SubjectKind.TENANT, "acme"),
            Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.AVAILABILITY),
        )
    ]


def test_search_narrows_tenants_and_workloads_and_says_when_nothing_fits(open_page: Make) -> None:
    page = open_page(three_tenants())
    page.search("printer")
    assert names(page.tenants) == ["initech"]
    assert names(page.workloads) == ["printer"]
    page.search("no such thing")
    assert names(page.tenants) == []
    assert page._nothing.isVisible()
    assert "None of 3 tenants" in page._nothing.text()
    page.search("")
    assert len(names(page.tenants)) == 3


def test_what_was_chosen_stays_chosen_when_it_is_judged_anew(open_page: Make) -> None:
    page = open_page(three_tenants())
    for key in (Key.Key_Down, Key.Key_Right, Key.Key_Right):
        QTest.keyClick(page.tenants, key)
    asked = chosen(page)
    page.show_result(shown(three_tenants()))
    assert asked == [(Subject(SubjectKind.TENANT, "globex"), ASPECTS[2])]


def test_an_explanation_that_comes_too_late_is_not_shown(open_page: Make) -> None:
    made = three_tenants()
    page = open_page(made)
    before = page.detail.verdict.headline
    page.show_explained(explanation(made, Subject(SubjectKind.TENANT, "initech"), ASPECTS[0]))
    assert page.detail.verdict.headline == before
    assert page.detail.verdict._name.text == "acme"


def test_a_host_on_which_nothing_runs_says_so_and_what_was_not_seen(open_page: Make) -> None:
    page = open_page(assessment({}))
    assert "No running workload was found" in page._nothing.text()
    assert page.detail.currentWidget() is page.detail.not_seen
    assert page.detail.tabText(page.detail.indexOf(page.detail.not_seen)) == "&Not seen (2)"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_plain_text_and_do_not_break_the_layout(
    open_page: Make, name: str
) -> None:
    made = assessment({name or "nobody": {name: verdicts(ww_c=(0, 1, 2))}}, host=name or "h")
    page = open_page(made)
    assert page.width() == 1280
    for label in page.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
        assert label.width() <= 1280
    for widget in page.findChildren(QWidget):
        tip = widget.toolTip()
        assert "<b>" not in tip
        assert "<img" not in tip
        assert len(tip) < 20_000
        assert len(widget.accessibleName()) < 500
    assert not page.grab().isNull()


def test_ten_thousand_findings_are_shown_as_a_bounded_tree(open_page: Make) -> None:
    page = open_page(assessment({"big": {"w": verdicts(ww_c=(0, 1, 2))}}, many=10_000))
    model = page.detail.verdict.reasons.model()
    why = model.index(0, 0)
    assert why.data() == "What may hold it on rung 0 (10,000)"
    assert model.rowCount(why) == 201
    assert model.index(200, 0, why).data() == "and 9,800 more"


def test_a_screen_reader_finds_tables_with_names_and_cells_with_words(open_page: Make) -> None:
    page = open_page(three_tenants())
    QAccessible.setActive(True)
    interface = QAccessible.queryAccessibleInterface(page.tenants)
    assert interface.role() is QAccessible.Role.Table
    assert interface.text(QAccessible.Text.Name) == "Tenants"
    said = [
        interface.child(place).text(QAccessible.Text.Name)
        for place in range(interface.childCount())
    ]
    wanted = "Host from workload. Confidentiality: rung 0, rung 2 required"
    assert any(text.startswith(wanted) for text in said)


def test_copy_takes_a_reason_with_all_below_it(open_page: Make) -> None:
    page = open_page(three_tenants())
    reasons = page.detail.verdict.reasons
    model = reasons.model()
    reasons.setCurrentIndex(model.index(0, 0, model.index(0, 0)))
    QTest.keyClick(reasons, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QApplication.clipboard().text()
    assert "/var/run/docker.sock is mounted writable" in copied
    assert "as root" in copied
