"""A manager that really listens on TCP is found, whatever its port."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.containers import DockerEngine
from tests.integration.harness.ground import ComponentUnavailableError, need_program
from tests.integration.harness.scanning import Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.ground import Ground

_FINDING = "manager-reached-by-network"


class Reached(NamedTuple):
    """A port of a real Podman, and the scans of a container before and while it listens there."""

    port: int
    identity: str
    before: Scan
    while_it_listens: Scan

    def says(self, seen: Scan) -> str:
        """What was found, in words."""
        findings = seen.workload(self.identity).raw["findings"]
        [found] = [each for each in findings if each["id"] == _FINDING]
        return str(found["says"])


@pytest.fixture(scope="module")
def reached(ground: Ground, docker_engine: DockerEngine) -> Iterator[Reached]:
    """Podman's API on a port of the loopback device, for as long as a scan takes."""
    try:
        podman = need_program("podman")
    except ComponentUnavailableError as unavailable:
        pytest.skip(str(unavailable))
    home = ground.directory("podman-tcp")
    places = [f"--root={home}/storage", f"--runroot={home}/run", f"--tmpdir={home}/tmp"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    with Stage(docker_engine) as stage:
        stage.docker("one")
        before = scan("--docker", docker_engine.url)
        service = ground.start(
            "podman-tcp",
            [podman, *places, "system", "service", "--time=0", f"tcp://127.0.0.1:{port}"],
        )
        try:
            service.wait_until(lambda: _answers(port))
            seen = scan("--docker", docker_engine.url)
        finally:
            service.stop()
        yield Reached(port, stage.id_of("one"), before, seen)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_manager_on_a_port_of_anybodys_is_found(reached: Reached) -> None:
    assert reached.while_it_listens.state(reached.identity, _FINDING) == "present"
    assert f"port {reached.port} of the host's loopback, Podman's" in reached.says(
        reached.while_it_listens
    )
    assert f"port {reached.port}" not in reached.says(reached.before)
