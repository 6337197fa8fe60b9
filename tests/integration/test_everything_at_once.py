"""One host with good, bad and foreign workloads, seen by root, by nobody and by a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import DIRECTIONS, HW, WH, A, C, I, Rated, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine, PodmanService
    from tests.integration.harness.machines import BareMachine, LibvirtDaemon

HOST_NAMESPACES = {
    "pid-host": ("--pid=host", "host-pid-namespace", "ns/pid"),
    "net-host": ("--network=host", "host-network-namespace", "ns/net"),
    "ipc-host": ("--ipc=host", "host-ipc-namespace", "ns/ipc"),
}


class Everything(NamedTuple):
    """What runs, and where Isoscope is told to look."""

    stage: Stage
    bare: BareMachine
    endpoints: list[str]
    by_root: Scan

    def rated(self, name: str, by: Scan | None = None) -> Rated:
        """What a scan, root's unless another is given, said of one workload."""
        return (by or self.by_root).workload(self.stage.id_of(name))


@pytest.fixture(scope="module")
def everything(
    docker_engine: DockerEngine,
    podman_service: PodmanService,
    libvirt_daemon: LibvirtDaemon,
    bare_machine: BareMachine,
    endpoints: list[str],
) -> Iterator[Everything]:
    """Every kind of workload at once, scanned as root by the operator."""
    with Stage(docker_engine, podman_service, libvirt_daemon) as stage:
        stage.docker("acme")
        stage.docker("bounded", "--memory=64m", "--cpus=0.5", "--pids-limit=64")
        stage.docker("loose", "--security-opt=seccomp=unconfined")
        stage.docker("admin", "--cap-add=SYS_ADMIN")
        stage.docker("mallory", f"--volume={docker_engine.socket}:/var/run/docker.sock")
        stage.docker("reader", "--volume=/:/host:ro")
        for name, (option, _, _) in HOST_NAMESPACES.items():
            stage.docker(name, option)
        stage.podman("pod")
        stage.guest("guest")
        yield Everything(stage, bare_machine, endpoints, scan(*endpoints))


@pytest.mark.parametrize("name", sorted(HOST_NAMESPACES))
def test_a_namespace_of_the_host_is_a_finding_of_its_own(everything: Everything, name: str) -> None:
    _, exposure, link = HOST_NAMESPACES[name]
    verdict = everything.rated(name).verdict(HW, I)
    assert verdict.high <= 1
    assert exposure in verdict.held_by
    source = f"/proc/{everything.stage.pid_of(name)}/{link}"
    assert everything.by_root.rests_on(verdict, exposure, source)


@pytest.mark.parametrize(
    ("name", "exposure"),
    [
        ("loose", "seccomp-unconfined"),
        ("admin", "host-owning-capability"),
        ("mallory", "engine-socket-mounted"),
        ("reader", "host-root-mounted"),
    ],
)
def test_each_danger_is_a_finding_of_its_own_workload_only(
    everything: Everything, name: str, exposure: str
) -> None:
    assert everything.by_root.state(everything.stage.id_of(name), exposure) == "present"
    assert everything.by_root.state(everything.stage.id_of("acme"), exposure) == "absent"


def at_most_as_good(scan_: Scan, reference: Scan) -> int:
    """Assert that no workload stands higher than in the reference; return how many compared."""
    compared = set(scan_.workloads()) & set(reference.workloads())
    for identifier in compared:
        theirs, ours = scan_.workload(identifier), reference.workload(identifier)
        for verdict, known in zip(theirs.verdicts(), ours.verdicts(), strict=True):
            assert verdict.low <= known.low, verdict.of
            assert verdict.status != "meets" or known.status == "meets", verdict.of
    return len(compared)


@pytest.fixture(scope="module")
def by_nobody(everything: Everything, unprivileged_user: None) -> Scan:
    """The same scan by a user that may not even ask the engines."""
    return scan(*everything.endpoints, unprivileged=True)


@pytest.fixture(scope="module")
def by_nobody_with_docker(
    everything: Everything, docker_engine: DockerEngine, unprivileged_user: None
) -> Scan:
    """The same scan by a user that may ask Docker, but look at nobody else's processes."""
    shared = f"unix://{docker_engine.shared_socket}"
    options = [shared if each == docker_engine.url else each for each in everything.endpoints]
    return scan(*options, unprivileged=True)


def test_an_unprivileged_scan_is_never_better_than_root_s(
    everything: Everything, by_nobody_with_docker: Scan
) -> None:
    assert at_most_as_good(by_nobody_with_docker, everything.by_root) >= 9


def test_a_scan_without_the_engines_is_never_better_than_root_s(
    everything: Everything, by_nobody: Scan
) -> None:
    at_most_as_good(by_nobody, everything.by_root)
    assert by_nobody.document["status"] != "meets"


def test_an_unprivileged_scan_says_which_engines_refused_it(by_nobody: Scan) -> None:
    probe = by_nobody.probe("docker")
    assert probe["state"] != "complete"
    assert "denied" in str(probe["problems"]).lower()


def test_an_unprivileged_scan_says_what_became_unknown_and_why(
    everything: Everything, by_nobody_with_docker: Scan
) -> None:
    verdict = everything.rated("acme", by_nobody_with_docker).verdict(HW, I)
    assert everything.rated("acme").verdict(HW, I).unknowns <= {"runtime-with-known-escape"}
    assert verdict.unknowns
    assert verdict.status == "unproven"
    # Besides, whether a distribution carried fixes back into its runtime is not said.
    assert "denied" in by_nobody_with_docker.reasons(verdict)
    assert by_nobody_with_docker.reasons(verdict) <= {"denied", "not-said"}
    assert all(each["unknown"]["settled_by"] for each in verdict.raw["unknowns"])


def test_what_an_unprivileged_scan_sees_of_a_danger_still_counts(
    everything: Everything, by_nobody_with_docker: Scan
) -> None:
    verdict = by_nobody_with_docker.tenant("mallory").verdict(HW, C)
    assert verdict.low == 0
    assert verdict.status in ("falls-short", "unproven")


@pytest.fixture(scope="module")
def by_tenant(everything: Everything) -> Scan:
    """The same host, from the viewpoint of somebody who believes the CPU vendor only."""
    return scan(*everything.endpoints, "--viewpoint", "tenant")


def test_a_tenant_sees_nothing_better_than_the_operator(
    everything: Everything, by_tenant: Scan
) -> None:
    assert by_tenant.document["viewpoint"] == "tenant"
    assert at_most_as_good(by_tenant, everything.by_root) >= len(everything.stage.ids())


def test_nothing_that_rests_on_the_host_s_word_protects_from_the_host(by_tenant: Scan) -> None:
    for rated in by_tenant.tenants().values():
        for quality in (C, I, A):
            assert rated.verdict(WH, quality).low == 0
            assert rated.verdict(WH, quality).status != "meets"


def test_what_the_host_says_in_its_own_favour_is_unproven_to_a_tenant(
    everything: Everything, by_tenant: Scan
) -> None:
    for name in ("acme", "bounded", "guest"):
        believed = everything.rated(name).verdict(HW, I)
        doubted = everything.rated(name, by_tenant).verdict(HW, I)
        assert believed.low >= 2 or believed.standard
        assert doubted.low < believed.low
        assert doubted.unknowns
        assert doubted.status == "unproven"


def test_what_the_host_admits_counts_for_a_tenant_too(by_tenant: Scan) -> None:
    verdict = by_tenant.tenant("mallory").verdict(HW, C)
    assert verdict.rungs == (0, 0)
    assert "engine-socket-mounted" in verdict.held_by


def test_the_verdict_relies_on_nobody_outside_the_viewpoint(by_tenant: Scan) -> None:
    for rated in by_tenant.tenants().values():
        for verdict in rated.verdicts():
            assert set(verdict.raw["relies_on"]) <= {"cpu-vendor", "workload"}


def test_the_answer_speaks_of_every_direction(everything: Everything) -> None:
    for rated in everything.by_root.workloads().values():
        assert {each["direction"] for each in rated.raw["verdicts"]} == set(DIRECTIONS)
