"""The snapshot as a value: readings found by their source, and how each probe fared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from isoscope.snapshot.reading import Channel, Gap, Reading, Source


class ProbeState(StrEnum):
    """How a probe ended."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """It ran to its end and names problems: what it could not read."""
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It ended by an error of its own; the problem names it."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """How one probe fared: its state, its duration in seconds and its problems, a line each."""

    name: str
    state: ProbeState
    seconds: float
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collector:
    """Who looked, and from where: what decides which readings were possible."""

    version: str
    """Version of Isoscope that collected."""
    uid: int | None
    """Effective user id of the collecting process; None for a captured tree."""
    capabilities: int | None
    """CapEff of the collecting process, ``capabilities(7)``; None where unknown."""
    looked_at: str
    """``this machine`` or ``captured tree``: never a path of the collecting machine."""


@dataclass(frozen=True)
class Snapshot:
    """All readings of one host at one time.

    Readings are unique by source; a later reading of the same source replaces an earlier one.
    ``extra`` keeps the fields of a loaded document that this version does not know.
    """

    collector: Collector
    started_at: float
    """Seconds since the epoch (UTC)."""
    finished_at: float
    readings: Mapping[Source, Reading]
    probes: tuple[ProbeOutcome, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        readings: Iterable[Reading],
        *,
        collector: Collector,
        started_at: float,
        finished_at: float,
        probes: tuple[ProbeOutcome, ...] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> Snapshot:
        """A snapshot of these readings."""
        return cls(
            collector=collector,
            started_at=started_at,
            finished_at=finished_at,
            readings={reading.source: reading for reading in readings},
            probes=probes,
            extra=extra or {},
        )

    def get(self, channel: Channel, target: str, request: str = "") -> Reading:
        """The reading of this source; where nobody tried, one that says so (``not-read``)."""
        source = Source(channel, target, request)
        found = self.readings.get(source)
        if found is not None:
            return found
        return Reading(
            source, self.finished_at, "", gap=Gap.NOT_READ, detail="not part of this snapshot"
        )

    def file(self, path: str) -> Reading:
        """The reading of a file."""
        return self.get(Channel.FILE, path)

    def link(self, path: str) -> Reading:
        """The reading of a symbolic link's target."""
        return self.get(Channel.LINK, path)

    def directory(self, path: str) -> Reading:
        """The reading of a directory's names."""
        return self.get(Channel.DIRECTORY, path)

    def of_channel(self, channel: Channel) -> Iterator[Reading]:
        """All readings that were got by this channel, in the order of reading."""
        return iter(self._by_channel.get(channel, ()))

    @cached_property
    def _by_channel(self) -> Mapping[Channel, Sequence[Reading]]:
        """Made once: it is asked for again and again, and most readings are files."""
        found: dict[Channel, list[Reading]] = {}
        for reading in self.readings.values():
            found.setdefault(reading.source.channel, []).append(reading)
        return found

    def without(self, source: Source) -> Snapshot:
        """The same snapshot as if this source had never been read."""
        kept = {s: r for s, r in self.readings.items() if s != source}
        return Snapshot(
            self.collector, self.started_at, self.finished_at, kept, self.probes, self.extra
        )
