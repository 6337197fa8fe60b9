"""``isoscope`` alone: the window on this machine, or a scan where none can be shown."""

from __future__ import annotations

from argparse import Namespace

from isoscope.cli.errors import CommandError, say
from isoscope.cli.gui import display_present, open_window


def run(options: Namespace) -> int:
    """Opens the window and scans in it; without display or Qt says so and scans here.

    Raises:
        CommandError: something is wrong with the scan.
    """
    from isoscope.cli import scan

    if not display_present():
        say("no display, so here is what `isoscope scan` says")
        return scan.run(options)
    options.scan_at_start = True
    try:
        return open_window(options)
    except CommandError as error:
        say(f"{error}; here is what `isoscope scan` says")
        return scan.run(options)
