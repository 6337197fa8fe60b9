"""What a workload takes just now, from real files of cgroups and from hostile ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.usage import Rates, Usage, parse_usage, rates, usage_files
from isoscope.snapshot.places import cgroup_mounts
from probes.host.local import LocalHost
from probes.usage import read_host_usage, read_usage
from tests.fakes.host import FakeHost

DOCKER = "/system.slice/docker-" + "a" * 64 + ".scope"
UNIFIED = {
    "cpu.stat": "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n",
    "memory.current": "1048576\n",
    "pids.current": "7\n",
    "io.stat": "8:0 rbytes=1000 wbytes=24 rios=1 wios=1 dbytes=0 dios=0\n8:16 rbytes=76 wbytes=0\n",
    "cpu.pressure": "some avg10=12.50 avg60=1.00 avg300=0.10 total=5\nfull avg10=0.00 total=0\n",
    "memory.pressure": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
    "io.pressure": "some avg10=3.25 avg60=0.00 avg300=0.00 total=0\n",
}
VERSION_1 = {
    "cpuacct.usage": "2500000000\n",
    "memory.usage_in_bytes": "1048576\n",
    "pids.current": "7\n",
    "blkio.throttle.io_service_bytes": "8:0 Read 1000\n8:0 Write 100\n8:0 Total 1100\nTotal 1100\n",
}


def test_the_unified_hierarchy_says_everything() -> None:
    assert parse_usage(UNIFIED) == Usage(2.5, 1048576, 7, 1100, 12.5, 0.0, 3.25)


def test_version_1_says_everything_but_pressure() -> None:
    assert parse_usage(VERSION_1) == Usage(2.5, 1048576, 7, 1100)


@pytest.mark.parametrize("text", ["", "max", "-1", "1e9", "9" * 400, "²", "usage_usec x", "\0"])
@pytest.mark.parametrize("name", [*UNIFIED, *VERSION_1])
def test_what_is_no_number_is_not_said(name: str, text: str) -> None:
    said = {field: value for field, value in vars_of(parse_usage({name: text})).items() if value}
    assert said == {}


def vars_of(usage: Usage) -> dict[str, float | None]:
    return {name: getattr(usage, name) for name in Usage.__slots__}


@given(st.dictionaries(st.sampled_from([*UNIFIED, *VERSION_1]), st.text(max_size=200)))
def test_hostile_files_are_read_without_an_error(texts: dict[str, str]) -> None:
    assert isinstance(parse_usage(texts), Usage)


def test_the_files_are_those_of_the_whole_workload() -> None:
    files = usage_files(f"0::{DOCKER}/init.scope\n", {"": "/sys/fs/cgroup"})
    assert files[f"/sys/fs/cgroup{DOCKER}/cpu.stat"] == "cpu.stat"
    assert all(path.startswith(f"/sys/fs/cgroup{DOCKER}/") for path in files)


def test_a_controller_of_version_1_is_not_asked_of_the_unified_hierarchy_too() -> None:
    text = f"4:memory:{DOCKER}\n2:cpuacct:{DOCKER}\n0::{DOCKER}\n"
    names = sorted(usage_files(text, {"": "/u", "memory": "/m", "cpuacct": "/c"}).values())
    assert "memory.current" not in names
    assert "cpu.stat" not in names
    assert {"memory.usage_in_bytes", "cpuacct.usage", "pids.current"} <= set(names)


def test_a_workload_whose_cgroup_is_not_mounted_has_no_files() -> None:
    assert usage_files("0::/x\n", {}) == {}


def test_rates_need_two_moments_and_a_counter_that_grew() -> None:
    before, after = Usage(cpu_seconds=1.0, io_bytes=100), Usage(cpu_seconds=3.0, io_bytes=50)
    assert rates(before, after, 4.0) == Rates(0.5, None)
    assert rates(Usage(), after, 4.0) == Rates(None, None)
    assert rates(before, after, 0.0) == Rates(None, None)


def test_a_cgroup_that_is_gone_says_nothing_at_the_price_of_one_read() -> None:
    files = {f"/sys/fs/cgroup/gone/{name}": name for name in UNIFIED}
    assert read_usage(FakeHost({}), files) == {}


def test_the_cgroup_of_this_process_is_read_on_this_machine() -> None:
    text = Path("/proc/self/cgroup").read_text()
    mounts = cgroup_mounts(Path("/proc/self/mountinfo").read_text())
    usage = parse_usage(read_usage(LocalHost(), usage_files(text, mounts)))
    if usage.cpu_seconds is None:
        pytest.skip(f"the cgroup of process {os.getpid()} cannot be seen from here")
    assert usage.cpu_seconds > 0
    host = read_host_usage()
    assert 0 < host.memory_used < host.memory
