"""The fields of a saved snapshot, each checked for what it must be."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from isoscope.snapshot.reading import Channel, Gap, Reading, Source

LAST_MOMENT = 253402300799
"""9999-12-31T23:59:59Z, the last moment that calendars of four digits know."""
_DEEPEST_UNKNOWN = 100
_COLLECTOR = frozenset(("version", "uid", "capabilities", "looked_at"))
_PROBE = frozenset(("name", "state", "seconds", "problems"))
_CONTENT = frozenset(("text", "base64", "gap"))
_READING = _CONTENT | {
    "channel",
    "target",
    "request",
    "at",
    "privilege",
    "detail",
    "truncated",
}
_CHANNELS = {channel.value: channel for channel in Channel}
_GAPS = {gap.value: gap for gap in Gap}
_STATES = {state.value: state for state in ProbeState}


@dataclass
class UnknownFields:
    """Fields of a loaded document, below its top, that this version does not know."""

    collector: Mapping[str, Any] = field(default_factory=dict)
    probes: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    """By place in the list."""
    readings: dict[Source, Mapping[str, Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.collector or self.probes or self.readings)


def failure(place: str, expected: str, found: object) -> ValueError:
    """The error that says in one line which field is not what it must be."""
    words = {
        dict: "an object",
        list: "a list",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "nothing",
    }
    shown = found[:40].encode("unicode_escape").decode() if isinstance(found, str) else ""
    what = f'"{shown}"' if isinstance(found, str) else words[type(found)]
    return ValueError(f"{place}: expected {expected}, found {what}")


def moment(value: object, place: str) -> float:
    """Seconds since the epoch."""
    return _number(value, place, "seconds since 1970", LAST_MOMENT)


def collector_from(item: object) -> tuple[Collector, Mapping[str, Any]]:
    """Who looked, and the unknown fields."""
    if not isinstance(item, dict):
        raise failure("collector", "an object", item)
    capabilities = item.get("capabilities")
    return Collector(
        _text(item.get("version"), "collector.version"),
        _user_id(item.get("uid")),
        None if capabilities is None else _mask(capabilities),
        _text(item.get("looked_at"), "collector.looked_at"),
    ), _unknown("collector", item, _COLLECTOR)


def probe_from(item: object, number: int) -> tuple[ProbeOutcome, Mapping[str, Any]]:
    """How a probe fared, and the unknown fields."""
    place = f"probes[{number}]"
    if not isinstance(item, dict):
        raise failure(place, "an object", item)
    state = item.get("state")
    if not isinstance(state, str) or state not in _STATES:
        raise failure(f"{place}.state", "a state that this Isoscope knows", state)
    problems = item.get("problems")
    if not isinstance(problems, list):
        raise failure(f"{place}.problems", "a list", problems)
    return ProbeOutcome(
        _text(item.get("name"), f"{place}.name"),
        _STATES[state],
        _number(item.get("seconds"), f"{place}.seconds", "seconds", LAST_MOMENT),
        tuple(_text(line, f"{place}.problems[{at}]") for at, line in enumerate(problems)),
    ), _unknown(place, item, _PROBE)


def reading_from(item: object, number: int) -> tuple[Reading, Mapping[str, Any]]:
    """A reading as it was written, and the unknown fields."""
    if not isinstance(item, dict):
        raise failure(f"readings[{number}]", "an object", item)
    try:
        reading = _reading(item)
        unknown = {} if item.keys() <= _READING else _unknown("", item, _READING)
    except ValueError as error:
        raise ValueError(f"readings[{number}].{error}") from None
    return reading, unknown


def _reading(item: dict[str, Any]) -> Reading:
    channel = item.get("channel")
    if not isinstance(channel, str) or channel not in _CHANNELS:
        raise failure("channel", "a channel that this Isoscope knows", channel)
    truncated = item.get("truncated", False)
    if not isinstance(truncated, bool):
        raise failure("truncated", "true or false", truncated)
    content, gap = _content(item)
    if gap is not None and truncated:
        raise failure("truncated", "false, where there is no content", truncated)
    return Reading(
        Source(
            _CHANNELS[channel],
            _text(item.get("target"), "target"),
            _text(item.get("request", ""), "request"),
        ),
        _number(item.get("at"), "at", "seconds since 1970", LAST_MOMENT),
        intern(_text(item.get("privilege"), "privilege")),
        content,
        gap,
        intern(_text(item.get("detail", ""), "detail")),
        truncated,
    )


def _content(item: dict[str, Any]) -> tuple[bytes | None, Gap | None]:
    given = item.keys() & _CONTENT
    if len(given) != 1:
        found = " and ".join(sorted(given)) or "none of them"
        raise ValueError(f"text: expected one of text, base64 and gap, found {found}")
    name = given.pop()
    value = item[name]
    if not isinstance(value, str):
        raise failure(name, "text", value)
    if name == "gap":
        if value not in _GAPS:
            raise failure("gap", "a reason that this Isoscope knows", value)
        return None, _GAPS[value]
    try:
        if name == "text":
            return value.encode(), None
        return base64.b64decode(value, validate=True), None
    except (UnicodeEncodeError, binascii.Error, ValueError):
        what = "text without lone surrogates" if name == "text" else "base64"
        raise failure(name, what, value) from None


def _text(value: object, place: str) -> str:
    """Text; of lone surrogates only those that stand for bytes of a path: PEP 383."""
    if not isinstance(value, str):
        raise failure(place, "text", value)
    if not value.isascii():
        try:
            value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise failure(place, "text without lone surrogates", value) from None
    return value


def _number(value: object, place: str, expected: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise failure(place, expected, value)
    if not 0 <= value <= most:
        raise ValueError(f"{place}: expected {expected}, found a number out of range")
    return value


def _user_id(value: object) -> int | None:
    if value is None:
        return None
    number = _number(value, "collector.uid", "a user id", 2**32 - 1)
    if number != int(number):
        raise failure("collector.uid", "a user id", value)
    return int(number)


def _mask(value: object) -> int:
    if isinstance(value, str) and 0 < len(value) <= 16 and not set(value) - set("0123456789abcdef"):
        return int(value, 16)
    raise failure("collector.capabilities", "hexadecimal digits", value)


def without_known(item: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    """The fields that are not known."""
    return {name: value for name, value in item.items() if name not in known}


def _unknown(place: str, item: dict[str, Any], known: frozenset[str]) -> dict[str, Any]:
    found = without_known(item, known)
    check_unknown(f"{place}.".removeprefix("."), found)
    return found


def check_unknown(place: str, found: Mapping[str, Any]) -> None:
    """Checks that unknown fields can be written again as they are.

    Raises:
        ValueError: they are nested too deeply or hold an infinite number.
    """
    level: list[Any] = list(found.values())
    for _ in range(_DEEPEST_UNKNOWN):
        if not level:
            return
        if any(isinstance(value, float) and not math.isfinite(value) for value in level):
            break
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        level = below
    name = next(iter(found)).encode("unicode_escape").decode()[:40]
    raise ValueError(f"{place}{name}: nested too deeply, or a number out of range")
