"""Collection: probes run side by side, each against its own deadline, none past its border."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from isoscope.snapshot.document import ProbeOutcome, ProbeState, Snapshot
from isoscope.snapshot.reading import Gap
from probes.collect import Progress, ProgressKind, collect
from probes.host.access import HostAccess
from probes.probe import Cancelled, Recorder
from tests.fakes.host import FakeHost

HOST = FakeHost({f"/etc/{name}": name for name in ("a", "b", "c")})


@dataclass
class Probe:
    """A probe that does what it is given."""

    name: str
    work: Callable[[HostAccess, Recorder], None]

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        self.work(host, recorder)


def reads(*paths: str) -> Callable[[HostAccess, Recorder], None]:
    def work(host: HostAccess, recorder: Recorder) -> None:
        for path in paths:
            recorder.keep(host.file(path))

    return work


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Lets hanging probes go when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def hangs(released: threading.Event, *paths: str) -> Callable[[HostAccess, Recorder], None]:
    def work(host: HostAccess, recorder: Recorder) -> None:
        reads(*paths)(host, recorder)
        released.wait()

    return work


def outcomes(snapshot: Snapshot) -> dict[str, ProbeState]:
    return {probe.name: probe.state for probe in snapshot.probes}


def outcome(snapshot: Snapshot, name: str) -> ProbeOutcome:
    return next(probe for probe in snapshot.probes if probe.name == name)


def paths(snapshot: Snapshot) -> set[str]:
    return {source.target for source in snapshot.readings}


def test_what_probes_keep_is_the_snapshot() -> None:
    snapshot = collect(HOST, [Probe("one", reads("/etc/a")), Probe("two", reads("/etc/b", "/x"))])
    assert paths(snapshot) == {"/etc/a", "/etc/b", "/x"}
    assert snapshot.file("/x").gap is Gap.ABSENT
    assert snapshot.file("/etc/c").gap is Gap.NOT_READ
    assert outcomes(snapshot) == {"one": ProbeState.COMPLETE, "two": ProbeState.COMPLETE}
    assert snapshot.started_at <= snapshot.finished_at


def test_a_hanging_probe_is_left_behind_on_time(released: threading.Event) -> None:
    before = time.monotonic()
    snapshot = collect(
        HOST,
        [Probe("hangs", hangs(released, "/etc/a")), Probe("works", reads("/etc/b"))],
        timeout=0.2,
    )
    assert time.monotonic() - before < 10  # not for ever; how long exactly is the machine's matter
    assert outcomes(snapshot) == {"hangs": ProbeState.TIMED_OUT, "works": ProbeState.COMPLETE}
    assert "--timeout" in outcome(snapshot, "hangs").problems[-1]


def test_what_a_hanging_probe_kept_counts(released: threading.Event) -> None:
    snapshot = collect(HOST, [Probe("hangs", hangs(released, "/etc/a", "/etc/b"))], timeout=0.2)
    assert paths(snapshot) == {"/etc/a", "/etc/b"}


def test_a_probe_that_was_left_behind_can_add_nothing(released: threading.Event) -> None:
    ended = threading.Event()

    def work(host: HostAccess, recorder: Recorder) -> None:
        released.wait()
        try:
            recorder.keep(host.file("/etc/a"))
        except Cancelled:
            ended.set()
            raise

    snapshot = collect(HOST, [Probe("slow", work)], timeout=0.1)
    released.set()
    assert ended.wait(5), "its next reading did not end it"
    assert paths(snapshot) == set()


def test_a_probe_that_is_cut_short_never_looks_complete() -> None:
    """The end of the recording ends the probe at once: that is not the probe's own end."""

    def work(host: HostAccess, recorder: Recorder) -> None:
        while True:
            recorder.keep(host.file("/etc/a"))

    for _ in range(20):
        snapshot = collect(HOST, [Probe("busy", work)], timeout=0.01)
        assert outcomes(snapshot) == {"busy": ProbeState.TIMED_OUT}


def test_cancel_keeps_what_there_is(released: threading.Event) -> None:
    cancel = threading.Event()

    def stop_when_first_ends(event: Progress) -> None:
        if event.kind is ProgressKind.ENDED:
            cancel.set()

    snapshot = collect(
        HOST,
        [Probe("done", reads("/etc/a")), Probe("hangs", hangs(released, "/etc/b"))],
        timeout=60,
        cancel=cancel,
        progress=stop_when_first_ends,
    )
    assert outcomes(snapshot) == {"done": ProbeState.COMPLETE, "hangs": ProbeState.CANCELLED}
    assert outcome(snapshot, "hangs").problems == ("stopped",)
    assert "/etc/a" in paths(snapshot)


def test_cancel_before_the_start_ends_at_once(released: threading.Event) -> None:
    cancel = threading.Event()
    cancel.set()
    snapshot = collect(HOST, [Probe("hangs", hangs(released))], timeout=60, cancel=cancel)
    assert outcomes(snapshot) == {"hangs": ProbeState.CANCELLED}


def test_a_raising_probe_fails_alone() -> None:
    def work(host: HostAccess, recorder: Recorder) -> None:
        recorder.keep(host.file("/etc/a"))
        raise RuntimeError("first line\nsecond \x1b[31mline" + "x" * 5000)

    snapshot = collect(HOST, [Probe("raises", work), Probe("works", reads("/etc/b"))])
    assert outcomes(snapshot) == {"raises": ProbeState.FAILED, "works": ProbeState.COMPLETE}
    assert paths(snapshot) == {"/etc/a", "/etc/b"}
    problem = outcome(snapshot, "raises").problems[-1]
    assert "RuntimeError: first line second" in problem
    assert "\n" not in problem
    assert len(problem) < 1000


@pytest.mark.parametrize("error", [SystemExit(3), Cancelled()])
def test_a_probe_that_ends_its_own_thread_is_no_complete_one(error: BaseException) -> None:
    def work(host: HostAccess, recorder: Recorder) -> None:
        raise error

    assert outcomes(collect(HOST, [Probe("exits", work)], timeout=60)) == {
        "exits": ProbeState.FAILED
    }


def test_problems_make_a_probe_incomplete() -> None:
    def work(host: HostAccess, recorder: Recorder) -> None:
        denied = FakeHost(gaps={"/etc/shadow": Gap.DENIED}).file("/etc/shadow")
        recorder.note_gap(recorder.keep(denied), "the passwords", "run as root")
        recorder.note_gap(host.file("/nothing"), "nothing", "nothing")

    snapshot = collect(HOST, [Probe("host", work)])
    assert outcomes(snapshot) == {"host": ProbeState.INCOMPLETE}
    (problem,) = outcome(snapshot, "host").problems
    assert problem.startswith("the passwords: denied")
    assert problem.endswith("run as root")


def test_what_the_user_left_out_is_said() -> None:
    snapshot = collect(HOST, [Probe("one", reads("/etc/a"))], skipped=["tee", "docker"])
    assert outcomes(snapshot) == {
        "one": ProbeState.COMPLETE,
        "tee": ProbeState.SKIPPED,
        "docker": ProbeState.SKIPPED,
    }


def test_outcomes_stand_in_the_order_of_the_probes(released: threading.Event) -> None:
    first_may_end = threading.Event()

    def waits(host: HostAccess, recorder: Recorder) -> None:
        first_may_end.wait(5)

    def lets_go(host: HostAccess, recorder: Recorder) -> None:
        first_may_end.set()

    snapshot = collect(HOST, [Probe("first", waits), Probe("second", lets_go)])
    assert list(outcomes(snapshot)) == ["first", "second"]


def test_progress_tells_each_start_and_end_from_the_calling_thread() -> None:
    events: list[tuple[str, str, int, int]] = []
    threads: set[int] = set()

    def note(event: Progress) -> None:
        events.append((str(event.kind), event.probe, event.ended, event.total))
        threads.add(threading.get_ident())

    collect(HOST, [Probe("one", reads("/etc/a"))], progress=note)
    assert events == [("started", "one", 0, 1), ("ended", "one", 1, 1)]
    assert threads == {threading.get_ident()}


def test_no_probes_make_an_empty_snapshot() -> None:
    assert collect(HOST, []).readings == {}


def test_secrets_are_cut_before_a_reading_is_kept() -> None:
    host = FakeHost({"/proc/7/cmdline": "qemu-system-x86_64\0-object\0secret,id=s0,data=hunter2\0"})
    snapshot = collect(host, [Probe("one", reads("/proc/7/cmdline"))])
    assert b"hunter2" not in (snapshot.file("/proc/7/cmdline").content or b"")
