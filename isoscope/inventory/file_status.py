"""The status of a file as a reading holds it: ``stat(2)``."""

from __future__ import annotations

import json

from isoscope.snapshot.reading import Reading


def parse_status_numbers(reading: Reading) -> dict[str, int]:
    """The numbers of ``stat(2)`` that a reading holds.

    Raises:
        ValueError: it holds none.
    """
    if reading.content is None:
        raise ValueError(str(reading.gap))
    try:
        found = json.loads(reading.text())
    except RecursionError as error:
        raise ValueError("it is no file status") from error
    names = ("mode", "uid", "gid")
    if not isinstance(found, dict) or any(type(found.get(name)) is not int for name in names):
        raise ValueError("it is no file status")
    return {name: found[name] for name in names}
