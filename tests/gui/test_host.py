"""The host page: grids that say what was seen, and why a cell is what it is."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.boolean_grid import boolean_grid
from gui.boot_grid import boot_grid
from gui.grid import Cell, Grid, GridRow
from gui.host_grids import HostGrids, flaw_grid, host_grids, label_grid, tee_grid
from gui.models.grid import CELL_ROLE
from gui.nodes import Node
from gui.pages.host import HostPage
from gui.widgets.grid import GridWidget
from isoscope.assessment.vocabulary import Status
from isoscope.inventory.build import build_inventory
from isoscope.inventory.host import Selinux, SelinuxState
from isoscope.inventory.workload import SecurityLabel
from isoscope.snapshot.codec import load
from tests.fakes.workloads import UNREAD, a_container, a_host, an_inventory
from tests.gui.handmade import fact, host_facts, not_known, three_tenants
from tests.gui.shown import judged, shown

LAB = Path(__file__).parents[1] / "lab" / "hosts" / "selinux-enforcing" / "snapshot.json.gz"


@pytest.fixture(scope="module")
def lab() -> HostGrids:
    """The grids of a recorded host on which SELinux enforces."""
    return host_grids(build_inventory(load(gzip.decompress(LAB.read_bytes()))))


def column(grid: Grid, heading: str) -> list[Cell]:
    place = grid.headings.index(heading)
    return [row.cells[place] for row in grid.rows]


def test_every_technology_has_a_row_and_every_stage_a_column(lab: HostGrids) -> None:
    assert {"AMD SEV-SNP", "Intel TDX", "Intel SGX"} <= {
        cell.text for cell in column(lab.tees, "Technology")
    }
    assert lab.tees.headings[2:8] == (
        "CPU",
        "Firmware",
        "Kernel",
        "Hypervisor",
        "Device",
        "Capacity",
    )
    assert all(cell.text for cell in column(lab.tees, "Missing"))


def test_what_is_available_is_never_called_evidence(lab: HostGrids) -> None:
    assert "never evidence" in lab.tees.note


def test_those_that_nothing_confines_stand_first(lab: HostGrids) -> None:
    confines = [cell.text for cell in column(lab.labels, "Confines it")]
    assert confines == sorted(confines, key=["no", "unknown", "yes"].index)
    assert {"no", "yes"} <= set(confines)


def test_contexts_and_categories_of_guests_are_shown(lab: HostGrids) -> None:
    labels = [cell.text for cell in column(lab.labels, "Label")]
    assert any("svirt_t" in label for label in labels)
    assert any(":c" in cell.text for cell in column(lab.labels, "Categories"))
    assert "SELinux is enforcing" in lab.labels.note


def test_a_guest_says_that_its_flaws_are_decided_below_it(lab: HostGrids) -> None:
    assert "itself a guest" in lab.flaws.note
    together = lab.flaws.rows[0]
    assert together.cells[0].text == "All of them together"
    assert "closed" not in {cell.text for cell in together.cells}


def test_a_flaw_counts_only_for_its_own_vectors(lab: HostGrids) -> None:
    row = next(row for row in lab.flaws.rows if row.cells[0].text == "meltdown")
    by_heading = dict(zip(lab.flaws.headings, row.cells, strict=True))
    assert by_heading["User → kernel"].text != "–"
    assert by_heading["Guest → guest"].text == "–"


def test_a_label_that_was_not_read_is_unknown_and_says_why() -> None:
    (row,) = label_grid(an_inventory(a_container("web", label=UNREAD))).rows
    assert row.cells[3].text == "unknown"
    assert row.cells[3].mark is Status.UNPROVEN
    assert row.cells[3].tip


def test_a_hostile_label_is_plain_visible_text() -> None:
    label = SecurityLabel("apparmor", "<b>x</b>\x1b[31m\u202e (enforce)", enforced=True)
    (row,) = label_grid(an_inventory(a_container("web", label=label))).rows
    assert "\x1b" not in row.cells[4].text
    assert "\u202e" not in row.cells[4].text
    assert row.cells[4].text.startswith("<b>x</b>")


def test_a_host_whose_flaws_were_not_read_says_so() -> None:
    grid = flaw_grid(replace(a_host(), cpu_flaws={}))
    assert grid.rows == ()
    assert "was not read" in grid.empty


def test_a_host_without_tees_says_so() -> None:
    assert tee_grid(replace(a_host(), tees=())).rows == ()


def test_a_grid_cannot_have_a_row_of_another_length() -> None:
    with pytest.raises(ValueError, match="more or fewer cells"):
        Grid("t", "", ("a", "b"), (GridRow((Cell("x"),)),))


@pytest.fixture
def parent(qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1280, 700)
    made.show()
    yield made
    made.close()


def test_the_page_shows_all_grids(parent: QWidget) -> None:
    page = HostPage(parent)
    page.resize(1280, 700)
    page.show_result(shown(three_tenants()))
    assert [page.parts.tabText(n) for n in range(5)] == [
        "TE&Es",
        "SELinu&x and AppArmor",
        "SELinux &booleans",
        "&CPU flaws",
        "Boot chai&n",
    ]
    assert not page.grab().isNull()


def test_the_chosen_row_tells_what_stands_behind_it(parent: QWidget) -> None:
    widget = GridWidget("a grid", parent)
    rows = tuple(GridRow((Cell(text),), (Node(f"about {text}"),)) for text in ("a", "b"))
    widget.show_grid(Grid("t", "a note", ("heading",), rows))
    assert widget.detail.model().index(0, 0).data() == "about a"
    widget.table.selectRow(1)
    assert widget.detail.model().index(0, 0).data() == "about b"
    assert widget.says_nothing == ""


def test_a_grid_without_rows_says_why(parent: QWidget) -> None:
    widget = GridWidget("a grid", parent)
    widget.show_grid(Grid("t", "", ("heading",), (), empty="Nobody looked."))
    assert widget.says_nothing == "Nobody looked."


def test_a_cell_is_spoken_with_the_meaning_of_its_shape(parent: QWidget) -> None:
    widget = GridWidget("a grid", parent)
    widget.show_grid(Grid("t", "", ("h",), (GridRow((Cell("yes", Status.MEETS),)),)))
    index = widget.model.index(0, 0)
    assert index.data(CELL_ROLE).text == "yes"
    from PySide6.QtCore import Qt

    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "yes, in its favour"


def with_booleans(**values: bool) -> Grid:
    """The grid of a host whose policy has these booleans; one that is None is unknown."""
    found = {name: fact(name, value) for name, value in values.items()}
    host = replace(host_facts(), selinux_booleans={**found, "virt_use_usb": not_known("x")})  # type: ignore[dict-item]
    return boolean_grid(host)


def test_booleans_that_weaken_confinement_stand_first_with_what_they_let() -> None:
    grid = with_booleans(deny_ptrace=False, virt_use_nfs=False, virt_sandbox_use_all_caps=True)
    assert [(row.cells[0].text, row.cells[2].text) for row in grid.rows] == [
        ("deny_ptrace", "yes"),
        ("virt_sandbox_use_all_caps", "yes"),
        ("virt_use_usb", "unknown"),
        ("virt_use_nfs", "no"),
    ]
    assert [row.cells[1].text for row in grid.rows] == ["off", "on", "unknown", "off"]
    assert grid.rows[1].cells[3].text == "containers use all capabilities that they have"
    assert all(row.detail for row in grid.rows)


def test_a_real_hosts_booleans_say_what_each_would_let(lab: HostGrids) -> None:
    of_guests = {row.cells[0].text: row.cells[1].text for row in lab.booleans.rows}
    assert of_guests["virt_use_nfs"] == "off"
    assert of_guests["virt_use_execmem"] == "off"
    assert all(row.cells[3].text for row in lab.booleans.rows)


def test_without_booleans_the_page_says_why() -> None:
    enforcing = fact("selinux", Selinux(SelinuxState.ENFORCING))
    unread = replace(host_facts(), selinux=enforcing, selinux_booleans=None)  # type: ignore[arg-type]
    assert "were not read" in boolean_grid(unread).empty
    assert "SELinux is absent" in boolean_grid(host_facts()).empty
    none = replace(host_facts(), selinux=enforcing, selinux_booleans={})  # type: ignore[arg-type]
    assert "has none of the booleans" in boolean_grid(none).empty


def test_the_boot_chain_says_what_is_looked_at_and_what_is_not(lab: HostGrids) -> None:
    states = {row.cells[0].text: row.cells[1] for row in lab.boot.rows}
    assert states["Secure Boot"].text == "on"
    assert states["Kernel lockdown"].text == "integrity"
    for name in ("TCG event log", "Values of the PCRs"):
        assert states[name] == Cell("not looked at", Status.UNPROVEN)
    unread = boot_grid(host_facts())
    assert {row.cells[1].mark for row in unread.rows} == {Status.UNPROVEN}


def test_apparmor_says_how_many_profiles_it_enforces() -> None:
    made = three_tenants()
    assert "AppArmor is enabled: 38 profiles enforced." in label_grid(made.inventory).note


def test_rows_of_workloads_are_forgotten_and_shown_again(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    page = HostPage(parent)
    what = judged(a_container("web"))
    page.show_result(what)
    rows = page.labels.model.rowCount()
    assert rows
    page.let_go()
    assert page.labels.model.rowCount() == 0
    page.show_result(what)
    assert page.labels.model.rowCount() == rows
