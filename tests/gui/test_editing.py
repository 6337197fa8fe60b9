"""Tenants and requirements edited in the window, on a recorded host of the lab: chosen, assigned,
undone, saved and opened again."""

from __future__ import annotations

import tomllib
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.editing.assign import AssignDialog
from gui.editing.profile_dialog import ProfileDialog
from gui.editing.toml_dialog import TomlDialog
from gui.main_window import MainWindow
from gui.rows import Subject, SubjectKind
from gui.theme import Appearance
from isoscope.assessment.profile import parse_profile
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from tests.gui.handmade import HOSTILE

LAB = Path(__file__).parents[1] / "lab"
SNAPSHOT = LAB / "hosts" / "apparmor" / "snapshot.json.gz"
HW_I = Aspect(Direction.HOST_FROM_WORKLOAD, Property.INTEGRITY)
Open = Callable[..., MainWindow]
Dialog = TypeVar("Dialog", bound=QDialog)
Key = Qt.Key


@pytest.fixture
def open_window(qtbot: QtBot, appearance: Appearance, tmp_path: Path) -> Iterator[Open]:
    """Opens windows on the lab's host; with its tenants file, copied, unless told otherwise."""
    opened: list[MainWindow] = []
    tenants = tmp_path / "tenants.toml"
    tenants.write_text((LAB / "tenants.toml").read_text())

    def make(**options: object) -> MainWindow:
        given = Namespace(**{"tenants": str(tenants), **options})
        window = MainWindow(choices_of(given), given, appearance)
        window.show()
        with qtbot.waitActive(window):
            window.activateWindow()
        opened.append(window)
        window.open(SNAPSHOT)
        settle(qtbot, window)
        return window

    yield make
    for window in opened:
        window.editing.kept._on_disk[window.editing.kept.now.path] = window.editing.kept.now.text
        window.close()


def settle(qtbot: QtBot, window: MainWindow) -> None:
    """Waits until what is edited is what is shown, and explained."""

    def settled() -> bool:
        shown, now = window.session.shown, window.editing.kept.now
        return (
            shown is not None
            and window.overview is not None
            and shown.seen.rules is now.rules
            and shown.question == window.session.question
            and bool(window.overview.detail.verdict.headline)
        )

    qtbot.waitUntil(settled, timeout=20_000)


def tenant_of(window: MainWindow, name: str) -> str:
    """Whose a workload is, by what is shown."""
    shown = window.session.shown
    assert shown is not None
    (found,) = [w.id for w in shown.seen.inventory.workloads if w.name == name]
    return shown.assessment.workloads[found].tenant.tenant


def select(window: MainWindow, *names: str) -> None:
    """Selects workloads of one tenant in the overview, as with Ctrl and clicks."""
    overview, shown = window.overview, window.session.shown
    assert overview is not None
    assert shown is not None
    tenant = tenant_of(window, names[0])
    overview.look_at(Subject(SubjectKind.TENANT, tenant), HW_I)
    view = overview.workloads
    for number, name in enumerate(names):
        place = next(n for n, row in enumerate(overview._workload_model.rows) if row.name == name)
        index = view.model().index(place, 0)
        view.scrollTo(index)
        QTest.mouseClick(
            view.viewport(),
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.ControlModifier if number else Qt.KeyboardModifier.NoModifier,
            view.visualRect(index).center(),
        )


def dialog_of(qtbot: QtBot, window: MainWindow, kind: type[Dialog]) -> Dialog:
    """The dialog that is open."""
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(kind)))
    (found,) = [d for d in window.findChildren(kind) if d.isVisible()]
    return found


def assign(qtbot: QtBot, window: MainWindow, tenant: str) -> AssignDialog:
    """Opens the dialog by its key and types a tenant; waits for its rules."""
    QTest.keyClick(window, Key.Key_F2)
    dialog = dialog_of(qtbot, window, AssignDialog)
    dialog.tenant.setEditText(tenant)
    found = lambda: dialog.proposed is not None and dialog.proposed.tenant == tenant  # noqa: E731
    qtbot.waitUntil(found)
    return dialog


def drop(target: QWidget, position: QPointF, data: QMimeData, source: QWidget) -> None:
    """Drops something that is dragged within the window."""

    class Drop(QDropEvent):
        def source(self) -> QWidget:
            return source

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = Drop(position, Qt.DropAction.CopyAction, data, left, none)
    target.dropEvent(event)


def test_selected_workloads_are_put_in_a_new_tenant_undone_saved_and_opened_again(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    before = (tmp_path / "tenants.toml").read_text()
    select(window, "d-ptrace", "d-rawio")
    overview = window.overview
    assert overview is not None
    assert len(overview.workloads.selected()) == 2
    dialog = assign(qtbot, window, "umbrella")
    assert dialog.way is not None
    assert dialog.way.title == "names, one by one"
    assert "changes others too" in "".join(
        dialog.ways.item(n).text() for n in range(dialog.ways.count())
    )
    assert 'name = "d-ptrace"' in dialog.after.toPlainText()
    assert "umbrella" not in dialog.before.toPlainText()
    QTest.mouseClick(dialog.put, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == tenant_of(window, "d-rawio") == "umbrella"
    assert tenant_of(window, "d-sysmod") == "acme"
    assert (tmp_path / "tenants.toml").read_text() == before

    window.editing.undo.trigger()
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == "acme"
    assert not window.editing.kept.unsaved
    window.editing.redo.trigger()
    settle(qtbot, window)
    assert window.editing.undo.text() == "&Undo Put in umbrella"

    window.editing.file.save.trigger()
    qtbot.waitUntil(lambda: not window.editing.kept.unsaved)
    after = (tmp_path / "tenants.toml").read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    again = open_window()
    assert tenant_of(again, "d-rawio") == "umbrella"


def test_another_rule_may_be_chosen_and_is_the_one_that_counts(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    select(window, "d-ptrace", "d-rawio")
    dialog = assign(qtbot, window, "umbrella")
    assert dialog.proposed is not None
    titles = [way.title for way in dialog.proposed.ways]
    place = titles.index("names that begin with d-")
    dialog.ways.setCurrentRow(place)
    assert "further workload" in dialog.also.text()
    assert 'name = "d-*"' in dialog.after.toPlainText()
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-sysmod") == "umbrella"


def test_rows_that_are_dropped_on_a_tenant_are_put_there(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    select(window, "d-ptrace")
    overview = window.overview
    assert overview is not None
    view, target = overview.workloads, overview.tenants
    data = view.model().mimeData(view.selectionModel().selectedIndexes())
    row = next(n for n, r in enumerate(overview._tenant_model.rows) if r.name == "globex")
    rectangle = target.visualRect(target.model().index(row, 0))
    drop(target, QPointF(rectangle.center()), data, view)
    dialog = dialog_of(qtbot, window, AssignDialog)
    qtbot.waitUntil(lambda: dialog.way is not None)
    assert dialog.tenant.currentText() == "globex"
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == "globex"


def test_two_that_nobody_claims_get_a_tenant_of_both(qtbot: QtBot, open_window: Open) -> None:
    window = open_window(tenants=None)
    overview = window.overview
    assert overview is not None
    view = overview.tenants
    places = {row.name: n for n, row in enumerate(overview._tenant_model.rows)}
    one, other = (view.model().index(places[name], 0) for name in ("d-ptrace", "d-rawio"))
    view.scrollTo(other)
    drop(view, QPointF(view.visualRect(other).center()), view.model().mimeData([one]), view)
    dialog = dialog_of(qtbot, window, AssignDialog)
    assert dialog._who.text() == "2 workloads: d-ptrace, d-rawio"
    assert not dialog.tenant.currentText()
    dialog.tenant.setEditText("both")
    qtbot.waitUntil(lambda: dialog.way is not None)
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == tenant_of(window, "d-rawio") == "both"


def test_without_a_tenants_file_one_is_begun(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window(tenants=None)
    assert not window.editing.file.save.isEnabled()
    select(window, "d-ptrace")
    assign(qtbot, window, "umbrella").accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    new = tmp_path / "new.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(new), ""))
    window.editing.file.save.trigger()
    qtbot.waitUntil(lambda: not window.editing.kept.unsaved)
    assert tomllib.loads(new.read_text())["rule"] == [{"tenant": "umbrella", "name": "d-ptrace"}]


def test_a_window_with_unsaved_changes_asks_before_it_closes(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    select(window, "d-ptrace")
    assign(qtbot, window, "umbrella").accept()
    qtbot.waitUntil(lambda: window.editing.kept.unsaved)
    settle(qtbot, window)
    buttons = QMessageBox.StandardButton
    monkeypatch.setattr(window.editing.file, "ask_unsaved", lambda: buttons.Cancel)
    window.close()
    assert window.isVisible()
    monkeypatch.setattr(window.editing.file, "ask_unsaved", lambda: buttons.Save)
    window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert "umbrella" in (tmp_path / "tenants.toml").read_text()


def test_nobody_is_put_anywhere_without_a_name(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    select(window, "d-ptrace")
    QTest.keyClick(window, Key.Key_F2)
    dialog = dialog_of(qtbot, window, AssignDialog)
    qtbot.waitUntil(lambda: dialog.proposed is not None)
    assert not dialog.put.isEnabled()
    assert "Name the tenant" in dialog.also.text()
    dialog.reject()


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip()])
def test_a_hostile_name_of_a_tenant_is_written_and_shown_as_text(
    qtbot: QtBot, open_window: Open, name: str
) -> None:
    window = open_window()
    select(window, "d-ptrace")
    QTest.keyClick(window, Key.Key_F2)
    dialog = dialog_of(qtbot, window, AssignDialog)
    dialog.tenant.setEditText(name)
    typed = dialog._tenant()
    qtbot.waitUntil(lambda: dialog.proposed is not None and dialog.proposed.tenant == typed)
    for label in dialog.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText, label.text()
    if "\ud800" in name or dialog.way is None:
        dialog.reject()
        return
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == typed
    assert all(c == "\n" or c.isprintable() for c in window.editing.kept.now.text)


def test_a_profile_of_ones_own_is_used_at_once_saved_and_undone(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    window.editing.profile.trigger()
    dialog = dialog_of(qtbot, window, ProfileDialog)
    dialog.title.setText("Ours & <b>strict</b>")
    dialog.rungs[HW_I].setCurrentIndex(1 + 5)
    assert "own kernel, confined: as rung 4, and the VMM has its own" in dialog.says.text()
    path = tmp_path / "ours.toml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    shown = window.session.shown
    assert shown is not None
    assert shown.assessment.tenants[0].verdicts[HW_I].required == 5
    assert window.profiles.shown == shown.question.profile.id
    qtbot.waitUntil(path.exists)
    assert parse_profile(path.read_text(), "x").required == shown.question.profile.required
    window.editing.undo.trigger()
    settle(qtbot, window)
    assert window.session.question.profile.id == "shared-team-host"
    assert window.profiles.shown == "shared-team-host"


def test_a_changed_profile_has_a_title_and_an_id_that_no_built_in_one_has(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    window.editing.profile.trigger()
    dialog = dialog_of(qtbot, window, ProfileDialog)
    assert dialog.title.text() == "Shared team host, changed"
    for title in ("Shared team host", " shared  TEAM host "):
        dialog.title.setText(title)
        assert not dialog.use.isEnabled()
        assert "A built-in profile has this title" in dialog.use.toolTip()
        assert dialog.profile.id != "shared-team-host"
    dialog.title.setText("Shared-Team Host")  # another title, whose id would be the same
    assert dialog.use.isEnabled()
    assert dialog.profile.id == "shared-team-host-2"
    dialog.begin_with(window.session.question.profile)
    dialog.rungs[HW_I].setCurrentIndex(1 + 5)
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert window.session.question.profile.title == "Shared team host, changed"
    window.editing.profile.trigger()
    again = dialog_of(qtbot, window, ProfileDialog)
    assert again.title.text() == "Shared team host, changed"
    assert again.profile == window.session.question.profile
    again.reject()


def test_a_tenant_is_required_by_a_profile_of_its_own(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    select(window, "d-ptrace")
    window.editing.required.aboutToShow.emit()
    titles = {action.text(): action for action in window.editing.required.actions()}
    assert titles["As of everybody: Shared team host"].isChecked()
    titles["Public multi-tenant cloud"].trigger()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    shown, overview = window.session.shown, window.overview
    assert shown is not None
    assert overview is not None
    required = {t.name: t.verdicts[HW_I].required for t in shown.assessment.tenants}
    assert required["acme"] == 5
    assert required["globex"] == 2
    assert "but for 1 tenant with a profile" in window.what_is_shown.text
    (row,) = [row for row in shown.rows.tenants if row.name == "acme"]
    assert row.note.endswith("required by Public multi-tenant cloud")
    qtbot.waitUntil(lambda: "by Public multi-tenant cloud" in overview.detail.verdict.headline)
    assert 'acme = "public-multi-tenant-cloud"' in window.editing.kept.now.text
    window.editing.undo.trigger()
    settle(qtbot, window)
    assert "[profile]" not in window.editing.kept.now.text


def test_reference_values_are_checked_as_they_are_written(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    select(window, "d-ptrace")
    window.editing.values.trigger()
    dialog = dialog_of(qtbot, window, TomlDialog)
    dialog.edit.setPlainText("[sev-snp]\nmeasurement = '9f'\nguest-svn = true\n")
    qtbot.waitUntil(lambda: dialog.problem.text().startswith("Line 3: "))
    assert not dialog.ok.isEnabled()
    dialog.edit.setPlainText("[sev-snp\n")
    qtbot.waitUntil(lambda: dialog.problem.text().startswith("Line 1: "))
    dialog.edit.setPlainText("# ours\n[sev-snp]\nmeasurement = '9f'\n")
    qtbot.waitUntil(dialog.ok.isEnabled)
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    rules = window.editing.kept.now.rules
    assert rules is not None
    assert "acme" in rules.reference_values
    assert "# ours" in window.editing.kept.now.text
    window.editing.undo.trigger()
    settle(qtbot, window)
    assert window.editing.kept.now.rules is not None
    assert not window.editing.kept.now.rules.reference_values


def test_the_file_may_be_changed_as_text_and_an_unusable_one_is_refused(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    window.editing.file.as_text.trigger()
    dialog = dialog_of(qtbot, window, TomlDialog)
    dialog.edit.setPlainText(dialog.text + '\n[[rule]]\ntenant = "x"\nnmae = "y"\n')
    qtbot.waitUntil(lambda: "'nmae' is not known" in dialog.problem.text())
    assert dialog.problem.text().startswith(f"Line {dialog.text.count(chr(10))}: ")
    dialog.edit.setPlainText('[[rule]]\ntenant = "everything"\nid = "*"\n')
    qtbot.waitUntil(dialog.ok.isEnabled)
    dialog.accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == "everything"
    broken = tmp_path / "broken.toml"
    broken.write_text("[[rule]\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(broken), ""))
    window.editing.file.open.trigger()
    qtbot.waitUntil(window.message.isVisible)
    assert "broken.toml: not TOML" in window.message.text
    assert tenant_of(window, "d-ptrace") == "everything"


def test_everything_that_can_be_edited_is_reached_by_key_and_has_a_name(
    qtbot: QtBot, open_window: Open
) -> None:
    window = open_window()
    overview = window.overview
    assert overview is not None
    for table in (overview.tenants, overview.workloads):
        texts = [action.text().replace("&", "") for action in table.actions()]
        assert texts == [
            "Put in a tenant …",
            "Required of the tenant",
            "Reference values of the tenant …",
        ]
        assert table.contextMenuPolicy() is Qt.ContextMenuPolicy.ActionsContextMenu
    select(window, "d-ptrace")
    dialog = assign(qtbot, window, "umbrella")
    named = (dialog.tenant, dialog.ways, dialog.also, dialog.before, dialog.after)
    assert all(widget.accessibleName() for widget in named)
    QTest.keyClick(dialog, Key.Key_Escape)
    QApplication.processEvents()
    assert window.editing.kept.undo.count() == 0


def test_what_is_assigned_is_no_new_look(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    kept = window.session.history
    looks: list[object] = []
    qtbot.waitUntil(lambda: kept._snapshot is not None)
    kept.looks_changed.connect(looks.append)
    select(window, "d-ptrace")
    assign(qtbot, window, "umbrella").accept()
    qtbot.waitUntil(lambda: window.editing.kept.undo.count() == 1)
    settle(qtbot, window)
    assert not looks
    assert kept.rules is window.editing.kept.now.rules


def test_ctrl_and_click_takes_a_row_out_of_the_selection_and_leaves_the_others(
    open_window: Open,
) -> None:
    window = open_window()
    select(window, "d-ptrace", "d-rawio", "d-sysmod")
    overview = window.overview
    assert overview is not None
    view = overview.workloads
    assert len(view.selected()) == 3
    rows = overview._workload_model.rows
    place = next(n for n, row in enumerate(rows) if row.name == "d-rawio")
    index = view.model().index(place, 0)
    view.scrollTo(index)
    control, left = Qt.KeyboardModifier.ControlModifier, Qt.MouseButton.LeftButton
    QTest.mouseClick(view.viewport(), left, control, view.visualRect(index).center())
    names = {row.name for row in rows if row.subject in view.selected()}
    assert names == {"d-ptrace", "d-sysmod"}


def test_a_file_that_cannot_be_written_is_said_and_stays_unsaved(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    select(window, "d-ptrace")
    assign(qtbot, window, "umbrella").accept()
    qtbot.waitUntil(lambda: window.editing.kept.unsaved)
    settle(qtbot, window)
    window.editing.kept.save(tmp_path / "no" / "such" / "place.toml")
    qtbot.waitUntil(window.message.isVisible)
    assert "place.toml cannot be saved: No such file or directory" in window.message.text
    assert window.editing.kept.unsaved


def test_a_file_that_is_opened_in_place_of_another_can_be_undone(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window()
    other = tmp_path / "other.toml"
    other.write_text('[[rule]]\ntenant = "one"\nid = "*"\n')
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    window.editing.file.open.trigger()
    qtbot.waitUntil(lambda: window.editing.kept.now.path == other)
    settle(qtbot, window)
    assert tenant_of(window, "d-ptrace") == "one"
    window.editing.undo.trigger()
    settle(qtbot, window)
    assert window.editing.kept.now.path == tmp_path / "tenants.toml"
    assert tenant_of(window, "d-ptrace") == "acme"
    assert not window.editing.kept.unsaved
