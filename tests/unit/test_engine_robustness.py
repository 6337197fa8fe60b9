"""No document crashes the inventory, and reading less never reads better."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.inventory.described import Described, described_workloads
from isoscope.inventory.observation import Observation
from isoscope.inventory.qemu_command import describe_command
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from tests.unit.engine_snapshots import (
    DATABASE,
    HELPER,
    WEB,
    engine,
    inspection,
    snapshot,
)
from tests.unit.test_engine_described import libpod, mounted
from tests.unit.test_libvirt_domain import domain, libvirt


def full() -> Snapshot:
    """A host with something of everything."""
    web = inspection(Mounts=[mounted("/v")])
    joined = inspection(HostConfig__NetworkMode=f"container:{WEB}", NetworkSettings__Networks={})
    volumes = {"Volumes": [{"Name": "data", "Options": {"o": "bind", "device": "/srv"}}]}
    member = inspection(Pod=HELPER, OCIRuntime="crun", IsInfra=False)
    member["NetworkSettings"] = {"Networks": {"podman": {"NetworkID": "podman"}}, "Ports": {}}
    devices = (
        "<disk type='file'><source file='/i'/><target dev='vda'/></disk>"
        "<interface type='network'><source network='lan'/></interface>"
    )
    guests = libvirt(domain(devices))
    ended = {HELPER: Gap.GONE}
    return snapshot(
        guests.readings.values(),
        engine(containers={WEB: web, DATABASE: joined, **ended}, volumes=volumes),
        libpod({WEB: member}),
    )


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["container:" + WEB, "ns:/x", "-1", "\ud800", "\udcff", {}, [], [[]], [{}]]),
)
BYTES = st.one_of(
    st.binary(max_size=64),
    st.sampled_from(
        [b"", b"null", b"[", b"[" * 99999, b'{"a":' * 5000, b"1e999", b"NaN", b"\xff", b"<domain/>"]
    ),
    st.from_regex(rb"[0-9]{4400}", fullmatch=True),
)


def paths(document: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from paths(value, (*path, key))
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from paths(value, (*path, place))


def changed(document: Any, path: tuple[Any, ...], value: object) -> object:  # noqa: ANN401
    if not path:
        return value
    document[path[0]] = changed(document[path[0]], path[1:], value)
    return document


@st.composite
def mutated(draw: st.DrawFn) -> Snapshot:
    """The full host, with some of its documents damaged."""
    taken = full()
    found = dict(taken.readings)
    for _ in range(draw(st.integers(1, 3))):
        source = draw(st.sampled_from(sorted(found, key=str)))
        content = taken.readings[source].content or b""
        if draw(st.booleans()):
            damaged = draw(BYTES)
        elif content[:1] in (b"{", b"["):
            document = json.loads(content)
            where = draw(st.sampled_from(list(paths(document))))
            damaged = json.dumps(changed(document, where, draw(JUNK))).encode()
        else:
            start = draw(st.integers(0, len(content)))
            damaged = content[:start] + draw(st.binary(max_size=4)) + content[start + 1 :]
        found[source] = replace(found[source], content=damaged, gap=None, detail="")
    return replace(taken, readings=found)


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_no_document_crashes_the_inventory(taken: Snapshot) -> None:
    workloads, holes = described_workloads(taken)
    for each in workloads:
        assert each.id.isascii()
        each.name.encode("utf-8")
        json.dumps(dict(each.attributes.labels)).encode()
    for hole in holes:
        assert hole.observation.unknown is not None
        assert hole.observation.unknown.settled_by


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["-machine", "-object", "-drive", "-blockdev", "-netdev", "-device"]),
            st.sampled_from(["-m", "-smp", "-uuid", "-name", "-readconfig", "{", "=", ",", "{}"]),
            st.sampled_from(
                ["q35,memory-encryption=a", "sev-guest,id=a,policy=1", "id=a,policy=x"]
            ),
            st.text(max_size=12).filter(lambda text: "\0" not in text),
        ),
        max_size=12,
    )
)
def test_no_command_line_crashes_the_inventory(arguments: list[str]) -> None:
    line = "\0".join(["qemu-system-x86_64", *arguments, ""])
    source = Source(Channel.FILE, "/proc/7/cmdline")
    content = line.encode("utf-8", "surrogatepass")
    found = describe_command("qemu:7", Reading(source, 1.0, "root", content=content))
    found.name.encode("utf-8")


def facts(each: Described) -> Iterator[tuple[str, Observation[object]]]:
    return observations("", (each.container, each.machine))


def observations(name: str, held: object) -> Iterator[tuple[str, Observation[object]]]:
    """Every observation in a description, however deep."""
    if isinstance(held, Observation):
        yield name, held
    elif isinstance(held, tuple):
        for item in held:
            yield from observations(name, item)
    elif is_dataclass(held):
        for one in fields(held):
            yield from observations(one.name, getattr(held, one.name))


def known(taken: Snapshot) -> dict[tuple[str, str], object]:
    return {
        (each.id, name): observed.value
        for each in described_workloads(taken)[0]
        for name, observed in facts(each)
        if observed.known
    }


FULL = full()


@pytest.mark.parametrize("source", sorted(FULL.readings, key=str), ids=str)
def test_removing_a_reading_only_takes_away_what_is_known(source: Source) -> None:
    before, after = known(FULL), known(FULL.without(source))
    appeared = {key: value for key, value in after.items() if key not in before}
    if FULL.readings[source].gap is Gap.GONE:
        assert appeared == {}
    assert {key: before.get(key) for key in after if key in before} == {
        key: value for key, value in after.items() if key in before
    }
    assert appeared == {}


@pytest.mark.parametrize("source", sorted(FULL.readings, key=str), ids=str)
def test_a_workload_that_is_no_longer_seen_leaves_a_hole(source: Source) -> None:
    before, old_holes = described_workloads(FULL)
    after, new_holes = described_workloads(FULL.without(source))
    assert old_holes == ()
    lost = {each.id for each in before} - {each.id for each in after}
    assert not lost or new_holes


def test_the_full_host_is_read_in_full() -> None:
    unknown = [
        (each.id, name)
        for each in described_workloads(FULL)[0]
        for name, observed in facts(each)
        if not observed.known
    ]
    assert unknown == []
    assert len(described_workloads(FULL)[0]) == 4


def test_what_was_only_kept_in_part_is_not_read() -> None:
    taken = FULL.readings
    cut = {s: replace(r, truncated=True) if r.content else r for s, r in taken.items()}
    workloads, holes = described_workloads(replace(FULL, readings=cut))
    assert holes
    assert all(not observed.known for each in workloads for _, observed in facts(each))
