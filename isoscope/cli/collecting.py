"""Collects a snapshot as the options say."""

from __future__ import annotations

import threading
from argparse import Namespace
from pathlib import Path

from isoscope.cli.errors import NOTHING_COLLECTED, UNREADABLE, CommandError
from isoscope.cli.progress import shown_progress
from isoscope.snapshot.document import Snapshot
from probes.collect import collect
from probes.host.access import HostAccess
from probes.options import PROBE_NAMES, CollectionOptions
from probes.registry import BUSIEST_PROBES, all_probes


def collected(options: Namespace) -> Snapshot:
    """A snapshot of the host that the options name.

    Raises:
        CommandError: the host cannot be looked at, or nothing at all was read.
        KeyboardInterrupt: the user stopped it.
    """
    wanted = set(options.only or PROBE_NAMES) - set(options.skip)
    where = CollectionOptions(
        docker=tuple(options.docker),
        podman=tuple(options.podman),
        incus=tuple(options.incus),
        libvirt=tuple(options.libvirt),
        timeout=options.timeout,
    )
    probes = [probe for probe in all_probes(where) if probe.name in wanted]
    cancel = threading.Event()
    with shown_progress(asked=options.progress) as progress:
        try:
            snapshot = collect(
                _host(options.root),
                probes,
                skipped=[name for name in PROBE_NAMES if name not in wanted],
                timeout=options.timeout,
                progress=progress,
                cancel=cancel,
                apart=BUSIEST_PROBES,
            )
        finally:
            cancel.set()
    if not any(reading.content is not None for reading in snapshot.readings.values()):
        raise CommandError(
            "nothing could be read of this host; run it as root, or with fewer --skip and a longer "
            "--timeout",
            NOTHING_COLLECTED,
        )
    return snapshot


def _host(root: str | None) -> HostAccess:
    if root is None:
        from probes.host.local import LocalHost

        return LocalHost()
    from probes.host.captured import CapturedTree

    try:
        return CapturedTree(Path(root))
    except NotADirectoryError as error:
        raise CommandError(str(error), UNREADABLE) from None
