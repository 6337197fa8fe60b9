"""Who on the host reaches what a workload was given."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.sources import open_sources
from isoscope.inventory.workload import Volume
from isoscope.snapshot.document import Collector, Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from probes.sources import keep_sources, sources_in
from tests.fakes.host import FakeHost
from tests.fakes.workloads import seen

INSPECTED = b'{"Mounts":[{"Type":"bind","Source":"/srv/data","Destination":"/d"},{"Source":""}]}'
DOMAIN = b"<disk><source file='/images/a.img' index='1'/></disk><source network='default'/>"


def status(path: str, mode: int | None) -> Reading:
    source = Source(Channel.STATUS, path)
    if mode is None:
        return Reading(source, 1.0, "root", gap=Gap.DENIED)
    numbers = {"mode": mode, "uid": 0, "gid": 0}
    return Reading(source, 1.0, "root", content=json.dumps(numbers).encode())


def found(modes: dict[str, int | None], *paths: str) -> object:
    snapshot = Snapshot.of(
        [status(path, mode) for path, mode in modes.items()],
        collector=Collector("0", 0, None, ""),
        started_at=1.0,
        finished_at=1.0,
        probes=(),
    )
    volumes = tuple(Volume("bind", path, "/d", writable=True) for path in paths)
    value = open_sources("docker:a", seen("volumes", volumes), snapshot).value
    return None if value is None else [(one.path, one.writable) for one in value]


WAY: dict[str, int | None] = {"/": 0o40755, "/srv": 0o40755}


@pytest.mark.parametrize(
    ("mode", "above", "reached"),
    [
        (0o40755, 0o40755, [("/srv/data", False)]),
        (0o40777, 0o40755, [("/srv/data", True)]),
        (0o40770, 0o40755, []),
        (0o40777, 0o40710, []),
        (0o100644, 0o40711, [("/srv/data", False)]),
    ],
)
def test_others_reach_it_where_every_directory_lets_them_through(
    mode: int, above: int, reached: list[tuple[str, bool]]
) -> None:
    assert found(WAY | {"/srv": above, "/srv/data": mode}, "/srv/data") == reached


def test_what_was_not_read_is_unknown_unless_something_is_open_anyway() -> None:
    assert found(WAY | {"/srv/data": None}, "/srv/data") is None
    assert found(WAY, "/srv/data") is None
    both = WAY | {"/srv/data": None, "/srv/open": 0o40777}
    assert found(both, "/srv/data", "/srv/open") == [("/srv/open", True)]


def test_a_volume_without_a_path_is_none() -> None:
    assert found({}, "named") == []


def test_sources_are_found_in_descriptions() -> None:
    def reading(content: bytes) -> Reading:
        return Reading(Source(Channel.ENGINE, "u", "r"), 1.0, "root", content=content)

    assert sources_in(reading(INSPECTED)) == ["/srv/data"]
    assert sources_in(reading(DOMAIN)) == ["/images/a.img"]
    assert sources_in(Reading(Source(Channel.ENGINE, "u", "r"), 1.0, "root", gap=Gap.GONE)) == []


@given(st.binary())
def test_any_description_is_taken(content: bytes) -> None:
    source = Source(Channel.ENGINE, "u", "r")
    assert isinstance(sources_in(Reading(source, 1.0, "root", content=content)), list)


@dataclass
class Kept:
    """A recorder that remembers."""

    readings: list[Reading] = field(default_factory=list)

    def keep(self, reading: Reading) -> Reading:
        self.readings.append(reading)
        return reading


def test_only_file_systems_of_this_machine_are_looked_at_and_every_place_once() -> None:
    host = FakeHost(
        {
            "/proc/self/mountinfo": "1 0 8:1 / / rw - ext4 /dev/vda1 rw\n"
            "2 1 0:5 / /net rw - nfs4 server:/ rw\n3 1 0:6 / /home/a/b rw - fuse.sshfs x rw\n",
            "/srv/data/x": "",
        }
    )
    kept = Kept()
    paths = ["/srv/data", "/srv/data/x", "/net/export", "/home/a/b/c"]
    keep_sources(host, kept, paths)  # type: ignore[arg-type]
    assert [one.source.target for one in kept.readings] == ["/srv/data", "/srv", "/", "/srv/data/x"]
