"""What is saved comes back as it was; what is no snapshot is refused in one line."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import assets
from isoscope.snapshot import codec
from isoscope.snapshot.codec import Ahead, SnapshotError, dump, load
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState, Snapshot
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

SCHEMA = jsonschema.Draft202012Validator(json.loads(assets.text("schema/snapshot-1.schema.json")))


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A small valid snapshot, with changes; ``None`` removes a field."""
    whole = {
        "isoscope_snapshot": 1,
        "collector": {"version": "0.1.0", "uid": 0, "capabilities": "ff", "looked_at": "x"},
        "started_at": 1.5,
        "finished_at": 2,
        "probes": [{"name": "host", "state": "complete", "seconds": 0.1, "problems": []}],
        "readings": [entry()],
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def entry(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    whole = {
        "channel": "file",
        "target": "/proc/1/status",
        "at": 1.0,
        "privilege": "root",
        "text": "Name: x",
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(SnapshotError) as caught:
        load(data)
    text = str(caught.value)
    assert text.isprintable(), text
    assert len(text) < 300
    return text


moments = st.floats(0, 253402300799)
paths = st.binary(min_size=1, max_size=20).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
plain = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
# Channels whose documents are not rewritten: redaction has its own tests.
sources = st.builds(
    Source,
    st.sampled_from([Channel.DIRECTORY, Channel.LINK, Channel.STATUS, Channel.KERNEL]),
    paths,
    plain,
)
readings = st.one_of(
    st.builds(
        Reading, sources, moments, plain, content=st.binary(max_size=50), truncated=st.booleans()
    ),
    st.builds(Reading, sources, moments, plain, gap=st.sampled_from(Gap), detail=paths),
)
snapshots = st.builds(
    Snapshot.of,
    st.lists(readings, max_size=5),
    collector=st.builds(
        Collector,
        plain,
        st.none() | st.integers(0, 2**32 - 1),
        st.none() | st.integers(0, 2**64 - 1),
        plain,
    ),
    started_at=moments,
    finished_at=moments,
    probes=st.lists(
        st.builds(
            ProbeOutcome,
            plain,
            st.sampled_from(ProbeState),
            moments,
            st.lists(paths, max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@given(snapshots, st.booleans())
def test_what_is_saved_comes_back_as_it_was(snapshot: Snapshot, compressed: bool) -> None:
    assert load(dump(snapshot, compressed=compressed)) == snapshot


@given(snapshots)
def test_what_is_saved_matches_the_published_schema(snapshot: Snapshot) -> None:
    SCHEMA.validate(json.loads(dump(snapshot)))


@given(snapshots)
def test_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot) -> None:
    assert dump(load(dump(snapshot))) == dump(snapshot)
    assert dump(snapshot, compressed=True) == dump(snapshot, compressed=True)


def test_unknown_fields_are_kept_at_every_place() -> None:
    future = {"of": ["a newer", {"Isoscope": 2.5}]}
    written = document(
        future=future,
        collector={"version": "9", "looked_at": "x", "future": future},
        probes=[
            {"name": "p", "state": "failed", "seconds": 1, "problems": [], "future": future},
            {"name": "p", "state": "failed", "seconds": 1, "problems": []},
        ],
        readings=[entry(future=future), entry(target="/other")],
    )
    again = json.loads(dump(load(encoded(written))))
    assert again["future"] == future
    assert again["collector"]["future"] == future
    assert [probe.get("future") for probe in again["probes"]] == [future, None]
    assert [reading.get("future") for reading in again["readings"]] == [future, None]


def test_unknown_fields_of_a_reading_go_with_it() -> None:
    snapshot = load(encoded(document(readings=[entry(future=1)])))
    kept = snapshot.without(Source(Channel.FILE, "/proc/1/status"))
    assert json.loads(dump(kept))["readings"] == []


def test_secrets_in_a_loaded_snapshot_are_cut() -> None:
    raw = json.dumps({"Config": {"Env": ["PASSWORD=hunter2"]}})
    written = document(readings=[entry(channel="engine", target="unix:///x", text=raw)])
    snapshot = load(encoded(written))
    assert b"hunter2" not in dump(snapshot)


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    text = refusal(encoded(document(isoscope_snapshot=2)))
    assert "version 2" in text
    assert "newer" in text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"\x7fELF\x00", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"{}", "isoscope_snapshot"),
        (b'{"isoscope_snapshot": 1, "probes": [', "ends in the middle"),
        (encoded(document())[:-20], "ends in the middle"),
        (b'{"isoscope_snapshot" 1}', "line 1 column 22"),
        (b'{"a": 1, "a": 2}', "a field twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "plain JSON"),
        (b'{"a": "\xff"}', "UTF-8 (byte 7)"),
        (gzip.compress(encoded(document()))[:40], "gzip"),
        (b"\x1f\x8b\x08 broken", "gzip"),
        (encoded(document(deep=json.loads("[" * 200 + "]" * 200))), "deep"),
        (encoded(document(started_at=None)), "started_at"),
        (encoded(document(started_at=-1)), "started_at"),
        (encoded(document(started_at=True)), "started_at"),
        (encoded(document()).replace(b"1.5", b"1e999"), "started_at"),
        (encoded(document(started_at=0, future=1.5)).replace(b"1.5", b"1e999"), "future"),
        (encoded(document(probes=None)), "probes: expected a list, found nothing"),
        (encoded(document(readings=[entry(), entry()])), "readings[1]"),
        (encoded(document(readings=[entry(channel="smell")])), "readings[0].channel"),
        (encoded(document(readings=[entry(target="\ud800")])), "readings[0].target"),
        (encoded(document(readings=[entry(text="\udc80")])), "readings[0].text"),
        (encoded(document(readings=[entry(gap="absent")])), "gap and text"),
        (encoded(document(readings=[entry(text=None)])), "none of them"),
        (encoded(document(readings=[entry(text=None, base64="???")])), "readings[0].base64"),
        (encoded(document(readings=[entry(target="\x1b[31m" * 99, at="\x1b[1m")])), "at"),
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_line(data: bytes, words: str) -> None:
    assert words in refusal(data)


def test_a_gzip_bomb_is_refused_before_it_fills_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "LARGEST", 8 * 1024 * 1024)
    bomb = gzip.compress(b"{" + b" " * (256 * 1024 * 1024))
    tracemalloc.start()
    try:
        assert "longer than" in refusal(bomb)
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_bomb_of_values_is_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "_MOST_VALUES", 1000)
    assert "more than 1000 values" in refusal(b'{"a": [' + b"[]," * 2000 + b"1]}")


def test_several_gzip_members_are_one_document() -> None:
    data = encoded(document())
    assert load(gzip.compress(data[:50]) + gzip.compress(data[50:])) == load(data)


def test_a_byte_order_mark_does_no_harm() -> None:
    data = encoded(document())
    assert load(b"\xef\xbb\xbf" + data) == load(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | plain,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(plain, inner, max_size=2),
    max_leaves=4,
).filter(lambda value: "Infinity" not in json.dumps(value))
FIELDS = ["isoscope_snapshot", "collector", "started_at", "finished_at", "probes", "readings"]
DEEPER = [
    ("collector", "version"), ("collector", "uid"), ("collector", "capabilities"),
    ("collector", "looked_at"), ("collector", "new"),
    ("probes", "name"), ("probes", "state"), ("probes", "seconds"), ("probes", "problems"),
    ("readings", "channel"), ("readings", "target"), ("readings", "request"), ("readings", "at"),
    ("readings", "privilege"), ("readings", "text"), ("readings", "base64"), ("readings", "gap"),
    ("readings", "detail"), ("readings", "truncated"), ("readings", "new"),
]  # fmt: skip
choices = json_values | st.sampled_from(
    ["absent", "file", "complete", "QUJD", "0f", "QU=D", "engine", [], {}, 0, 1, 1.0, 2.5, [""]]
)


@settings(max_examples=400)
@given(st.sampled_from(FIELDS) | st.sampled_from(DEEPER), choices, st.booleans())
@example(("readings", "gap"), "absent", False)
@example("isoscope_snapshot", 1.0, False)
@example(("collector", "uid"), 1000.0, False)
@example(("readings", "truncated"), True, False)
def test_the_checks_and_the_published_schema_accept_the_same(
    field: str | tuple[str, str], value: object, removed: bool
) -> None:
    written = document()
    if isinstance(field, str):
        holder, name = written, field
    else:
        holder, name = written[field[0]], field[1]
        holder = holder[0] if isinstance(holder, list) else holder
    holder[name] = value
    if removed:
        del holder[name]
    if name in ("base64", "gap"):
        holder.pop("text")
    try:
        load(encoded(written))
        accepted = True
    except SnapshotError:
        accepted = False
    assert accepted == SCHEMA.is_valid(json.loads(encoded(written)))


VALID = encoded(document())


@settings(max_examples=400)
@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(VALID)), st.integers(0, 20), st.binary(max_size=10)).map(
        lambda cut: VALID[: cut[0]] + cut[2] + VALID[cut[0] + cut[1] :]
    )
    | st.binary(max_size=100).map(lambda raw: b"\x1f\x8b\x08\x00" + raw)
    | st.tuples(st.integers(0, 80), st.binary(max_size=4)).map(
        lambda cut: gzip.compress(VALID)[: cut[0]] + cut[1] + gzip.compress(VALID)[cut[0] + 2 :]
    )
)
def test_no_bytes_make_it_fail_in_another_way(data: bytes) -> None:
    try:
        snapshot = load(data)
    except SnapshotError as error:
        assert str(error).isprintable()  # noqa: PT017
    else:
        dump(snapshot)


def test_what_is_wanted_early_is_told_before_the_rest_is_checked() -> None:
    told: list[Snapshot] = []
    listing = entry(channel="engine", target="unix:///e", request="GET /x", text="[]")
    ahead = Ahead(lambda channel, *_: channel == "engine", told.append)
    whole = load(encoded(document(readings=[entry(), listing])), ahead)
    assert [str(source) for source in told[0].readings] == ["unix:///e GET /x"]
    assert told[0].collector == whole.collector
    assert len(whole.readings) == 2
    with pytest.raises(SnapshotError, match=r"readings\[0\]"):
        load(encoded(document(readings=[entry(at="never"), listing])), ahead)
    assert len(told) == 2


def test_nothing_is_told_early_of_readings_that_are_refused() -> None:
    told: list[Snapshot] = []
    broken = document(readings=[entry(), entry(target="/b", at="never")])
    with pytest.raises(SnapshotError, match=r"readings\[1\]\.at"):
        load(encoded(broken), Ahead(lambda *_: True, told.append))
    assert told == []


@pytest.mark.parametrize("readings", [[], [entry(target="/a\udcff", text="é"), entry(strange=[1])]])
def test_it_is_written_as_json_writes_it_whole(readings: list[dict[str, Any]]) -> None:
    for more in ({}, {"later": {"x": 1}}):
        written = dump(load(encoded(document(readings=readings, **more))))
        assert json.dumps(json.loads(written), separators=(",", ":")).encode() == written
        assert gzip.decompress(dump(load(written), compressed=True)) == written
