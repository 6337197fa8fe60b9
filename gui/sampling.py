"""Looks at what workloads take every two seconds, on a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from gui.bridge import Bridge
from gui.errors import own_error
from gui.taking import LiveRows, Moment, Taking, Watched
from gui.text import one_line

INTERVAL = 2.0
"""Seconds between two looks."""


class Sampler:
    """Samples while somebody looks; each moment's rows, or why there are no more, are delivered on
    the GUI thread."""

    def __init__(
        self, bridge: Bridge, deliver: Callable[[LiveRows], None], failed: Callable[[str], None]
    ) -> None:
        self._bridge = bridge
        self._deliver = deliver
        self._failed = failed
        self._stop: threading.Event | None = None

    @property
    def running(self) -> bool:
        """Whether it samples."""
        return self._stop is not None

    def start(self, find: Callable[[], Sequence[Watched]]) -> None:
        """Begins to look at what ``find`` finds, which is asked on the sampler's thread; what was
        looked at before is left."""
        self.stop()
        stop = threading.Event()
        self._stop = stop

        def deliver(delivery: Callable[[], None]) -> None:
            if not stop.is_set():
                delivery()

        def look_on() -> None:
            watched = find()
            taking = Taking(watched)
            while True:
                rows = taking.rows(_look(watched))
                shows = partial(deliver, partial(self._deliver, rows))
                self._bridge.post(shows, instead_of=(id(self), "live"))
                if stop.wait(INTERVAL):
                    return

        def work() -> None:
            try:
                look_on()
            except Exception as error:  # noqa: BLE001 - shown to the user, whatever it is
                line = one_line(own_error(error))
                self._bridge.post(partial(deliver, partial(self._failed, line)))

        threading.Thread(target=work, name="sampler", daemon=True).start()

    def stop(self) -> None:
        """Looks no more."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None


def _look(watched: Sequence[Watched]) -> Moment:
    from isoscope.inventory.usage import parse_usage
    from probes.host.local import LocalHost
    from probes.usage import read_host_usage, read_usage

    host = LocalHost()
    usages = {one.id: parse_usage(read_usage(host, one.files)) for one in watched}
    return Moment(time.monotonic(), usages, read_host_usage())
