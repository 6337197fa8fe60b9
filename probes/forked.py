"""A probe in a process of its own, so that it reads while others talk to daemons.

Python runs one thread at a time, and a host with hundreds of containers keeps it busy both with
their processes and with their engine's answers. ``fork(2)`` without ``execve(2)`` is sound only
while the process has one thread (``fork(2)``, NOTES): where it has more, such as in the window,
the probe runs as all others do.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.access import HostAccess
from probes.probe import Cancelled, Probe, Recorder

_SENT_EVERY = 0.02
"""Seconds after which what was read is handed over: what a probe read before it hung counts."""
_LENGTH = 8
_PIPE_READ = 1 << 20
_LONGEST_WAIT = 0.05
"""Seconds between looks at whether the recording was ended."""
_END, _READINGS, _PROBLEM, _ERROR = range(4)


def has_one_thread() -> bool:
    """Whether this process has no other thread, of Python or of a library: ``/proc/self/task``."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


class ForkedProbe:
    """A probe that began to run in a child of this process when it was made."""

    def __init__(self, probe: Probe, host: HostAccess, timeout: float) -> None:
        """Forks.

        Args:
            probe: what runs in the child.
            host: the host that it looks at.
            timeout: its seconds, from now on.

        Raises:
            OSError: there can be no further process.
        """
        self.name = probe.name
        self._pipe, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            _child(probe, host, time.monotonic() + timeout, writing)
        os.close(writing)

    def run(self, host: HostAccess, recorder: Recorder) -> None:  # noqa: ARG002 - the child has it
        """Takes over what the child reads, until it ends or the recording does."""
        try:
            for kind, body in self._messages(recorder):
                if kind == _READINGS:
                    recorder.take(_reading(row) for row in body)
                elif kind == _PROBLEM:
                    recorder.problem(str(body))
                elif kind == _ERROR:
                    raise RuntimeError(str(body))
        finally:
            os.close(self._pipe)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    def _messages(self, recorder: Recorder) -> Iterator[tuple[int, Any]]:
        held = bytearray()
        while True:
            while len(held) >= _LENGTH:
                size = int.from_bytes(held[:_LENGTH], "little")
                if len(held) < _LENGTH + size:
                    break
                kind, body = marshal.loads(held[_LENGTH : _LENGTH + size])  # noqa: S302 - our child
                del held[: _LENGTH + size]
                if kind == _END:
                    return
                yield kind, body
            while not select.select([self._pipe], [], [], _LONGEST_WAIT)[0]:
                if recorder.closed:
                    raise Cancelled
            piece = os.read(self._pipe, _PIPE_READ)
            if not piece:
                raise RuntimeError("its process ended before it did")
            held += piece


def _child(probe: Probe, host: HostAccess, deadline: float, writing: int) -> None:
    """Runs the probe and never returns. What a terminal sends to stop the scan is the parent's to
    hear."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        recorder = _Sending(deadline, writing)
        threading.Thread(target=recorder.send_regularly, daemon=True).start()
        try:
            probe.run(host, recorder)
            last: tuple[int, str] = (_END, "")
        except Exception as error:  # noqa: BLE001 - a probe cannot fail past its border
            last = _ERROR, f"{type(error).__name__}: {error}"[:500]
        recorder.send_rest()
        recorder.send(*last)
    finally:
        os._exit(0)


class _Sending(Recorder):
    """Hands its readings over as they come."""

    def __init__(self, deadline: float, writing: int) -> None:
        super().__init__(deadline)
        self._writing = writing
        self._sending = threading.Lock()
        self._handing_over = threading.Lock()
        self._sent = 0

    def send_regularly(self) -> None:
        """Hands over what there is, until the process ends or nobody listens any more."""
        with contextlib.suppress(OSError):
            while True:
                time.sleep(_SENT_EVERY)
                self.send_rest()

    def problem(self, line: str) -> None:
        self.send(_PROBLEM, line)

    def send_rest(self) -> None:
        """Hands over what was not yet; when it returns, all that was kept before is sent, whichever
        thread sent it."""
        with self._handing_over:
            unsent = self._readings[self._sent :]
            self._sent += len(unsent)
            if unsent:
                self.send(_READINGS, [_row(reading) for reading in unsent])

    def send(self, kind: int, body: Any) -> None:  # noqa: ANN401 - whatever marshal takes
        """One message: its length, then what it says."""
        message = marshal.dumps((kind, body))
        whole = memoryview(len(message).to_bytes(_LENGTH, "little") + message)
        with self._sending:
            while whole:
                whole = whole[os.write(self._writing, whole) :]


def _row(reading: Reading) -> tuple[object, ...]:
    source = reading.source
    return (
        str(source.channel),
        source.target,
        source.request,
        reading.at,
        reading.privilege,
        reading.content,
        None if reading.gap is None else str(reading.gap),
        reading.detail,
        reading.truncated,
    )


def _reading(row: tuple[str, str, str, float, str, bytes | None, str | None, str, bool]) -> Reading:
    channel, target, request, at, privilege, content, gap, detail, truncated = row
    return Reading(
        Source(_CHANNELS[channel], target, request),
        at,
        privilege,
        content,
        None if gap is None else Gap(gap),
        detail,
        truncated,
    )


_CHANNELS = {str(channel): channel for channel in Channel}
