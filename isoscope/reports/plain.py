"""Strings from a host as harmless text: what would act on a terminal or a reader becomes visible.

Names, labels and documents of a host are whatever somebody there wrote. Control characters could
drive a terminal, and invisible or direction-changing ones could make a name look like another.
"""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode's categories of what has no shape: controls, formats (among them the overrides of
direction), surrogates, private and unassigned code points, separators of lines."""
_MARKS = frozenset(("Mn", "Me"))
_MOST_MARKS = 2
"""Combining marks kept on one character; more of them paint over the neighbouring lines."""
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
ELLIPSIS = "…"


def readable(text: str, limit: int | None = None) -> str:
    """The text on one line, with every character that has no shape written as its escape.

    Args:
        text: anything, lone surrogates included.
        limit: the most characters wanted; a longer text loses its middle.
    """
    if limit is not None and len(text) > 4 * limit:
        # What is cut anyway need not be looked at: names can be 100 kB long.
        text = text[: 2 * limit] + text[-2 * limit :]
    if not (text.isascii() and text.isprintable()):
        text = _escaped(text)
    if limit is None or len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    tail = limit - 1 - head
    return text[:head] + ELLIPSIS + (text[-tail:] if tail else "")


def sentence(text: str) -> str:
    """A sentence, readable and whole; the names and paths in it may lose their middle."""
    if len(text) <= _LONGEST_WORD:
        return readable(text)
    words = readable(text, _LONGEST_SENTENCE).split(" ")
    return " ".join(readable(word, _LONGEST_WORD) for word in words)


_LONGEST_WORD = 130
"""As long as SHA-512 in hexadecimal, and a little more."""
_LONGEST_SENTENCE = 4000
"""Longer ones are nobody's but a host's that names things by the page."""


def readable_lines(text: str, most_lines: int, limit: int) -> list[str]:
    """The first lines of a document, each readable and at most ``limit`` characters long."""
    lines = text.replace("\0", "\n").split("\n", most_lines)
    shown = [readable(line, limit) for line in lines[:most_lines]]
    while shown and not shown[-1].strip():
        shown.pop()
    return [*shown, ELLIPSIS] if len(lines) > most_lines and lines[most_lines].strip() else shown


def without_surrogates(text: str) -> str:
    """The text as UTF-8 can hold it: bytes of a path that are no UTF-8 are written as ``\\x80``."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_shown(c) if unicodedata.category(c) == "Cs" else c for c in text)
    return text


def width(text: str) -> int:
    """How many columns of a terminal a readable text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def padded(text: str, columns: int) -> str:
    """The text with blanks up to so many columns."""
    return text + " " * (columns - width(text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in _MARKS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _escaped(text: str) -> str:
    pieces: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        hidden = category in _UNSEEN or marks > _MOST_MARKS
        pieces.append(_shown(character) if hidden else character)
    return "".join(pieces)


def _shown(character: str) -> str:
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if 0xDC80 <= code <= 0xDCFF:  # PEP 383: a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
