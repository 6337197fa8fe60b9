"""libvirt: every connection of this host, by libvirt's own library or by ``virsh``.

Nothing is started: a connection is opened only where its socket exists, and the library is told not
to start a session's daemon. Nothing is changed: only functions that read are called.
"""

from __future__ import annotations

import grp
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from isoscope.snapshot.manager_places import (
    DOMAIN,
    LIST_DOMAINS,
    LIST_NETWORKS,
    NETWORK,
    OPEN,
    USER_DIRECTORIES,
    libvirt_places,
    pid_file,
    user_ids,
)
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.access import HostAccess
from probes.libvirt_client import LibvirtClient, PythonClient
from probes.probe import Cancelled, Recorder
from probes.sources import keep_sources, sources_in
from probes.virsh_client import VirshClient

_SHARE_OF_DEADLINE = 0.8
"""As for engines: what does not answer is given up before the probe itself is stopped."""
_SETTLED_BY = {
    Gap.DENIED: "run Isoscope as root or as a member of the group libvirt",
    Gap.TIMED_OUT: "find out why the daemon does not answer, or allow more with --timeout",
    Gap.REFUSED: "start the daemon, or remove the socket that it left behind",
}


class LibvirtProbe:
    """Asks libvirt for its domains, networks and capabilities."""

    name = "libvirt"

    def __init__(self, uris: Sequence[str] = ()) -> None:
        """``uris`` are asked instead of the usual places."""
        self._uris = tuple(uris)

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        if not host.live:
            for uri in self._uris or [place.uri for place in libvirt_places(())]:
                recorder.keep(host.ask(Source(Channel.LIBVIRT, uri, OPEN), bytes))
            return
        until = time.monotonic() + _SHARE_OF_DEADLINE * recorder.seconds_left()
        usual = _existing(host, recorder, self._uris)
        connections = [_Connection(host, recorder, uri, until) for uri in self._uris or usual]
        threads = [
            threading.Thread(target=connection.read, name=connection.uri, daemon=True)
            for connection in connections
        ]
        for thread in threads:
            thread.start()
        for thread, connection in zip(threads, connections, strict=True):
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                connection.give_up()
            connection.note_problems()


def _existing(host: HostAccess, recorder: Recorder, named: Sequence[str]) -> list[str]:
    """The usual connections that have a socket; of the others it is kept why they are not asked:
    there is none, or the user named others."""
    users = recorder.keep(host.directory(USER_DIRECTORIES))
    looked_at: dict[str, Reading] = {}
    existing = []
    for place in libvirt_places(user_ids(users.names())):
        if place.uri in named:
            continue
        for path in place.sockets:
            if path not in looked_at:
                looked_at[path] = recorder.keep(host.status(path))
        statuses = [looked_at[path] for path in place.sockets]
        found = next((status for status in statuses if status.gap is None), None)
        source = Source(Channel.LIBVIRT, place.uri, OPEN)
        if found is None:
            # A directory that may not be searched hides a socket; one that is absent does not.
            worst = next((s for s in statuses if s.gap is not Gap.ABSENT), statuses[0])
            kept = recorder.keep(replace(worst, source=source))
            recorder.note_gap(kept, str(source), _settled_by(kept))
        elif not named:
            existing.append(place.uri)
        else:
            detail = "not asked, because other connections were named"
            recorder.keep(
                Reading(source, found.at, found.privilege, gap=Gap.NOT_READ, detail=detail)
            )
    return existing


class _Connection:
    """One connection while it is asked. libvirt's calls cannot be ended from outside: one that
    never returns is left to its thread."""

    def __init__(self, host: HostAccess, recorder: Recorder, uri: str, until: float) -> None:
        self.uri = uri
        self._host = host
        self._recorder = recorder
        self._until = until
        self._gaps: list[Reading] = []
        self._sources: list[str] = []
        self._waits_for = OPEN
        self._given_up = False
        self._lock = threading.Lock()

    def read(self) -> None:
        """Everything that is read of the connection."""
        try:
            self._read()
        except Cancelled:
            return

    def give_up(self) -> None:
        """Keeps that the call that runs now got no answer, and lets go of all that follow."""
        with self._lock:
            self._given_up = True
        self._keep(Source(Channel.LIBVIRT, self.uri, self._waits_for), _late)

    def note_problems(self) -> None:
        """One line for each gap."""
        for reading in list(self._gaps):
            if reading.gap is not Gap.GONE:
                self._recorder.note_gap(reading, str(reading.source), _settled_by(reading))

    def _read(self) -> None:
        client = self._client()
        opened = self._ask(OPEN, lambda: client.open(read_write=_may_write(self.uri)))
        if opened.content is None:
            return
        self._domains(client)
        self._networks(client)
        if not urlsplit(self.uri).netloc:  # else they are another host's
            keep_sources(self._host, self._recorder, self._sources)
        # These come last: for the first who asks, libvirt runs every QEMU binary that is installed.
        self._ask("virConnectGetLibVersion", client.library_version)
        self._ask("virConnectGetVersion", client.version)
        self._ask("virConnectGetCapabilities", client.capabilities)
        self._ask("virConnectGetDomainCapabilities", client.domain_capabilities)
        client.close()

    def _domains(self, client: LibvirtClient) -> None:
        names: list[str] = []

        def listing() -> bytes:
            document, found = client.domains()
            names.extend(found)
            return document

        self._ask(LIST_DOMAINS, listing)
        for uuid, name in [pair.split(" ", 1) for pair in names]:
            described = self._ask(f"{DOMAIN} {uuid}", lambda uuid=uuid: client.domain(uuid))  # type: ignore[misc]
            self._sources += sources_in(described)
            path = pid_file(self.uri, name)
            if path:
                self._recorder.keep(self._host.file(path, 64))

    def _networks(self, client: LibvirtClient) -> None:
        found: list[str] = []

        def listing() -> bytes:
            document, uuids = client.networks()
            found.extend(uuids)
            return document

        self._ask(LIST_NETWORKS, listing)
        for uuid in found:
            self._ask(f"{NETWORK} {uuid}", lambda uuid=uuid: client.network(uuid))  # type: ignore[misc]

    def _client(self) -> LibvirtClient:
        python = PythonClient.if_installed(self.uri)
        return python or VirshClient(self.uri, self._until)

    def _ask(self, request: str, question: Callable[[], bytes]) -> Reading:
        with self._lock:
            if self._given_up:
                raise Cancelled
            self._waits_for = request
        return self._keep(Source(Channel.LIBVIRT, self.uri, request), question)

    def _keep(self, source: Source, question: Callable[[], bytes]) -> Reading:
        reading = self._recorder.keep(self._host.ask(source, question))
        if reading.gap is not None:
            self._gaps.append(reading)
        return reading


def _late() -> bytes:
    raise TimeoutError("no answer in time")


def _may_write(uri: str) -> bool:
    """Whether to ask for a read-write connection, which the domain capabilities need.

    Only where it is granted without a question: asking as somebody else would make polkit open its
    password dialog in the middle of a scan.
    """
    if os.geteuid() == 0 or urlsplit(uri).path == "/session":
        return True
    try:
        return grp.getgrnam("libvirt").gr_gid in (os.getegid(), *os.getgroups())
    except KeyError:
        return False


def _settled_by(reading: Reading) -> str:
    return _SETTLED_BY.get(reading.gap or Gap.FAILED, "the error says what stands in the way")
