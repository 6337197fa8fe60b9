"""Availability: a workload's own limits protect the host, its neighbours' protect it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import HW, WW, A, Rated, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine

ALL_THREE = ("--memory=64m", "--cpus=0.5", "--pids-limit=64")


class Limits(NamedTuple):
    """The only two workloads of the machine, and what the scan of them said."""

    stage: Stage
    scan: Scan

    def rated(self, name: str) -> Rated:
        """What was said of one workload."""
        return self.scan.workload(self.stage.id_of(name))


@pytest.fixture(scope="module")
def limits(docker_engine: DockerEngine, endpoints: list[str]) -> Iterator[Limits]:
    """One scan of a tenant with limits and a tenant with none."""
    with Stage(docker_engine) as stage:
        stage.docker("bounded", *ALL_THREE)
        stage.docker("unbounded")
        yield Limits(stage, scan(*endpoints))


def test_without_limits_a_workload_may_take_the_whole_host(limits: Limits) -> None:
    verdict = limits.rated("unbounded").verdict(HW, A)
    assert verdict.rungs == (0, 0)
    assert verdict.held_by == {"some-limit"}


def test_with_memory_cpu_and_process_limits_a_workload_is_bounded(limits: Limits) -> None:
    assert limits.rated("bounded").verdict(HW, A).rungs == (2, 2)


def test_the_limits_are_read_from_the_kernel(limits: Limits) -> None:
    verdict = limits.rated("unbounded").verdict(HW, A)
    sources = limits.scan.sources(verdict, "some-limit")
    for file in ("memory", "pids.max", "cpu"):
        assert any(
            source.startswith("/sys/fs/cgroup/") and f"/{file}" in source for source in sources
        ), file


@pytest.mark.usefixtures("undisturbed")
def test_a_tenant_is_as_available_as_its_neighbour_is_bounded(limits: Limits) -> None:
    assert limits.scan.tenant("unbounded").verdict(WW, A).rungs == (2, 2)


@pytest.mark.usefixtures("undisturbed")
def test_a_neighbour_without_limits_may_starve_a_bounded_tenant(limits: Limits) -> None:
    verdict = limits.scan.tenant("bounded").verdict(WW, A)
    assert verdict.rungs == (0, 0)
    assert verdict.held_by == {"neighbours-some-limit"}
