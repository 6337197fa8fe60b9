"""Pictures of the real window over a real snapshot, for the README and for looking at.

``python -m tests.gui.screenshots OUTDIR SNAPSHOT [--tenants FILE] [--only NAME]…``; on
``QT_QPA_PLATFORM=xcb`` (for example under ``xvfb-run``) they show what a desktop without a theme
shows. Those in ``docs/pages`` are of a recorded host of our lab:

    export QT_QPA_PLATFORM=xcb
    xvfb-run -a -s "-screen 0 2000x1200x24" python -m tests.gui.screenshots \\
        docs/pages tests/lab/hosts/apparmor/snapshot.json.gz --tenants tests/lab/tenants.toml \\
        --only overview --only tees --only cpu-flaws --only whose-word --only what-if --only map \\
        --only heat-map --only assign --only profile
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QItemSelectionModel
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QWidget

from gui.app import make_application
from gui.choices import choices_of
from gui.editing.assign import AssignDialog
from gui.editing.toml_dialog import TomlDialog
from gui.main_window import MainWindow
from gui.pages.host import HostPage
from gui.pages.map import MapPage
from gui.pages.overview import OverviewPage
from gui.pages.what_if import WhatIfPage
from gui.pages.word import WordPage
from gui.rows import Subject, SubjectKind
from gui.theme import Appearance, Scheme
from isoscope.assessment.supposing.suppositions import NOTHING, Enclosure, Move, Proof
from isoscope.inventory.observation import Party
from tests.gui.events import run_events
from tests.gui.own_settings import keep_settings_in

SIZES = ((1280, 800), (1920, 1080))
PATIENCE = 20.0
"""Seconds to wait for one state of the window."""


def main(arguments: list[str]) -> int:
    """Makes all pictures and names them."""
    parser = argparse.ArgumentParser(prog="python -m tests.gui.screenshots")
    parser.add_argument("outdir", type=Path)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--tenants", metavar="FILE", help="rules for who owns what")
    parser.add_argument("--only", metavar="NAME", action="append", help="only this picture")
    given = parser.parse_args(arguments)
    given.outdir.mkdir(parents=True, exist_ok=True)
    settings = tempfile.TemporaryDirectory()
    keep_settings_in(settings.name)
    appearance = Appearance(make_application())
    options = argparse.Namespace(tenants=given.tenants)
    for width, height in SIZES:
        for scheme in (Scheme.LIGHT, Scheme.DARK):
            appearance.choose(scheme)
            window = MainWindow(choices_of(options), options, appearance)
            window.resize(width, height)
            window.show()
            camera = _Camera(window, given.outdir, f"{scheme}-{width}x{height}", given.only)
            camera.take("start")
            window.open(given.snapshot)
            _wait(lambda w=window: w.session.shown is not None or w.message.isVisible())  # type: ignore[misc]
            if window.overview is None:
                sys.stderr.write(f"{window.message.text}\n")
                return 4
            _pages(camera, window, window.overview)
            window.close()
    return 0


class _Camera:
    def __init__(
        self, window: MainWindow, outdir: Path, suffix: str, only: list[str] | None
    ) -> None:
        self._window = window
        self._outdir = outdir
        self._suffix = suffix
        self._only = only

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """Takes one picture, if it is wanted: of the window, or of a dialog over it."""
        if self._only is not None and name not in self._only:
            return
        run_events(250)
        path = self._outdir / f"{name}-{self._suffix}.png"
        picture = (
            (widget or self._window).grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        )
        picture.save(str(path), "PNG", 0)  # type: ignore[call-overload]  # Qt's word for the strongest compression
        sys.stdout.write(f"{path}\n")


def _pages(camera: _Camera, window: MainWindow, overview: OverviewPage) -> None:
    if overview.tenants.model().rowCount():
        _wait(lambda: bool(overview.detail.verdict.headline))
        camera.take("overview")
        overview.detail.verdict.reasons.expandAll()
        camera.take("evidence")
        overview.workloads.setFocus()
        overview.workloads.selectRow(0)
        overview.workloads.choose(overview.workloads.aspect)
        camera.take("workload")
    else:
        camera.take("nothing-runs")
    overview.detail.setCurrentWidget(overview.detail.helping)
    _wait(lambda: overview.detail.helping.says == "" or not overview.tenants.model().rowCount())
    camera.take("what-helps")
    _editing(camera, window, overview)
    overview.detail.setCurrentWidget(overview.detail.host)
    camera.take("host")
    overview.show_not_seen()
    camera.take("not-seen")
    overview.detail.setCurrentWidget(overview.detail.disagreements)
    camera.take("disagreements")
    overview.detail.setCurrentWidget(overview.detail.evidence)
    camera.take("attestation")
    _map(camera, window)
    _further(camera, window)
    window.search.setText("no such tenant")
    camera.take("search")
    window.search.clear()
    window.open(Path("/nonexistent/snapshot.json"))
    _wait(window.message.isVisible)
    camera.take("error")


def _editing(camera: _Camera, window: MainWindow, overview: OverviewPage) -> None:
    """Dialogs in which tenants and requirements are edited, which are as large over any window;
    none of them changes anything."""
    if window.width() != SIZES[0][0] or not overview.tenants.model().rowCount():
        return
    view, editing = overview.workloads, window.editing
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    view.clearSelection()
    for place in range(1, min(4, view.model().rowCount())):
        view.selectionModel().select(view.model().index(place, 0), rows)
    for name, action in (
        ("assign", editing.put),
        ("profile", editing.profile),
        ("reference-values", editing.values),
        ("tenants-file", editing.file.as_text),
    ):
        action.trigger()
        dialog = window.findChildren(QDialog)[-1]
        if isinstance(dialog, AssignDialog):
            dialog.tenant.setEditText("umbrella")
            _wait(lambda asked=dialog: asked.way is not None)  # type: ignore[misc]
        if isinstance(dialog, TomlDialog):
            if name == "reference-values":
                dialog.edit.setPlainText('[sev-snp]\nmeasurement = "9f8e"\nguest-svn = true\n')
            _wait(lambda asked=dialog: bool(asked.problem.text()))  # type: ignore[misc]
        camera.take(name, dialog)
        dialog.reject()
        run_events(0)


def _map(camera: _Camera, window: MainWindow) -> None:
    view = window.host_view
    if view is None:
        return
    view.choose("map")
    page = view.page("map")
    if isinstance(page, MapPage):
        _wait(lambda: page.map is not None)
        camera.take("map")
        page.open_all.click()
        camera.take("map-opened")
        page.as_heat.click()
        camera.take("heat-map")
    view.choose("overview")


def _further(camera: _Camera, window: MainWindow) -> None:
    view = window.host_view
    if view is None:
        return
    view.choose("host")
    host = view.page("host")
    if isinstance(host, HostPage):
        for number, name in enumerate(("tees", "labels", "booleans", "cpu-flaws", "boot-chain")):
            host.parts.setCurrentIndex(number)
            camera.take(name)
    view.choose("word")
    word = view.page("word")
    if isinstance(word, WordPage):
        _wait(lambda: bool(word.heading))
        word.box(Party.CONTAINER_ENGINE).click()
        _wait(lambda: "without" in word.heading)
        camera.take("whose-word")
        word.box(Party.CONTAINER_ENGINE).click()
        _wait(lambda: "without" not in word.heading)
    _what_if(camera, window)
    for name in ("live", "history"):
        view.choose(name)
        camera.take(name)
    view.choose("overview")


def _what_if(camera: _Camera, window: MainWindow) -> None:
    """What would lift the worst verdicts most, and one workload in a confidential VM."""
    view = window.host_view
    if view is None:
        return
    view.choose("what-if")
    page = view.page("what-if")
    if not isinstance(page, WhatIfPage):
        return
    _wait(lambda: bool(page.changes.rows))
    camera.take("what-if-nothing")
    page.required.click()
    _wait(lambda: page.result.answer is not None and page.result.answer.asked == page.asked)
    camera.take("what-if")
    page.suppose(NOTHING)
    tenant = window.session.shown.rows.tenants[0].subject.id if window.session.shown else ""
    page.scope.choose(Subject(SubjectKind.TENANT, tenant))
    page.suppose(NOTHING)
    page.move_.wanted.emit(Move(Enclosure.SEV_SNP, Proof.VERIFIED))
    _wait(lambda: page.result.answer is not None and page.result.answer.asked == page.asked)
    camera.take("what-if-tee")
    page.suppose(NOTHING)


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"the window did not get there within {PATIENCE} s")
        run_events(20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
