"""Run as a script: says when the first window of a program has been painted, then ends.

    python first_paint.py bare              an empty PySide6 window
    python first_paint.py isoscope ARG…     python -m isoscope ARG…

It needs nothing of the program but that it runs Qt's event loop. A window becomes exposed when
the window system shows it, and Qt paints it while it handles that; whatever the event loop does
next therefore comes after the first paint.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

PAINTED = "painted"
MILLISECONDS_BETWEEN_LOOKS = 1


def report_first_paint() -> None:
    """From inside the event loop: wait for an exposed window, say so, and end the process."""
    timer = QTimer(QGuiApplication.instance())

    def look() -> None:
        if any(window.isExposed() for window in QGuiApplication.topLevelWindows()):
            print(PAINTED, flush=True)
            os._exit(0)  # what the program would do from here on is not measured

    timer.timeout.connect(look)
    timer.start(MILLISECONDS_BETWEEN_LOOKS)


def watching(run_event_loop: Callable[[], int]) -> Callable[..., int]:
    """The event loop, watched."""

    def run(*_: object) -> int:
        report_first_paint()
        return run_event_loop()

    return run


def bare_window() -> None:
    """The least that a PySide6 program can show."""
    application = QApplication(sys.argv[:1])
    window = QMainWindow()
    window.resize(1000, 700)
    window.show()
    application.exec()


def main() -> None:
    """Run the program that was asked for."""
    QApplication.exec = watching(QApplication.exec)  # type: ignore[method-assign]
    if sys.argv[1] == "bare":
        bare_window()
    else:
        sys.path.insert(0, str(Path.cwd()))  # as python -m does
        sys.argv = sys.argv[1:]
        runpy.run_module("isoscope", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
