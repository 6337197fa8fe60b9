"""Where container engines are asked: the usual places, those the user named, and all at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from isoscope.snapshot.manager_places import (
    USER_DIRECTORIES,
    EnginePlace,
    engine_places,
    greeting_of,
    user_ids,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.engine_client import EngineClient, LibraryClient, SocketClient
from probes.engine_reader import EngineReader, words_of
from probes.host.access import HostAccess
from probes.probe import Recorder

SHARE_OF_DEADLINE = 0.8
"""The share of the probe's time after which an engine that did not answer is given up, so that the
gaps it leaves are kept before the probe itself is stopped."""
_SECONDS_TO_WIND_UP = 0.5


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine to be asked, and how."""

    url: str
    connect: Callable[[float], EngineClient]
    """Takes the deadline as a ``time.monotonic()`` value; connects when first asked."""


def endpoint_of(url: str) -> Endpoint:
    """How to ask the engine at a URL: ``unix://`` directly, all else through the docker library."""
    path = url.removeprefix("http+").removeprefix("unix://")
    if path.startswith("/") or url.startswith("unix://"):
        absolute = "/" + path.lstrip("/")
        return Endpoint(f"unix://{absolute}", lambda until: SocketClient(absolute, until))
    return Endpoint(url, lambda until: LibraryClient(url, until))


def read_engines(
    host: HostAccess,
    recorder: Recorder,
    engine: str,
    named: Sequence[str],
    further: Callable[[], Iterable[Endpoint]] = tuple,
    reader: type[EngineReader] = EngineReader,
) -> None:
    """Asks every engine that there is, all at once, and keeps what each says.

    Every place looked at leaves a reading of the first request, also where nothing is there.

    Args:
        host: where to look.
        recorder: takes the readings.
        engine: ``docker``, ``podman`` or ``incus``: whose usual places.
        named: URLs that the user named. They are asked instead of the usual places, of which then
            only is kept whether a socket is there.
        further: more endpoints, by the environment; called on a live host where none is named.
        reader: knows what to ask them.
    """
    if not host.live:
        _note_unasked(host, recorder, engine, named)
        return
    seen: _Identities = set()
    users = recorder.keep(host.directory(USER_DIRECTORIES))
    usual = [
        (place, recorder.keep(host.status(place.path)))
        for place in engine_places(engine, user_ids(users.names()))
    ]
    if named:
        endpoints = _distinct(host, recorder, map(endpoint_of, named), seen)
        _leave_out(recorder, usual, seen)
    else:
        endpoints = _usual(recorder, usual, seen)
        endpoints |= _distinct(host, recorder, further(), seen)
    _ask_all(host, recorder, list(endpoints.values()), reader)


_Identities = set[tuple[object, object]]
"""Device and inode of the sockets that were met."""


def _usual(
    recorder: Recorder, places: Iterable[tuple[EnginePlace, Reading]], seen: _Identities
) -> dict[str, Endpoint]:
    """The usual places that have a socket, by URL; of the others it is kept that they have none."""
    found = {}
    for place, status in places:
        if status.gap is not None:
            kept = _as_greeting(recorder, place, status)
            recorder.note_gap(kept, *words_of(str(kept.source), kept))
        elif _is_new(status, seen):
            found[place.url] = endpoint_of(place.url)
    return found


def _distinct(
    host: HostAccess, recorder: Recorder, endpoints: Iterable[Endpoint], seen: _Identities
) -> dict[str, Endpoint]:
    """The endpoints by URL, without those whose socket was met before."""
    found: dict[str, Endpoint] = {}
    for endpoint in endpoints:
        path = endpoint.url.removeprefix("unix://")
        if path == endpoint.url or _is_new(recorder.keep(host.status(path)), seen):
            found.setdefault(endpoint.url, endpoint)
    return found


def _leave_out(
    recorder: Recorder, places: Iterable[tuple[EnginePlace, Reading]], seen: _Identities
) -> None:
    """Keeps of usual places that are not asked whether there is something to ask."""
    for place, status in places:
        if status.gap is not None or _is_new(status, seen):
            _as_greeting(recorder, place, status)


def _is_new(status: Reading, seen: _Identities) -> bool:
    """Whether no socket with this inode was met before: ``/var/run`` usually is ``/run``."""
    if status.content is None:
        return True
    fields = json.loads(status.content)
    identity = (fields["dev"], fields["ino"])
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _as_greeting(recorder: Recorder, place: EnginePlace, status: Reading) -> Reading:
    """Keeps that an engine's place was not asked: there is no socket, or it was left out."""
    source = Source(Channel.ENGINE, place.url, place.greeting)
    if status.gap is not None:
        return recorder.keep(replace(status, source=source))
    detail = "not asked, because other engines were named"
    return recorder.keep(
        Reading(source, status.at, status.privilege, gap=Gap.NOT_READ, detail=detail)
    )


def _note_unasked(host: HostAccess, recorder: Recorder, engine: str, named: Sequence[str]) -> None:
    for url in named or [place.url for place in engine_places(engine, ())]:
        recorder.keep(host.ask(Source(Channel.ENGINE, url, greeting_of(engine)), bytes))


def _ask_all(
    host: HostAccess, recorder: Recorder, endpoints: list[Endpoint], reader: type[EngineReader]
) -> None:
    until = time.monotonic() + SHARE_OF_DEADLINE * recorder.seconds_left()
    running = []
    for endpoint in endpoints:
        client = endpoint.connect(until)
        engine = reader(host, recorder, endpoint.url, client)
        thread = threading.Thread(target=engine.read, name=endpoint.url, daemon=True)
        thread.start()
        running.append((thread, engine))
    for thread, _ in running:
        thread.join(max(0.0, until - time.monotonic()))
    for thread, engine in running:
        if thread.is_alive():
            engine.client.abort()
    for thread, engine in running:
        thread.join(min(_SECONDS_TO_WIND_UP, recorder.seconds_left() / 2))
        if thread.is_alive():
            engine.give_up()
        engine.note_problems()
