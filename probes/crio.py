"""CRI-O: the bundles of its containers, in the storage that it shares with Podman."""

from __future__ import annotations

from isoscope.snapshot.bundle_places import CRIO, CRIO_CONTAINERS, CRIO_RUNNING
from isoscope.snapshot.reading import Gap
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.sources import keep_sources, sources_in

_MOST_CONTAINERS = 20_000
_SMALL = 64 * 1024


class CrioProbe:
    """Reads the bundle of every container in the storage, where CRI-O is there at all."""

    name = "cri-o"

    def run(self, host: HostAccess, recorder: Recorder) -> None:
        """See ``Probe``."""
        if recorder.keep(host.status(CRIO)).gap is Gap.ABSENT:
            return
        containers = recorder.keep(host.directory(CRIO_CONTAINERS))
        recorder.note_gap(containers, "containers of CRI-O", "run Isoscope as root")
        sources: list[str] = []
        for name in containers.names()[:_MOST_CONTAINERS]:
            if len(name) == 64:  # beside the containers lie the index and its lock
                document = recorder.keep(
                    host.file(f"{CRIO_CONTAINERS}/{name}/userdata/config.json")
                )
                sources += sources_in(document)
                pid_file = f"{CRIO_RUNNING}/{name}/userdata/pidfile"
                pid = recorder.keep(host.file(pid_file, _SMALL)).text().strip()
                if pid.isascii() and pid.isdecimal():
                    recorder.keep(host.status(f"/proc/{pid}"))
        keep_sources(host, recorder, sources)
