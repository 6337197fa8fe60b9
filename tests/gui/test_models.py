"""Models keep Qt's contract, speak to screen readers and hold no markup."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication

from gui.models.nodes import NodeModel
from gui.models.subjects import SubjectModel
from gui.nodes import Node, NodeStyle
from gui.rows import Subject, SubjectKind, rows_of
from isoscope.assessment.vocabulary import Status
from tests.gui.handmade import HOSTILE, assessment, three_tenants, verdicts

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal
NODES = (
    Node(
        "Why",
        style=NodeStyle.SECTION,
        children=(
            Node("Socket", "web: mounted", mark=Status.FALLS_SHORT, children=(Node("source"),)),
            Node("Other"),
        ),
    ),
    Node(
        "What to change",
        style=NodeStyle.SECTION,
        children=(Node("first"), Node("second", children=(Node("evidence"),))),
    ),
)


def test_the_matrix_keeps_the_contract_while_rows_change(qapp: QApplication) -> None:
    model = SubjectModel("Tenant", qapp)
    tester = QAbstractItemModelTester(model, FATAL)
    rows = rows_of(three_tenants())
    for shown in (rows.tenants, (), rows.workloads["acme"]):
        model.show(shown)
        assert model.rowCount() == len(shown)
    assert model.columnCount() == 4
    assert tester.model() is model


def test_the_tree_keeps_the_contract_while_nodes_change(qapp: QApplication) -> None:
    model = NodeModel(qapp)
    tester = QAbstractItemModelTester(model, FATAL)
    for nodes in (NODES, (), NODES):
        model.show(nodes)
        assert model.rowCount() == len(nodes)
    deep = model.index(0, 0, model.index(0, 0, model.index(0, 0)))
    assert deep.data() == "source"
    assert model.parent(deep).data() == "Socket"
    second = model.index(1, 0, model.index(1, 0))
    evidence = model.index(0, 0, second)
    assert model.parent(evidence) == second
    assert model.parent(second).row() == 1
    assert tester.model() is model


def test_a_cell_says_all_three_properties_to_a_screen_reader(qapp: QApplication) -> None:
    model = SubjectModel("Tenant", qapp)
    model.show(rows_of(three_tenants()).tenants)
    globex = model.place_of(Subject(SubjectKind.TENANT, "globex"))
    assert globex is not None
    said = model.index(globex, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Confidentiality: rung 0 to 2, rung 2 required: unproven" in said
    assert "Integrity" in said
    assert "Availability" in said


def test_a_node_says_its_mark_and_note_to_a_screen_reader(qapp: QApplication) -> None:
    model = NodeModel(qapp)
    model.show(NODES)
    said = model.index(0, 0, model.index(0, 0)).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "against it: Socket. web: mounted"


def every_index(model: QAbstractItemModel, parent: QModelIndex) -> list[QModelIndex]:
    """All indexes below a parent."""
    found = []
    for row in range(model.rowCount(parent)):
        for column in range(model.columnCount(parent)):
            index = model.index(row, column, parent)
            found.append(index)
            if column == 0:
                found.extend(every_index(model, index))
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_no_role_holds_markup_or_a_long_text(qapp: QApplication, name: str) -> None:
    model = SubjectModel("Workload", qapp)
    model.show(rows_of(assessment({"t": {name: verdicts()}})).workloads["t"])
    for index in every_index(model, QModelIndex()):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = index.data(role) or ""
            assert len(text) < 20_000
            assert "\x1b" not in text
            if role is Qt.ItemDataRole.ToolTipRole:
                assert "<b>" not in text
                assert "<img" not in text
                assert "<h1>" not in text
