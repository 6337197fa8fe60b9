"""Workloads that own the host, and what that does to everybody else on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import HW, WW, C, I, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine

BYSTANDERS = ("acme", "globex")


@pytest.fixture(scope="module")
def bystanders(docker_engine: DockerEngine) -> Iterator[Stage]:
    """Two default containers of different tenants."""
    with Stage(docker_engine) as stage:
        for name in BYSTANDERS:
            stage.docker(name)
        yield stage


@pytest.fixture(scope="module")
def alone(bystanders: Stage, endpoints: list[str]) -> Scan:
    """What they are worth before anybody else arrives."""
    assert bystanders.ids()
    return scan(*endpoints)


class Owning(NamedTuple):
    """A way to own the host: the option of ``docker run``, and what it opens."""

    exposure: str
    option: str
    opens: tuple[str, ...] = (C, I)


OWNING = {
    "socket": Owning("engine-socket-mounted", "--volume={socket}:/var/run/docker.sock"),
    "socket-read-only": Owning("engine-socket-mounted", "--volume={socket}:/engine.sock:ro"),
    "socket-directory": Owning("engine-socket-mounted", "--volume={directory}:/engine"),
    "root-read-only": Owning("host-root-mounted", "--volume=/:/host:ro", opens=(C,)),
    "sys-admin": Owning("host-owning-capability", "--cap-add=SYS_ADMIN"),
}


class Owned(NamedTuple):
    """A host that one workload owns, and what the scan of it said."""

    how: Owning
    stage: Stage
    scan: Scan


@pytest.fixture(scope="module", params=sorted(OWNING))
def owned(
    request: pytest.FixtureRequest, alone: Scan, docker_engine: DockerEngine, endpoints: list[str]
) -> Iterator[Owned]:
    """One scan with one workload that owns the host, beside the bystanders."""
    assert alone.tenants()
    how = OWNING[request.param]
    socket = docker_engine.socket
    with Stage(docker_engine) as stage:
        stage.docker("mallory", how.option.format(socket=socket, directory=socket.parent))
        yield Owned(how, stage, scan(*endpoints))


def test_an_exposure_gives_the_host_away(owned: Owned) -> None:
    for quality in owned.how.opens:
        verdict = owned.scan.tenant("mallory").verdict(HW, quality)
        assert verdict.rungs == (0, 0)
        assert owned.how.exposure in verdict.held_by
        assert verdict.status == "falls-short"
        finding = owned.scan.finding(verdict, owned.how.exposure)
        assert finding["workload"] == owned.stage.id_of("mallory")


def test_the_exposure_is_shown_with_the_kernel_s_evidence(owned: Owned) -> None:
    verdict = owned.scan.tenant("mallory").verdict(HW, C)
    process = f"/proc/{owned.stage.pid_of('mallory')}/"
    of_the_kernel = [
        each
        for each in owned.scan.evidence(verdict, owned.how.exposure)
        if each["source"].startswith(process)
    ]
    assert of_the_kernel
    assert all("host-kernel" in each["parties"] for each in of_the_kernel)


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize("tenant", BYSTANDERS)
def test_every_other_tenant_falls_with_the_host(owned: Owned, alone: Scan, tenant: str) -> None:
    for quality in owned.how.opens:
        assert alone.tenant(tenant).verdict(WW, quality).low >= 1
        verdict = owned.scan.tenant(tenant).verdict(WW, quality)
        assert verdict.rungs == (0, 0)
        assert "neighbour-owns-the-host" in verdict.held_by


@pytest.mark.parametrize("tenant", BYSTANDERS)
def test_who_owns_the_host_does_not_lower_the_others_barrier_to_it(
    owned: Owned, alone: Scan, tenant: str
) -> None:
    for quality in (C, I):
        before = alone.tenant(tenant).verdict(HW, quality)
        assert owned.scan.tenant(tenant).verdict(HW, quality).rungs == before.rungs


def test_a_scan_that_finds_a_shortfall_says_so_in_its_exit_status(owned: Owned) -> None:
    assert owned.scan.exit_status == 1
    assert owned.scan.document["status"] == "falls-short"
