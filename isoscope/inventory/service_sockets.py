"""Unix sockets of the host's services, beside those through which managers take orders.

All listening or bound sockets of the reader's network namespace are in ``/proc/net/unix``. Those
with a path are told by the names that their services give them; abstract ones, ``unix(7)``, need no
file system to be reached, only the network namespace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from isoscope.inventory.observation import KERNEL, Observation, known, parsed
from isoscope.snapshot.document import Snapshot

T = TypeVar("T")

SYSTEM_BUS = "the system bus (D-Bus)"
_AGENT = "an agent that holds a user's keys"
_ACCEPTS = 0x10000
"""``__SO_ACCEPTCON`` of ``linux/net.h``: it listens."""
_DATAGRAM = 2

_SERVICES = tuple(
    (re.compile(f"(?:{pattern})$"), opens)
    for pattern, opens in (
        (r"/dbus/system_bus_socket", SYSTEM_BUS),
        (r"/run/user/\d+/bus|/tmp/dbus-\w+", "a user's session bus (D-Bus)"),
        (r"/\.X11-unix/X\d+", "an X display"),
        (r"/wayland-\d+", "a Wayland display"),
        (
            r"/ssh-\w+/agent\.\d+|/keyring/\.?ssh|/openssh_agent|/ssh-agent(?:\.sock(?:et)?)?",
            _AGENT,
        ),
        (r"/\.ssh/agent/\S+|/S\.gpg-agent(?:\.\w+)?", _AGENT),
        (r"/kubelet\.sock", "the kubelet"),
        (r"/dev/log|/systemd/journal/(?:dev-log|socket|stdout|syslog)", "the host's log"),
        (r"/pulse/native|/pipewire-\d+", "a user's sound devices"),
        (r"/snapd(?:-snap)?\.socket", "snapd"),
        (r"/udev/control", "udev"),
        (r"/pcscd/pcscd\.comm", "smart cards"),
        (r"/systemd/(?:[\w-]+/)*io\.systemd\.\w+|/systemd/notify", "a service of systemd"),
        (r"/mysqld?\.sock|/\.s\.PGSQL\.\d+|/redis\S*\.sock", "a database of the host"),
    )
)


@dataclass(frozen=True, slots=True)
class ServiceSocket:
    """A socket by its path on the host, and what it leads to."""

    path: str
    opens: str
    """In words: ``the kubelet``."""


def service_sockets(snapshot: Snapshot) -> Observation[tuple[ServiceSocket, ...]]:
    """Sockets of services that this host shows. Whoever binds a socket chooses its path and can so
    add lines to ``/proc/net/unix``, but take none away."""
    return _listed(snapshot, "service-sockets", parse_service_sockets, lambda found: found.path)


def abstract_sockets(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Names of abstract sockets, ``@`` first, that listen in the reader's network namespace or take
    datagrams there."""
    return _listed(snapshot, "abstract-sockets", parse_abstract_sockets, lambda found: found)


def parse_service_sockets(text: str) -> tuple[ServiceSocket, ...]:
    """The paths in ``/proc/net/unix`` that end as those of known services do, sorted.

    Raises:
        ValueError: it is no such file.
    """
    paths = sorted({path for _, _, path in _rows(text) if path.startswith("/")})
    return tuple(ServiceSocket(path, opens) for path in paths if (opens := _opened_by(path)))


def parse_abstract_sockets(text: str) -> tuple[str, ...]:
    """The abstract names in ``/proc/net/unix`` at which somebody can be reached, sorted. Those that
    the kernel made up for ``autobind``, five hexadecimal digits, are nobody's address.

    Raises:
        ValueError: it is no such file.
    """
    return tuple(
        sorted(
            {
                path
                for flags, kind, path in _rows(text)
                if path.startswith("@")
                and (flags & _ACCEPTS or kind == _DATAGRAM)
                and not _AUTOBOUND.fullmatch(path)
            }
        )
    )


_AUTOBOUND = re.compile(r"@[0-9a-f]{5}")


def _opened_by(path: str) -> str:
    return next((opens for pattern, opens in _SERVICES if pattern.search(path)), "")


def _rows(text: str) -> list[tuple[int, int, str]]:
    """Flags, type and path of each socket that has one."""
    heading, *lines = text.split("\n")
    if not heading.startswith("Num "):
        raise ValueError("it does not begin as /proc/net/unix does")
    found = []
    for line in lines:
        fields = line.split(None, 7)
        if len(fields) == 8:
            found.append((int(fields[3], 16), int(fields[4], 16), fields[7]))
    return found


def _listed(
    snapshot: Snapshot,
    key: str,
    parse: Callable[[str], tuple[T, ...]],
    words: Callable[[T], str],
) -> Observation[tuple[T, ...]]:
    reading = snapshot.file("/proc/net/unix")
    found = parsed(
        "host", key, reading, parse, parties=KERNEL, settled_by="run Isoscope on the host itself"
    )
    if found.value is None:
        return found
    excerpt = "\n".join(map(words, found.value)) or "none"
    return known("host", key, found.value, reading, parties=KERNEL, excerpt=excerpt)
