"""What a probe is, and the recorder that it hands its readings to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Protocol

from isoscope.snapshot.reading import Gap, Reading
from isoscope.snapshot.redact import redacted
from isoscope.snapshot.secret_words import without_url_secrets
from probes.host.access import HostAccess


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """The user stopped the collection, or the probe's deadline passed."""


class Recorder:
    """Takes the readings of one probe until its deadline; secrets are cut on the way in."""

    def __init__(self, deadline: float) -> None:
        """``deadline`` is a ``time.monotonic()`` value in seconds."""
        self.deadline = deadline
        self._lock = threading.Lock()
        self._readings: list[Reading] = []
        self._problems: list[str] = []
        self._closed = False

    def keep(self, reading: Reading) -> Reading:
        """Keeps a reading and returns it as kept.

        Raises:
            Cancelled: the recorder was closed; the probe ends here.
        """
        kept = redacted(reading)
        with self._lock:
            if self._closed:
                raise Cancelled
            self._readings.append(kept)
        return kept

    def take(self, readings: Iterable[Reading]) -> None:
        """Takes over readings that another recorder kept: their secrets are cut already.

        Raises:
            Cancelled: the recorder was closed.
        """
        kept = list(readings)
        with self._lock:
            if self._closed:
                raise Cancelled
            self._readings.extend(kept)

    @property
    def closed(self) -> bool:
        """Whether the recording was ended."""
        return self._closed

    def problem(self, line: str) -> None:
        """Notes in one line what could not be read, and what would settle it."""
        with self._lock:
            if not self._closed:
                self._problems.append(without_url_secrets(line))

    def note_gap(self, reading: Reading, means: str, settled_by: str) -> None:
        """Notes a gap as a problem; a reading with content, or of something absent, is none."""
        if reading.gap not in (None, Gap.ABSENT):
            self.problem(f"{means}: {reading.gap} ({reading.detail}); {settled_by}")

    def seconds_left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

    def close(self) -> tuple[list[Reading], tuple[str, ...]]:
        """Ends the recording; a probe that still runs is stopped at its next reading."""
        with self._lock:
            self._closed = True
            return self._readings, tuple(self._problems)


class Probe(Protocol):
    """Looks at one thing of a host."""

    @property
    def name(self) -> str:
        """Its name on the command line and in the snapshot."""

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """Reads and keeps; interprets nothing. It should end before ``recorder.deadline``; what it
        kept until then counts even if it does not."""


def keep_all(recorder: Recorder, readings: Iterable[Reading]) -> None:
    """Keeps several readings."""
    for reading in readings:
        recorder.keep(reading)
