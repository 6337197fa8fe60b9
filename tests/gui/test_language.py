"""The window's own texts go through a catalogue, and what a host says does not.

A language of the tests' own puts brackets around whatever is looked up in it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QMainWindow,
    QMessageBox,
    QTabWidget,
)
from pytestqt.qtbot import QtBot

from isoscope import texts
from tests.gui.events import run_events
from tests.gui.said import headings, said

if TYPE_CHECKING:
    from gui.main_window import MainWindow
    from gui.pages.start import StartPage

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "tests" / "lab" / "hosts" / "selinux-enforcing" / "snapshot.json.gz"

NAMES = {"Isoscope", "SELinux", "AppArmor"}
"""Proper names."""
OF_THE_CORE = {"Required by", "Viewpoint", "From whose viewpoint", "Whose word", "The plan"}
"""What shows the core's own texts: profiles, viewpoints with their descriptions, plans."""
OF_THE_HOST = {
    "Host name",
    "Host system",
    "Host kernel",
    "Observed",
    "Subject",
    "Workload of the evidence",
    "Evidence of the disagreement",
    "labhost — Isoscope",
}
OF_THE_GLOSSARY = {"Word", "Also written, and what it is about", "Meaning"}
OF_THE_STORY = {"Title of the step", "What this step shows", "Where it comes from"}


_MARKUP = re.compile("<[^>]*>")
"""Of tooltips."""


class Brackets(NullTranslations):
    """A language in which everything stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def modules_of_the_window() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "gui"]


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Uses that language from before the window's modules are imported."""
    for name in modules_of_the_window():
        monkeypatch.delitem(sys.modules, name)
    texts.use(Brackets())
    yield
    texts.use(NullTranslations())
    for name in modules_of_the_window():
        del sys.modules[name]


@pytest.fixture
def start(qtbot: QtBot, brackets: None) -> Iterator[StartPage]:
    from gui.actions import Actions
    from gui.pages.start import StartPage
    from gui.recent import Recent

    window = QMainWindow()
    qtbot.addWidget(window)
    page = StartPage(Actions.of(window), window)
    window.setCentralWidget(page)
    entry = Recent(Path("/srv/host files/a.json"), "host of a tenant", 0.0)
    page.recent.show_entries((entry, Recent(Path("/srv/b.json"))))
    page.offer_back("host of a tenant")
    yield page
    window.close()  # and it is kept until here


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, brackets: None) -> Iterator[MainWindow]:
    """A window over a host of the lab."""
    from gui.choices import choices_of
    from gui.main_window import MainWindow
    from gui.theme import Appearance

    appearance = Appearance(qapp)
    made = MainWindow(choices_of(Namespace()), Namespace(), appearance)
    made.resize(1280, 800)
    made.show()
    with qtbot.waitSignal(made.session.shown_changed, timeout=20_000):
        made.open(SNAPSHOT)
    yield made
    made.close()
    appearance.deleteLater()


def opened_parts(qtbot: QtBot, window: MainWindow) -> Iterator[str]:
    """Every page of the window, with each of its parts opened."""
    view = window.host_view
    assert view is not None
    for id_ in view.ids:
        view.choose(id_)
        page = view.page(id_)
        if id_ == "map":
            qtbot.waitUntil(lambda: page.map is not None, timeout=20_000)  # type: ignore[attr-defined] # noqa: B023
        run_events(100)
        yield id_
        for tabs in page.findChildren(QTabWidget):
            for place in range(tabs.count()):
                tabs.setCurrentIndex(place)
                run_events(20)
                yield id_


def unlooked(found: Iterable[tuple[str, str]], *not_ours: Iterable[str]) -> set[tuple[str, str]]:
    """Texts with words that were not looked up, but for names and what is not ours."""
    others = {name for names in not_ours for name in names}
    return {
        (where, text)
        for where, text in found
        if any(letter.isalpha() for letter in _MARKUP.sub("", text))
        and "⟦" not in text
        and text not in NAMES
        and not others & {where.strip("⟦⟧"), text}
    }


def test_every_own_text_on_every_page_is_looked_up(qtbot: QtBot, window: MainWindow) -> None:
    seen: set[tuple[str, str]] = set()
    for _ in opened_parts(qtbot, window):
        seen.update(said(window))
    assert len({text for _, text in seen if "⟦" in text}) > 250
    assert unlooked(seen, OF_THE_CORE, OF_THE_HOST) == set()


def test_every_heading_in_a_tree_is_looked_up(qtbot: QtBot, window: MainWindow) -> None:
    from gui.models.nodes import NODE_ROLE
    from gui.nodes import NodeStyle

    seen: set[tuple[str, str]] = set()
    for _ in opened_parts(qtbot, window):
        seen.update(headings(window, NodeStyle.SECTION, NODE_ROLE))
    assert len(seen) > 12
    assert unlooked(seen, OF_THE_CORE, OF_THE_HOST) == set()


@pytest.mark.parametrize("action", ["put", "profile", "values", "as_text"])
def test_every_own_text_of_a_dialog_is_looked_up(
    qtbot: QtBot, window: MainWindow, action: str
) -> None:
    overview = window.overview
    assert overview is not None
    qtbot.waitUntil(lambda: bool(overview.detail.verdict.headline), timeout=20_000)
    editing = window.editing
    getattr(editing.file if action == "as_text" else editing, action).trigger()
    qtbot.waitUntil(lambda: any(d.isVisible() for d in window.findChildren(QDialog)))
    (dialog,) = [d for d in window.findChildren(QDialog) if d.isVisible()]
    run_events(500)  # it asks a worker
    seen = set(said(dialog))
    assert len(seen) > 6
    assert unlooked(seen) == set()
    dialog.reject()


def test_the_glossary_and_what_is_said_about_isoscope_are_looked_up(window: MainWindow) -> None:
    from gui.about import show_about
    from gui.glossary_word import show_glossary

    glossary = show_glossary(window)
    assert unlooked(said(glossary), OF_THE_GLOSSARY) == set()
    show_about(window)
    (box,) = window.findChildren(QMessageBox)
    assert "⟦" in box.windowTitle()
    assert "⟦" in box.informativeText()


def test_every_own_text_of_the_demonstration_is_looked_up(qtbot: QtBot, window: MainWindow) -> None:
    from gui.demo.bar import StoryBar

    window.show_demo()
    qtbot.waitUntil(lambda: bool(window.findChildren(StoryBar)), timeout=20_000)
    (bar,) = window.findChildren(StoryBar)
    qtbot.waitUntil(lambda: bool(bar.place), timeout=20_000)
    assert unlooked(said(bar), OF_THE_STORY) == set()


def test_every_own_text_of_the_start_page_is_looked_up(start: StartPage) -> None:
    seen = set(said(start))
    assert len(seen) > 12
    assert unlooked(seen) == set()


def test_what_a_host_says_is_not_looked_up(start: StartPage) -> None:
    table = start.recent.table
    model = table.model()
    row = [str(model.index(0, column).data()) for column in range(model.columnCount())]
    assert row[0] == "host of a tenant"
    assert not any("⟦" in cell for cell in row)
    assert model.index(1, 0).data() == "⟦not opened yet⟧"
    back = start.back.text()
    assert back == "⟦← &Back to host of a tenant⟧"


def test_a_number_decides_the_form(brackets: None) -> None:
    assert texts.trn("one look", "{number} looks", 1) == "⟦one look⟧"
    assert texts.trn("one look", "{number} looks", 1234) == "⟦1,234 looks⟧"
    assert texts.trn("{who}: one", "{who}: {number}", 2, who="{number}") == "⟦{number}: 2⟧"


@pytest.mark.parametrize("languages", [[], ["en-GB", "de"], ["xx-Latn-YY", "xx"], ["../../etc"]])
def test_a_language_without_a_catalogue_is_english(languages: list[str]) -> None:
    from gui.language import catalogue

    assert catalogue(languages).gettext("&Open …") == "&Open …"


def test_nothing_with_texts_is_imported_before_the_language_is_chosen() -> None:
    """Constants are looked up when their module is imported: see ``gui.app.run``."""
    before = (
        "import sys, gui.app, gui.guard, gui.choices, gui.style, gui.language;"
        "print([n for n, m in sys.modules.items() if n.startswith('gui') and hasattr(m, 'tr')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", before], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs gettext")
def test_one_command_extracts_the_texts_for_translators() -> None:
    done = subprocess.run(
        [ROOT / "packaging" / "texts"], capture_output=True, text=True, timeout=60, check=True
    )
    assert 'msgid "Snapshots may also be dropped anywhere on this window."' in done.stdout
    assert 'msgid_plural "' in done.stdout
    assert 'msgid "falls short"' in done.stdout  # a word of the core that the window shows
