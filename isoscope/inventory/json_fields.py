"""Typed looks into JSON documents that a host wrote: whatever is not as expected says where."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import cast


class NotSaidError(ValueError):
    """The document does not have the field."""


def parse_json(text: str) -> object:
    """A JSON document.

    Raises:
        ValueError: it is none, holds a number that JSON does not know, or is nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def get_field(document: object, *path: str) -> object:
    """The value at a path of object keys.

    Raises:
        NotSaidError: an object on the way does not have the key.
        ValueError: something on the way is no object.
    """
    found = document
    for depth, key in enumerate(path):
        if not isinstance(found, dict):
            raise _not(found, "an object", path[:depth])
        if key not in found:
            raise NotSaidError(f"{'.'.join(path[: depth + 1])} is not there")
        found = found[key]
    return found


def get_str(document: object, *path: str) -> str:
    """The text at a path; halves of surrogate pairs, which no file can hold, become ``?``."""
    found = get_field(document, *path)
    if not isinstance(found, str):
        raise _not(found, "text", path)
    return clean(found)


def get_bool(document: object, *path: str) -> bool:
    """The truth value at a path."""
    found = get_field(document, *path)
    if not isinstance(found, bool):
        raise _not(found, "true or false", path)
    return found


def get_int(document: object, *path: str) -> int:
    """The whole number at a path. Null is 0, as where Go's encoder left a number out."""
    found = get_field(document, *path)
    if found is None:
        return 0
    if isinstance(found, float) and math.isfinite(found) and found.is_integer():
        return int(found)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _not(found, "a whole number", path)
    return found


def get_object(document: object, *path: str) -> Mapping[str, object]:
    """The object at a path; null is an empty one."""
    found = get_field(document, *path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _not(found, "an object", path)
    return cast("Mapping[str, object]", found)


def get_list(document: object, *path: str) -> list[object]:
    """The array at a path; null is an empty one."""
    found = get_field(document, *path)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _not(found, "an array", path)
    return found


def get_texts(document: object, *path: str) -> tuple[str, ...]:
    """The array of texts at a path; null is an empty one."""
    found = get_list(document, *path)
    for item in found:
        if not isinstance(item, str):
            raise _not(item, "text", (*path, "[]"))
    return tuple(clean(cast("str", item)) for item in found)


def get_text_map(document: object, *path: str) -> dict[str, str]:
    """The object of texts at a path; null is an empty one."""
    found = get_object(document, *path)
    for key, item in found.items():
        if not isinstance(item, str):
            raise _not(item, "text", (*path, key))
    return {clean(key): clean(cast("str", item)) for key, item in found.items()}


def clean(text: str) -> str:
    """The text without lone surrogates, which JSON can write and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def excerpt_of(document: object, *path: str) -> str:
    """The field as a person finds it in the document: ``HostConfig.Privileged: true``."""
    try:
        found = get_field(document, *path)
    except ValueError as error:
        return str(error)
    return f"{'.'.join(path)}: {json.dumps(found)}"


def _not(found: object, expected: str, path: tuple[str, ...]) -> ValueError:
    kind = "null" if found is None else type(found).__name__
    return ValueError(f"{clean('.'.join(path)) or 'the document'} is not {expected} but {kind}")


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number of JSON")
