"""Marks the benchmarks, and gives them the private engine of the integration tests."""

from __future__ import annotations

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
