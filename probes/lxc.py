"""LXC: the containers in each place where it may keep them, and what watches those that run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import dirname

from isoscope.snapshot.lxc import (
    LXC_CONTAINERS,
    LXC_SETTINGS,
    USER_SETTINGS,
    directory_of_monitor,
    lxc_path_in,
    lxc_path_of_user,
)
from isoscope.snapshot.process_marks import container_of
from isoscope.snapshot.reading import Gap
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.processes import SeenProcess
from probes.sources import on_this_machine

_MOST_CONTAINERS = 5_000
_MOST_USERS = 2_000
_FIRST_USER = 1_000
_SMALL = 64 * 1024
_ROOT = ("0", "0", "0", "0")


def keep_lxc(host: HostAccess, recorder: Recorder) -> None:
    """Keeps which containers there are in the usual places, of root's and of each user's."""
    settings = recorder.keep(host.file(LXC_SETTINGS, _SMALL))
    for path in dict.fromkeys((LXC_CONTAINERS, lxc_path_in(settings.text()) or LXC_CONTAINERS)):
        listing = recorder.keep(host.directory(path))
        recorder.note_gap(listing, "containers of LXC", "run Isoscope as root")
        _keep_containers(host, recorder, path, listing.names())
    for home in on_this_machine(host, _homes(host)):
        own = host.file(f"{home}/{USER_SETTINGS}", _SMALL)
        path = lxc_path_of_user(own.source.target, own.text())
        listing = host.directory(path)
        if listing.content is not None:
            recorder.keep(own)
            recorder.keep(host.status(path))
            recorder.keep(listing)
            _keep_containers(host, recorder, path, listing.names())


def keep_lxc_monitors(
    host: HostAccess, recorder: Recorder, processes: Mapping[int, SeenProcess]
) -> None:
    """Keeps what the parents of containers' first processes say of which container they watch, and
    the other containers beside those of root's.

    Places that a user's monitor names are not looked at: it could have any directory be listed.
    """
    usual = {LXC_CONTAINERS}
    own = host.link("/proc/self/ns/mnt").content
    for monitor in _monitors(processes):
        command = recorder.keep(host.file(f"/proc/{monitor.pid}/cmdline"))
        directory = directory_of_monitor(command.text())
        path = dirname(directory)
        if not directory or path in usual or monitor.user_ids != _ROOT:
            continue
        if own is None or host.link(f"/proc/{monitor.pid}/ns/mnt").content != own:
            continue
        if host.status(f"{directory}/config").content is not None:  # else it is not LXC's own
            usual.add(path)
            listing = recorder.keep(host.directory(path))
            _keep_containers(host, recorder, path, listing.names())


def _monitors(processes: Mapping[int, SeenProcess]) -> Iterator[SeenProcess]:
    seen: set[int] = set()
    for process in processes.values():
        container = container_of(process.cgroup)
        parent = processes.get(process.parent)
        if container is None or container.engine != "lxc" or parent is None or parent.pid in seen:
            continue
        if container_of(parent.cgroup) != container:
            seen.add(parent.pid)
            yield parent


def _keep_containers(host: HostAccess, recorder: Recorder, path: str, names: list[str]) -> None:
    """Keeps whether each directory has a configuration, and so is a container; not what it says."""
    for name in names[:_MOST_CONTAINERS]:
        configuration = host.status(f"{path}/{name}/config")
        if configuration.gap is not Gap.ABSENT:
            recorder.keep(configuration)


def _homes(host: HostAccess) -> list[str]:
    """The homes of people, passwd(5). Only what is found in them is kept."""
    found: dict[str, None] = {}
    for line in host.file("/etc/passwd").text().split("\n"):
        fields = line.split(":")
        user = fields[2] if len(fields) == 7 else ""
        if user.isascii() and user.isdecimal() and len(user) < 11 and int(user) >= _FIRST_USER:
            home = fields[5].rstrip("/")
            if home.startswith("/"):
                found[home] = None
    return list(found)[:_MOST_USERS]
