"""What Isoscope says of thirty containers, against what the kernel shows somebody with a shell.

The answers by hand (`tests/benchmarks/seen_by_hand.py`) use nothing of Isoscope. Part of the
options differ in what the engine was told and what is so: limits on the cgroup above or lifted
later, namespaces joined by way of another container, a socket within a directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.benchmarks.docker_bench_rows import ROWS, Asked, Row
from tests.benchmarks.seen_by_hand import Seen, look
from tests.benchmarks.thirty_containers import GIVEN_NOTHING, end, start
from tests.integration.harness.scanning import Scan, scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.harness.containers import Container, DockerEngine

#: Isoscope also calls sensitive what the list of the benchmark leaves out, root's home, and reads
#: what a filter refuses: of one that allows everything the kernel shows only that it is there.
LOOKED_AT_CLOSER = {("5.6", "home-of-root"), ("5.22", "quota-allow-all")}


class Thirty(NamedTuple):
    """What runs, what the scan said of it, and what is so."""

    containers: dict[str, Container]
    scan: Scan
    seen: dict[str, Seen]
    asked: Asked


@pytest.fixture(scope="module")
def thirty(docker_engine: DockerEngine) -> Iterator[Thirty]:
    """One scan of all of them; no port of the host is taken."""
    try:
        containers = start(docker_engine, published=False)
        scanned = scan("--docker", docker_engine.url, "--skip", "podman", "--skip", "libvirt")
        seen = {name: look(docker_engine, each) for name, each in containers.items()}
        asked = Asked(str(docker_engine.socket), seen[GIVEN_NOTHING].devices())
        yield Thirty(containers, scanned, seen, asked)
        docker_engine.remove(list(containers.values()))
    finally:
        end(docker_engine.ground)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.number} {row.warns_of}" for row in ROWS])
def test_it_says_what_the_kernel_shows(thirty: Thirty, row: Row) -> None:
    differing = []
    for name, container in thirty.containers.items():
        by_hand = row.by_hand(thirty.seen[name], thirty.asked)
        if by_hand is None or (row.number, name) in LOOKED_AT_CLOSER:
            continue
        findings = thirty.scan.workload(container.workload_id).raw["findings"]
        ours = row.ours({each["id"]: each["finding"] for each in findings})
        if ours is not by_hand:
            differing.append(f"{name}: Isoscope {ours}, by hand {by_hand}")
    assert not differing


def test_a_filter_that_allows_everything_is_none(thirty: Thirty) -> None:
    allowing = thirty.containers["quota-allow-all"]
    assert not thirty.seen["quota-allow-all"].unfiltered()
    findings = thirty.scan.workload(allowing.workload_id).raw["findings"]
    assert {each["id"]: each["finding"] for each in findings}["seccomp-unconfined"] == "present"


def test_limits_lifted_behind_the_engine_are_told_as_disagreements(thirty: Thirty) -> None:
    lifted = thirty.containers["limits-lifted"].workload_id
    told = {
        each["key"]: each["observed"]
        for each in thirty.scan.document["disagreements"]
        if each["workload"] == lifted
    }
    assert told == {"memory": "no limit", "processes": "no limit", "cpu": "no limit"}
