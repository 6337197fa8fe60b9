"""Fixtures: the engines that the tests run against, started once for all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from tests.integration.harness.containers import DockerEngine, PodmanService
from tests.integration.harness.ground import ComponentUnavailableError, Ground
from tests.integration.harness.machines import BareMachine, LibvirtDaemon, start_bare_machine
from tests.integration.harness.scanning import unprivileged_python
from tests.integration.harness.silence import HangingServer, refused_socket
from tests.integration.harness.skip_rule import in_ci
from tests.integration.harness.strangers import strangers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Stoppable(Protocol):
    """Something started for the tests."""

    def stop(self) -> None: ...


Component = TypeVar("Component", bound=Stoppable)


def running(start: Callable[[Ground], Component], ground: Ground) -> Iterator[Component]:
    """Start a component, or skip what needs it; stop it at the end."""
    try:
        component = start(ground)
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    try:
        yield component
    finally:
        component.stop()


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """The private directory of this run; what is left of it at the end is removed."""
    prepared = Ground.prepare()
    try:
        yield prepared
    finally:
        prepared.close()


@pytest.fixture(scope="session")
def docker_engine(ground: Ground) -> Iterator[DockerEngine]:
    """A private dockerd with the test image."""
    yield from running(DockerEngine.start, ground)


@pytest.fixture(scope="session")
def podman_service(ground: Ground) -> Iterator[PodmanService]:
    """A private Podman with the test image."""
    yield from running(PodmanService.start, ground)


@pytest.fixture(scope="session")
def libvirt_daemon(ground: Ground) -> Iterator[LibvirtDaemon]:
    """A private libvirtd with virtlogd, that knows its emulators by now."""

    def start(ground: Ground) -> LibvirtDaemon:
        started = LibvirtDaemon.start(ground)
        started.learn_about_emulators()
        return started

    yield from running(start, ground)


@pytest.fixture(scope="session")
def endpoints(request: pytest.FixtureRequest, docker_engine: DockerEngine) -> list[str]:
    """Where Isoscope is told to look: every engine that this machine can run.

    An engine that is not there is left to be looked for in its usual place, and not found.
    """
    options = ["--docker", docker_engine.url]
    for option, fixture in (("--podman", "podman_service"), ("--libvirt", "libvirt_daemon")):
        try:
            engine = request.getfixturevalue(fixture)
        except pytest.skip.Exception:
            if in_ci():
                raise
            continue
        options += [option, engine.url]
    return options


@pytest.fixture
def undisturbed(ground: Ground) -> None:
    """Skips while somebody else's workloads run: what neighbours do to a tenant is tested then."""
    others = strangers(ground.mark)
    if others:
        pytest.skip(f"{len(others)} workloads of others run on this machine, such as {others[0]}")


@pytest.fixture
def hanging_socket(tmp_path: Path) -> Iterator[Path]:
    """The socket of a daemon that accepts and never answers."""
    server = HangingServer(tmp_path / "hanging.sock").start()
    try:
        yield server.path
    finally:
        server.stop()


@pytest.fixture
def dead_socket(tmp_path: Path) -> Path:
    """The socket of a daemon that is not running any more."""
    return refused_socket(tmp_path / "dead.sock")


@pytest.fixture(scope="session")
def unprivileged_user() -> None:
    """Skips where no interpreter can be run as another user than root."""
    try:
        unprivileged_python()
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))


@pytest.fixture(scope="module")
def bare_machine(ground: Ground) -> Iterator[BareMachine]:
    """A QEMU process run as root, that libvirt does not know."""
    try:
        machine, daemon = start_bare_machine(ground)
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    try:
        yield machine
    finally:
        daemon.stop()
