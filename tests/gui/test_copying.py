"""What a pane shows leaves it as text: a verdict with its evidence, and commands to try by hand."""

from __future__ import annotations

import shlex

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from gui.copying import commands_text, verdict_text
from gui.explaining import Explained
from gui.nodes import Node
from gui.pages.detail import VerdictPane
from gui.rows import Subject, SubjectKind
from gui.widgets.tree import NodeView
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from tests.gui.handmade import HOSTILE, assessment, three_tenants, verdicts
from tests.gui.shown import explanation

WW_C = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, Property.CONFIDENTIALITY)


def acme() -> Explained:
    """A tenant that falls short."""
    return explanation(three_tenants(), Subject(SubjectKind.TENANT, "acme"), WW_C)


def test_a_verdict_as_text_has_why_and_the_raw_evidence() -> None:
    text = verdict_text(acme())
    assert text.startswith("Tenant acme\nWorkload from workload, confidentiality\nFalls short: ")
    assert "> 0 shared: " in text
    assert " (required)" in text
    assert CATALOGUE["engine-socket-mounted"].title in text
    assert "/var/run/docker.sock is mounted writable" in text
    assert "mounts: ('/var/run/docker.sock',)" in text  # the excerpt of what was read
    assert "as root" in text


def test_commands_name_the_process_and_stand_once() -> None:
    commands = commands_text(acme().nodes)
    declared = CATALOGUE["engine-socket-mounted"]
    assert f"# {declared.title}\n" in commands
    assert commands.count(declared.by_hand.replace("PID", "4711")) == 1


@pytest.mark.parametrize("name", [*HOSTILE, "x; touch /tmp/owned #", "$(touch owned)", "-rf"])
def test_a_hostile_name_is_one_word_of_a_command_or_not_in_it(name: str) -> None:
    made = assessment({name: {name: verdicts(ww_c=(0, 0, 2))}})
    found = explanation(made, Subject(SubjectKind.TENANT, name), WW_C)
    titles = {f"# {text.title}" for text in CATALOGUE.values()}
    for line in commands_text(found.nodes).splitlines():
        if line.startswith("#"):  # not every shell takes it for a comment
            assert line in titles
        else:
            assert not name or name not in line or shlex.quote(name) in line


def chosen(menu: QMenu, text: str) -> str:
    """What is on the clipboard after an entry was chosen."""
    QGuiApplication.clipboard().setText("before")
    next(action for action in menu.actions() if text in action.text()).trigger()
    return QGuiApplication.clipboard().text()


def test_the_pane_copies_both(qtbot: QtBot) -> None:
    pane = VerdictPane(None)  # type: ignore[arg-type]
    qtbot.addWidget(pane)
    assert not pane.copy.isEnabled()
    pane.show_explained(acme())
    assert pane.copy.isEnabled()
    menu = pane.copy.menu()
    assert menu is not None
    assert chosen(menu, "Verdict") == verdict_text(acme())
    assert chosen(menu, "Commands") == commands_text(acme().nodes)


def test_every_tree_copies_the_chosen_node_all_of_them_and_the_commands(qtbot: QtBot) -> None:
    view = NodeView(None)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    view.show_nodes(acme().nodes)
    view.setCurrentIndex(view.model().index(1, 0))
    assert chosen(view.copy_menu(), "&Copy").startswith("What is unknown")
    assert "Why it stands on rung 0" in chosen(view.copy_menu(), "Copy &all")
    assert chosen(view.copy_menu(), "by hand") == commands_text(acme().nodes)
    view.show_nodes((Node("no commands here"),))
    assert [a.text() for a in view.copy_menu().actions()] == ["&Copy\tCtrl+C", "Copy &all"]
