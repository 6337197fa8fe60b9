"""JSON of which no part is hidden behind another: RFC 8259 without its liberties."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def parse_strictly(text: str, *, most_objects: int = 1_000_000) -> Any:  # noqa: ANN401
    """The document, of whatever type of JSON it is.

    Raises:
        ValueError: it is not JSON; an object has a field twice, of which readers see only one; a
            number is none (``NaN``) or has more digits than Python converts; it is nested too
            deeply or has more than ``most_objects`` objects.
    """
    objects = 0

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal objects
        objects += 1
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("an object has a field twice")
        if objects > most_objects:
            raise ValueError(f"it has more than {most_objects} objects")
        return found

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def rewritten(content: bytes, keep: Callable[[Any], object]) -> bytes:
    """A document as ``keep`` leaves it; the very same bytes where that changes nothing.

    Raises:
        ValueError: it is not one JSON document in UTF-8 whose every field can be seen.
    """
    document = parse_strictly(content.decode("utf-8"))
    try:
        kept = keep(document)
        if kept == document:
            return content
        return json.dumps(kept, separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")
