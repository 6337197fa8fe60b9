"""The snapshot as bytes: one JSON document, checked field by field when it is loaded.

The published schema is ``assets/schema/snapshot-1.schema.json``; a test holds the two together.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

from isoscope.snapshot.document import ProbeOutcome, Snapshot
from isoscope.snapshot.fields import (
    UnknownFields,
    check_unknown,
    collector_from,
    failure,
    moment,
    probe_from,
    reading_from,
    without_known,
)
from isoscope.snapshot.reading import Reading, Source
from isoscope.snapshot.redact import redacted
from isoscope.snapshot.strict_json import parse_strictly

MAJOR = 1
"""Version of the document. A newer one says something that this version would get wrong."""
MAGIC = "isoscope_snapshot"
LARGEST = 512 * 1024 * 1024
"""Bytes of the largest document that is loaded, uncompressed."""

_MOST_OBJECTS = 4_000_000
_MOST_VALUES = 40_000_000
_STEP = 1024 * 1024
_KNOWN = frozenset((MAGIC, "collector", "started_at", "finished_at", "probes", "readings"))
_ADVICE = "give a file that `isoscope collect` wrote"


class SnapshotError(ValueError):
    """Bytes that are no snapshot. Its text is one line: what is wrong, where, and what to do."""


def dump(snapshot: Snapshot, *, compressed: bool = False) -> bytes:
    """The snapshot as one compact JSON document; the same snapshot gives the same bytes.

    Args:
        snapshot: what to write.
        compressed: whether to compress it with gzip, RFC 1952.
    """
    unknown = _unknown_of(snapshot)
    document: dict[str, Any] = {
        MAGIC: MAJOR,
        "collector": {
            "version": snapshot.collector.version,
            "uid": snapshot.collector.uid,
            "capabilities": _hexadecimal(snapshot.collector.capabilities),
            "looked_at": snapshot.collector.looked_at,
            **unknown.collector,
        },
        "started_at": snapshot.started_at,
        "finished_at": snapshot.finished_at,
        "probes": [
            {**_probe_fields(probe), **unknown.probes.get(place, {})}
            for place, probe in enumerate(snapshot.probes)
        ],
        "readings": [_reading_fields(reading, unknown) for reading in snapshot.readings.values()],
        **{name: value for name, value in snapshot.extra.items() if name not in _KNOWN},
    }
    # Escaped, because a path may hold bytes that are no UTF-8: they stand as lone surrogates.
    data = json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
    return gzip.compress(data, mtime=0) if compressed else data


def load(data: bytes) -> Snapshot:
    """The snapshot that these bytes are, with secrets cut once more.

    Fields that this version does not know are kept for the next ``dump``.

    Raises:
        SnapshotError: they are none, or one of a newer version.
    """
    try:
        return _snapshot(_document(_uncompressed(data)))
    except SnapshotError:
        raise
    except ValueError as error:
        raise _no_snapshot(str(error)) from None


def _no_snapshot(why: str) -> SnapshotError:
    return SnapshotError(f"not a snapshot: {why}; {_ADVICE}")


def _uncompressed(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        _check_beginning(data)
        if len(data) > LARGEST:
            raise ValueError(f"it is longer than {LARGEST} bytes")
        return data
    pieces: list[bytes] = []
    total = 0
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(data, _STEP)
            except zlib.error:
                raise ValueError("its gzip compression is broken") from None
            data = member.unconsumed_tail or member.unused_data
            if not piece and not data and not member.eof:
                raise ValueError("it ends in the middle of its gzip compression")
            if not total:
                _check_beginning(piece)
            total += len(piece)
            if total > LARGEST:
                raise ValueError(f"it is longer than {LARGEST} bytes when uncompressed")
            pieces.append(piece)
    return b"".join(pieces)


def _check_beginning(data: bytes) -> None:
    """Refuses what is no JSON object before all of it is uncompressed and parsed."""
    if data and data[:4096].lstrip(b" \t\r\n\xef\xbb\xbf")[:1] not in (b"{", b""):
        raise ValueError("it is not a JSON object")


def _document(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise ValueError("it is empty")
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > _MOST_VALUES:
        raise ValueError(f"it has more than {_MOST_VALUES} values")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start})") from None
    try:
        document = parse_strictly(text, most_objects=_MOST_OBJECTS)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise ValueError("it ends in the middle") from None
        place = f"line {error.lineno} column {error.colno}"
        raise ValueError(f"it is not JSON ({error.msg}, {place})") from None
    except ValueError as error:
        raise ValueError(f"it is not plain JSON ({str(error).partition(';')[0]})") from None
    if not isinstance(document, dict):
        raise _no_snapshot("it is not a JSON object")
    return document


def _snapshot(document: dict[str, Any]) -> Snapshot:
    version = document.get(MAGIC)
    if isinstance(version, bool) or not isinstance(version, int | float):
        raise _no_snapshot(f'it does not begin with {{"{MAGIC}": {MAJOR}')
    if version > MAJOR:
        raise SnapshotError(
            f"a snapshot of version {str(version)[:20]}, and this Isoscope reads up to {MAJOR}; "
            "use the Isoscope that wrote it, or a newer one"
        )
    if version != MAJOR:
        raise ValueError(f"there is no version {str(version)[:20]}")
    unknown = UnknownFields()
    collector, unknown.collector = collector_from(document.get("collector"))
    probes = []
    for place, item in enumerate(_list(document, "probes")):
        probe, more = probe_from(item, place)
        probes.append(probe)
        if more:
            unknown.probes[place] = more
    readings = _readings(_list(document, "readings"), unknown)
    extra: dict[str, Any] = without_known(document, _KNOWN)
    check_unknown("", extra)
    if unknown:
        extra[MAGIC] = unknown
    return Snapshot(
        collector=collector,
        started_at=moment(document.get("started_at"), "started_at"),
        finished_at=moment(document.get("finished_at"), "finished_at"),
        readings=readings,
        probes=tuple(probes),
        extra=extra,
    )


def _readings(items: list[Any], unknown: UnknownFields) -> dict[Source, Reading]:
    as_written: set[Source] = set()
    readings: dict[Source, Reading] = {}
    for place, item in enumerate(items):
        written, more = reading_from(item, place)
        if written.source in as_written:
            raise failure(f"readings[{place}]", "a source of its own", "one that was there before")
        as_written.add(written.source)
        reading = redacted(written)
        readings[reading.source] = reading
        if more:
            unknown.readings[reading.source] = more
    return readings


def _list(document: dict[str, Any], name: str) -> list[Any]:
    items = document.get(name)
    if not isinstance(items, list):
        raise failure(name, "a list", items)
    return items


def _unknown_of(snapshot: Snapshot) -> UnknownFields:
    # Under the one name that no unknown field can have.
    unknown = snapshot.extra.get(MAGIC)
    return unknown if isinstance(unknown, UnknownFields) else UnknownFields()


def _probe_fields(probe: ProbeOutcome) -> dict[str, Any]:
    return {
        "name": probe.name,
        "state": probe.state.value,
        "seconds": probe.seconds,
        "problems": list(probe.problems),
    }


def _reading_fields(reading: Reading, unknown: UnknownFields) -> dict[str, Any]:
    source = reading.source
    fields: dict[str, Any] = {"channel": source.channel.value, "target": source.target}
    if source.request:
        fields["request"] = source.request
    fields["at"] = reading.at
    fields["privilege"] = reading.privilege
    if reading.gap is not None:
        fields["gap"] = reading.gap.value
    elif reading.content is not None:
        try:
            fields["text"] = reading.content.decode()
        except UnicodeDecodeError:
            fields["base64"] = base64.b64encode(reading.content).decode()
    if reading.detail:
        fields["detail"] = reading.detail
    if reading.truncated:
        fields["truncated"] = True
    fields.update(unknown.readings.get(source, {}))
    return fields


def _hexadecimal(number: int | None) -> str | None:
    return None if number is None else f"{number:016x}"
