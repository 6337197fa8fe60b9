"""``isoscope gui``: opens the window."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from isoscope.cli.errors import WRONG_USAGE, CommandError

_INSTALL = "install PySide6-Essentials and the system's Qt libraries (packaging/run does it)"


def run(options: Namespace) -> int:
    """Opens the window on the snapshots that the options name; returns when it is closed.

    Raises:
        CommandError: there is no display, or no Qt.
    """
    if not display_present():
        raise CommandError(
            "no display (neither DISPLAY nor WAYLAND_DISPLAY is set); use `isoscope scan` here, or "
            "connect with `ssh -X`",
            WRONG_USAGE,
        )
    return open_window(options)


def display_present() -> bool:
    """Whether a window could be shown; a platform of Qt chosen by hand needs no display."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def open_window(options: Namespace) -> int:
    """Opens the window.

    Raises:
        CommandError: Qt is missing.
    """
    try:
        from gui.app import run as run_window
    except ImportError as error:
        raise CommandError(f"the window needs Qt ({error}); {_INSTALL}", WRONG_USAGE) from None
    return run_window([Path(name) for name in getattr(options, "snapshots", ())], options)
