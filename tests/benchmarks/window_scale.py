"""The real window over one snapshot, walked through page by page, and what its GUI thread felt.

    python -m tests.benchmarks.window_scale SNAPSHOT DIRECTORY [--no-reports]

prints one JSON object: each step with its seconds and the gaps of a heartbeat, in milliseconds;
the gaps of a process beside it that only beats; the times to the first useful page and to the
verdicts; the peak of memory. Reports and kept looks go to DIRECTORY. It is a process of its own, so
that its memory is its own.

The heartbeat is a timer that is due every 5 ms on the GUI thread. The time between two beats is
what somebody at the window waits for it at that moment, whatever it was that kept the thread: work
of its own, or a worker that did not let go of the interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QAbstractItemView, QAbstractSlider, QTableView

from gui.app import let_nothing_wait, make_application
from gui.choices import choices_of
from gui.exporting import FORMATS
from gui.main_window import MainWindow
from gui.theme import Appearance
from gui.warming import warm
from isoscope.assessment.viewpoint import BUILT_IN
from tests.benchmarks.heartbeat import Control
from tests.benchmarks.walk import Condition, Step, Walk

if TYPE_CHECKING:
    from types import TracebackType

    from gui.judging import Shown
    from gui.pages.history import HistoryPage
    from gui.pages.host import HostPage
    from gui.pages.map import MapPage
    from gui.pages.overview import OverviewPage

FRAMES = 60
"""Places that a table is scrolled to, one after the other."""


class Visit:
    """The steps, and what is asked of the window in each."""

    def __init__(
        self, window: MainWindow, snapshot: Path, directory: Path, *, reports: bool
    ) -> None:
        self._window = window
        self._reports = reports
        self._snapshot = snapshot
        self._directory = directory
        self.opened: list[tuple[float, float]] = []
        """Each time: seconds to the first useful page, and to the verdicts."""
        self._first_page = 0.0
        self._chosen_at = 0.0
        self._answers = 0
        self._left = 0
        self._shown_before = 0
        window.session.exporter.exported.connect(self._on_answer)
        window.session.saver.saved.connect(self._on_answer)
        window.session.failed.connect(self._on_failed)

    def steps(self) -> Iterator[Step]:
        """All of them."""
        window = self._window
        yield "window at rest", warm, lambda: "warm" not in _threads()
        yield "open, to the verdicts", self._open, self._opened
        yield from self._overview()
        yield from self._other_pages()
        yield from self._written()
        yield "open again, to the verdicts", self._open, self._opened
        yield "close", window.close, lambda: True

    def _overview(self) -> Iterator[Step]:
        window = self._window
        page: OverviewPage = window.overview  # type: ignore[assignment]
        verdict = page.detail.verdict
        told = lambda: bool(verdict.headline)  # noqa: E731 - it is asked again and again
        yield "explain a tenant", lambda: page.tenants.selectRow(1), told
        yield "explain its workload", lambda: self._choose_workload(page), told
        for words in ("c", "c0", "c00", "c000", "nothing is called so", ""):
            yield f"filter: {words!r}", lambda w=words: window.search.setText(w), lambda: True  # type: ignore[misc]
        yield from self._scrolled("tenants", page.tenants)
        yield from self._scrolled("workloads", page.workloads)
        for name in ("host", "not_seen", "disagreements", "evidence", "verdict"):
            shown = getattr(page.detail, name)
            yield f"detail: {name}", lambda s=shown: page.detail.setCurrentWidget(s), lambda: True  # type: ignore[misc]

    def _choose_workload(self, page: OverviewPage) -> None:
        page.workloads.selectRow(3)
        page.workloads.choose(page.workloads.aspect)

    def _other_pages(self) -> Iterator[Step]:
        window = self._window
        view = window.host_view
        assert view is not None
        yield "Host", lambda: view.choose("host"), lambda: True
        host: HostPage = view.page("host")  # type: ignore[assignment]
        yield "Host: labels", lambda: host.parts.setCurrentIndex(1), lambda: True
        yield from self._scrolled("labels", host.labels.table)
        yield "Host: CPU flaws", lambda: host.parts.setCurrentIndex(2), lambda: True
        yield "Whose word", lambda: view.choose("word"), lambda: bool(view.page("word").heading)  # type: ignore[attr-defined]
        for name in ("tenant", "auditor", "operator"):
            yield (
                f"viewpoint: {name}",
                lambda n=name: window.session.choose_viewpoint(BUILT_IN[n]),  # type: ignore[misc]
                lambda n=name: self._answered(n),  # type: ignore[misc]
            )
        yield "What if", lambda: view.choose("what-if"), lambda: True
        map_: MapPage = view.page("map")  # type: ignore[assignment]
        yield "Map", lambda: view.choose("map"), self._mapped(map_)
        yield "Map: everything", map_.everything.toggle, self._mapped(map_)
        yield "Map: open tenants", map_.open_all.click, self._mapped(map_)
        yield "Map: zoom", lambda: self._zoom(map_), lambda: self._left == 0
        yield "heat map", lambda: map_.as_heat.setChecked(True), lambda: True
        yield "heat map: by rung", lambda: map_.by_rung.setChecked(True), lambda: True
        yield "Live", lambda: view.choose("live"), lambda: True
        history: HistoryPage = view.page("history")  # type: ignore[assignment]
        yield "History", lambda: view.choose("history"), history.isVisible
        yield "Overview again", lambda: view.choose("overview"), lambda: True

    def _mapped(self, page: MapPage) -> Condition:
        return lambda: not page.waits

    def _zoom(self, page: MapPage) -> None:
        self._left = FRAMES
        canvas = page.map
        assert canvas is not None

        def one() -> None:
            canvas.zoom(1.2 if self._left > FRAMES // 2 else 1 / 1.2)
            self._left -= 1
            if self._left:
                QTimer.singleShot(0, one)

        one()

    def _written(self) -> Iterator[Step]:
        window, exporter = self._window, self._window.session.exporter
        for ending in FORMATS if self._reports else ():
            path = self._directory / f"report{ending}"
            yield (
                f"export {ending}",
                lambda p=path: self._ask(lambda: exporter.export(self._shown, p)),  # type: ignore[misc]
                lambda: self._answers > 0,
            )
        path = self._directory / "saved.json.gz"
        yield (
            "save",
            lambda: self._ask(lambda: window.session.saver.save(self._shown.seen.snapshot, path)),
            lambda: self._answers > 0,
        )

    @property
    def _shown(self) -> Shown:
        shown = self._window.session.shown
        assert shown is not None
        return shown

    def _ask(self, act: Callable[[], None]) -> None:
        self._answers = 0
        act()

    def _on_answer(self, _: str) -> None:
        self._answers += 1

    def _on_failed(self, line: str) -> None:
        raise RuntimeError(line)

    def _open(self) -> None:
        self._chosen_at = time.monotonic()
        # Not itself: what is shown no more has to be freed, and this would keep it.
        self._shown_before = id(self._window.session.shown)
        self._first_page = 0.0
        self._window.open(self._snapshot)

    def _opened(self) -> bool:
        """Also notes when there was a first useful page."""
        since = time.monotonic() - self._chosen_at
        listing, session = self._window.listing, self._window.session
        if not self._first_page and listing is not None and listing.isVisible():
            self._first_page = since if listing.workloads.model().rowCount() else 0.0
        if id(session.shown) == self._shown_before or session.busy:
            return False
        self.opened.append((self._first_page, since))
        return True

    def _answered(self, viewpoint: str) -> bool:
        shown = self._window.session.shown
        return shown is not None and shown.question.viewpoint.id == viewpoint

    def _scrolled(self, name: str, view: QTableView) -> Iterator[Step]:
        yield f"scroll {name}", lambda: self._scroll(view), lambda: self._left == 0

    def _scroll(self, view: QAbstractItemView) -> None:
        """From top to bottom in steps, each painted before the next."""
        bar: QAbstractSlider = view.verticalScrollBar()
        self._left = FRAMES

        def one() -> None:
            self._left -= 1
            bar.setValue(bar.maximum() * (FRAMES - self._left) // FRAMES)
            view.viewport().repaint()
            if self._left:
                QTimer.singleShot(0, one)

        one()


def _threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def _peak() -> int:
    """Bytes at the peak: VmHWM of ``proc_pid_status(5)``."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return 1024 * int(line.split()[1])


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What goes wrong in the window ends the walk."""
    sys.__excepthook__(kind, error, trace)
    os._exit(1)


def main() -> int:
    """Walks through a window and prints what was felt."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.window_scale")
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--no-reports", action="store_true")
    given = parser.parse_args()
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(given.directory / "settings")
    )
    os.environ["XDG_DATA_HOME"] = str(given.directory / "data")
    let_nothing_wait()
    sys.excepthook = _end
    application = make_application()
    options = argparse.Namespace()
    window = MainWindow(choices_of(options), options, Appearance(application))
    window.show()
    visit = Visit(window, given.snapshot, given.directory, reports=not given.no_reports)
    control = Control()
    walk = Walk(visit.steps(), application)
    application.exec()
    json.dump(
        {
            "steps": walk.taken,
            "beside": control.end(),
            "opened": visit.opened,
            "peak": _peak(),
        },
        sys.stdout,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
