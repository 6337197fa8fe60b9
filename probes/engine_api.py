"""What is read of every container engine that speaks Docker's API: Docker and Podman.

Only ``GET`` is ever sent, and never for logs, archives, statistics or processes of a container.
Sources: the Docker Engine API reference, https://docs.docker.com/reference/api/engine/, and
Podman's, https://docs.podman.io/en/latest/_static/api.html.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from isoscope.snapshot.manager_places import (
    USER_DIRECTORIES,
    VERSION,
    EnginePlace,
    engine_places,
    user_ids,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.crew import Crew
from probes.engine_client import LIST_LIMIT, EngineClient, LibraryClient, SocketClient
from probes.host.access import DOCUMENT_LIMIT, HostAccess, NoAnswerError
from probes.probe import Cancelled, Recorder

SHARE_OF_DEADLINE = 0.8
"""The share of the probe's time after which an engine that did not answer is given up, so that the
gaps it leaves are kept before the probe itself is stopped."""
_SECONDS_TO_WIND_UP = 0.5
_CONNECTIONS = 4
"""More gain nothing: dockerd answers one inspection in a fifth of a millisecond."""
_CONTAINER_ID = re.compile(r"[0-9a-f]{12,64}")
_API_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4}){1,2}")
_SETTLED_BY = {
    Gap.DENIED: "run Isoscope as root or as a user who may use the socket",
    Gap.TIMED_OUT: "find out why the daemon does not answer, or allow more with --timeout",
    Gap.REFUSED: "start the engine, or remove the socket that it left behind",
}


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
    further: Callable[[], Iterable[Endpoint]],
) -> None:
    """Asks every engine that there is, all at once, and keeps what each says.

    Every place looked at leaves a reading of ``GET /version``, also where nothing is there.

    Args:
        host: where to look.
        recorder: takes the readings.
        engine: ``docker`` or ``podman``: whose usual places.
        named: URLs that the user named. They are asked instead of the usual places, of which then
            only is kept whether a socket is there.
        further: more endpoints, by the environment; called on a live host where none is named.
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
    _ask_all(host, recorder, list(endpoints.values()))


_Identities = set[tuple[object, object]]
"""Device and inode of the sockets that were met."""


def _usual(
    recorder: Recorder, places: Iterable[tuple[EnginePlace, Reading]], seen: _Identities
) -> dict[str, Endpoint]:
    """The usual places that have a socket, by URL; of the others it is kept that they have none."""
    found = {}
    for place, status in places:
        if status.gap is not None:
            kept = _as_version(recorder, place, status)
            recorder.note_gap(kept, *_words(str(kept.source), kept))
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
            _as_version(recorder, place, status)


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


def _as_version(recorder: Recorder, place: EnginePlace, status: Reading) -> Reading:
    """Keeps that an engine's place was not asked: there is no socket, or it was left out."""
    source = Source(Channel.ENGINE, place.url, VERSION)
    if status.gap is not None:
        return recorder.keep(replace(status, source=source))
    detail = "not asked, because other engines were named"
    return recorder.keep(
        Reading(source, status.at, status.privilege, gap=Gap.NOT_READ, detail=detail)
    )


def _note_unasked(host: HostAccess, recorder: Recorder, engine: str, named: Sequence[str]) -> None:
    for url in named or [place.url for place in engine_places(engine, ())]:
        recorder.keep(host.ask(Source(Channel.ENGINE, url, VERSION), bytes))


def _ask_all(host: HostAccess, recorder: Recorder, endpoints: list[Endpoint]) -> None:
    until = time.monotonic() + SHARE_OF_DEADLINE * recorder.seconds_left()
    running = []
    for endpoint in endpoints:
        client = endpoint.connect(until)
        engine = _Engine(host, recorder, endpoint.url, client)
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


class _Engine:
    """One engine while it is asked."""

    def __init__(
        self, host: HostAccess, recorder: Recorder, url: str, client: EngineClient
    ) -> None:
        self.client = client
        self._host = host
        self._recorder = recorder
        self._url = url
        self._gaps: list[Reading] = []
        self._answered = False

    def read(self) -> None:
        """Everything that the engine says. Ends early where nobody wants to know any more."""
        try:
            version = self._ask("/version")
        except Cancelled:
            return
        self._answered = True
        if version.content is None:
            return
        podman = podman_api(version.content)
        prefix = f"/v{podman}/libpod" if podman else ""
        networks = f"{prefix}/networks/json" if podman else "/networks"
        crew = Crew(_CONNECTIONS)
        crew.add(lambda: self._containers(crew, prefix))
        for path in ("/info", networks, "/volumes"):
            crew.add(lambda path=path: self._ask(path))  # type: ignore[misc]
        crew.work()

    def give_up(self) -> None:
        """Keeps that the engine did not answer at all; not even its connection could be ended."""
        if self._answered:
            return
        source = Source(Channel.ENGINE, self._url, VERSION)

        def late() -> bytes:
            raise TimeoutError("no answer in time")

        self._gaps.append(self._recorder.keep(self._host.ask(source, late)))

    def note_problems(self) -> None:
        """One line for each kind of gap, however many containers it concerns."""
        lines: dict[tuple[Gap, str], list[Reading]] = {}
        for reading in list(self._gaps):
            if reading.gap not in (None, Gap.GONE):
                lines.setdefault((reading.gap, reading.detail), []).append(reading)
        for readings in lines.values():
            first = readings[0]
            self._recorder.note_gap(first, *_words(str(first.source), first, len(readings) - 1))

    def _containers(self, crew: Crew, prefix: str) -> None:
        listing = self._ask("/containers/json?all=1", limit=LIST_LIMIT)
        if listing.content is None:
            return
        for found in container_ids(listing.content):
            crew.add(lambda found=found: self._container(prefix, found))  # type: ignore[misc]

    def _container(self, prefix: str, container: str) -> None:
        described = self._ask(f"{prefix}/containers/{container}/json", missing=Gap.GONE)
        if prefix and described.gap in (Gap.REFUSED, Gap.UNSUPPORTED):
            self._ask(f"/containers/{container}/json", missing=Gap.GONE)

    def _ask(
        self, path: str, *, limit: int = DOCUMENT_LIMIT, missing: Gap = Gap.UNSUPPORTED
    ) -> Reading:
        def question() -> bytes:
            try:
                return self.client.get(path, limit)
            except NoAnswerError as error:
                if error.gap is Gap.GONE:
                    raise NoAnswerError(missing, error.detail) from error
                raise

        source = Source(Channel.ENGINE, self._url, f"GET {path}")
        reading = self._recorder.keep(self._host.ask(source, question))
        if reading.gap is not None:
            self._gaps.append(reading)
        return reading


def podman_api(version: bytes) -> str:
    """Version of Podman's own API by ``GET /version``; empty where it is not Podman that answers,
    or says no usable version."""
    try:
        components = json.loads(version)["Components"]
        for component in components:
            if component["Name"] == "Podman Engine":
                found = component["Details"]["APIVersion"]
                return found if _API_VERSION.fullmatch(found) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return ""


def container_ids(listing: bytes) -> list[str]:
    """The ids in ``GET /containers/json`` that may be put into a request, each once."""
    try:
        found = [entry["Id"] for entry in json.loads(listing)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    usable = [each for each in found if isinstance(each, str) and _CONTAINER_ID.fullmatch(each)]
    return list(dict.fromkeys(usable))


def _words(what: str, reading: Reading, others: int = 0) -> tuple[str, str]:
    more = f" and {others} more" if others else ""
    settled_by = _SETTLED_BY.get(reading.gap or Gap.FAILED, "the error says what stands in the way")
    return f"{what}{more}", settled_by
