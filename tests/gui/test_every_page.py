"""What holds of every page of the window: names for screen readers, no trap for the keyboard, and
nothing from a host that is more than text."""

from __future__ import annotations

import html
import re
import unicodedata
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui.choices import choices_of
from gui.describing import described
from gui.host_grids import host_grids
from gui.judging import Seen
from gui.main_window import MainWindow
from gui.pages.all import PAGES
from gui.theme import Appearance
from gui.widgets.tree import NodeView
from isoscope.assessment.assess import judge
from isoscope.inventory.inventory import Inventory
from isoscope.snapshot.document import Snapshot
from tests.fakes.workloads import a_container, a_mount, an_inventory, own_mounts
from tests.gui.events import run_events
from tests.gui.handmade import HOSTILE, host_facts

SNAPSHOT = Path(__file__).parents[1] / "lab" / "hosts" / "selinux-enforcing" / "snapshot.json.gz"
IDS = [entry.id for entry in PAGES]
LONGEST_TEXT = 6000
"""Characters of one text of a widget: a quoted document is the longest."""


@pytest.fixture
def window(qtbot: QtBot, appearance: Appearance) -> Iterator[MainWindow]:
    made = MainWindow(choices_of(Namespace()), Namespace(), appearance)
    made.resize(1280, 800)
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    yield made
    made.close()


def page_of(qtbot: QtBot, window: MainWindow, id_: str) -> QWidget:
    """A page, filled as far as it is without waiting for the next moment."""
    assert window.host_view is not None
    window.host_view.choose(id_)
    page = window.host_view.page(id_)
    if id_ == "map":
        qtbot.waitUntil(lambda: page.map is not None, timeout=20_000)  # type: ignore[attr-defined]
    run_events(100)
    return page


def all_parts(page: QWidget) -> Iterator[None]:
    """Opens every part of a page, one after the other."""
    tabs = page.findChildren(QTabWidget)
    yield None
    for tab in tabs:
        for place in range(tab.count()):
            tab.setCurrentIndex(place)
            run_events(20)
            yield None


def focusable(window: QWidget) -> list[QWidget]:
    """What asks for the keyboard, also where it is hidden or off just now."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.window() is window
        and widget.focusProxy() is None
        and not widget.objectName().startswith("qt_")  # parts of Qt's own widgets
    ]


def reachable(window: QWidget) -> list[QWidget]:
    """What Tab should reach."""
    return [widget for widget in focusable(window) if widget.isVisible() and widget.isEnabled()]


@pytest.mark.parametrize("id_", IDS)
def test_whatever_takes_the_keyboard_has_a_name_and_a_role(
    qtbot: QtBot, window: MainWindow, id_: str
) -> None:
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)
    page = page_of(qtbot, window, id_)
    for _ in all_parts(page):
        for widget in focusable(window):
            spoken = QAccessible.queryAccessibleInterface(widget)
            name = spoken.text(QAccessible.Text.Name)
            assert name, f"{widget} of {widget.parentWidget()} has no name"
            assert spoken.role() is not QAccessible.Role.NoRole, name
            if isinstance(widget, QTableView):
                assert spoken.role() is QAccessible.Role.Table, name
                assert spoken.text(QAccessible.Text.Description), name
                _speaks_of_its_cells(widget)
            elif isinstance(widget, NodeView):
                assert spoken.role() is QAccessible.Role.Tree, name
                assert spoken.text(QAccessible.Text.Description), name


def _speaks_of_its_cells(table: QTableView) -> None:
    """Every column has a heading, and every cell something to say."""
    model = table.model()
    for column in range(model.columnCount()):
        assert model.headerData(column, Qt.Orientation.Horizontal), table.accessibleName()
        for row in range(min(model.rowCount(), 20)):
            index = model.index(row, column)
            said = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data()
            heading = model.headerData(column, Qt.Orientation.Horizontal)
            assert said is not None, f"{table.accessibleName()}: row {row}, {heading}"


@pytest.mark.parametrize("back", [False, True], ids=["tab", "shift-tab"])
@pytest.mark.parametrize("id_", IDS)
def test_tab_reaches_everything_and_leaves_it_again(
    qtbot: QtBot, window: MainWindow, id_: str, back: bool
) -> None:
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)
    page_of(qtbot, window, id_)
    window.search.setFocus()
    wanted = {widget for widget in reachable(window) if not _stands_for_a_group(widget)}
    key = Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab
    reached: list[QWidget] = []
    for _ in range(3 * len(reachable(window)) + 10):
        widget = window.focusWidget()
        assert widget is not None
        if reached and widget is reached[0]:
            break
        reached.append(widget)
        QTest.keyClick(widget, key)
    else:
        pytest.fail(f"Tab never came back: {[w.accessibleName() for w in reached[-6:]]}")
    missed = {w.accessibleName() or str(w) for w in wanted - set(reached)}
    assert not missed


def _stands_for_a_group(widget: QWidget) -> bool:
    """Buttons of one group are one stop of Tab; arrow keys walk them."""
    group = getattr(widget, "group", None)
    return callable(group) and group() is not None


def hostile_host(name: str) -> Inventory:
    """A host whose every name is hostile, its own, its tenants' and its workloads'."""
    mounts = [own_mounts(number, a_mount(f"/srv/{name[:50]}", "/data")) for number in (1, 2)]
    made = an_inventory(
        a_container(name or "a", tenant=name or "acme", mounts=mounts[0]),
        a_container("b", tenant="globex", mounts=mounts[1]),
    )
    return replace(made, host=replace(made.host, name=host_facts(name).name))


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_text_on_every_page_and_keeps_the_layout(
    qtbot: QtBot, window: MainWindow, name: str
) -> None:
    inventory = hostile_host(name)
    snapshot = Snapshot(inventory.collector, 0.0, 1.0, {})
    seen = Seen(
        snapshot, "", inventory, judge(inventory), described(inventory), host_grids(inventory)
    )
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.session.show_prepared(seen, {}, window.session.question)
    _is_text(window.windowTitle())
    for id_ in IDS:
        page = page_of(qtbot, window, id_)
        for _ in all_parts(page):
            for text in texts(window):
                _is_text(text)
            for tip in tooltips(window):
                assert "<b>" not in tip
                assert "<img" not in tip
                _is_text(html.unescape(tip))
        assert window.size().width() == 1280, id_
        assert window.minimumSizeHint().width() <= 1280, id_
        assert not page.grab().isNull()
    window.show_start()
    for text in texts(window):
        _is_text(text)


def _is_text(text: str) -> None:
    """Nothing in it is invisible, turns the direction, or is beyond all bounds."""
    assert len(text) <= LONGEST_TEXT
    odd = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t"]
    assert not odd, ascii(text[:200])


def texts(window: QWidget) -> Iterator[str]:
    """Everything that a window says."""
    for widget in window.findChildren(QWidget):
        yield widget.accessibleName()
        if isinstance(widget, QLabel):
            if widget.metaObject().className() != "QLabel":  # ours
                assert widget.textFormat() is Qt.TextFormat.PlainText
            yield widget.text()
        elif isinstance(widget, QPlainTextEdit):
            yield widget.toPlainText()
        elif isinstance(widget, QLineEdit):
            yield widget.text()
        elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from cells(widget.model(), Qt.ItemDataRole.DisplayRole, QModelIndex())
            yield from cells(widget.model(), Qt.ItemDataRole.AccessibleTextRole, QModelIndex())


def tooltips(window: QWidget) -> Iterator[str]:
    """Every tooltip of it."""
    for widget in window.findChildren(QWidget):
        yield widget.toolTip()
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from cells(widget.model(), Qt.ItemDataRole.ToolTipRole, QModelIndex())


def cells(model: QAbstractItemModel, role: Qt.ItemDataRole, parent: QModelIndex) -> Iterator[str]:
    """Texts of a model, down its tree."""
    for row in range(model.rowCount(parent)):
        flat = isinstance(model, QAbstractListModel)  # whose columnCount is private
        for column in range(1 if flat else model.columnCount(parent)):
            index = model.index(row, column, parent)
            if isinstance(text := index.data(role), str):
                yield text
            if column == 0 and not flat:
                yield from cells(model, role, index)


def test_no_two_things_of_a_page_have_the_same_key(qtbot: QtBot, window: MainWindow) -> None:
    assert shared_keys(window) == {}
    with qtbot.waitSignal(window.session.shown_changed, timeout=20_000):
        window.open(SNAPSHOT)
    for id_ in IDS:
        page = page_of(qtbot, window, id_)
        for _ in all_parts(page):
            assert shared_keys(window) == {}, id_


def shared_keys(window: MainWindow) -> dict[str, list[str]]:
    """Keys that more than one visible thing answers to with Alt, and which these are."""
    said = [action.text() for action in window.menuBar().actions()]
    for widget in window.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, QAbstractButton) or (
            isinstance(widget, QLabel) and widget.buddy() is not None
        ):
            said.append(widget.text())
        elif isinstance(widget, QTabBar):
            said += [widget.tabText(place) for place in range(widget.count())]
    keys: dict[str, list[str]] = {}
    for text in said:
        if found := re.search(r"&(\w)", text.replace("&&", "")):
            keys.setdefault(found.group(1).upper(), []).append(text)
    return {key: texts for key, texts in keys.items() if len(texts) > 1}
