"""``isoscope demo``: opens the window on the bundled demonstration."""

from __future__ import annotations

from argparse import Namespace

from isoscope.cli.errors import WRONG_USAGE, CommandError
from isoscope.cli.gui import display_present, open_window


def run(options: Namespace) -> int:
    """Opens the window, which tells the story; returns when it is closed.

    Raises:
        CommandError: there is no display, or no Qt.
    """
    if not display_present():
        raise CommandError(
            "no display (neither DISPLAY nor WAYLAND_DISPLAY is set), and the demonstration is a "
            "window; connect with `ssh -X`",
            WRONG_USAGE,
        )
    options.demo = True
    return open_window(options)
