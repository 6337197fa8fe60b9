"""What helps most: the report's list, worked out when somebody looks, and supposed from there."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.choices import choices_of
from gui.helping import HelpAnswers, helping
from gui.main_window import MainWindow
from gui.models.nodes import NODE_ROLE
from gui.pages.helping import HelpingPage
from gui.pages.what_if import WhatIfPage
from gui.theme import Appearance
from tests.fakes.workloads import a_container, a_mount, own_mounts
from tests.gui.handmade import HOSTILE
from tests.gui.shown import judged

LAB = Path(__file__).parents[1] / "lab"
SOCKET = a_mount("/docker.sock", "/var/run/docker.sock", device="0:25", kind="tmpfs")
MINE = a_container("mine", tenant="acme")
BAD = a_container("bad", tenant="globex", mounts=own_mounts(91, SOCKET))


def test_the_change_that_the_most_verdicts_need_comes_first() -> None:
    found = helping(judged(MINE, BAD)).nodes
    assert all(node.text.startswith(f"{number}. ") for number, node in enumerate(found, 1))
    removal = next(node for node in found if ("engine-socket-mounted", BAD.id) in node.findings)
    assert "on 1 workload" in removal.note
    assert "(WW·CIA HW·CIA)" in removal.note  # the neighbour's way to the host is acme's business
    limit = next(node for node in found if ("some-limit", BAD.id) in node.findings)
    assert "WW·C" not in limit.note  # no limit keeps a neighbour from the host's memory
    assert not any("neighbour off rung 0" in node.text for node in found)
    assert [child.text for child in removal.children][:2] == ["Of tenants", "On"]
    needed = [int(node.note.split()[2]) for node in found]
    assert needed == sorted(needed, reverse=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_plain_text_of_one_line(name: str) -> None:
    nodes = helping(judged(MINE, a_container(name, tenant=name))).nodes
    assert nodes
    for node in nodes:
        assert all("\n" not in child.note and "\x1b" not in child.note for child in node.children)


def test_where_nothing_is_there_nothing_has_to_change() -> None:
    found = helping(judged())
    assert found.nodes == ()
    assert found.says.startswith("Nothing is required here")


def test_it_is_worked_out_when_somebody_looks_and_an_error_is_said(qtbot: QtBot) -> None:
    parent, keeper = QWidget(), QObject()
    qtbot.addWidget(parent)
    page = HelpingPage(parent)
    bridge = Bridge(keeper)
    answers = HelpAnswers(bridge, done=page.show_helping, failed=page.show_failed)
    asked: list[object] = []
    page.wanted.connect(asked.append)
    page.show_result(judged(MINE, BAD))
    assert asked == []
    parent.show()
    assert len(asked) == 1
    answers.ask(asked[0])  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: page.says == "")
    page.show_failed("no <i>luck</i>")
    assert page.says.startswith("no <i>luck</i>\n")
    bridge.close()
    del answers


@pytest.mark.gui
def test_a_change_is_supposed_of_all_tenants(qtbot: QtBot, appearance: Appearance) -> None:
    options = Namespace(tenants=str(LAB / "tenants.toml"))
    window = MainWindow(choices_of(options), options, appearance)
    qtbot.addWidget(window)
    window.show()
    window.open(LAB / "hosts" / "apparmor" / "snapshot.json.gz")
    qtbot.waitUntil(lambda: window.overview is not None, timeout=30_000)
    assert window.overview is not None
    assert window.host_view is not None
    pane = window.overview.detail.helping
    window.overview.detail.setCurrentWidget(pane)
    qtbot.waitUntil(lambda: pane.says == "", timeout=30_000)
    model = pane.changes.model()
    place = next(
        model.index(row, 0)
        for row in range(model.rowCount())
        if "host-owning-capability" in dict(model.index(row, 0).data(NODE_ROLE).findings)
    )
    pane.changes.setCurrentIndex(place)
    assert pane.suppose.isEnabled()
    pane.suppose.click()
    supposing = window.host_view.page("what-if")
    assert isinstance(supposing, WhatIfPage)
    qtbot.waitUntil(lambda: bool(supposing.suppositions), timeout=30_000)
    assert set(supposing.suppositions.settled) == {"host-owning-capability"}
    window.close()
