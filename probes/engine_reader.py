"""What is read of every container engine that speaks Docker's API: Docker and Podman.

Only ``GET`` is ever sent, and never for logs, archives, statistics or processes of a container.
Sources: the Docker Engine API reference, https://docs.docker.com/reference/api/engine/, and
Podman's, https://docs.podman.io/en/latest/_static/api.html.
"""

from __future__ import annotations

import json
import re

from isoscope.snapshot.bundle_places import configurations_of
from isoscope.snapshot.manager_places import VERSION
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.crew import Crew
from probes.engine_client import LIST_LIMIT, EngineClient
from probes.host.access import DOCUMENT_LIMIT, HostAccess, NoAnswerError
from probes.probe import Cancelled, Recorder
from probes.sources import keep_sources, sources_in

_CONNECTIONS = 4
"""Several, so that one slow inspection holds up no other; with dockerd more gain nothing."""
_CONTAINER_ID = re.compile(r"[0-9a-f]{12,64}")
_API_VERSION = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4}){1,2}")
_OWN_FILTER = re.compile(rb'"seccomp[=:]')
_FILTER_FROM_FILE = re.compile(rb'"seccomp[=:]/')
_FILES_FOR_ALL = re.compile(rb"name=seccomp,profile=/")
"""What a container, or its engine for all that ask for none, says of a seccomp filter that stands
in a file: then only the bundle shows what it lets through."""
_SETTLED_BY = {
    Gap.DENIED: "run Isoscope as root or as a user who may use the socket",
    Gap.TIMED_OUT: "find out why the daemon does not answer, or allow more with --timeout",
    Gap.REFUSED: "start the engine, or remove the socket that it left behind",
}


class EngineReader:
    """One engine while it is asked."""

    greeting = VERSION
    """The first request, of which something is kept whatever happens."""

    def __init__(
        self, host: HostAccess, recorder: Recorder, url: str, client: EngineClient
    ) -> None:
        self.client = client
        self._host = host
        self._recorder = recorder
        self._url = url
        self._gaps: list[Reading] = []
        self._sources: list[str] = []
        self._described: dict[str, bytes] = {}
        self._info = b""
        self._answered = False

    def read(self) -> None:
        """Everything that the engine says. Ends early where nobody wants to know any more."""
        try:
            self._read()
        except Cancelled:
            return
        except Exception as error:  # noqa: BLE001 - in a thread of its own nobody else would see it
            line = f"{self._url}: ended by an error of its own: {type(error).__name__}: {error}"
            self._recorder.problem(line)
        finally:
            self.client.close()

    def _read(self) -> None:
        version = self._greet()
        if version.content is None:
            return
        podman = podman_api(version.content)
        prefix = f"/v{podman}/libpod" if podman else ""
        networks = f"{prefix}/networks/json" if podman else "/networks"
        crew = Crew(_CONNECTIONS)
        crew.add(lambda: self._containers(crew, prefix))
        crew.add(self._about)
        for path in (networks, "/volumes"):
            crew.add(lambda path=path: self._ask(path))  # type: ignore[misc]
        crew.work()
        if self._url.startswith("unix://"):
            self._filters("podman" if podman else "docker")
            keep_sources(self._host, self._recorder, self._sources)

    def _greet(self) -> Reading:
        greeted = self._ask(self.greeting.removeprefix("GET "))
        self._answered = True
        return greeted

    def _about(self) -> None:
        self._info = self._ask("/info").content or b""

    def _filters(self, engine: str) -> None:
        """The bundles of containers whose seccomp filter the engine names and does not show."""
        for_all = _FILES_FOR_ALL.search(self._info) is not None
        for container, described in self._described.items():
            asked = _OWN_FILTER.search(described) is not None
            if _FILTER_FROM_FILE.search(described) if asked else for_all:
                for path in configurations_of(engine, container):
                    self._recorder.keep(self._host.file(path))

    def give_up(self) -> None:
        """Keeps that the engine did not answer; not even its connection could be ended."""
        if self._answered:
            self._recorder.problem(f"{self._url}: {_SETTLED_BY[Gap.TIMED_OUT]}")
            return
        source = Source(Channel.ENGINE, self._url, self.greeting)

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
            self._recorder.note_gap(first, *words_of(str(first.source), first, len(readings) - 1))

    def _containers(self, crew: Crew, prefix: str) -> None:
        listing = self._ask("/containers/json?all=1", limit=LIST_LIMIT)
        if listing.content is None:
            return
        for found in container_ids(listing.content):
            crew.add(lambda found=found: self._container(prefix, found))  # type: ignore[misc]

    def _container(self, prefix: str, container: str) -> None:
        described = self._ask(f"{prefix}/containers/{container}/json", missing=Gap.GONE)
        if prefix and described.gap in (Gap.REFUSED, Gap.UNSUPPORTED):
            described = self._ask(f"/containers/{container}/json", missing=Gap.GONE)
        self._sources += sources_in(described)
        if described.content is not None:
            self._described[container] = described.content

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


def words_of(what: str, reading: Reading, others: int = 0) -> tuple[str, str]:
    """What a gap is about, and what would settle it."""
    more = f" and {others} more" if others else ""
    settled_by = _SETTLED_BY.get(reading.gap or Gap.FAILED, "the error says what stands in the way")
    return f"{what}{more}", settled_by
