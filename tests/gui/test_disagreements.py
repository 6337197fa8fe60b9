"""The page that shows where managers and the kernel differ."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.disagreeing import disagreement_rows
from gui.models.disagreements import COLUMNS
from gui.pages.disagreements import DisagreementsPage
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.workload import Workload
from tests.fakes.workloads import a_container, an_inventory, seen


def differing(name: str, *keys: str) -> Workload:
    found = tuple(
        Disagreement(key, "a <b>filter</b>", "unconfined", seen("said", 1), seen("shown", 2))
        for key in keys
    )
    return replace(a_container(name), disagreements=found)


@pytest.fixture
def page(qtbot: QtBot) -> DisagreementsPage:
    made = DisagreementsPage(None)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    return made


def test_rows_say_who_says_what_and_what_the_kernel_shows(page: DisagreementsPage) -> None:
    inventory = an_inventory(differing("a", "seccomp", "read_only_root"), differing("b", "user"))
    page.show_rows(disagreement_rows(inventory))
    model = page.model
    cells = [
        [model.data(model.index(row, column)) for column in range(len(COLUMNS))]
        for row in range(model.rowCount())
    ]
    assert cells[1] == ["a", "read only root", "docker says: a <b>filter</b>", "unconfined"]
    assert [row[0] for row in cells] == ["a", "a", "b"]
    spoken = model.data(model.index(0, 3), int(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken == "The kernel shows: unconfined"
    assert "<b>" not in str(model.data(model.index(0, 2), int(Qt.ItemDataRole.ToolTipRole)))


def test_what_is_of_no_single_workload_is_the_hosts(page: DisagreementsPage) -> None:
    (counted,) = differing("a", "encrypted_guests").disagreements
    found = replace(an_inventory(differing("b", "user")), disagreements=(counted,))
    page.show_rows(disagreement_rows(found))
    row = page.model.row(1)
    assert row is not None
    assert row.cells[:2] == ("the host", "encrypted guests")
    assert row.declared.startswith("all that is described says: ")


def test_the_chosen_row_shows_the_evidence_of_both_sides(page: DisagreementsPage) -> None:
    page.show_rows(disagreement_rows(an_inventory(differing("a", "seccomp", "user"))))
    page.table.selectRow(1)
    row = page.model.row(1)
    assert row is not None
    text = row.nodes()[0].as_text()
    assert "/said" in text
    assert "/shown" in text
    top = page.evidence.model().index(0, 0)
    assert top.data() == "a: user"


def test_a_host_without_any_says_so(page: DisagreementsPage) -> None:
    said = []
    for workload in (differing("a", "seccomp"), a_container("a")):
        page.show_rows(disagreement_rows(an_inventory(workload)))
        said.append((page.says_none, page.model.rowCount()))
    assert said == [(False, 1), (True, 0)]
