"""What else of the host real containers may take, or take first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.integration.harness.scanning import HW, A, Scan, scan
from tests.integration.harness.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import DockerEngine

OPTIONS = {
    "default": (),
    "nice": ("--cap-add=SYS_NICE",),
    "scratch": ("--tmpfs=/scratch",),
    "sized": ("--tmpfs=/scratch:size=1m", "--log-opt=max-size=1m", "--ulimit=core=0:0"),
    "bounded": ("--tmpfs=/scratch", "--memory=64m"),
    "local-log": ("--log-driver=local",),
    "first-to-go": ("--oom-score-adj=500",),
}


class Resources(NamedTuple):
    """The workloads, and what the scan of them said."""

    stage: Stage
    scan: Scan

    def state(self, name: str, identity: str) -> str:
        """What was found of one workload."""
        return self.scan.state(self.stage.id_of(name), identity)

    def says(self, name: str, identity: str) -> str:
        """The same in words."""
        findings = self.scan.workload(self.stage.id_of(name)).raw["findings"]
        [found] = [each for each in findings if each["id"] == identity]
        return str(found["says"])


@pytest.fixture(scope="module")
def resources(docker_engine: DockerEngine, endpoints: list[str]) -> Iterator[Resources]:
    """One scan of containers that differ in what they may take."""
    with Stage(docker_engine) as stage:
        for name, options in OPTIONS.items():
            stage.docker(name, *options)
        yield Resources(stage, scan(*endpoints))


def test_a_tmpfs_without_a_size_is_named_unless_memory_is_limited(resources: Resources) -> None:
    assert resources.state("scratch", "tmpfs-limited") == "absent"
    assert "/scratch" in resources.says("scratch", "tmpfs-limited")
    assert "/scratch" not in resources.says("sized", "tmpfs-limited")
    assert resources.state("bounded", "tmpfs-limited") == "present"


def test_what_is_said_of_a_default_container_s_tmpfs_is_so(resources: Resources) -> None:
    """With cgroup v1, runc mounts one without a size at /sys/fs/cgroup: root inside writes it."""
    mounts = Path(f"/proc/{resources.stage.pid_of('default')}/mountinfo").read_text()
    sizeless = [
        line
        for line in mounts.splitlines()
        if " - tmpfs " in line and "size=" not in line and line.split()[5].startswith("rw")
    ]
    expected = "absent" if sizeless else "present"
    assert resources.state("default", "tmpfs-limited") == expected
    assert all(line.split()[4] in resources.says("default", "tmpfs-limited") for line in sizeless)


def test_a_log_is_bounded_by_its_options_or_its_driver(resources: Resources) -> None:
    assert resources.state("default", "log-limited") == "absent"
    assert resources.state("sized", "log-limited") == "present"
    assert resources.state("local-log", "log-limited") == "present"


def test_sys_nice_lets_a_container_run_before_others(resources: Resources) -> None:
    assert resources.state("default", "realtime-scheduling-allowed") == "absent"
    assert resources.state("nice", "realtime-scheduling-allowed") == "present"


def test_the_kernel_s_word_on_core_dumps_is_taken(resources: Resources) -> None:
    limits = Path(f"/proc/{resources.stage.pid_of('sized')}/limits").read_text()
    rows = ("Max core file size", "Max locked memory", "Max pending signals", "Max msgqueue size")
    hard = {row: next(x for x in limits.splitlines() if x.startswith(row))[47:58] for row in rows}
    assert hard["Max core file size"].strip() == "0"
    expected = "present" if any("unlimited" in each for each in hard.values()) else "absent"
    assert resources.state("sized", "process-limits-open") == expected


def test_who_is_killed_first_is_not_spared(resources: Resources) -> None:
    for name in ("default", "first-to-go"):
        assert resources.state(name, "spared-by-oom-killer") == "absent"


def test_none_of_it_decides_a_rung(resources: Resources) -> None:
    rungs = {
        name: resources.scan.workload(resources.stage.id_of(name)).verdict(HW, A).rungs
        for name in ("default", "nice", "scratch", "local-log")
    }
    assert set(rungs.values()) == {(0, 0)}, rungs


def test_what_all_run_out_of_is_read(resources: Resources) -> None:
    assert resources.state("default", "kernel-table-nearly-full") in ("absent", "present")
    waits = Path("/proc/pressure/memory").exists()
    known = ("absent", "present") if waits else ("unknown",)
    assert resources.state("default", "host-under-pressure") in known
