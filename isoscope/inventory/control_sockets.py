"""Unix sockets through which a container engine, VM manager or the init system takes orders.

Whoever may write to one of them owns the host: ``docker run --privileged`` needs no more. Listening
sockets are found in ``/proc/net/unix`` (``unix(7)``), wherever they were put.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from isoscope.inventory.observation import KERNEL, Observation, known, parsed
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import OPEN
from isoscope.snapshot.reading import Channel, Gap, Reading

_NAMES = frozenset(
    {
        "docker.sock",
        "containerd.sock",
        "containerd.sock.ttrpc",
        "crio.sock",
        "cri-dockerd.sock",
        "podman.sock",
        "buildkitd.sock",
        "libvirt-sock",
        "libvirt-admin-sock",
        "virtqemud-sock",
        "virtlxcd-sock",
        "virtxend-sock",
        "virtchd-sock",
        "lxd/unix.socket",
        "incus/unix.socket",
        "systemd/private",
    }
)
_RUN = "/var/run/"


def control_sockets(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Every control socket that this host shows: those at which managers were asked, and those that
    processes are bound to under a name that managers give them."""
    run = snapshot.link("/var/run")
    asked = {path for reading in snapshot.readings.values() if (path := _asked_at(reading))}
    reading = snapshot.file("/proc/net/unix")
    found = parsed(
        "host",
        "control-sockets",
        reading,
        lambda text: tuple(sorted(_by_all_names(asked | _bound(text), run))),
        parties=KERNEL,
        settled_by="run Isoscope on the host itself",
    )
    if found.value is None:
        return found
    excerpt = "\n".join(found.value) or "none"
    return known("host", found.key, found.value, reading, parties=KERNEL, excerpt=excerpt)


def _asked_at(reading: Reading) -> str:
    """The socket at which a manager was asked, if anything is there."""
    source = reading.source
    if reading.gap is Gap.ABSENT:
        return ""
    if source.channel is Channel.ENGINE:
        scheme, found, path = source.target.partition("unix://")
        return path if found and scheme in ("", "http+") else ""
    if source.channel is Channel.LIBVIRT and source.request == OPEN:
        try:
            query = parse_qs(urlsplit(source.target).query)
        except ValueError:
            return ""
        return query.get("socket", [""])[0]
    return ""


def _bound(text: str) -> set[str]:
    """Paths in ``/proc/net/unix`` with a manager's name. Whoever binds a socket chooses its path
    and can so add lines to that file, but take none away."""
    found = set()
    for line in text.split("\n")[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[7].startswith("/"):
            path = fields[7]
            if path.rsplit("/", 1)[-1] in _NAMES or "/".join(path.split("/")[-2:]) in _NAMES:
                found.add(path)
    return found


def _by_all_names(paths: set[str], run: Reading) -> set[str]:
    """These paths as they are, and as they are without the link that ``/var/run`` is almost
    everywhere: to ``/run``, unless the host says otherwise."""
    target = run.text().removeprefix("../").strip("/") or "run"
    through_link = {
        f"/{target}/{path.removeprefix(_RUN)}" for path in paths if path.startswith(_RUN)
    }
    if run.gap is Gap.UNSUPPORTED:  # EINVAL: it is a directory
        return paths
    return paths | through_link
