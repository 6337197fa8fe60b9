"""Where container engines and VM managers listen: what those who ask them and those who look for
their answers share.

Sources: dockerd(8), Docker's "Run the Docker daemon as a non-root user (Rootless mode)",
podman-system-service(1), https://libvirt.org/daemons.html, incusd(1) and lxd(1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

USER_DIRECTORIES = "/run/user"
"""Holds one directory per user who is logged in, named by user id: ``pam_systemd(8)``."""

VERSION = "GET /version"
"""The first request to an engine: whoever answers it is an engine."""
SERVER = "GET /1.0"
"""The same to Incus or LXD, all of whose other requests begin likewise."""
LIST_INSTANCES = "GET /1.0/instances?recursion=1&all-projects=true"
"""A JSON object whose ``metadata`` is the array of all instances, as they are configured."""
LIST_INSTANCE_NETWORKS = "GET /1.0/networks?recursion=1&all-projects=true"
OPEN = "virConnectOpen"
"""The first request to a libvirt connection: a JSON object with ``read_only``."""
LIST_DOMAINS = "virConnectListAllDomains"
"""A JSON array of objects with ``uuid``, ``name``, ``id`` (-1: not running) and ``state``, a
number of ``virDomainState``; what the way of asking does not tell is null."""
DOMAIN = "virDomainGetXMLDesc"
"""Followed by a space and the UUID."""
LIST_NETWORKS = "virConnectListAllNetworks"
"""A JSON array of objects with ``uuid`` and ``name``."""
NETWORK = "virNetworkGetXMLDesc"

_DOCKER = ("/run/docker.sock", "/var/run/docker.sock")
_PODMAN = ("/run/podman/podman.sock",)
_MONOLITHIC = "libvirt-sock"
_DRIVERS = (
    ("qemu", "virtqemud-sock"),
    ("lxc", "virtlxcd-sock"),
    ("xen", "virtxend-sock"),
    ("ch", "virtchd-sock"),
)

_INCUS = (
    "/var/lib/incus/unix.socket",
    "/run/incus/unix.socket",
    "/var/lib/lxd/unix.socket",
    "/var/snap/lxd/common/lxd/unix.socket",
)
"""Of Incus and LXD. Beside the first lies ``unix.socket.user``, which is never asked: whoever
connects to it for the first time gets a project made."""

CONTROL_SOCKETS = (
    _DOCKER[0],
    *_PODMAN,
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/buildkit/buildkitd.sock",
    *_INCUS,
)
"""Where the system's engines take orders from whoever may write to the socket. libvirt's asks
polkit whatever its mode, and is left out."""


@dataclass(frozen=True, slots=True)
class EnginePlace:
    """A Unix socket where a container engine usually listens."""

    engine: str
    """``docker``, ``podman`` or ``incus``, which stands for LXD too."""
    path: str

    @property
    def url(self) -> str:
        """The target of its readings."""
        return f"unix://{self.path}"

    @property
    def greeting(self) -> str:
        """The first request to it."""
        return greeting_of(self.engine)


def greeting_of(engine: str) -> str:
    """The first request to an engine of this kind."""
    return SERVER if engine == "incus" else VERSION


@dataclass(frozen=True, slots=True)
class LibvirtPlace:
    """A libvirt connection, and the sockets any of which serves it."""

    uri: str
    sockets: tuple[str, ...]


def engine_places(engine: str, users: Iterable[str]) -> list[EnginePlace]:
    """The usual sockets of ``docker``, ``podman`` or ``incus``; rootless ones by user id."""
    if engine == "incus":
        paths = [*_INCUS]
    elif engine == "docker":
        paths = [*_DOCKER, *(f"{USER_DIRECTORIES}/{user}/docker.sock" for user in users)]
    else:
        paths = [*_PODMAN, *(f"{USER_DIRECTORIES}/{user}/podman/podman.sock" for user in users)]
    return [EnginePlace(engine, path) for path in paths]


def libvirt_places(users: Iterable[str]) -> list[LibvirtPlace]:
    """The usual libvirt connections: each driver's of the system, and QEMU's of each user.

    A session is named with its socket, because the URI alone means the session of whoever asks.
    """
    places = [
        LibvirtPlace(
            f"{driver}:///system", (f"/run/libvirt/{socket}", f"/run/libvirt/{_MONOLITHIC}")
        )
        for driver, socket in _DRIVERS
    ]
    for user in users:
        for socket in ("virtqemud-sock", _MONOLITHIC):
            path = f"{USER_DIRECTORIES}/{user}/libvirt/{socket}"
            places.append(LibvirtPlace(session_uri(path), (path,)))
    return places


def session_uri(socket: str) -> str:
    """The URI of a QEMU session that is reached by this socket."""
    return f"qemu+unix:///session?socket={quote(socket)}"


def user_ids(names: Iterable[str]) -> list[str]:
    """The user ids among the names in ``USER_DIRECTORIES``."""
    return [name for name in names if name.isascii() and name.isdecimal() and len(name) <= 10]


def user_of(path: str) -> str:
    """The user id in a path or URL below ``USER_DIRECTORIES``; empty where there is none."""
    _, found, rest = path.partition(f"{USER_DIRECTORIES}/")
    user = rest.partition("/")[0]
    return user if found and user_ids([user]) else ""


def pid_file(uri: str, name: str) -> str:
    """Where libvirt notes the process id of a domain's QEMU: in the state directory of its driver.

    Empty where it notes none, or the name could lead elsewhere.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    if not parts.scheme.startswith("qemu") or parts.netloc or "/" in name or name.startswith("."):
        return ""
    if parts.path == "/system":
        return f"/run/libvirt/qemu/{name}.pid"
    user = user_of(parse_qs(parts.query).get("socket", [""])[0])
    return f"{USER_DIRECTORIES}/{user}/libvirt/qemu/run/{name}.pid" if user else ""
