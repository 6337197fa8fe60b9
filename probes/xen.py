"""Xen: the guests that its own tool lists, where this is the domain that controls them.

libvirt's driver for Xen is asked by libvirt's probe; where it is not installed, which is usual,
``xl`` tells the same. It only lists, and changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable

from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.xen import (
    CAPABILITIES,
    DESCRIBE_DOMAINS,
    FEATURES,
    HYPERVISOR,
    LIST_DOMAINS,
    TOOL,
    controls_others,
)
from probes.host.access import HostAccess, NoAnswerError
from probes.probe import Recorder
from probes.sources import keep_sources, sources_in

_SHARE_OF_DEADLINE = 0.8
_FURTHER_PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/lib/xen/bin")


class XenProbe:
    """Asks ``xl`` for the domains of this machine."""

    name = "xen"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        recorder.keep(host.file(HYPERVISOR))
        capabilities = recorder.keep(host.file(CAPABILITIES))
        features = recorder.keep(host.file(FEATURES))
        if not controls_others(capabilities.text(), features.text()):
            return
        until = time.monotonic() + _SHARE_OF_DEADLINE * recorder.seconds_left()

        def ask(request: str, question: Callable[[], bytes]) -> Reading:
            answer = recorder.keep(host.ask(Source(Channel.LIBRARY, TOOL, request), question))
            recorder.note_gap(answer, "guests of Xen", "run Isoscope as root, with Xen's own tools")
            return answer

        ask(LIST_DOMAINS, lambda: domains_in(xl(LIST_DOMAINS, until)))
        described = ask(DESCRIBE_DOMAINS, lambda: xl(DESCRIBE_DOMAINS, until))
        keep_sources(host, recorder, sources_in(described))


def domains_in(table: bytes) -> bytes:
    """The number and state of each domain in the table that ``xl list`` prints: a line of headings,
    then name, number, memory, CPUs, state and time of each.

    Raises:
        NoAnswerError: it is no such table.
    """
    found = []
    for line in table.decode("utf-8", "replace").splitlines()[1:]:
        fields = line.rsplit(None, 5)
        if len(fields) != 6 or not fields[1].isascii() or not fields[1].isdecimal():
            raise NoAnswerError(Gap.FAILED, "xl list does not print the table that it should")
        found.append({"domid": int(fields[1]), "state": fields[4]})
    return json.dumps(found).encode()


def xl(arguments: str, until: float) -> bytes:
    """What ``xl`` prints.

    Raises:
        NoAnswerError: it is not installed, or failed.
        TimeoutError: it did not end in time, a ``time.monotonic()`` value.
    """
    program = _program()
    if program is None:
        raise NoAnswerError(Gap.UNSUPPORTED, "xl is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and every argument is ours
            [program, *arguments.split()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=max(0.0, until - time.monotonic()),
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError("no answer in time") from error
    if done.returncode != 0:
        words = " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
        denied = "permission denied" in words.lower()
        raise NoAnswerError(Gap.DENIED if denied else Gap.REFUSED, words or "xl failed")
    return done.stdout


def _program() -> str | None:
    """Where ``xl`` is; it is of use to root alone, in whose path it is."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_FURTHER_PLACES))
    return shutil.which(TOOL, path=path)
