"""Engines and VM managers that take orders at sockets in unusual places, where nobody asked them.

Sources: unix(7), proc_pid_net(5); https://libvirt.org/uri.html, "socket".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from shlex import quote

from isoscope.inventory.control_sockets import asked_sockets, by_all_names
from isoscope.inventory.engines.holes import engine_looked_at, hole
from isoscope.inventory.host import Hole
from isoscope.inventory.machine.managers_sockets import (
    UnseenManagerError,
    unix_sockets_of_managers,
)
from isoscope.inventory.observation import Unknown
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import (
    USER_DIRECTORIES,
    engine_places,
    greeting_of,
    libvirt_places,
    user_ids,
)
from isoscope.snapshot.manager_sockets import unix_listeners
from isoscope.snapshot.places import UNIX_SOCKETS
from isoscope.snapshot.reading import Gap, Reading

_MANAGERS = {
    "docker.sock": ("a Docker engine", "--docker", "unix://{}"),
    "podman.sock": ("a Podman engine", "--podman", "unix://{}"),
    "unix.socket": ("a server of Incus or LXD", "--incus", "unix://{}"),
    "libvirt-sock": ("libvirt", "--libvirt", "qemu+unix:///system?socket={}"),
    "virtqemud-sock": ("libvirt", "--libvirt", "qemu+unix:///system?socket={}"),
    "virtlxcd-sock": ("libvirt", "--libvirt", "lxc+unix:///system?socket={}"),
    "virtxend-sock": ("libvirt", "--libvirt", "xen+unix:///system?socket={}"),
    "virtchd-sock": ("libvirt", "--libvirt", "ch+unix:///system?socket={}"),
}
"""By the name of a socket: what listens there, and the option and address that have it asked."""


def unasked_managers(snapshot: Snapshot) -> list[Hole]:
    """A hole for each socket at which a manager of the host takes orders and was not asked.

    Usual places are not among them: that one of those was not looked at is a hole of its own. Of a
    socket that only bears a manager's name it has to be known that none listens there.
    """
    candidates = list(_candidates(snapshot))
    if not candidates:
        return []
    says, reading = "it takes orders there and was not asked", snapshot.file(UNIX_SOCKETS)
    try:
        inodes = unix_sockets_of_managers(snapshot)
    except UnseenManagerError as unseen:
        says, reading = f"it may take orders there and was not asked; {unseen}", unseen.reading
    else:
        candidates = [(path, inode) for path, inode in candidates if inode in inodes]
    return [_hole(path, says, reading) for path, _ in candidates]


def _hole(path: str, says: str, reading: Reading) -> Hole:
    called, option, address = _MANAGERS[PurePosixPath(path).name]
    named = f"name it: {option} {quote(address.format(path))}"
    return hole(f"{called} at {path}", Unknown(Gap.NOT_READ, says, named), reading)


def _candidates(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Sockets that listen under a manager's name in no usual place, and that were not asked."""
    run = snapshot.link("/var/run")
    looked_at = by_all_names(_usual_places(snapshot) | asked_sockets(snapshot), run)
    for inode, path in unix_listeners(snapshot.file(UNIX_SOCKETS).text()):
        name = PurePosixPath(path).name
        if path.startswith("/") and name in _MANAGERS and path not in looked_at:
            greeting = greeting_of("incus" if name == "unix.socket" else "docker")
            if not engine_looked_at(snapshot, f"unix://{path}", greeting):
                yield path, inode


def _usual_places(snapshot: Snapshot) -> set[str]:
    users = user_ids(snapshot.directory(USER_DIRECTORIES).names())
    engines = {
        place.path for kind in ("docker", "podman", "incus") for place in engine_places(kind, users)
    }
    return engines | {socket for place in libvirt_places(users) for socket in place.sockets}
