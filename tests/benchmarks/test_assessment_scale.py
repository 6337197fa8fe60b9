"""What assessing a host costs as it grows: the time of one core, memory, and how both grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TypedDict

from tests.integration.harness.scanning import REPOSITORY

FEW, MANY = 1_000, 10_000
TENANTS = 100
MOST_SECONDS = 10.0
MOST_BYTES = 1 << 30
MOST_GROWTH = 15.0
"""For ten times as many: linear is 10, a quadratic term would make it 100."""


class Measured(TypedDict):
    """What a crowd prints of itself."""

    seconds: float
    bytes: int
    bytes_before: int
    workloads: int
    tenants: int
    all_nine: bool


def measured(count: int) -> Measured:
    """One crowd, assessed in a process of its own on one core."""
    command = [sys.executable, "-m", "tests.benchmarks.crowd", str(count), str(TENANTS)]
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        ["taskset", "-c", str(core), *command],
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
    )
    found: Measured = json.loads(done.stdout)
    return found


def test_ten_thousand_workloads_are_assessed_in_seconds_and_linearly() -> None:
    rounds = [(measured(FEW), measured(MANY)) for _ in range(3)]
    few = min(one["seconds"] for one, _ in rounds)
    many = min(other["seconds"] for _, other in rounds)
    last = rounds[-1][1]
    print(f"\nassessment on one core of {os.cpu_count()}, {TENANTS} tenants")
    for one, other in rounds:
        print(
            f"  {FEW}: {one['seconds']:6.2f} s   {MANY}: {other['seconds']:6.2f} s   "
            f"x{other['seconds'] / one['seconds']:.1f}   "
            f"peak {other['bytes'] / 2**20:.0f} MiB, of which {other['bytes_before'] / 2**20:.0f} "
            "before"
        )
    assert (last["workloads"], last["tenants"]) == (MANY, TENANTS)
    assert last["all_nine"]
    assert many <= MOST_SECONDS
    assert last["bytes"] <= MOST_BYTES
    assert many / few <= MOST_GROWTH
