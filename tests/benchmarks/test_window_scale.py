"""The window over 10,000 workloads of 100 tenants: its first useful page, its frames, its memory.

*The first useful page* is there when, after a snapshot was chosen, the window shows every tenant
and every workload that the managers in it list, by name, to be scrolled, searched and walked. It
shows no verdict: each cell says that it is being judged, because a verdict needs every reading,
and a verdict that is not there yet must not look like one. The time to the verdicts is printed
beside it.

*A frame* is late where the heartbeat of the GUI thread (`heartbeat`) is: while it paints, filters
and scrolls, and also while a worker keeps the interpreter. Beside each gap stands the longest that
a process felt which does nothing but beat: on a machine that others use, that much is nobody's
fault.

*Memory* is what the whole process has after each step: of the first snapshot and all pages, without
reports. Those, opening a second one while the first is shown, and the peak are printed besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.harness.scanning import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

WORKLOADS = int(os.environ.get("ISOSCOPE_BENCHMARK_WORKLOADS", "10000"))
MOST_SECONDS_TO_A_PAGE = 1.5
MOST_MILLISECONDS = 50.0
MOST_BYTES = 600 << 20
NO_PAGES = ("export", "save", "open again", "close")
"""How steps begin after which more is in memory than one host and its pages."""

Walked = dict[str, Any]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot file of so many workloads."""
    path: Path = tmp_path_factory.mktemp("scale") / "many.json.gz"
    command = [sys.executable, "-m", "tests.benchmarks.many_snapshot", str(WORKLOADS), str(path)]
    subprocess.run(command, cwd=REPOSITORY, check=True)
    return path


@pytest.fixture(scope="module")
def walked(display: str, snapshot: Path) -> Walked:
    """What one walk through the window felt, printed."""
    env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.window_scale", snapshot, snapshot.parent],
        env=env,
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: Walked = json.loads(done.stdout)
    print(f"\n{WORKLOADS} workloads, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'':34}{'s':>8}{'longest ms':>12}{'felt':>6}{'beside ms':>11}{'MiB':>7}")
    for step in found["steps"]:
        print(
            f"{step['name']:34}{step['seconds']:8.2f}{step['longest']:12.0f}{step['felt']:6}"
            f"{beside(found, step):11.0f}{step['resident'] / 2**20:7.0f}"
        )
    for number, (page, verdicts) in enumerate(found["opened"], start=1):
        print(f"opened, time {number}: first page {page:.2f} s, verdicts {verdicts:.2f} s")
    print(f"peak {found['peak'] / 2**20:.0f} MiB")
    return found


def beside(found: Walked, step: Walked) -> float:
    """The longest gap of the process that only beats, in the time of a step."""
    return max(
        (gap for at, gap in found["beside"] if step["began"] < at < step["ended"]), default=0
    )


def test_a_useful_page_is_there_at_once(walked: Walked) -> None:
    assert walked["opened"][0][0] <= MOST_SECONDS_TO_A_PAGE


@pytest.mark.xfail(reason="gaps of up to 0.5 s remain beside a busy worker: see the README")
def test_no_frame_is_late(walked: Walked) -> None:
    late = {
        step["name"]: step["longest"]
        for step in walked["steps"]
        if step["longest"] > max(MOST_MILLISECONDS, beside(walked, step))
    }
    assert late == {}


@pytest.mark.xfail(reason="706 MiB when it is judged, 1.4 GiB after all pages: see the README")
def test_all_of_it_has_room(walked: Walked) -> None:
    pages = {
        step["name"]: step["resident"]
        for step in walked["steps"]
        if not step["name"].startswith(NO_PAGES)
    }
    assert {name: size for name, size in pages.items() if size > MOST_BYTES} == {}
