"""Text as TOML has it, readable for whoever looks at the file: nothing invisible stands in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MOST_LINES = 1000


def quoted(text: str) -> str:
    """A basic string of one line. What cannot be seen, or turns the direction of writing, is
    escaped.

    Raises:
        ValueError: the text holds half of a surrogate pair, which no TOML document can hold.
    """
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("half of a surrogate pair cannot be written in TOML")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def key(text: str) -> str:
    """A key, quoted where it has to be.

    Raises:
        ValueError: see `quoted`.
    """
    return text if _BARE.fullmatch(text) else quoted(text)


def line_of_error(text: str, check: Callable[[str], object]) -> int | None:
    """The number of the first line with which a document becomes wrong, from 1; None where that
    cannot be told. What is no TOML says its line by itself.

    Args:
        text: a document that `check` refuses.
        check: reads a document, and raises ``ValueError`` where something in it is wrong.
    """
    wrong = _error(text, check)
    rows = text.splitlines()[:_MOST_LINES]
    for count in range(1, len(rows) + 1):
        beginning = "\n".join(rows[:count])
        try:
            tomllib.loads(beginning)
        except (ValueError, RecursionError):  # the middle of something that goes on
            continue
        if wrong and _error(beginning, check) == wrong:
            return count
    return None


def _error(text: str, check: Callable[[str], object]) -> str:
    try:
        check(text)
    except ValueError as error:
        return str(error)
    return ""
