"""Workloads that do not own the host: what their defaults give, add and take away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import HW, WH, WW, A, C, I, Rated, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine, PodmanService
    from tests.integration.harness.machines import BareMachine, LibvirtDaemon

VULNERABILITIES = "/sys/devices/system/cpu/vulnerabilities"
MAPPED = ("--uidmap=0:200000:65536", "--gidmap=0:200000:65536")


class Ordinary(NamedTuple):
    """What runs, and what the scan of it said."""

    stage: Stage
    scan: Scan
    bare: BareMachine

    def rated(self, name: str) -> Rated:
        """What was said of one workload."""
        return self.scan.workload(self.stage.id_of(name))


@pytest.fixture(scope="module")
def ordinary(
    docker_engine: DockerEngine,
    podman_service: PodmanService,
    libvirt_daemon: LibvirtDaemon,
    bare_machine: BareMachine,
    endpoints: list[str],
) -> Iterator[Ordinary]:
    """One scan of everything that stays within its bounds."""
    with Stage(docker_engine, podman_service, libvirt_daemon) as stage:
        stage.docker("acme")
        stage.docker("globex", f"--network={docker_engine.create_network('only-globex')}")
        stage.docker("loose", "--security-opt=seccomp=unconfined")
        stage.docker(
            "hardened", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"
        )
        stage.docker("lender", "--volume=lent:/data")
        stage.docker("borrower", "--volume=lent:/data")
        stage.docker("reader-owner", "--volume=published:/data")
        stage.docker("reader", "--volume=published:/data:ro")
        stage.docker("replica-1", "--volume=own:/data", tenant="replicated")
        stage.docker("replica-2", "--volume=own:/data", tenant="replicated")
        shared = docker_engine.create_network("common")
        stage.docker("bridged", f"--network={shared}")
        stage.docker("bridged-too", f"--network={shared}")
        stage.docker("joined")
        stage.docker("joiner", "--network=container:joined")
        stage.podman("pod")
        stage.podman("mapped", *MAPPED)
        stage.guest("guest")
        yield Ordinary(stage, scan(*endpoints), bare_machine)


DEFAULT = pytest.mark.parametrize("tenant", ["acme", "globex"])


@DEFAULT
def test_a_default_container_stands_at_the_standard_rung_towards_the_host(
    ordinary: Ordinary, tenant: str
) -> None:
    assert ordinary.rated(tenant).verdict(HW, I).standard


@DEFAULT
def test_confidentiality_is_lower_only_where_the_cpu_s_own_report_says_so(
    ordinary: Ordinary, tenant: str
) -> None:
    verdict = ordinary.rated(tenant).verdict(HW, C)
    if verdict.standard:
        return
    assert "cpu-flaw-user-kernel" in verdict.named
    assert verdict.named <= {"cpu-flaw-user-kernel", "runtime-with-known-escape"}
    for source in ordinary.scan.sources(verdict, "cpu-flaw-user-kernel"):
        assert source.startswith(VULNERABILITIES)
        assert "Vulnerable" in Path(source).read_text()


@pytest.mark.usefixtures("undisturbed")
@DEFAULT
def test_default_containers_of_two_tenants_are_apart_but_not_confined(
    ordinary: Ordinary, tenant: str
) -> None:
    verdict = ordinary.scan.tenant(tenant).verdict(WW, C)
    assert 1 <= verdict.low <= verdict.high < 3
    assert verdict.held_by, "it says what holds it below rung 3"


@DEFAULT
def test_the_host_reads_and_changes_every_plain_container(ordinary: Ordinary, tenant: str) -> None:
    rated = ordinary.scan.tenant(tenant)
    assert rated.verdict(WH, C).rungs == (0, 0)
    assert rated.verdict(WH, I).rungs == (0, 0)
    assert rated.verdict(WH, A).status == "not-required"


def test_a_removed_seccomp_filter_weakens_the_barrier(ordinary: Ordinary) -> None:
    verdict = ordinary.rated("loose").verdict(HW, I)
    assert verdict.rungs == (1, 1)
    assert verdict.held_by - {"runtime-with-known-escape"} == {"seccomp-unconfined"}
    status = f"/proc/{ordinary.stage.pid_of('loose')}/status"
    assert ordinary.scan.rests_on(verdict, "seccomp-unconfined", status)


@pytest.mark.parametrize(
    "measure", ["no-new-privileges", "capabilities-reduced", "root-filesystem-read-only"]
)
def test_what_was_hardened_is_shown_as_in_place(ordinary: Ordinary, measure: str) -> None:
    assert ordinary.scan.state(ordinary.stage.id_of("hardened"), measure) == "present"
    assert ordinary.scan.state(ordinary.stage.id_of("acme"), measure) == "absent"


def test_hardening_raises_nothing_while_root_inside_is_root_outside(ordinary: Ordinary) -> None:
    verdict = ordinary.rated("hardened").verdict(HW, I)
    assert verdict.standard
    assert verdict.held_by & {"user-namespace", "runtime-with-known-escape"}


@pytest.mark.parametrize(("tenant", "other"), [("lender", "borrower"), ("borrower", "lender")])
def test_a_writable_volume_of_two_tenants_opens_both_to_each_other(
    ordinary: Ordinary, tenant: str, other: str
) -> None:
    verdict = ordinary.scan.tenant(tenant).verdict(WW, I)
    assert verdict.rungs == (0, 0)
    assert "shared-writable-storage" in verdict.held_by
    finding = ordinary.scan.finding(verdict, "shared-writable-storage")
    assert finding["workload"] == ordinary.stage.id_of(tenant)
    assert ordinary.stage.id_of(other) in finding["others"]


@pytest.mark.usefixtures("undisturbed")
def test_the_same_volume_within_one_tenant_is_nobody_else_s_business(ordinary: Ordinary) -> None:
    rated = ordinary.scan.tenant("replicated")
    assert len(rated.raw["workloads"]) == 2
    for quality in (C, I):
        verdict = rated.verdict(WW, quality)
        assert verdict.low >= 1
        assert not verdict.named & {"shared-writable-storage", "shared-readable-storage"}


@pytest.mark.parametrize("tenant", ["reader", "reader-owner"])
def test_a_volume_shared_read_only_still_breaks_confidentiality(
    ordinary: Ordinary, tenant: str
) -> None:
    assert ordinary.scan.tenant(tenant).verdict(WW, C).rungs == (0, 0)


@pytest.mark.usefixtures("undisturbed")
@pytest.mark.parametrize("tenant", ["bridged", "bridged-too"])
def test_two_tenants_on_one_bridge_can_reach_each_other(ordinary: Ordinary, tenant: str) -> None:
    verdict = ordinary.scan.tenant(tenant).verdict(WW, C)
    assert verdict.rungs == (1, 1)
    assert "shared-network-segment" in verdict.held_by


@pytest.mark.parametrize("tenant", ["joined", "joiner"])
def test_a_network_namespace_joined_by_another_tenant_is_shared(
    ordinary: Ordinary, tenant: str
) -> None:
    verdict = ordinary.scan.tenant(tenant).verdict(WW, I)
    assert verdict.rungs == (0, 0)
    assert "shared-namespace" in verdict.held_by
    link = f"/proc/{ordinary.stage.pid_of(tenant)}/ns/net"
    assert ordinary.scan.rests_on(verdict, "shared-namespace", link)


def test_a_podman_container_is_found_named_and_rated(ordinary: Ordinary) -> None:
    rated = ordinary.scan.workload(ordinary.stage.id_of("pod"))
    assert rated.raw["kind"] == "container"
    assert rated.raw["engine"] == "podman"
    assert rated.raw["name"] == "pod"
    assert rated.raw["tenant"] == "pod"
    assert rated.raw["pid"] == ordinary.stage.pid_of("pod")
    assert rated.verdict(HW, I).standard


def test_a_user_namespace_of_its_own_is_shown_as_in_place(ordinary: Ordinary) -> None:
    assert ordinary.scan.state(ordinary.stage.id_of("mapped"), "user-namespace") == "present"
    assert ordinary.scan.state(ordinary.stage.id_of("pod"), "user-namespace") == "absent"


def test_a_libvirt_guest_is_found_named_and_rated(ordinary: Ordinary) -> None:
    rated = ordinary.scan.workload(ordinary.stage.id_of("guest"))
    assert rated.raw["kind"] == "vm"
    assert rated.raw["engine"] == "libvirt"
    assert rated.raw["name"].endswith("-guest")
    assert rated.raw["tenant"] == "guest"
    assert rated.raw["pid"] == ordinary.stage.pid_of("guest")
    assert rated.verdict(HW, I).low == 4
    assert rated.verdict(WH, C).rungs == (0, 0)


def test_a_bare_qemu_run_as_root_is_found_named_and_rated(ordinary: Ordinary) -> None:
    rated = ordinary.scan.workload(ordinary.bare.workload_id)
    assert rated.raw["kind"] == "vm"
    assert rated.raw["name"].endswith("-bare")
    assert rated.raw["pid"] == ordinary.bare.pid
    assert "vmm-runs-as-root" in rated.verdict(HW, I).held_by


def test_a_bare_qemu_run_as_root_is_worse_than_libvirt_s_guest(ordinary: Ordinary) -> None:
    bare = ordinary.scan.workload(ordinary.bare.workload_id)
    managed = ordinary.scan.workload(ordinary.stage.id_of("guest"))
    assert bare.verdict(HW, I).high < managed.verdict(HW, I).low
    # A flaw of the CPU may hold both at the same rung of confidentiality.
    assert bare.verdict(HW, C).high <= managed.verdict(HW, C).low


def test_an_emulator_that_libvirt_manages_is_not_found_twice(ordinary: Ordinary) -> None:
    pids = [rated.raw["pid"] for rated in ordinary.scan.workloads().values()]
    assert pids.count(ordinary.stage.pid_of("guest")) == 1


def test_everything_that_runs_is_found_and_nothing_twice(ordinary: Ordinary) -> None:
    listed = [each["id"] for each in ordinary.scan.document["workloads"]]
    assert len(listed) == len(set(listed))
    assert set(listed) >= ordinary.stage.ids() | {ordinary.bare.workload_id}


def test_an_unclaimed_workload_is_a_tenant_of_its_own(ordinary: Ordinary) -> None:
    [tenant] = [
        each
        for each in ordinary.scan.document["tenants"]
        if ordinary.bare.workload_id in each["workloads"]
    ]
    assert tenant["workloads"] == [ordinary.bare.workload_id]


def test_the_label_is_named_as_what_claims_a_workload(ordinary: Ordinary) -> None:
    assert ordinary.scan.tenant("acme").raw["claimed_by"] == "label isoscope.tenant"


def test_every_tenant_and_workload_has_all_nine_verdicts(ordinary: Ordinary) -> None:
    for rated in [*ordinary.scan.tenants().values(), *ordinary.scan.workloads().values()]:
        assert len(rated.raw["verdicts"]) == 9
        for verdict in rated.verdicts():
            assert 0 <= verdict.low <= verdict.high


def test_every_finding_names_observations_that_exist(ordinary: Ordinary) -> None:
    known = {each["id"] for each in ordinary.scan.document["observations"]}
    for rated in ordinary.scan.tenants().values():
        for verdict in rated.verdicts():
            for finding in [*verdict.raw["held_by"], *verdict.raw["unknowns"]]:
                assert set(finding["observations"]) <= known
                if finding["finding"] == "unknown":
                    assert finding["unknown"]["settled_by"], finding
                else:
                    assert finding["observations"], f"{verdict.of}: {finding['id']}"


def test_a_tenant_stands_where_the_lowest_of_its_workloads_stands(ordinary: Ordinary) -> None:
    for rated in ordinary.scan.tenants().values():
        for verdict in rated.verdicts():
            of_workloads = [
                ordinary.scan.workload(each).verdict(
                    verdict.raw["direction"], verdict.raw["property"]
                )
                for each in rated.raw["workloads"]
            ]
            low = min(each.low for each in of_workloads)
            high = min(each.high for each in of_workloads)
            if "owner-unknown" in verdict.named:  # somebody else's workload may be its own
                assert verdict.low <= low
                assert verdict.high <= high
            else:
                assert verdict.rungs == (low, high), verdict.of


def test_nothing_is_at_an_attested_rung_without_evidence(ordinary: Ordinary) -> None:
    for rated in ordinary.scan.workloads().values():
        assert rated.verdict(WH, C).low == 0
        assert rated.verdict(WW, C).low < 5
