"""Podman: every service of this host, rootful and rootless.

Podman needs no daemon: without its service, which ``podman.socket`` starts on demand, its
containers are seen by the kernel's view alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from probes.engine_api import Endpoint, endpoint_of, read_engines
from probes.host.access import HostAccess
from probes.probe import Recorder


class PodmanProbe:
    """Asks Podman services for their containers, networks and volumes."""

    name = "podman"

    def __init__(self, urls: Sequence[str] = ()) -> None:
        """``urls`` are asked instead of the usual places."""
        self._urls = tuple(urls)

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        read_engines(host, recorder, "podman", self._urls, _of_environment)


def _of_environment() -> Iterator[Endpoint]:
    """The service that the user's own podman client would talk to: podman(1), CONTAINER_HOST."""
    named = os.environ.get("CONTAINER_HOST", "")
    if named:
        yield endpoint_of(named)
