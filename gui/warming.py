"""Imports ahead what the first page needs, while the user decides what to look at."""

from __future__ import annotations

import importlib
import threading

AFTER = 1000
"""Milliseconds after which the window has been painted, and nobody waits for anything."""

_NEEDED = (
    "gui.judging",
    "isoscope.snapshot.codec",
    "isoscope.inventory.listed",
    "isoscope.inventory.build",
    "isoscope.assessment.assess",
    "gui.pages.listing",
    "gui.pages.all",
    "gui.pages.host",
    "gui.pages.word",
    "gui.pages.what_if",
    "gui.pages.map",
    "gui.pages.live",
    "gui.pages.history",
    "gui.mapping",
    "gui.sampling",
    "gui.exporting",
    "gui.trending",
    "isoscope.assessment.paths",
)
"""What is imported when it is first needed. What draws charts is left to the pages that draw."""


def warm() -> None:
    """Begins to import, on a thread of its own; one that is in need meanwhile waits for that
    module alone."""
    threading.Thread(target=_import_all, name="warm", daemon=True).start()


def _import_all() -> None:
    for name in _NEEDED:
        importlib.import_module(name)
