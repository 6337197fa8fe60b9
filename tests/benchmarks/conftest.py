"""Marks the benchmarks, and gives them the private engine of the integration tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.harness.fixtures import docker_engine, ground

__all__ = ["docker_engine", "ground"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every test of this directory out of a run that did not ask for benchmarks."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.benchmark)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A private X server."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed")
    readable, writable = os.pipe()
    command = [server, "-displayfd", str(writable), "-screen", "0", "1600x1000x24", "-noreset"]
    with subprocess.Popen(
        command, pass_fds=[writable], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        os.close(writable)
        with os.fdopen(readable) as answer:
            number = answer.readline().strip()
        try:
            yield f":{number}"
        finally:
            process.terminate()
