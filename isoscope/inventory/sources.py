"""Who on the host can reach what a workload was given: modes of volumes, directories and images."""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import dirname, normpath

from isoscope.inventory.engines.description import Described
from isoscope.inventory.file_status import parse_status_numbers
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, unknown
from isoscope.inventory.reach import OpenSource
from isoscope.inventory.workload import Volume
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading

KEY = "sources-open-to-others"


def sources_of(
    description: Described, snapshot: Snapshot
) -> Observation[tuple[OpenSource, ...]] | None:
    """What a workload was given of the host; None for the many that were given nothing."""
    container, machine = description.container, description.machine
    said = container.volumes if container else machine.disks if machine else None
    if said is None or said.value == ():
        return None
    return open_sources(description.id, said, snapshot)


def open_sources(
    subject: str, said: Observation[tuple[Volume, ...]], snapshot: Snapshot
) -> Observation[tuple[OpenSource, ...]]:
    """The sources of a workload that every user of the host can read or write, path_resolution(7):
    each directory on the way has to let others through. Access control lists are not looked at."""
    parties = said.parties | KERNEL
    if said.value is None:
        return Observation(subject, KEY, None, said.unknown, said.evidence, parties)
    found: list[OpenSource] = []
    readings: list[Reading] = []
    missing: Reading | None = None
    for path in _paths(said.value):
        way = [snapshot.get(Channel.STATUS, place) for place in _way(path)]
        if any(reading.gap is Gap.ABSENT for reading in way):
            continue
        try:
            numbers = [parse_status_numbers(reading)["mode"] for reading in way]
        except ValueError:
            missing = missing or next((r for r in way if r.gap is not None), way[0])
            continue
        readings.append(way[0])
        if all(mode & 0o001 for mode in numbers[1:]) and numbers[0] & 0o006:
            found.append(OpenSource(path, numbers[0] & 0o7777, bool(numbers[0] & 0o002)))
    if missing is not None and not found:
        return unknown(
            subject,
            KEY,
            missing.gap or Doubt.NOT_UNDERSTOOD,
            f"{missing.source}: its mode was not read",
            "namei -l on the sources of its volumes, as root",
            missing,
            parties=parties,
        )
    excerpt = "\n".join(f"{one.mode:o} {one.path}" for one in found[:20]) or "none"
    return known(subject, KEY, tuple(found), *readings[:4], parties=parties, excerpt=excerpt)


def _paths(volumes: Iterable[Volume]) -> list[str]:
    given = [volume.source for volume in volumes if volume.source.startswith("/")]
    return list(dict.fromkeys(map(normpath, given)))


def _way(path: str) -> list[str]:
    """The path, and every directory that leads to it."""
    way = [path]
    while way[-1] != "/":
        way.append(dirname(way[-1]))
    return way
