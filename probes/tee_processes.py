"""Which processes may be in a process TEE: by their names, or by a TEE's device that they hold.

Only where such a device is on the host, the open files of other processes are looked through; and
of no other process more is read for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.snapshot.reading import Gap
from isoscope.snapshot.tee_marks import NODES, TELLING, may_be_enclosed
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.processes import SeenProcess

_MOST_DESCRIPTORS = 512
_KTHREADD = 2


def in_process_tees(
    processes: Iterable[SeenProcess], host: HostAccess, recorder: Recorder
) -> set[int]:
    """Keeps what such processes show, and returns their ids."""
    nodes = [recorder.keep(host.status(path)) for path in NODES]
    somewhere = any(node.content is not None for node in nodes)
    found: set[int] = set()
    denied = 0
    for process in processes:
        if process.monitor or _KTHREADD in (process.pid, process.parent):
            continue
        by_name = may_be_enclosed(process.name)
        if not by_name and not somewhere:
            continue
        base = f"/proc/{process.pid}"
        listing = host.directory(f"{base}/fd")
        links = [host.link(f"{base}/fd/{name}") for name in listing.names()[:_MOST_DESCRIPTORS]]
        telling = [link for link in links if TELLING.fullmatch(link.text())]
        if listing.gap is Gap.DENIED:
            denied += 1
            recorder.keep(listing)
        if not by_name and not any(_of_process_tees(link.text()) for link in telling):
            continue
        found.add(process.pid)
        recorder.keep(listing)
        # What it does not hold tells the frameworks' backends apart: then all of them are needed.
        for link in links if by_name else telling:
            recorder.keep(link)
        recorder.keep(host.link(f"{base}/exe"))
        recorder.keep(host.file(f"{base}/cmdline"))
        recorder.keep(host.file(f"{base}/maps"))
    if denied and somewhere:
        recorder.problem(
            f"open files of {denied} processes: denied, so which of them are in an enclave is not "
            "known; run Isoscope as root"
        )
    return found


def _of_process_tees(target: str) -> bool:
    """Whether an open file is of a process TEE by itself: VMMs hold the others."""
    return not target.startswith(("/dev/sev", "anon_inode:kvm", "anon_inode:[kvm"))
