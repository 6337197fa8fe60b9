"""A manager that was not heard leaves a hole; one that is known not to be there leaves none."""

import pytest

from isoscope.inventory.described import described_workloads
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Source
from tests.unit.engine_snapshots import (
    DOCKER,
    LIBVIRT,
    PODMAN,
    WEB,
    engine,
    inspection,
    reading,
    snapshot,
)


def holes(taken: Snapshot) -> list[tuple[str, object]]:
    found = described_workloads(taken)[1]
    return [
        (hole.what, hole.observation.unknown and hole.observation.unknown.reason) for hole in found
    ]


def test_where_nothing_listens_nothing_is_missing() -> None:
    assert described_workloads(snapshot()) == ((), ())


@pytest.mark.parametrize(
    "gap", [Gap.DENIED, Gap.TIMED_OUT, Gap.REFUSED, Gap.FAILED, Gap.UNSUPPORTED, Gap.NOT_READ]
)
def test_an_engine_that_is_not_heard_is_a_hole(gap: Gap) -> None:
    taken = snapshot([reading(Channel.ENGINE, DOCKER, "GET /version", gap)])
    assert holes(taken) == [(f"the Docker engine at {DOCKER}", gap)]


@pytest.mark.parametrize("gap", [Gap.DENIED, Gap.TIMED_OUT, Gap.REFUSED])
def test_a_libvirt_that_is_not_heard_is_a_hole(gap: Gap) -> None:
    taken = snapshot([reading(Channel.LIBVIRT, LIBVIRT, "virConnectOpen", gap)])
    assert holes(taken) == [(f"libvirt at {LIBVIRT}", gap)]


def test_every_hole_says_what_would_settle_it() -> None:
    taken = snapshot([reading(Channel.ENGINE, DOCKER, "GET /version", Gap.DENIED)])
    (hole,) = described_workloads(taken)[1]
    assert hole.observation.unknown is not None
    assert "root" in hole.observation.unknown.settled_by


@pytest.mark.parametrize("listing", [Gap.DENIED, Gap.TIMED_OUT, b"not JSON", {"message": "no"}])
def test_an_engine_whose_list_is_not_known_is_a_hole(listing: object) -> None:
    found = holes(snapshot(engine(listing=listing)))
    assert [what for what, _ in found] == [f"containers of the Docker engine at {DOCKER}"]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (Source(Channel.ENGINE, DOCKER, "GET /version"), "Docker engines at"),
        (Source(Channel.ENGINE, PODMAN, "GET /version"), "Podman engines at"),
        (Source(Channel.LIBVIRT, LIBVIRT, "virConnectOpen"), "libvirt at"),
        (Source(Channel.DIRECTORY, "/run/user"), "of users, below /run/user"),
    ],
)
def test_a_place_that_nobody_looked_at_is_a_hole(source: Source, what: str) -> None:
    found = holes(snapshot().without(source))
    assert found
    assert all(what in hole for hole, _ in found)
    assert all(reason is Gap.NOT_READ for _, reason in found)


def test_a_rootless_engine_of_every_user_is_looked_for() -> None:
    users = reading(Channel.DIRECTORY, "/run/user", "", b"0\x001000\x00not-a-user")
    found = [what for what, _ in holes(snapshot([users]))]
    assert any("unix:///run/user/1000/docker.sock" in what for what in found)
    assert any("unix:///run/user/1000/podman/podman.sock" in what for what in found)
    assert any("/run/user/1000/libvirt/" in what for what in found)
    assert not any("not-a-user" in what for what in found)


def test_another_name_of_a_socket_that_was_asked_is_no_hole() -> None:
    one_socket = [
        reading(Channel.STATUS, path, "", {"dev": 5, "ino": 77})
        for path in ("/run/docker.sock", "/var/run/docker.sock")
    ]
    taken = snapshot(engine(containers={WEB: inspection()}), one_socket).without(
        Source(Channel.ENGINE, "unix:///var/run/docker.sock", "GET /version")
    )
    assert holes(taken) == []
    assert holes(taken.without(Source(Channel.STATUS, "/var/run/docker.sock"))) != []


def test_guests_of_another_host_are_none_of_this_ones() -> None:
    far = reading(Channel.LIBVIRT, "qemu+ssh://h2/system", "virConnectOpen", Gap.TIMED_OUT)
    assert holes(snapshot([far])) == []
