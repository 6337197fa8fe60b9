"""Opens the window."""

from __future__ import annotations

import os
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import PySide6

from gui.guard import refusal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from gui.main_window import MainWindow

BENCH = "ISOSCOPE_BENCH_FIRST_PAINT"
"""Environment variable: with the value 1, the monotonic time in nanoseconds at which the first
paint of the window was done goes to standard output, and the program ends."""

SWITCH_INTERVAL = 0.0001
"""Seconds after which a busy worker gives the interpreter up, ``sys.setswitchinterval``. A repaint
takes it some hundred times; with Python's default of 5 ms, repaints beside a busy worker took up to
270 ms, with 1 ms at most 14 ms. Those of the map take it very often: alone 15 to 36 ms, beside
a worker up to 480 ms with 1 ms, and 280 ms with this. Workers take no longer for it."""

_WRONG_USAGE = 2
_UNREADABLE = 4


def run(snapshot_paths: Sequence[Path], options: Namespace) -> int:
    """Opens the window and returns the exit status when it was closed.

    Args:
        snapshot_paths: snapshots to open; the first one is shown, the others are at hand.
        options: of the command line; what is missing has its default. With ``scan_at_start`` and
            no snapshot, a scan of this machine begins at once; with ``demo``, the demonstration.
    """
    refused = refusal(PySide6.__version__)
    if refused is not None:
        return _fail(refused, _WRONG_USAGE)
    from gui.choices import ContentError, choices_of

    try:
        choices = choices_of(options)
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}", _UNREADABLE)
    except ContentError as error:
        return _fail(str(error), _UNREADABLE)
    except ValueError as error:
        return _fail(str(error), _WRONG_USAGE)
    let_nothing_wait()
    application = make_application()
    from PySide6.QtCore import QSettings, QTimer

    from gui.language import choose_language

    choose_language(application)
    from gui.kept_question import with_kept_question
    from gui.main_window import MainWindow
    from gui.theme import Appearance
    from gui.warming import AFTER, warm

    choices = with_kept_question(choices, options, QSettings())

    window = MainWindow(choices, options, Appearance(application))
    if os.environ.get(BENCH) == "1":
        _report_first_paint(window)
    window.show()
    QTimer.singleShot(AFTER, warm)
    if snapshot_paths:
        window.files.open_all(snapshot_paths)
    elif getattr(options, "demo", False):
        window.show_demo()
    elif getattr(options, "scan_at_start", False):
        window.scan()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the program
    return application.exec()


def let_nothing_wait() -> None:
    """Keeps what workers do from holding up the window, in the whole process."""
    from isoscope.cycle_collection import only_among_the_young

    sys.setswitchinterval(SWITCH_INTERVAL)
    only_among_the_young()


def make_application() -> QApplication:
    """The application; the style is the desktop's own, and Fusion where there is no desktop."""
    from PySide6.QtWidgets import QApplication

    from gui.style import use_where_fusion_is

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["isoscope"])
    application.setApplicationName("isoscope")
    application.setOrganizationName("isoscope")  # where QSettings keeps what the user chose
    application.setDesktopFileName("isoscope")
    if application.platformName() == "offscreen":
        application.setStyle("Fusion")
    use_where_fusion_is(application)
    return application


def _fail(line: str, status: int) -> int:
    from gui.text import one_line

    sys.stderr.write(f"isoscope: {one_line(line, 1000)}\n")
    return status


def _report_first_paint(window: MainWindow) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer

    class FirstPaint(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, self.report)  # when this paint is done
            return False

        def report(self) -> None:
            sys.stdout.write(f"{time.monotonic_ns()}\n")
            sys.stdout.flush()
            window.close()

    window.installEventFilter(FirstPaint(window))
