"""LXC and systemd-nspawn: which containers their managers' own files name.

What runs in them the kernel's probe reads; nobody is asked to start, enter or attach.
"""

from __future__ import annotations

from isoscope.snapshot.reading import Gap
from isoscope.snapshot.system_containers import LXC_CONTAINERS, MACHINES
from probes.host.access import HostAccess
from probes.probe import Recorder

_MOST_CONTAINERS = 5_000
_FILE_LIMIT = 64 * 1024


class SystemContainerProbe:
    """Reads systemd-machined's files, and lists LXC's directories."""

    name = "system-containers"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        machines = recorder.keep(host.directory(MACHINES))
        recorder.note_gap(machines, "machines of systemd-machined", "run Isoscope as root")
        for name in machines.names()[:_MOST_CONTAINERS]:
            if ":" not in name:  # links from units to machines
                recorder.keep(host.file(f"{MACHINES}/{name}", _FILE_LIMIT))
        containers = recorder.keep(host.directory(LXC_CONTAINERS))
        recorder.note_gap(containers, "containers of LXC", "run Isoscope as root")
        for name in containers.names()[:_MOST_CONTAINERS]:
            configuration = host.status(f"{LXC_CONTAINERS}/{name}/config")
            if configuration.gap is not Gap.ABSENT:
                recorder.keep(configuration)
