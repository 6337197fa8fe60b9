"""Pictures of every step of the demonstration, for looking at.

``python -m tests.gui.demo_screenshots OUTDIR``; see ``tests.gui.screenshots``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


from gui.app import make_application
from gui.choices import choices_of
from gui.demo.show import Demonstration
from gui.main_window import MainWindow
from gui.theme import Appearance, Scheme
from tests.gui.events import run_events
from tests.gui.own_settings import keep_settings_in

PATIENCE = 60.0
"""Seconds to wait for a step."""


def main(arguments: list[str]) -> int:
    """Makes all pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.gui.demo_screenshots")
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--presenting", action="store_true")
    parser.add_argument("--notes", action="store_true")
    given = parser.parse_args(arguments)
    given.outdir.mkdir(parents=True, exist_ok=True)
    settings = tempfile.TemporaryDirectory()
    keep_settings_in(settings.name)
    appearance = Appearance(make_application())
    for scheme in (Scheme.LIGHT, Scheme.DARK):
        appearance.choose(scheme)
        options = argparse.Namespace()
        window = MainWindow(choices_of(options), options, appearance)
        window.resize(1280, 800)
        window.show()
        window.show_demo()
        demo = window.findChild(Demonstration)
        assert demo is not None
        _wait(demo, 0)
        if given.presenting:
            demo.toggle_presentation()
        demo.bar.show_notes(shown=given.notes)
        for place, step in enumerate(demo.story.steps):
            demo.go(place - (demo.place or 0))
            _wait(demo, place)
            run_events(400)
            window.grab().save(str(given.outdir / f"{place + 1:02}-{step.id}-{scheme}.png"))
        demo.presentation.leave()
        window.close()
    return 0


def _wait(demo: Demonstration, place: int) -> None:
    end = time.monotonic() + PATIENCE
    while demo.place != place:
        if time.monotonic() > end:
            raise TimeoutError(f"step {place + 1} was not told within {PATIENCE} s")
        run_events(20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
