"""Marks the integration tests, gives them their engines, and lets none be skipped in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.harness.fixtures import (
    bare_machine,
    dead_socket,
    docker_engine,
    endpoints,
    ground,
    hanging_socket,
    libvirt_daemon,
    podman_service,
    undisturbed,
    unprivileged_user,
)
from tests.integration.harness.skip_rule import (
    pytest_make_collect_report,
    pytest_runtest_makereport,
)

__all__ = [
    "bare_machine",
    "dead_socket",
    "docker_engine",
    "endpoints",
    "ground",
    "hanging_socket",
    "libvirt_daemon",
    "podman_service",
    "pytest_make_collect_report",
    "pytest_runtest_makereport",
    "undisturbed",
    "unprivileged_user",
]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this directory, so that they can be chosen or left out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)
