"""Time for the window: its events are handled, and its workers get the interpreter."""

from __future__ import annotations

from PySide6.QtCore import QEventLoop, QTimer


def run_events(milliseconds: int) -> None:
    """Runs the event loop as the program does. ``QTest.qWait`` keeps Python's lock all the while,
    and leaves a worker a fortieth of what it would get."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
