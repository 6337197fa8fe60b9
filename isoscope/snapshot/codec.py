"""The snapshot as bytes: one JSON document, checked field by field when it is loaded.

The published schema is ``assets/schema/snapshot-1.schema.json``; a test holds the two together.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.encoding import KNOWN, MAGIC, MAJOR, pieces_of
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

LARGEST = 512 * 1024 * 1024
"""Bytes of the largest document that is loaded, uncompressed."""

_MOST_OBJECTS = 4_000_000
_MOST_VALUES = 40_000_000
_STEP = 1024 * 1024
_GZIP = 31  # zlib's word for a gzip header
_SHARED = 200
"""Bytes of contents that are kept once: of thousands of containers, most have them alike."""
_ADVICE = "give a file that `isoscope collect` wrote"


class SnapshotError(ValueError):
    """Bytes that are no snapshot. Its text is one line: what is wrong, where, and what to do."""


def dump(snapshot: Snapshot, *, compressed: bool = False) -> bytes:
    """The snapshot as one compact JSON document; the same snapshot gives the same bytes.

    Args:
        snapshot: what to write.
        compressed: whether to compress it with gzip, RFC 1952.
    """
    pieces = (piece.encode("ascii") for piece in pieces_of(snapshot))
    if not compressed:
        return b"".join(pieces)
    compressor = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, _GZIP)
    return b"".join((*(compressor.compress(piece) for piece in pieces), compressor.flush()))


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is wanted of a snapshot before the rest of it is checked.

    Attributes:
        wanted: whether a reading of this channel, target and request is; they are as written.
        tell: is called with a snapshot of those readings alone.
    """

    wanted: Callable[[object, object, object], bool]
    tell: Callable[[Snapshot], None]


def load(data: bytes, ahead: Ahead | None = None) -> Snapshot:
    """The snapshot that these bytes are, with secrets cut once more.

    Fields that this version does not know are kept for the next ``dump``.

    Args:
        data: the document, compressed or not.
        ahead: what is wanted of it early, if anything.

    Raises:
        SnapshotError: they are none, or one of a newer version.
    """
    try:
        return _snapshot(_document(_uncompressed(data)), ahead)
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
        member = zlib.decompressobj(wbits=_GZIP)
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


def _snapshot(document: dict[str, Any], ahead: Ahead | None) -> Snapshot:
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
    items = _list(document, "readings")
    extra: dict[str, Any] = without_known(document, KNOWN)
    check_unknown("", extra)
    snapshot = Snapshot(
        collector=collector,
        started_at=moment(document.get("started_at"), "started_at"),
        finished_at=moment(document.get("finished_at"), "finished_at"),
        readings={},
        probes=tuple(probes),
        extra=extra,
    )
    if ahead is not None:
        _tell_ahead(ahead, snapshot, items)
    readings = _readings(items, unknown)
    if unknown:
        extra[MAGIC] = unknown
    return replace(snapshot, readings=readings)


def _tell_ahead(ahead: Ahead, snapshot: Snapshot, items: list[Any]) -> None:
    wanted = [
        item
        for item in items
        if isinstance(item, dict)
        and ahead.wanted(item.get("channel"), item.get("target"), item.get("request"))
    ]
    try:
        readings = _readings(wanted, UnknownFields())
    except ValueError:
        return  # it is refused as a whole, with the right place
    ahead.tell(replace(snapshot, readings=readings))


def _readings(items: list[Any], unknown: UnknownFields) -> dict[Source, Reading]:
    as_written: set[Source] = set()
    readings: dict[Source, Reading] = {}
    alike: dict[bytes, bytes] = {}
    for place, item in enumerate(items):
        items[place] = None  # let go of one by one: all at once would keep every thread waiting
        written, more = reading_from(item, place)
        if written.source in as_written:
            raise failure(f"readings[{place}]", "a source of its own", "one that was there before")
        as_written.add(written.source)
        reading = redacted(written)
        if reading.content is not None and len(reading.content) <= _SHARED:
            content = alike.setdefault(reading.content, reading.content)
            if content is not reading.content:
                reading = replace(reading, content=content)
        readings[reading.source] = reading
        if more:
            unknown.readings[reading.source] = more
    return readings


def _list(document: dict[str, Any], name: str) -> list[Any]:
    items = document.get(name)
    if not isinstance(items, list):
        raise failure(name, "a list", items)
    return items
