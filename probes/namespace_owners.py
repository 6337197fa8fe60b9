"""Which user namespace owns each namespace of a process: ``ioctl_ns(2)``, NS_GET_USERNS."""

from __future__ import annotations

import fcntl
import json
import os

from isoscope.snapshot.places import NAMESPACES, namespace_owners_source
from isoscope.snapshot.reading import Reading
from probes.host.access import HostAccess

_NS_GET_USERNS = 0xB701
"""``_IO(NSIO, 0x1)``: include/uapi/linux/nsfs.h."""


def namespace_owners(host: HostAccess, pid: int) -> Reading:
    """A JSON object: by kind of namespace, the inode of the user namespace that owns the one that
    this process is in. The kernel tells none that is above the reader's own."""

    def question() -> bytes:
        kinds = [kind for kind in NAMESPACES if kind != "user"]
        return json.dumps({kind: _owner(f"/proc/{pid}/ns/{kind}") for kind in kinds}).encode()

    return host.ask(namespace_owners_source(pid), question)


def _owner(path: str) -> int:
    namespace = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        owner = fcntl.ioctl(namespace, _NS_GET_USERNS)
    finally:
        os.close(namespace)
    try:
        return os.fstat(owner).st_ino
    finally:
        os.close(owner)
