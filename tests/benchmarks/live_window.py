"""Run as a script: what the window takes of the CPU while its Live page is looked at.

    python live_window.py DOCKER_URL SECONDS

prints one JSON object: the seconds of CPU time of this whole process, painting included, per second
of the clock, with the overview shown and with the Live page shown, and how many workloads the page
looked at.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from argparse import Namespace
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))


from gui.app import SWITCH_INTERVAL, make_application
from gui.choices import choices_of
from gui.main_window import MainWindow
from gui.pages.live import LivePage
from gui.theme import Appearance
from tests.gui.events import run_events

MOST_SECONDS = 60.0
SETTLED = 3.0
"""Seconds until a page that was just opened does only what it goes on doing."""


def taken() -> float:
    """Seconds of CPU time that this process took so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def share(seconds: float) -> float:
    """CPU seconds per second, over so many seconds of the event loop."""
    run_events(int(SETTLED * 1000))
    began, before = time.monotonic(), taken()
    run_events(int(seconds * 1000))
    return (taken() - before) / (time.monotonic() - began)


def main() -> None:
    """Opens the window, looks at the containers of one engine, and then only watches them."""
    seconds = float(sys.argv[2])
    sys.setswitchinterval(SWITCH_INTERVAL)
    application = make_application()
    options = Namespace(docker=[sys.argv[1]])
    window = MainWindow(choices_of(options), options, Appearance(application))
    window.show()
    window.scan()
    until = time.monotonic() + MOST_SECONDS
    while window.session.shown is None and time.monotonic() < until:
        run_events(20)
    assert window.host_view is not None, window.message.text
    at_rest = share(seconds)
    window.host_view.choose("live")
    live = share(seconds)
    page = window.host_view.page("live")
    assert isinstance(page, LivePage)
    assert page.rows is not None, page.says
    count = sum(len(rows) for rows in page.rows.workloads.values())
    print(json.dumps({"at_rest": at_rest, "live": live, "workloads": count}))
    window.close()


if __name__ == "__main__":
    main()
