"""What if: changes are chosen, verdicts stand before and after, and the plan leaves the window."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.choices import choices_of
from gui.judging import saved
from gui.main_window import MainWindow
from gui.models.subjects import ROW_ROLE
from gui.pages.what_if import WhatIfPage
from gui.pages.what_if_result import NOBODY
from gui.plan_exporting import FORMATS, export_plan
from gui.rows import Subject, SubjectKind
from gui.supposing import ChangeRow
from gui.supposing_answers import WhatIfAnswers
from gui.theme import Appearance
from isoscope.assessment.supposing.suppositions import NOTHING, Enclosure, Move, Proof
from isoscope.snapshot.codec import load
from tests.fakes.workloads import (
    WH_C,
    WW_C,
    WW_I,
    a_container,
    a_machine,
    a_mount,
    own_mounts,
)
from tests.gui.handmade import HOSTILE
from tests.gui.shown import judged as shown

LAB = Path(__file__).parents[1] / "lab"
SOCKET = a_mount("/docker.sock", "/var/run/docker.sock", device="0:25", kind="tmpfs")
MINE = a_container("mine", tenant="acme")
BAD = a_container("bad", tenant="globex", mounts=own_mounts(91, SOCKET))
DROPPED = NOTHING.settling("engine-socket-mounted", [BAD.id])
ACME = Subject(SubjectKind.TENANT, "acme")
GLOBEX = Subject(SubjectKind.TENANT, "globex")


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[WhatIfPage]:
    """A page whose questions a worker answers."""
    parent, keeper = QWidget(), QObject()
    qtbot.addWidget(parent)
    made = WhatIfPage(parent)
    parent.resize(1280, 700)
    made.resize(1280, 700)
    bridge = Bridge(keeper)
    answers = WhatIfAnswers(
        bridge, done=made.show_what_if, remedied=made.suppose_also, failed=made.show_failed
    )
    made.wanted.connect(answers.ask)
    made.remedies_wanted.connect(answers.ask_remedies)
    parent.show()
    yield made
    bridge.close()
    del answers  # a connection to its method does not keep it


def answered(qtbot: QtBot, page: WhatIfPage) -> None:
    """Waits for the answer to what is asked now."""
    if page.suppositions:
        qtbot.waitUntil(
            lambda: page.result.answer is not None and page.result.answer.asked == page.asked
        )
    else:
        qtbot.waitUntil(lambda: page.result.says_nothing and bool(page.changes.rows))


def listed(page: WhatIfPage, identity: str) -> ChangeRow:
    return next(row for row in page.changes.rows if row.id == identity)


def names(page: WhatIfPage) -> list[str]:
    model = page.result.matrix.model()
    return [model.index(row, 0).data(ROW_ROLE).name for row in range(model.rowCount())]


def spoken(page: WhatIfPage, place: int, column: int) -> str:
    role = Qt.ItemDataRole.AccessibleTextRole
    return str(page.result.matrix.model().index(place, column).data(role))


def test_at_first_it_says_what_to_do_and_lists_what_could_be_supposed(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    answered(qtbot, page)
    assert not page.result.copy.isEnabled()
    assert listed(page, "engine-socket-mounted").workloads == {BAD.id}
    headings = [row.text for row in page.changes.rows if row.is_heading]
    assert headings == ["Workload from workload", "Host from workload"]


def test_a_host_without_workloads_says_so(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown())
    qtbot.waitUntil(lambda: page.result._nothing.text() == NOBODY)
    assert not page.required.isEnabled()


def test_checking_a_change_shows_the_neighbours_verdicts_before_and_after(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    answered(qtbot, page)
    page.changes.toggled.emit(listed(page, "engine-socket-mounted"), True)
    assert page.suppositions == DROPPED
    answered(qtbot, page)
    assert not page.result.says_nothing
    assert set(names(page)[:2]) == {"acme", "globex"}
    acme = names(page).index("acme")
    assert "Integrity: rung 0, rung 1 required: falls short; supposed: " in spoken(page, acme, 1)
    assert "unchanged" in spoken(page, acme, 3)
    assert "rise" in page.result.summary


def test_space_and_a_click_check_and_uncheck(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    answered(qtbot, page)
    row = listed(page, "engine-socket-mounted")
    index = page._changes.index(page.changes.rows.index(row))
    page.changes.setCurrentIndex(index)
    QTest.keyClick(page.changes, Qt.Key.Key_Space)
    assert page.suppositions == DROPPED
    assert index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert "supposed" in str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    page.changes.scrollTo(index)
    where = page.changes.visualRect(index).center()
    QTest.mouseClick(page.changes.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert page.suppositions == NOTHING


def test_a_heading_is_no_change(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    answered(qtbot, page)
    heading = page._changes.index(0)
    assert not heading.flags() & Qt.ItemFlag.ItemIsEnabled
    page.changes.toggle(heading)
    assert page.suppositions == NOTHING


def test_what_is_supposed_of_some_is_half_checked(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(NOTHING.settling("memory-limited", [MINE.id]))
    answered(qtbot, page)
    row = listed(page, "memory-limited")
    assert row.workloads == {MINE.id, BAD.id}
    assert page._changes.state(row) is Qt.CheckState.PartiallyChecked


def test_undo_takes_back_one_after_the_other_and_clear_can_be_undone(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    both = DROPPED.settling("memory-limited", [BAD.id])
    page.suppose(DROPPED)
    page.suppose(both)
    page.clear.click()
    assert page.suppositions == NOTHING
    page.undo.click()
    assert page.suppositions == both
    page.undo.click()
    page.undo.click()
    assert page.suppositions == NOTHING
    assert not page.undo.isEnabled()
    answered(qtbot, page)
    assert page.result.says_nothing


def test_all_that_is_required_is_supposed_at_once(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    answered(qtbot, page)
    page.required.click()
    answered(qtbot, page)
    assert "engine-socket-mounted" in page.suppositions.settled
    after = {tenant.name: tenant for tenant in page.result.answer.plan.after.tenants}  # type: ignore[union-attr]
    assert after["acme"].verdicts[WW_I].low >= 1


def test_a_workload_is_put_in_a_tee_with_evidence_and_without(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    page.scope.choose(ACME)
    page.move_.into.setCurrentIndex(2)
    page.move_.into.activated.emit(2)
    assert page.suppositions.moved == {MINE.id: Move(Enclosure.SEV_SNP)}
    assert page.move_.proof.isEnabled()
    answered(qtbot, page)
    after = page.result.answer.plan.after.workloads[MINE.id].verdicts[WH_C]  # type: ignore[union-attr]
    assert (after.low, after.high) == (0, 2)
    page.move_.proof.setCurrentIndex(1)
    page.move_.proof.activated.emit(1)
    assert page.suppositions.moved == {MINE.id: Move(Enclosure.SEV_SNP, Proof.VERIFIED)}
    answered(qtbot, page)
    assert "nobody looked" in page.result._doubts.text
    page.move_.into.setCurrentIndex(0)
    page.move_.into.activated.emit(0)
    assert page.suppositions == NOTHING


def test_a_plain_vm_has_no_evidence_to_choose_and_a_vm_stays_one(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    vm = a_machine("vm", tenant="acme")
    page.show_result(shown(MINE, vm, BAD))
    page.move_.wanted.emit(Move(Enclosure.VM))
    assert set(page.suppositions.moved) == {MINE.id, BAD.id}
    assert not page.move_.proof.isEnabled()
    assert page.move_.into.currentIndex() == -1  # the machine runs otherwise than the others
    answered(qtbot, page)


def test_a_verdict_that_is_looked_at_says_what_would_still_hold_it(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED)
    answered(qtbot, page)
    page.result.matrix.chosen.emit(ACME, WW_C)
    answered(qtbot, page)
    node = page.result.answer.nodes[0]  # type: ignore[union-attr]
    assert node.text.startswith("acme WW·C, supposed: ")
    assert node.children


def test_after_another_look_what_is_gone_is_no_longer_supposed(
    page: WhatIfPage, qtbot: QtBot
) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED.settling("memory-limited", [MINE.id, BAD.id]))
    page.scope.choose(GLOBEX)
    page.show_result(shown(MINE))
    assert page.suppositions == NOTHING.settling("memory-limited", [MINE.id])
    assert page.scope.subject is None
    answered(qtbot, page)


def test_an_answer_to_another_question_comes_too_late(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED)
    answered(qtbot, page)
    late = page.result.answer
    assert late is not None
    page.suppose(NOTHING)
    page.show_what_if(late)
    answered(qtbot, page)
    assert page.result.says_nothing


def test_the_search_leaves_the_rows_that_it_describes(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED)
    answered(qtbot, page)
    page.search("globex")
    assert "acme" not in names(page)
    page.search("")
    assert "acme" in names(page)


def test_the_plan_is_copied_as_text(page: WhatIfPage, qtbot: QtBot) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED)
    answered(qtbot, page)
    page.result.copy.click()
    said = QGuiApplication.clipboard().text()
    assert said.startswith("What if: supposed, not observed")
    assert "Take the mount away" in said


@pytest.mark.parametrize("ending", FORMATS)
def test_the_plan_is_exported_and_says_that_it_was_supposed(
    page: WhatIfPage, qtbot: QtBot, tmp_path: Path, ending: str
) -> None:
    page.show_result(shown(MINE, BAD))
    page.suppose(DROPPED)
    answered(qtbot, page)
    assert page.result.answer is not None
    path = tmp_path / f"plan{ending}"
    export_plan(page.result.answer.plan, path)
    if ending == ".pdf":
        assert path.read_bytes().startswith(b"%PDF-")
    else:
        assert "supposed, not observed" in path.read_text().lower()
    with pytest.raises(ValueError, match=r"no format is called \.docx"):
        export_plan(page.result.answer.plan, tmp_path / "plan.docx")


def test_what_goes_wrong_is_said(page: WhatIfPage) -> None:
    page.show_failed("it broke")
    assert page.result.summary == "This could not be worked out: it broke"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text_and_take_no_room(page: WhatIfPage, qtbot: QtBot, name: str) -> None:
    hostile = replace(BAD, name=name)
    page.show_result(shown(MINE, hostile))
    page.suppose(DROPPED.moving([hostile.id], Move(Enclosure.TDX)))
    answered(qtbot, page)
    assert page.result.answer is not None
    told = "\n".join(node.as_text() for node in page.result.answer.nodes)
    told += "\n".join(f"{row.text} {row.note}" for row in page.changes.rows)
    assert not any(mark in told for mark in ("\x1b", "\u202e", "\u2066", "\0"))
    assert len(told) < 40_000
    assert page.width() == 1280
    page.grab()


def test_every_control_has_a_name(page: WhatIfPage) -> None:
    for widget in (
        page,
        page.scope.tenants,
        page.scope.workloads,
        page.move_.into,
        page.move_.proof,
        page.changes,
        page.required,
        page.undo,
        page.clear,
        page.result.copy,
        page.result.export,
        page.result.matrix,
        page.result.plan,
    ):
        assert widget.accessibleName()


def test_from_the_overview_a_finding_is_supposed_otherwise_and_the_plan_leaves(
    qtbot: QtBot, appearance: Appearance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the real window, over a recorded host."""
    snapshot = tmp_path / "host.json.gz"
    saved(load((LAB / "hosts/apparmor/snapshot.json.gz").read_bytes()), snapshot)
    options = Namespace(tenants=str(LAB / "tenants.toml"))
    window = MainWindow(choices_of(options), options, appearance)
    window.show()
    window.open(snapshot)
    qtbot.waitUntil(lambda: window.overview is not None, timeout=20_000)
    assert window.overview is not None
    verdict = window.overview.detail.verdict
    qtbot.waitUntil(lambda: bool(verdict.headline), timeout=20_000)
    assert verdict.suppose.isEnabled()
    assert verdict.suppose.text() == "Suppose the next step"
    verdict.suppose.click()
    assert window.host_view is not None
    assert window.host_view.current == "what-if"
    page = window.host_view.page("what-if")
    assert isinstance(page, WhatIfPage)
    qtbot.waitUntil(lambda: page.result.answer is not None, timeout=20_000)
    assert "engine-socket-mounted" in page.suppositions.settled
    assert page.scope.subject is not None
    path = tmp_path / "plan.md"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    with qtbot.waitSignal(window.session.exporter.exported):
        page.result.export.click()
    assert "# What if: supposed, not observed" in path.read_text()
    window.close()
