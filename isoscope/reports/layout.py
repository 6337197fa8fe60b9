"""Lines for a terminal: colour, wrapping, alignment."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from isoscope.assessment.vocabulary import Status
from isoscope.reports.plain import padded, readable, width

PLAIN_COLUMNS = 88
"""Columns of a page that is no terminal's."""
NARROWEST = 66
WIDEST = 110
_COLOUR = {
    # ECMA-48 SGR; the eight basic colours follow the terminal's own scheme.
    Status.MEETS: "32",
    Status.FALLS_SHORT: "1;31",
    Status.UNPROVEN: "33",
    Status.NOT_REQUIRED: "2",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page so many columns wide, with colour or without."""

    columns: int = PLAIN_COLUMNS
    colour: bool = False

    def __post_init__(self) -> None:
        if not NARROWEST <= self.columns <= WIDEST:
            raise ValueError(f"a page has {NARROWEST} to {WIDEST} columns, not {self.columns}")

    @classmethod
    def fitting(cls, columns: int, *, colour: bool) -> Page:
        """The page that suits a terminal of so many columns."""
        return cls(min(max(columns, NARROWEST), WIDEST), colour)

    def status(self, text: str, status: Status) -> str:
        """The text in the status's colour."""
        return self._sgr(text, _COLOUR[status])

    def strong(self, text: str) -> str:
        """The text in bold."""
        return self._sgr(text, "1")

    def faint(self, text: str) -> str:
        """The text dimmed."""
        return self._sgr(text, "2")

    def both_sides(self, left: str, right: str, *, lead: str = "", lead_columns: int = 0) -> str:
        """Two texts at both ends of a line, the right one dimmed; below the left one where there is
        no room. ``lead`` stands before the left one, already coloured."""
        gap = self.columns - lead_columns - width(left) - width(right)
        if gap < 2:
            return f"{lead}{self.strong(left)}\n{' ' * (lead_columns + 2)}{self.faint(right)}"
        return lead + self.strong(left) + " " * gap + self.faint(right)

    def captioned(self, caption: str, text: str, *, caption_width: int) -> list[str]:
        """A caption, and the text beside it on as many lines as it takes."""
        lines = self.wrapped(text, indent=" " * caption_width)
        lines[0] = self.faint(padded(caption, caption_width)) + lines[0][caption_width:]
        return lines

    def wrapped(self, text: str, *, indent: str, first: str | None = None) -> list[str]:
        """The text, made readable, in lines that fit; ``first`` is the first line's indent."""
        return textwrap.wrap(
            readable(text),
            self.columns,
            initial_indent=indent if first is None else first,
            subsequent_indent=indent,
            break_on_hyphens=False,
        ) or [(indent if first is None else first).rstrip()]

    def _sgr(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text
