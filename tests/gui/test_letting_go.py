"""What is shown no more is freed, and on no other thread than a worker."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from gui.bridge import Bridge
from gui.jobs import Jobs
from gui.letting_go import let_go
from tests.fakes.workloads import a_container, an_inventory
from tests.gui.test_map_paths import shown


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    bridge = Bridge()
    yield Jobs(bridge)
    bridge.close()


def test_the_last_reference_is_let_go_of(qtbot: QtBot, jobs: Jobs) -> None:
    last = [shown(an_inventory(*(a_container(f"c{n}") for n in range(120))))]
    inventory = weakref.ref(last[0].judged)
    gc.disable()  # no search for cycles may be needed
    try:
        let_go(jobs, last)
        qtbot.waitUntil(lambda: inventory() is None)
    finally:
        gc.enable()
    assert last == []
