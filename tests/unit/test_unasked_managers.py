"""A manager that takes orders at a socket in an unusual place, and was not asked, is a hole."""

import json
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.engines.unasked import unasked_managers
from isoscope.snapshot.manager_sockets import listening_unix_sockets, unix_listeners
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.host.local import LocalHost
from probes.listening import keep_managers_sockets
from probes.probe import Recorder
from probes.processes import SeenProcess
from tests.unit.machine_readings import file, link, snapshot

HEADING = "Num       RefCount Protocol Flags    Type St Inode Path\n"
PLACE = "/tmp/x/d/docker.sock"


def bound(path: str, inode: int = 18, flags: str = "00010000") -> Reading:
    return file("/proc/net/unix", f"{HEADING}0: 00000002 00000000 {flags} 0001 01 {inode} {path}\n")


def a_manager(
    name: str = "dockerd", *, listens: object = (18,), cgroup: str = "/x"
) -> list[Reading]:
    source = listening_unix_sockets(77)
    return [
        link("/var/run", "/run"),
        Reading(Source(Channel.DIRECTORY, "/proc"), 1.0, "root", b"77"),
        file("/proc/77/status", f"Name:\t{name}\nPid:\t77\n"),
        file("/proc/77/cgroup", f"0::{cgroup}\n"),
        Reading(source, 1.0, "root", json.dumps({"inodes": listens}).encode()),
    ]


def holes(*readings: Reading) -> list[str]:
    return [
        f"{hole.what}: {doubt.explanation}; {doubt.settled_by}"
        for hole in unasked_managers(snapshot(*readings))
        if (doubt := hole.observation.unknown) is not None
    ]


@pytest.mark.parametrize(
    ("name", "path", "option"),
    [
        ("dockerd", PLACE, f"a Docker engine: --docker unix://{PLACE}"),
        ("podman", "/srv/podman.sock", "a Podman engine: --podman unix:///srv/podman.sock"),
        (
            "lxd",
            "/srv/lxd/unix.socket",
            "a server of Incus or LXD: --incus unix:///srv/lxd/unix.socket",
        ),
        (
            "libvirtd",
            "/srv/libvirt-sock",
            "libvirt: --libvirt 'qemu+unix:///system?socket=/srv/libvirt-sock'",
        ),
    ],
)
def test_it_is_told_with_the_option_that_has_it_asked(name: str, path: str, option: str) -> None:
    called, _, option = option.partition(": ")
    assert holes(bound(path), *a_manager(name)) == [
        f"{called} at {path}: it takes orders there and was not asked; name it: {option}"
    ]


@pytest.mark.parametrize(
    "readings",
    [
        [bound(PLACE), *a_manager(listens=())],
        [bound(PLACE), *a_manager("netcat")],
        [bound(PLACE), *a_manager(cgroup=f"/docker/{'a' * 64}")],
        [bound(PLACE, flags="00000000"), *a_manager()],
        [bound("/run/docker.sock"), *a_manager()],
        [bound("/var/run/docker.sock"), *a_manager()],
        [bound("/run/libvirt/libvirt-sock"), *a_manager("libvirtd")],
        [bound("/var/run/docker/metrics.sock"), *a_manager()],
    ],
)
def test_neither_a_mere_name_nor_a_usual_place_is_one(readings: list[Reading]) -> None:
    assert holes(*readings) == []


def asked(path: str) -> Reading:
    return Reading(Source(Channel.ENGINE, f"unix://{path}", "GET /version"), 1.0, "root", b"{}")


def test_one_that_was_asked_is_none_by_whichever_name() -> None:
    assert holes(bound(PLACE), asked(PLACE), *a_manager()) == []
    one_socket = [
        Reading(Source(Channel.STATUS, path), 1.0, "root", b'{"dev": 5, "ino": 7}')
        for path in (PLACE, "/run/docker.sock")
    ]
    assert holes(bound(PLACE), asked("/run/docker.sock"), *a_manager()) != []
    assert holes(bound(PLACE), asked("/run/docker.sock"), *one_socket, *a_manager()) == []


def test_where_no_manager_was_seen_to_listen_but_not_all_was_read_it_may_be_one() -> None:
    unread = Reading(listening_unix_sockets(77), 1.0, "uid 1000", gap=Gap.DENIED)
    (found,) = holes(bound(PLACE), *a_manager(), unread)
    assert f"a Docker engine at {PLACE}: it may take orders" in found
    assert "where dockerd listens: denied" in found
    for taken in a_manager(listens=()):
        rest = [reading for reading in a_manager() if reading.source != taken.source]
        assert holes(bound(PLACE), *rest) != [], taken.source


@pytest.mark.parametrize("listens", [7, [[1]], {}])
def test_nonsense_of_where_it_listens_is_not_understood(listens: object) -> None:
    assert "may take orders" in holes(bound(PLACE), *a_manager(listens=listens))[0]


def test_a_real_socket_is_seen(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        path = tmp_path / "docker.sock"
        listening.bind(str(path))
        listening.listen()
        recorder = Recorder(float("inf"))
        seen = SeenProcess(os.getpid(), 1, "dockerd", "1", (), "0::/\n")
        keep_managers_sockets(LocalHost(), recorder, [seen])
        inode = os.fstat(listening.fileno()).st_ino
        kept = {reading.source: reading for reading in recorder.close()[0]}
    found = kept[listening_unix_sockets(os.getpid())]
    assert inode in json.loads(found.text())["inodes"]
    assert Source(Channel.STATUS, str(path)) in kept


@given(st.text() | st.text().map(lambda text: HEADING + text))
def test_what_is_no_table_holds_no_sockets(text: str) -> None:
    assert all(isinstance(inode, int) for inode, _ in unix_listeners(text))
