"""How long the first window takes beside the least that PySide6 can show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measuring import measure, table, wall_time
from tests.integration.harness.scanning import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

#: What ``first_paint.py`` prints. Not imported from there: that would import Qt into every run.
PAINTED = "painted"
SCRIPT = Path(__file__).with_name("first_paint.py")
MOST_TIMES_BARE = 2.0
SECONDS_FOR_A_WINDOW = 60

BARE = "bare PySide6 window"
ISOSCOPE = "isoscope gui"


def painting(display: str, *program: str) -> Callable[[], float]:
    """A candidate: from the start of Python to the first paint."""
    env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # installed, it is compiled: the first round does that

    def work() -> None:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), *program],
            env=env,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=SECONDS_FOR_A_WINDOW,
            check=False,
        )
        assert PAINTED in done.stdout, done.stderr

    return lambda: wall_time(work)


def test_the_first_window_is_painted_within_twice_a_bare_one(display: str) -> None:
    times = measure(
        {BARE: painting(display, "bare"), ISOSCOPE: painting(display, "isoscope", "gui")}
    )
    print(table("first paint, milliseconds", times, BARE))
    assert times[ISOSCOPE].median <= MOST_TIMES_BARE * times[BARE].median
