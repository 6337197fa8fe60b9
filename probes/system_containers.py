"""LXC and systemd-nspawn: which containers their managers' own files name.

What runs in them the kernel's probe reads; nobody is asked to start, enter or attach.
"""

from __future__ import annotations

from isoscope.snapshot.system_containers import MACHINES
from probes.host.access import HostAccess
from probes.lxc import keep_lxc
from probes.probe import Recorder

_MOST_CONTAINERS = 5_000
_FILE_LIMIT = 64 * 1024


class SystemContainerProbe:
    """Reads systemd-machined's files, and lists LXC's directories, wherever they are."""

    name = "system-containers"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        machines = recorder.keep(host.directory(MACHINES))
        recorder.note_gap(machines, "machines of systemd-machined", "run Isoscope as root")
        for name in machines.names()[:_MOST_CONTAINERS]:
            if ":" not in name:  # links from units to machines
                recorder.keep(host.file(f"{MACHINES}/{name}", _FILE_LIMIT))
        keep_lxc(host, recorder)
