"""Runs the probes side by side, each against its own deadline, into one snapshot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from isoscope.snapshot.document import ProbeOutcome, ProbeState, Snapshot
from probes.forked import ForkedProbe, has_one_thread
from probes.host.access import HostAccess
from probes.options import DEFAULT_TIMEOUT
from probes.probe import Cancelled, Probe, Recorder

_LONGEST_ERROR = 500
"""Characters that are kept of an error's text, which may be the host's."""


class ProgressKind(StrEnum):
    """What a progress event tells."""

    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a running collection."""

    kind: ProgressKind
    probe: str
    ended: int
    """How many probes have ended, this one counted."""
    total: int
    outcome: ProbeOutcome | None = None


@dataclass
class _Run:
    probe: Probe
    recorder: Recorder
    thread: threading.Thread
    started: float
    done: threading.Event
    error: str = "it ended its own thread"
    """Why it did not come to its end; empty where it did."""
    finished: float = 0.0


def collect(
    host: HostAccess,
    probes: Sequence[Probe],
    *,
    skipped: Sequence[str] = (),
    timeout: float = DEFAULT_TIMEOUT,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: threading.Event | None = None,
    apart: Collection[str] = (),
) -> Snapshot:
    """Runs all probes at once and returns what they read.

    A probe that is not done at its deadline is left behind: its thread is a daemon thread, what it
    kept so far counts, and its outcome says ``timed-out``. ``cancel`` ends the collection early and
    keeps what there is.

    Args:
        host: the host to look at.
        probes: what to run.
        skipped: names of probes that the user left out; the snapshot says so.
        timeout: seconds per probe.
        progress: called from the calling thread.
        cancel: set it to stop.
        apart: names of probes that may run in a process of their own, where this process has one
            thread and there can be another process.
    """
    cancel = cancel or threading.Event()
    started_at = time.time()
    wake = threading.Condition()
    running = [_apart(probe, host, timeout) if probe.name in apart else probe for probe in probes]
    runs = [_start(probe, host, timeout, wake) for probe in running]
    for run in runs:
        progress(Progress(ProgressKind.STARTED, run.probe.name, 0, len(runs)))
    outcomes: list[ProbeOutcome] = []
    readings = []
    open_runs = list(runs)
    while open_runs:
        with wake:
            if not any(run.done.is_set() for run in open_runs) and not cancel.is_set():
                nearest = min(run.recorder.seconds_left() for run in open_runs)
                wake.wait(min(nearest, 0.05))
        for run in list(open_runs):
            # Asked before the recording ends: that itself makes a probe that still runs end soon.
            done, late = run.done.is_set(), run.recorder.seconds_left() == 0.0
            if not (done or late or cancel.is_set()):
                continue
            kept, problems = run.recorder.close()
            outcome = _outcome(run, problems, done=done, late=late)
            open_runs.remove(run)
            outcomes.append(outcome)
            readings.extend(kept)
            progress(
                Progress(ProgressKind.ENDED, run.probe.name, len(outcomes), len(runs), outcome)
            )
    outcomes.extend(ProbeOutcome(name, ProbeState.SKIPPED, 0.0) for name in skipped)
    order = {name: place for place, name in enumerate([p.name for p in probes] + list(skipped))}
    return Snapshot.of(
        readings,
        collector=host.collector(),
        started_at=started_at,
        finished_at=time.time(),
        probes=tuple(sorted(outcomes, key=lambda outcome: order[outcome.name])),
    )


def _apart(probe: Probe, host: HostAccess, timeout: float) -> Probe:
    if not has_one_thread():
        return probe
    try:
        return ForkedProbe(probe, host, timeout)
    except OSError:
        return probe


def _start(probe: Probe, host: HostAccess, timeout: float, wake: threading.Condition) -> _Run:
    recorder = Recorder(time.monotonic() + timeout)

    def work() -> None:
        try:
            probe.run(host, recorder)
            run.error = ""
        except (Cancelled, SystemExit) as ended:  # a library may do the latter
            run.error = type(ended).__name__
        except Exception as error:  # noqa: BLE001 - a probe cannot fail past its border
            run.error = _one_line(f"{type(error).__name__}: {error}")
        finally:
            run.finished = time.monotonic()
            run.done.set()
            with wake:
                wake.notify_all()

    thread = threading.Thread(target=work, name=f"probe {probe.name}", daemon=True)
    run = _Run(probe, recorder, thread, time.monotonic(), threading.Event())
    thread.start()
    return run


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_ERROR]


def _outcome(run: _Run, problems: tuple[str, ...], *, done: bool, late: bool) -> ProbeOutcome:
    if done:
        seconds = run.finished - run.started
        if run.error:
            line = f"the probe ended by an error of its own: {run.error}"
            return ProbeOutcome(run.probe.name, ProbeState.FAILED, seconds, (*problems, line))
        state = ProbeState.INCOMPLETE if problems else ProbeState.COMPLETE
        return ProbeOutcome(run.probe.name, state, seconds, problems)
    seconds = time.monotonic() - run.started
    if late:
        line = (
            f"no end after {seconds:.1f} s; a longer --timeout, or a look at what does not answer"
        )
        return ProbeOutcome(run.probe.name, ProbeState.TIMED_OUT, seconds, (*problems, line))
    return ProbeOutcome(run.probe.name, ProbeState.CANCELLED, seconds, (*problems, "stopped"))
