"""Tests that need a process of one thread run in one that they have to themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ALREADY = "ISOSCOPE_TEST_HAS_ITS_PROCESS"
_CHECKOUT = Path(__file__).parents[2]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is marked ``own_process`` in a new interpreter: other tests may have left
    threads behind, and what a thread held when the process was forked stays held in the child."""
    if pyfuncitem.get_closest_marker("own_process") is None or _ALREADY in os.environ:
        return None
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", pyfuncitem.nodeid],
        capture_output=True,
        text=True,
        check=False,
        cwd=_CHECKOUT,
        env={**os.environ, _ALREADY: "1"},
    )
    if done.returncode:
        pytest.fail(f"in a process of its own:\n{done.stdout}{done.stderr}", pytrace=False)
    return True
