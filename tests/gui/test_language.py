"""The window's own texts go through a catalogue, and what a host says does not.

A language of the tests' own puts brackets around whatever is looked up in it. So far it holds for
the modules that are named here.
"""

from __future__ import annotations

import importlib
import shutil
import subprocess
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

import gui.pages.start
import gui.widgets.recent_list
from gui.actions import Actions
from gui.language import catalogue
from gui.recent import Recent
from isoscope import texts

ROOT = Path(__file__).parents[2]
MODULES = (gui.widgets.recent_list, gui.pages.start)
"""Whose constants are made when they are imported, in the order in which they import."""


class Brackets(NullTranslations):
    """A language in which everything stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def reload_all() -> None:
    for module in MODULES:
        importlib.reload(module)


@pytest.fixture
def brackets() -> Iterator[None]:
    """Uses that language from before the modules are imported."""
    texts.use(Brackets())
    reload_all()
    yield
    texts.use(NullTranslations())
    reload_all()


@pytest.fixture
def start(qtbot: QtBot, brackets: None) -> Iterator[QWidget]:
    window = QMainWindow()
    qtbot.addWidget(window)
    page = gui.pages.start.StartPage(Actions.of(window), window)
    window.setCentralWidget(page)
    entry = Recent(Path("/srv/host files/a.json"), "host of a tenant", 0.0)
    page.recent.show_entries((entry, Recent(Path("/srv/b.json"))))
    page.offer_back("host of a tenant")
    yield page
    window.close()  # and it is kept until here


def test_every_own_text_of_the_start_page_is_looked_up(start: QWidget) -> None:
    said = [label.text() for label in start.findChildren(QLabel)]
    said += [button.text() for button in start.findChildren(QAbstractButton)]
    said += [w.accessibleName() for w in start.findChildren(QWidget) if w.accessibleName()]
    own = [text for text in said if text and text != "Isoscope"]  # a name
    assert len(own) > 12
    unlooked = [text for text in own if not text.strip("&").startswith("⟦")]
    assert unlooked == []


def test_what_a_host_says_is_not_looked_up(start: QWidget) -> None:
    table = start.recent.table  # type: ignore[attr-defined]
    model = table.model()
    row = [str(model.index(0, column).data()) for column in range(model.columnCount())]
    assert row[0] == "host of a tenant"
    assert not any("⟦" in cell for cell in row)
    assert model.index(1, 0).data() == "⟦not opened yet⟧"
    back = start.back.text()  # type: ignore[attr-defined]
    assert back == "⟦← &Back to host of a tenant⟧"


def test_a_number_decides_the_form(brackets: None) -> None:
    assert texts.trn("one look", "{number} looks", 1) == "⟦one look⟧"
    assert texts.trn("one look", "{number} looks", 1234) == "⟦1,234 looks⟧"


@pytest.mark.parametrize("languages", [[], ["en-GB", "de"], ["xx-Latn-YY", "xx"], ["../../etc"]])
def test_a_language_without_a_catalogue_is_english(languages: list[str]) -> None:
    assert catalogue(languages).gettext("&Open …") == "&Open …"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext")
def test_one_command_extracts_the_texts_for_translators() -> None:
    done = subprocess.run(
        [ROOT / "packaging" / "texts"], capture_output=True, text=True, timeout=60, check=True
    )
    assert 'msgid "Snapshots may also be dropped anywhere on this window."' in done.stdout
    assert 'msgid_plural "' in done.stdout
