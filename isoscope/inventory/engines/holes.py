"""Managers that may run workloads and that a snapshot does not show."""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.inventory.engines.description import doubt_of
from isoscope.inventory.host import Hole
from isoscope.inventory.json_fields import get_int, parse_json
from isoscope.inventory.observation import ENGINE, VM_MANAGER, Observation, Unknown, unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import (
    OPEN,
    USER_DIRECTORIES,
    engine_places,
    greeting_of,
    libvirt_places,
    user_ids,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

_ENGINES = {
    "docker": "Docker engines",
    "podman": "Podman engines",
    "incus": "servers of Incus and LXD",
}


def hole(what: str, doubt: Unknown, reading: Reading) -> Hole:
    """A hole, and why it is one."""
    parties = VM_MANAGER if reading.source.channel is Channel.LIBVIRT else ENGINE
    observation: Observation[object] = unknown(
        "host",
        "workloads",
        doubt.reason,
        doubt.explanation,
        doubt.settled_by,
        reading,
        parties=parties,
    )
    return Hole(what, observation)


def unvisited_places(snapshot: Snapshot) -> list[Hole]:
    """A hole for each kind of manager of whose usual places some were not looked at at all: the
    probe was skipped, or its readings are not part of the snapshot."""
    listing = snapshot.directory(USER_DIRECTORIES)
    users = user_ids(listing.names())
    holes: list[Hole] = []
    for engine, called in _ENGINES.items():
        urls = [place.url for place in engine_places(engine, users)]
        greeting = greeting_of(engine)
        missing = [url for url in urls if not _engine_looked_at(snapshot, url, greeting)]
        if missing or engine != "incus":  # whose servers are the system's, and no user's
            holes += _missing(snapshot, called, Channel.ENGINE, greeting, missing, listing)
    uris = [place.uri for place in libvirt_places(users)]
    missing = [uri for uri in uris if Source(Channel.LIBVIRT, uri, OPEN) not in snapshot.readings]
    holes += _missing(snapshot, "libvirt", Channel.LIBVIRT, OPEN, missing, listing)
    return holes


def _missing(
    snapshot: Snapshot,
    what: str,
    channel: Channel,
    request: str,
    missing: list[str],
    users: Reading,
) -> Iterable[Hole]:
    if missing:
        reading = snapshot.get(channel, missing[0], request)
        doubt = doubt_of(reading)
        if doubt is not None:
            yield hole(f"{what} at {', '.join(missing)}", doubt, reading)
    elif users.gap not in (None, Gap.ABSENT):
        asked = any(
            r.source.request == request and r.gap is not Gap.UNSUPPORTED
            for r in snapshot.of_channel(channel)
        )
        doubt = doubt_of(users)
        if asked and doubt is not None:
            yield hole(f"{what} of users, below {USER_DIRECTORIES}", doubt, users)


def _engine_looked_at(snapshot: Snapshot, url: str, greeting: str) -> bool:
    """Whether an engine was asked at this URL, or by another name of the same socket."""
    if Source(Channel.ENGINE, url, greeting) in snapshot.readings:
        return True
    identity = _identity(snapshot, url)
    return identity is not None and any(
        identity == _identity(snapshot, reading.source.target)
        for reading in snapshot.of_channel(Channel.ENGINE)
        if reading.source.request == greeting
    )


def _identity(snapshot: Snapshot, url: str) -> tuple[int, int] | None:
    status = snapshot.get(Channel.STATUS, url.removeprefix("unix://"))
    if status.content is None:
        return None
    try:
        document = parse_json(status.text())
        return get_int(document, "dev"), get_int(document, "ino")
    except ValueError:
        return None
