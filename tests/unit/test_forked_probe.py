"""A probe in a process of its own reads what it would read in a thread, and ends as surely."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from isoscope.snapshot.document import ProbeOutcome, ProbeState, Snapshot
from probes.collect import collect
from probes.forked import ForkedProbe, _Sending, has_one_thread
from probes.host.access import HostAccess
from probes.probe import Recorder
from tests.fakes.host import FakeHost, Tree

CHECKOUT = Path(__file__).parents[2]
# It forks only where this process has one thread, and other tests leave some behind.
alone = pytest.mark.own_process


class SlowToSend(_Sending):
    """Takes a while between taking what is unsent and sending it, as on a busy machine."""

    def __init__(self, deadline: float, writing: int) -> None:
        super().__init__(deadline, writing)
        self.began = threading.Event()

    def send(self, kind: int, body: object) -> None:
        self.began.set()
        time.sleep(0.05)
        with contextlib.suppress(OSError):  # nobody listens any more
            super().send(kind, body)


CONTENTS: Tree = {f"/etc/{number}": f"content {number}" for number in range(3000)}
HOST = FakeHost(CONTENTS)


@dataclass
class Probe:
    """A probe that does what it is given."""

    name: str
    work: Callable[[HostAccess, Recorder], None]

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        self.work(host, recorder)


def reads_all(host: HostAccess, recorder: Recorder) -> None:
    for path in CONTENTS:
        recorder.keep(host.file(path))
    recorder.keep(host.file("/etc/absent"))
    recorder.problem("one thing was denied")


def tells_its_process(host: HostAccess, recorder: Recorder) -> None:
    recorder.problem(str(os.getpid()))


def then(work: Callable[[], object]) -> Callable[[HostAccess, Recorder], None]:
    """Reads one file, and then does this."""

    def both(host: HostAccess, recorder: Recorder) -> None:
        recorder.keep(host.file("/etc/1"))
        work()

    return both


def fails() -> None:
    raise ValueError("no such thing")


def kills_itself() -> None:
    time.sleep(0.1)  # until what was read was handed over
    os.kill(os.getpid(), signal.SIGKILL)


def apart(work: Callable[[HostAccess, Recorder], None], timeout: float = 10.0) -> Snapshot:
    return collect(HOST, [Probe("one", work)], timeout=timeout, apart={"one"})


def outcome(snapshot: Snapshot) -> ProbeOutcome:
    return snapshot.probes[0]


def children() -> set[str]:
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


@alone
def test_it_reads_what_it_would_read_in_a_thread() -> None:
    forked, threaded = apart(reads_all), collect(HOST, [Probe("one", reads_all)])
    assert {s: (r.content, r.gap, r.detail) for s, r in forked.readings.items()} == {
        s: (r.content, r.gap, r.detail) for s, r in threaded.readings.items()
    }
    assert outcome(forked).problems == outcome(threaded).problems == ("one thing was denied",)
    assert outcome(forked).state is outcome(threaded).state is ProbeState.INCOMPLETE


def test_what_another_thread_began_to_hand_over_is_sent_before_the_end() -> None:
    reading, writing = os.pipe()
    recorder = SlowToSend(time.monotonic() + 10, writing)
    recorder.keep(HOST.file("/etc/1"))
    regular = threading.Thread(target=recorder.send_rest)
    regular.start()
    recorder.began.wait(10)
    recorder.send_rest()
    os.close(writing)
    with os.fdopen(reading, "rb") as sent:
        assert b"content 1" in sent.read()
    regular.join()


@alone
def test_it_runs_in_another_process() -> None:
    assert outcome(apart(tells_its_process)).problems != (str(os.getpid()),)


@alone
def test_an_error_of_its_own_is_told_and_what_it_read_is_kept() -> None:
    snapshot = apart(then(fails))
    assert outcome(snapshot).state is ProbeState.FAILED
    assert "ValueError: no such thing" in outcome(snapshot).problems[-1]
    assert {source.target for source in snapshot.readings} == {"/etc/1"}


@alone
def test_one_that_hangs_ends_at_its_deadline_with_what_it_read() -> None:
    before = children()  # of other tests
    snapshot = apart(then(lambda: time.sleep(60)), timeout=0.3)
    assert outcome(snapshot).state is ProbeState.TIMED_OUT
    assert {source.target for source in snapshot.readings} == {"/etc/1"}
    waited = time.monotonic()
    while not children() <= before and time.monotonic() - waited < 5:
        time.sleep(0.01)
    assert children() <= before


@alone
def test_one_whose_process_is_killed_has_failed_with_what_it_read() -> None:
    snapshot = apart(then(kills_itself))
    assert outcome(snapshot).state is ProbeState.FAILED
    assert "its process ended before it did" in outcome(snapshot).problems[-1]
    assert {source.target for source in snapshot.readings} == {"/etc/1"}


def test_a_process_with_more_threads_does_not_fork() -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert not has_one_thread()
        snapshot = collect(HOST, [Probe("one", tells_its_process)], apart={"one"})
    finally:
        release.set()
        thread.join()
    assert outcome(snapshot).problems == (str(os.getpid()),)


@alone
def test_where_there_can_be_no_further_process_it_runs_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    assert outcome(apart(tells_its_process)).problems == (str(os.getpid()),)


@alone
def test_secrets_are_cut_before_they_leave_the_child() -> None:
    host = FakeHost({"/proc/7/cmdline": "mysqld\0--password=hunter2\0"})

    def reads(host: HostAccess, recorder: Recorder) -> None:
        recorder.keep(host.file("/proc/7/cmdline"))

    recorder = Recorder(time.monotonic() + 10)
    ForkedProbe(Probe("one", reads), host, 10.0).run(host, recorder)
    (reading,), _ = recorder.close()
    assert reading.content is not None
    assert b"mysqld" in reading.content
    assert b"hunter2" not in reading.content


def test_a_command_line_program_has_one_thread_until_it_makes_more() -> None:
    asked = "from probes.forked import has_one_thread; print(has_one_thread())"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=CHECKOUT
    )
    assert done.stdout == "True\n"
