"""What it costs to watch a hundred running containers on the Live page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.test_scan_cost import start_containers
from tests.integration.harness.scanning import REPOSITORY

if TYPE_CHECKING:
    from tests.integration.harness.containers import DockerEngine

SCRIPT = Path(__file__).with_name("live_window.py")
WORKLOADS = 100
SECONDS = 30
ROUNDS = 3
MOST_OF_A_CORE = 0.02


def test_watching_a_hundred_containers_takes_at_most_a_fiftieth_of_a_core(
    docker_engine: DockerEngine,
) -> None:
    containers = start_containers(docker_engine, range(WORKLOADS))
    env = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    shares = []
    try:
        for _ in range(ROUNDS):
            done = subprocess.run(
                [sys.executable, str(SCRIPT), docker_engine.url, str(SECONDS)],
                env=env,
                cwd=REPOSITORY,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            found = json.loads(done.stdout)
            assert found["workloads"] >= WORKLOADS
            shares.append(found["live"])
            print(
                f"\n{found['workloads']} workloads: {100 * found['live']:.2f}% of one core live, "
                f"{100 * found['at_rest']:.2f}% at rest"
            )
    finally:
        docker_engine.remove(containers)
    assert min(shares) <= MOST_OF_A_CORE
