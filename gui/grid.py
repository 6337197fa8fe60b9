"""A grid of cells ready to be shown: text, the shape before it, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

from gui.nodes import Node
from isoscope.assessment.vocabulary import Status
from isoscope.texts import tr


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; its texts are already visible plain text."""

    text: str
    mark: Status | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row, with what is shown below the grid when it is chosen."""

    cells: tuple[Cell, ...]
    detail: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """Headings and rows; every row has a cell for each heading.

    Raises:
        ValueError: one has not.
    """

    title: str
    note: str
    """What the grid says, and what it does not, in a sentence or two."""
    headings: tuple[str, ...]
    rows: tuple[GridRow, ...]
    empty: str = tr("Nothing was read.")

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.headings) for row in self.rows):
            raise ValueError(f"{self.title}: a row has more or fewer cells than headings")
