"""The snapshot written as one JSON document, piece by piece."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from isoscope.snapshot.document import ProbeOutcome, Snapshot
from isoscope.snapshot.fields import UnknownFields
from isoscope.snapshot.reading import Reading

MAJOR = 1
"""Version of the document. A newer one says something that this version would get wrong."""
MAGIC = "isoscope_snapshot"
KNOWN = frozenset((MAGIC, "collector", "started_at", "finished_at", "probes", "readings"))
"""Fields of the document that this version knows."""


def pieces_of(snapshot: Snapshot) -> Iterator[str]:
    """The document, reading by reading: all at once would keep every thread waiting."""
    unknown = _unknown_of(snapshot)
    before: dict[str, Any] = {
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
    }
    after = {name: value for name, value in snapshot.extra.items() if name not in KNOWN}
    # Escaped, because a path may hold bytes that are no UTF-8: they stand as lone surrogates.
    encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
    yield f'{encode(before)[:-1]},"readings":['
    comma = ""
    for reading in snapshot.readings.values():
        yield f"{comma}{encode(_reading_fields(reading, unknown))}"
        comma = ","
    yield f"],{encode(after)[1:]}" if after else "]}"


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
