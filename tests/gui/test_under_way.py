"""One strip for all work: what began last is told, and Cancel stops that and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui.activity import Activity
from gui.under_way import UnderWay
from gui.widgets.notices import ActivityStrip


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def test_what_began_last_is_told_and_stopped_and_then_what_began_before(
    qtbot: QtBot, parent: QWidget
) -> None:
    strip = ActivityStrip(parent)
    work = UnderWay(strip, parent)
    stopped: list[str] = []
    work.show("scan", Activity("Looking …", 1, 4), lambda: stopped.append("scan"))
    work.show("export", Activity("Writing …"), lambda: stopped.append("export"))
    qtbot.waitUntil(strip.isVisible)
    assert strip.text == "Writing …"
    cancel = strip.findChild(QPushButton)
    assert isinstance(cancel, QPushButton)
    cancel.click()
    assert stopped == ["export"]
    work.show("export", None, lambda: None)
    assert strip.text == "Looking …"
    assert strip.isVisible()
    work.cancel()
    assert stopped == ["export", "scan"]
    work.show("scan", None, lambda: None)
    assert not strip.isVisible()
    assert not work.can_cancel
    work.cancel()
    assert stopped == ["export", "scan"]


def test_what_cannot_be_stopped_is_not(parent: QWidget) -> None:
    work = UnderWay(ActivityStrip(parent), parent)
    work.show("judge", Activity("Judging …", can_cancel=False), lambda: pytest.fail("stopped"))
    assert not work.can_cancel
    work.cancel()
