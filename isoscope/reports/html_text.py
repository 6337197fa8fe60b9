"""Text of a host as harmless HTML."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from isoscope.reports.plain import readable, sentence


def text(value: str, limit: int | None = None) -> str:
    """Text that HTML shows as it is, in attributes as well; a sentence where no limit is given."""
    return html.escape(sentence(value) if limit is None else readable(value, limit))


def listed(title: str, items: Iterable[str], *, tag: str = "ul") -> Iterator[str]:
    """A list under its heading; nothing where there is nothing. Items are HTML already."""
    found = list(items)
    if found:
        yield f"<h3>{title}</h3><{tag}>"
        yield from (f"<li>{item}</li>" for item in found)
        yield f"</{tag}>"
