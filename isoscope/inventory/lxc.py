"""Containers of LXC: a directory with a configuration is one; whether it runs, the kernel shows.

One of root's is ``lxc:NAME``, a user's ``lxc:NAME@UID``, and one that root keeps somewhere else
under a name that is taken ``lxc:NAME@LXCPATH``.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from isoscope.inventory.engines.description import Described, doubt_of
from isoscope.inventory.engines.holes import hole
from isoscope.inventory.file_status import parse_status_numbers
from isoscope.inventory.host import Hole
from isoscope.inventory.workload import Attributes, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.lxc import (
    LXC_CONTAINERS,
    LXC_SETTINGS,
    directory_of_monitor,
    lxc_path_in,
    lxc_path_of_user,
)
from isoscope.snapshot.reading import Channel, Gap, Reading


def described_lxc(snapshot: Snapshot) -> tuple[list[Described], list[Hole]]:
    """The containers in every place that was looked at, and a hole for each of the usual ones that
    could not be."""
    usual = {LXC_CONTAINERS: "", (lxc_path_in(_settings(snapshot)) or LXC_CONTAINERS): ""}
    holes = []
    for path in usual:
        listing = snapshot.directory(path)
        doubt = doubt_of(listing)
        if doubt is not None and listing.gap is not Gap.ABSENT:
            holes.append(hole(f"LXC, below {path}", doubt, listing))
    found: dict[str, Described] = {}
    places = {**usual, **_of_users(snapshot)}
    for path, user in {**places, **_of_monitors(snapshot), **places}.items():
        for name, configuration in _containers(snapshot, path):
            identity = f"lxc:{name}@{user}" if user else f"lxc:{name}"
            if identity in found:
                identity = f"lxc:{name}@{path}"
            found[identity] = _described(identity, name, path, user, configuration)
    return list(found.values()), holes


def _settings(snapshot: Snapshot) -> str:
    return snapshot.file(LXC_SETTINGS).text()


def _of_monitors(snapshot: Snapshot) -> dict[str, str]:
    """Where the containers are whose monitors say it, and that were looked at; all are root's."""
    found: dict[str, str] = {}
    for reading in snapshot.of_channel(Channel.FILE):
        if reading.source.target.endswith("/cmdline") and reading.content is not None:
            path = dirname(directory_of_monitor(reading.text()))
            if path and snapshot.directory(path).content is not None:
                found[path] = ""
    return found


def _of_users(snapshot: Snapshot) -> dict[str, str]:
    """Where users keep theirs, with the id of the user, who owns the directory."""
    found: dict[str, str] = {}
    for reading in snapshot.of_channel(Channel.FILE):
        path = lxc_path_of_user(reading.source.target, reading.text())
        if path:
            try:
                owner = parse_status_numbers(snapshot.get(Channel.STATUS, path))["uid"]
            except ValueError:
                continue
            found[path] = str(owner) if owner else ""
    return found


def _containers(snapshot: Snapshot, path: str) -> Iterator[tuple[str, Reading]]:
    for name in snapshot.directory(path).names():
        configuration = snapshot.get(Channel.STATUS, f"{path}/{name}/config")
        if configuration.content is not None:
            yield name, configuration


def _described(identity: str, name: str, path: str, user: str, configuration: Reading) -> Described:
    return Described(
        id=identity,
        kind=WorkloadKind.SYSTEM_CONTAINER,
        engine="lxc",
        name=name,
        state="unknown",
        runs=False,
        pid=None,
        attributes=Attributes(rootless_user=f"uid {user}" if user else ""),
        endpoint=configuration,
        directory=f"{path}/{name}",
    )
