"""Unix sockets through which a container engine or VM manager takes orders.

Whoever may write to one of them owns the host: ``docker run --privileged`` needs no more. Listening
sockets are found in ``/proc/net/unix`` (``unix(7)``), wherever they were put.
"""

from __future__ import annotations

from isoscope.inventory.observation import KERNEL, Observation, known, parsed
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap

_NAMES = frozenset(
    {
        "docker.sock",
        "containerd.sock",
        "crio.sock",
        "podman.sock",
        "buildkitd.sock",
        "libvirt-sock",
        "libvirt-admin-sock",
        "virtqemud-sock",
        "virtlxcd-sock",
        "virtxend-sock",
        "lxd/unix.socket",
        "incus/unix.socket",
    }
)


def control_sockets(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Every control socket that this host shows: those that engines were asked at, and those that
    processes are bound to under a name that engines give them."""
    asked = {
        path
        for reading in snapshot.readings.values()
        if reading.source.channel is Channel.ENGINE
        and reading.gap is not Gap.ABSENT
        and (path := _socket_of_url(reading.source.target))
    }
    run = snapshot.link("/var/run").text().lstrip("/")
    paths = frozenset(_through_var_run(path, run) for path in asked)
    bound = parsed(
        "host",
        "control-sockets",
        snapshot.file("/proc/net/unix"),
        lambda text: tuple(sorted(paths | _bound(text, run))),
        parties=KERNEL,
        settled_by="run Isoscope on the host itself",
        excerpt="\n".join(sorted(paths)) or None,
    )
    if bound.value is None:
        return bound
    reading = snapshot.file("/proc/net/unix")
    return known(
        "host",
        "control-sockets",
        bound.value,
        reading,
        parties=KERNEL,
        excerpt="\n".join(bound.value),
    )


def _socket_of_url(url: str) -> str:
    for scheme in ("unix://", "http+unix://"):
        if url.startswith(scheme):
            return url[len(scheme) :]
    return ""


def _bound(text: str, run: str) -> frozenset[str]:
    found = set()
    for line in text.splitlines()[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[7].startswith("/"):
            path = fields[7]
            if path.rsplit("/", 1)[-1] in _NAMES or "/".join(path.split("/")[-2:]) in _NAMES:
                found.add(_through_var_run(path, run))
    return frozenset(found)


def _through_var_run(path: str, run: str) -> str:
    """``/var/run`` is a link to ``/run`` almost everywhere."""
    if run and path.startswith("/var/run/"):
        return f"/{run.removeprefix('../')}/{path[len('/var/run/') :]}"
    return path
