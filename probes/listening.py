"""Which sockets of the host's managers listen on TCP, whatever their port."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from isoscope.snapshot.manager_sockets import (
    DOCKER_SETTINGS,
    LIBVIRT_SETTINGS,
    MANAGERS,
    listening_sockets,
)
from isoscope.snapshot.places import LISTENING, LISTENS
from isoscope.snapshot.process_marks import container_of
from isoscope.snapshot.reading import Reading
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.processes import SeenProcess

_SOCKET = re.compile(r"socket:\[([0-9]{1,20})\]")
_INODE = 9
"""Column of the socket's inode: Documentation/networking/proc_net_tcp.rst."""


def keep_managers_sockets(
    host: HostAccess, recorder: Recorder, processes: Iterable[SeenProcess]
) -> None:
    """Keeps, of each manager outside of containers, its sockets and how it was told to listen."""
    found = [p for p in processes if p.name in MANAGERS and container_of(p.cgroup) is None]
    if not found:
        return
    listening = _listening(host)
    for path in (DOCKER_SETTINGS, *LIBVIRT_SETTINGS):
        recorder.keep(host.file(path))
    for process in found:
        recorder.keep(host.file(f"/proc/{process.pid}/cmdline"))
        recorder.keep(_sockets(host, process.pid, listening))


def _listening(host: HostAccess) -> set[int]:
    found = set()
    for path in LISTENING:
        for row in host.file(path).text().split("\n"):
            fields = row.split()
            if len(fields) > _INODE and fields[3] == LISTENS and fields[_INODE].isdecimal():
                found.add(int(fields[_INODE]))
    return found


def _sockets(host: HostAccess, pid: int, listening: set[int]) -> Reading:
    def question() -> bytes:
        found = set()
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                socket = _SOCKET.fullmatch(str(descriptor.readlink()))
            except FileNotFoundError:
                continue
            if socket is not None:
                found.add(int(socket[1]))
        return json.dumps({"inodes": sorted(found & listening)}).encode()

    return host.ask(listening_sockets(pid), question)
