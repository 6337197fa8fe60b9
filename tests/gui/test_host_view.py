"""The pages over a host: made when opened, told when looked at, walked by keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.pages.host_view import HostView, PageEntry
from gui.pages.page import Page
from tests.gui.handmade import HOSTILE, assessment, three_tenants, verdicts
from tests.gui.shown import shown

if TYPE_CHECKING:
    from gui.judging import Shown
    from gui.session import Session


class Noting(Page):
    """A page that notes what it is told."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.told: list[str] = []

    def show_result(self, shown: Shown) -> None:
        self.told.append(shown.seen.host.name)

    def search(self, words: str) -> None:
        self.told.append(f"find {words}")


def noting(parent: QWidget, session: Session) -> Page:
    return Noting(parent)


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[HostView]:
    parent = QWidget()
    qtbot.addWidget(parent)
    entries = (PageEntry("one", "&One", noting), PageEntry("two", "&Two", noting))
    made = HostView(entries, cast("Session", None), parent)
    made.resize(1280, 700)
    parent.resize(1280, 700)
    parent.show()
    yield made
    parent.close()


def told(view: HostView, id_: str) -> list[str]:
    page = view.page(id_)
    assert isinstance(page, Noting)
    return page.told


def test_the_page_that_is_looked_at_is_told_at_once(view: HostView) -> None:
    view.show_result(shown(three_tenants()))
    assert told(view, "one") == ["find ", "h1"]


def test_a_page_that_is_opened_later_is_told_then(view: HostView) -> None:
    view.show_result(shown(three_tenants()))
    view.search("acme")
    assert view.current == "one"
    view.choose("two")
    assert view.current == "two"
    assert told(view, "two") == ["find acme", "h1"]


def test_a_page_that_was_told_already_is_not_told_again(view: HostView) -> None:
    view.show_result(shown(three_tenants()))
    before = list(told(view, "one"))
    view.choose("two")
    view.choose("one")
    assert told(view, "one") == before


def test_the_tabs_tell_which_page_is_looked_at(view: HostView, qtbot: QtBot) -> None:
    with qtbot.waitSignal(view.opened) as opened:
        view.tabs.setCurrentIndex(1)
    assert opened.args == ["two"]


def test_a_page_that_is_not_there_is_an_error(view: HostView) -> None:
    with pytest.raises(KeyError):
        view.page("three")


def test_the_header_tells_what_was_looked_at_and_how(view: HostView) -> None:
    view.show_result(shown(three_tenants()))
    facts = view.header.facts()
    assert facts["Itself a guest"] == "yes (2 signs)"
    assert facts["SELinux"] == "absent"
    assert facts["AppArmor"] == "enabled, 38 enforced"
    assert facts["TEEs on the host's word"] == "none of 11, 1 unknown"
    assert facts["Looked at"] == "the machine itself, as root"
    assert facts["Not seen"] == "1 place, 1 probe with problems"
    assert facts["From whose viewpoint"] == "Operator"
    assert facts["Observed"].startswith("2026-11-2")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_host_name_does_not_break_the_layout(view: HostView, name: str) -> None:
    made = assessment({"a": {"a": verdicts(ww_c=(0, 1, 2))}}, host=name or "h")
    view.show_result(shown(made))
    assert view.width() == 1280
    assert view.header.width() <= 1280
    assert not view.grab().isNull()
