"""Incus and LXD: every server of this host that listens on a socket of its own.

Both speak one API. Only the configuration of instances is asked for and never their state: to tell
that, the server enters the network namespace of each container and asks an agent in each virtual
machine. Which processes are an instance's, the kernel shows.

Source: https://linuxcontainers.org/incus/docs/main/rest-api-spec/.
"""

from __future__ import annotations

from collections.abc import Sequence

from isoscope.snapshot.manager_places import LIST_INSTANCE_NETWORKS, LIST_INSTANCES, SERVER
from probes.engine_api import read_engines
from probes.engine_client import LIST_LIMIT
from probes.engine_reader import EngineReader
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.sources import keep_sources, sources_in


class IncusProbe:
    """Asks Incus and LXD for their instances and networks."""

    name = "incus"

    def __init__(self, urls: Sequence[str] = ()) -> None:
        """``urls`` are asked instead of the usual places."""
        self._urls = tuple(urls)

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        read_engines(host, recorder, "incus", self._urls, reader=_InstanceReader)


class _InstanceReader(EngineReader):
    """One server while it is asked."""

    greeting = SERVER

    def _read(self) -> None:
        if self._greet().content is None:
            return
        instances = self._ask(LIST_INSTANCES.removeprefix("GET "), limit=LIST_LIMIT)
        self._ask(LIST_INSTANCE_NETWORKS.removeprefix("GET "), limit=LIST_LIMIT)
        keep_sources(self._host, self._recorder, sources_in(instances))
