"""Xen: the guests that its own tool lists, where this is the domain that controls them.

libvirt's driver for Xen is asked by libvirt's probe; where it is not installed, which is usual,
``xl`` tells the same. It only lists, and changes nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

from isoscope.snapshot.reading import Channel, Gap, Source
from isoscope.snapshot.xen import CAPABILITIES, HYPERVISOR, LIST_DOMAINS, TOOL, controls_others
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
        if not controls_others(capabilities.text()):
            return
        until = time.monotonic() + _SHARE_OF_DEADLINE * recorder.seconds_left()
        source = Source(Channel.LIBRARY, TOOL, LIST_DOMAINS)
        listing = recorder.keep(host.ask(source, lambda: listed_domains(until)))
        recorder.note_gap(listing, "guests of Xen", "run Isoscope as root, with Xen's own tools")
        keep_sources(host, recorder, sources_in(listing))


def listed_domains(until: float) -> bytes:
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
            [program, *LIST_DOMAINS.split()],
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
