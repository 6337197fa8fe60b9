"""Which rows of the matrix are shown, and in which order: decided before a model has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gui.rows import SubjectRow
from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.reports.words import WORST_FIRST

_PLACE = {status: place for place, status in enumerate(WORST_FIRST)}


@dataclass(frozen=True, slots=True)
class Order:
    """By what rows are ordered.

    Attributes:
        by: a direction, whose worst verdict counts; None: the name.
        reverse: the best verdict, or the last name, first.
    """

    by: Direction | None
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is shown of rows, and how it is ordered.

    Attributes:
        order: None: as they come, those with the worst status first.
        status: only rows of this status; None: all.
    """

    order: Order | None = None
    status: Status | None = None

    def ordered_next(self, by: Direction | None) -> Arrangement:
        """What a click on a heading asks for: this order, then the reverse, then none."""
        if self.order == Order(by):
            return replace(self, order=Order(by, reverse=True))
        return replace(self, order=None if self.order == Order(by, reverse=True) else Order(by))

    def arranged(self, rows: Iterable[SubjectRow]) -> tuple[SubjectRow, ...]:
        """The rows that are shown, in their order; equal ones stay as they come."""
        kept = [row for row in rows if self.status in (None, row.status)]
        if self.order is None:
            return tuple(kept)
        by = self.order.by
        if by is None:
            kept.sort(key=lambda row: row.name.casefold(), reverse=self.order.reverse)
        else:
            kept.sort(key=lambda row: _standing(row, by), reverse=self.order.reverse)
        return tuple(kept)


AS_THEY_COME = Arrangement()


def _standing(row: SubjectRow, direction: Direction) -> tuple[tuple[int, int, int], ...]:
    """The verdicts of a direction, the worst first: by status, then by the low rung and the
    high."""
    verdicts = [row.verdicts.get(Aspect(direction, quality)) for quality in Property]
    found = [(_PLACE[one.status], one.low, one.high) for one in verdicts if one is not None]
    return tuple(sorted(found))
