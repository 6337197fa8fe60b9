"""Where CI runs, a skipped integration test is a failed one.

A pytest plugin: a component that silently stops working would otherwise take its tests
with it. Locally a skip stays a skip, with its reason. An expected failure is no skip.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator


def in_ci() -> bool:
    """Whether the environment says that this is continuous integration."""
    return bool(os.environ.get("CI"))


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why something was skipped."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2]
    return str(report.longrepr)


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that says what was skipped and why."""
    if in_ci() and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.longrepr = f"skipped in CI, where every component must run: {reason_of(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test, or a fixture that it needs, was skipped."""
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole module was skipped."""
    report = yield
    fail_if_skipped(report)
    return report
