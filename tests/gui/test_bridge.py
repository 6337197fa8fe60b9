"""Workers reach the GUI thread in bundles, in order, and not after the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import bridge as bridge_module
from gui.bridge import Bridge
from gui.jobs import Job, Jobs, Latest


@pytest.fixture
def bridge(qapp: QApplication) -> Bridge:
    """A bridge of the application."""
    return Bridge(qapp)


def in_thread(work: Callable[[], None]) -> None:
    """Runs work to its end on another thread."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_deliveries_run_in_order_on_the_gui_thread(qtbot: QtBot, bridge: Bridge) -> None:
    got: list[tuple[int, bool]] = []

    def deliver(number: int) -> Callable[[], None]:
        return lambda: got.append((number, QThread.isMainThread()))

    def work() -> None:
        for number in range(500):
            bridge.post(deliver(number))

    in_thread(work)
    qtbot.waitUntil(lambda: len(got) == 500)
    assert got == [(number, True) for number in range(500)]


def test_many_events_arrive_as_few_deliveries(
    qtbot: QtBot, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles: list[float] = []
    original = Bridge._deliver

    def counted(self: Bridge) -> None:
        bundles.append(time.monotonic())
        original(self)

    monkeypatch.setattr(Bridge, "_deliver", counted)
    got: list[int] = []
    done = threading.Event()

    def work() -> None:
        for number in range(2000):
            bridge.post(lambda n=number: got.append(n))  # type: ignore[misc]
            time.sleep(0.0001)
        done.set()

    bridge._timer.timeout.disconnect()
    bridge._timer.timeout.connect(lambda: counted(bridge))
    threading.Thread(target=work, daemon=True).start()
    qtbot.waitUntil(lambda: done.is_set() and len(got) == 2000, timeout=20_000)
    assert all(
        later - sooner >= bridge_module.INTERVAL * 0.9 for sooner, later in pairwise(bundles)
    )


def test_of_several_under_one_key_only_the_last_is_delivered(qtbot: QtBot, bridge: Bridge) -> None:
    got: list[int] = []

    def work() -> None:
        for number in range(100):
            bridge.post(lambda n=number: got.append(n), instead_of="progress")  # type: ignore[misc]
        bridge.post(lambda: got.append(-1))

    in_thread(work)
    qtbot.waitUntil(lambda: -1 in got)
    assert got == [99, -1]


def test_nothing_is_delivered_after_the_end(qtbot: QtBot, bridge: Bridge) -> None:
    got: list[int] = []
    bridge.post(lambda: got.append(1))
    bridge.close()
    in_thread(lambda: bridge.post(lambda: got.append(2)))
    qtbot.wait(120)
    assert got == []


def test_an_error_of_the_work_is_delivered_as_what_it_is(qtbot: QtBot, bridge: Bridge) -> None:
    errors: list[Exception] = []

    def fail(job: Job) -> None:
        raise ValueError("broken")

    Jobs(bridge).start(fail, done=lambda _: None, failed=errors.append, name="test")
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert str(errors[0]) == "broken"


def test_a_discarded_job_delivers_nothing(qtbot: QtBot, bridge: Bridge) -> None:
    got: list[str] = []
    go = threading.Event()
    jobs = Jobs(bridge)
    job = jobs.start(
        lambda _: go.wait(5), done=lambda _: got.append("stale"), failed=print, name="a"
    )
    job.discard()
    go.set()
    jobs.start(lambda _: None, done=lambda _: got.append("fresh"), failed=print, name="b")
    qtbot.waitUntil(lambda: bool(got))
    qtbot.wait(100)
    assert got == ["fresh"]


def test_only_the_latest_question_is_answered_and_those_between_never_run(
    qtbot: QtBot, bridge: Bridge
) -> None:
    answers: list[int] = []
    ran: list[int] = []
    go = threading.Event()
    latest: Latest[int] = Latest(Jobs(bridge), done=answers.append, failed=print, name="test")

    def ask(number: int) -> Callable[[], int]:
        def work() -> int:
            go.wait(5)
            ran.append(number)
            return number

        return work

    for number in range(5):
        latest.ask(ask(number))
    go.set()
    qtbot.waitUntil(lambda: not latest.busy)
    assert answers == [4]
    assert ran == [0, 4]
