"""Isoscope beside docker-bench-security, on the same thirty containers of a private dockerd.

    .venv/bin/python -m tests.benchmarks.compare_docker_bench DIRECTORY [--repetitions 3]

DIRECTORY is somebody's checkout of github.com/docker/docker-bench-security. It is copied and run
as it is, section 5 alone (``-c container_runtime``). Needs root, docker.io, busybox-static, and
what that script asks for. Prints a table of rows, of containers on which the two differ, with what
the kernel shows, and what each cost.

That script runs ``ps`` in every container and leaves a file ``/tmp/null``, which is removed again.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.docker_bench_rows import ROWS, Asked, Findings, Row
from tests.benchmarks.seen_by_hand import Seen, look
from tests.benchmarks.thirty_containers import GIVEN_NOTHING, end, start
from tests.integration.harness.containers import DockerEngine
from tests.integration.harness.ground import Ground
from tests.integration.harness.scanning import REPOSITORY

SCRIPT = "docker-bench-security.sh"
LOG = "log/compared"
PROBES = ("docker", "kernel", "host")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, in seconds."""

    wall: float
    processor: float
    """User and system time of the command and all that it started and waited for."""
    engine: float
    """User and system time of dockerd meanwhile."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One container on which the two differ in one row."""

    container: str
    theirs: bool
    ours: bool | None
    by_hand: bool | None

    def __str__(self) -> str:
        words = {True: "warns", False: "does not", None: "does not know"}
        truth = {True: "it is so", False: "it is not so", None: "no file tells"}
        return (
            f"{self.container}: theirs {words[self.theirs]}, ours {words[self.ours]}; "
            f"by hand: {truth[self.by_hand]}"
        )


def engine_seconds(engine: DockerEngine) -> float:
    """User and system time of dockerd so far, ``proc_pid_stat(5)``."""
    pid = engine.ground.directory("docker").joinpath("docker.pid").read_text()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def clocked(
    engine: DockerEngine, command: list[str], directory: Path, env: Mapping[str, str]
) -> tuple[str, Cost]:
    """Run a command to its end: what it printed, and what it took."""
    usage, of_engine = resource.getrusage(resource.RUSAGE_CHILDREN), engine_seconds(engine)
    started = time.perf_counter()
    done = subprocess.run(
        command, cwd=directory, env=dict(env), capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1, 3) or not done.stdout:
        raise SystemExit(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    processor = now.ru_utime + now.ru_stime - usage.ru_utime - usage.ru_stime
    return done.stdout, Cost(wall, processor, engine_seconds(engine) - of_engine)


def run_theirs(engine: DockerEngine, checkout: Path) -> tuple[dict[str, set[str]], Cost]:
    """Which containers each of their rows warns of, by number."""
    env = {**os.environ, "DOCKER_HOST": engine.url}
    command = ["bash", str(checkout / SCRIPT), "-b", "-l", LOG, "-c", "container_runtime"]
    _, cost = clocked(engine, command, checkout, env)
    document = json.loads(checkout.joinpath(f"{LOG}.json").read_text())
    # An item is a container's name, with what it is warned of behind a colon in some rows.
    return {
        each["id"]: {item.partition(":")[0] for item in each.get("items", [])}
        for section in document["tests"]
        for each in section["results"]
    }, cost


def run_ours(engine: DockerEngine) -> tuple[dict[str, Findings], Cost]:
    """What Isoscope found of each workload, by the workload's id."""
    command = [sys.executable, "-m", "isoscope", "scan", "--format", "json"]
    command += ["--docker", engine.url, *(word for probe in PROBES for word in ("--only", probe))]
    printed, cost = clocked(engine, command, REPOSITORY, os.environ)
    return {
        each["id"]: {finding["id"]: finding["finding"] for finding in each["findings"]}
        for each in json.loads(printed)["workloads"]
    }, cost


def differences(
    row: Row,
    warned: set[str],
    findings: Mapping[str, Findings],
    seen: Mapping[str, Seen],
    asked: Asked,
) -> list[Difference]:
    """The containers on which the two differ."""
    found = [
        Difference(name, name in warned, row.ours(findings[name]), row.by_hand(each, asked))
        for name, each in seen.items()
    ]
    return [each for each in found if each.theirs != each.ours]


def costs_table(costs: Mapping[str, list[Cost]]) -> str:
    """Median and range of what each took, in seconds, and the ratio of the medians."""
    lines = [f"{'seconds':44}" + "".join(f"{name:>28}" for name in costs) + f"{'ratio':>8}"]
    for title, field in (
        ("wall time of the command", "wall"),
        ("user and system time of the command", "processor"),
        ("user and system time of dockerd meanwhile", "engine"),
    ):
        taken = [[float(getattr(each, field)) for each in every] for every in costs.values()]
        figures = [f"{median(one):.2f} ({min(one):.2f} to {max(one):.2f})" for one in taken]
        theirs, ours = (median(one) for one in taken)
        ratio = f"{theirs / ours:8.1f}" if ours else f"{'-':>8}"
        lines.append(f"{title:44}" + "".join(f"{each:>28}" for each in figures) + ratio)
    return "\n".join(lines)


def compare(engine: DockerEngine, checkout: Path, repetitions: int) -> None:
    """Start the containers, run both in turn, and print what came of it."""
    containers = start(engine, published=True)
    names = {each.workload_id: name for name, each in containers.items()}
    costs: dict[str, list[Cost]] = {"docker-bench-security": [], "isoscope scan": []}
    warned: dict[str, set[str]] = {}
    found: dict[str, Findings] = {}
    print(f"load {os.getloadavg()[0]:.1f} at the start, {os.cpu_count()} CPUs")
    for _ in range(repetitions):
        warned, theirs = run_theirs(engine, checkout)
        by_id, ours = run_ours(engine)
        found = {names[each]: findings for each, findings in by_id.items() if each in names}
        costs["docker-bench-security"].append(theirs)
        costs["isoscope scan"].append(ours)
    print(f"load {os.getloadavg()[0]:.1f} at the end\n")
    seen = {name: look(engine, each) for name, each in containers.items()}
    asked = Asked(str(engine.socket), seen[GIVEN_NOTHING].devices())
    print(f"{'row':6}{'warns of':38}{'theirs':>8}{'ours':>6}{'by hand':>9}{'differ':>8}")
    every: list[tuple[Row, list[Difference]]] = []
    for row in ROWS:
        ours_warns = sum(row.ours(found[name]) is True for name in seen)
        is_so = sum(row.by_hand(each, asked) is True for each in seen.values())
        differing = differences(row, warned[row.number], found, seen, asked)
        every.append((row, differing))
        print(
            f"{row.number:6}{row.warns_of:38}{len(warned[row.number]):8}{ours_warns:6}{is_so:9}"
            f"{len(differing):8}"
        )
    print()
    for row, differing in every:
        for each in differing:
            print(f"{row.number:6}{each}")
    all_of_them = [each for _, differing in every for each in differing]
    print(
        f"\n{len(ROWS)} rows, {len(seen)} containers: {len(ROWS) * len(seen)} answers, "
        f"{len(all_of_them)} differ; by hand {sum(e.ours == e.by_hand for e in all_of_them)} times "
        f"ours, {sum(e.theirs == e.by_hand for e in all_of_them)} times theirs\n"
    )
    print(costs_table(costs))


def main() -> None:
    """Reads the arguments, and cleans up whatever happens."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("checkout", type=Path, help=f"a directory with {SCRIPT}")
    parser.add_argument("--repetitions", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    if not arguments.checkout.joinpath(SCRIPT).is_file():
        parser.error(f"{arguments.checkout} has no {SCRIPT}")
    ground = Ground.prepare()
    try:
        ground.note_if_absent("file", "/tmp/null")
        checkout = ground.root / "checkout"
        shutil.copytree(arguments.checkout, checkout)
        engine = DockerEngine.start(ground)
        try:
            compare(engine, checkout, arguments.repetitions)
        finally:
            engine.stop()
            end(ground)
    finally:
        ground.close()


if __name__ == "__main__":
    main()
