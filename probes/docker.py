"""Docker: every engine of this host, rootful and rootless, and the one that the user works with."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probes.engine_api import Endpoint, endpoint_of, read_engines
from probes.engine_client import EngineClient, LibraryClient
from probes.host.access import HostAccess
from probes.probe import Recorder

if TYPE_CHECKING:
    from docker.tls import TLSConfig


class DockerProbe:
    """Asks Docker engines for their containers, networks and volumes."""

    name = "docker"

    def __init__(self, urls: Sequence[str] = ()) -> None:
        """``urls`` are asked instead of the usual places: ``unix://``, ``tcp://``, ``ssh://``."""
        self._urls = tuple(urls)

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        read_engines(host, recorder, "docker", self._urls, lambda: _of_environment(host))


def _of_environment(host: HostAccess) -> Iterator[Endpoint]:
    """The engine that the user's own docker client would talk to: ``DOCKER_HOST``, or else the
    current context. One of them may name an engine of another machine; that its containers run
    there is for the inventory to see."""
    named = os.environ.get("DOCKER_HOST", "")
    if named:
        yield endpoint_of(named)
    elif _has_context(host):
        context = _current_context()
        if context is not None:
            yield context


def _has_context(host: HostAccess) -> bool:
    """Whether a context may be chosen; the library that knows them is slow to import."""
    if os.environ.get("DOCKER_CONTEXT"):
        return True
    folder = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    return '"currentContext"' in host.file(f"{folder}/config.json").text()


def _current_context() -> Endpoint | None:
    try:
        from docker.context import ContextAPI
        from docker.errors import DockerException
    except ImportError:
        return None
    try:
        # None where there is no context of that name, as is its Host where it has no Docker engine.
        context: Any = ContextAPI.get_context(os.environ.get("DOCKER_CONTEXT") or None)
        url, tls = (context.Host, context.TLSConfig) if context else (None, None)
    except (DockerException, OSError, ValueError, KeyError, TypeError):
        return None
    return _endpoint_of_context(url, tls) if isinstance(url, str) and url else None


def _endpoint_of_context(url: str, tls: TLSConfig | None) -> Endpoint:
    if url.startswith("unix://") or not tls:
        return endpoint_of(url)

    def connect(until: float) -> EngineClient:
        return LibraryClient(url, until, tls)

    return Endpoint(url, connect)
