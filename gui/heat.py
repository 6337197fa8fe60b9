"""The heat map: workload × workload, a cell for what crosses from its row to its column.

A cell is one byte, so that the larger of two is the worse path: whether it was seen, the rung that
it keeps from, and what crosses. Made on a worker; with very many workloads rows are tenants.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gui.edges import PathShown, told
from gui.rows import Subject
from isoscope.assessment.crossings import Crossing

if TYPE_CHECKING:
    from gui.judging import Shown
    from isoscope.assessment.paths import Path

MOST_ROWS = 2000
"""Workloads that have a row each; where there are more, tenants have."""
TOLD = 6
"""Findings of one cell that are told."""

CODES = 256
NOT_NAMED = 1
"""A cell about which nothing was said, because a finding names only some of the other sides."""
_SEEN = 128
_NO_RUNG = 6
_LAST = (Crossing.THROUGH_HOST, Crossing.RESOURCES)
_KINDS = (*(kind for kind in Crossing if kind not in _LAST), *_LAST)
"""Of two paths that keep from the same rung, the first kind is shown: what leads there directly
before what leads through the host, which a whole row has alike, and that before what starves."""


def code_of(crossing: Crossing, level: int | None, *, known: bool) -> int:
    """The byte of a cell. Seen before not known, then low rungs before high ones.

    Args:
        crossing: what crosses.
        level: the lowest rung that it keeps from, from 1; None where it decides no rung.
        known: whether it was seen.
    """
    held = _NO_RUNG if level is None else min(level, _NO_RUNG)
    return (_SEEN if known else 0) + (7 - held) * 16 + len(_KINDS) - 1 - _KINDS.index(crossing)


def crossing_of(code: int) -> Crossing | None:
    """What crosses in a cell; None where nothing does, or nothing was said."""
    place = len(_KINDS) - 1 - code % 16
    return _KINDS[place] if code % _SEEN >= 16 and place >= 0 else None


def level_of(code: int) -> int | None:
    """The rung that a cell's worst path keeps from; None where it decides none."""
    held = 7 - code % _SEEN // 16
    return None if held >= _NO_RUNG else held


def seen(code: int) -> bool:
    """Whether the worst path of a cell was seen."""
    return code >= _SEEN


@dataclass(frozen=True, slots=True)
class HeatMap:
    """All cells that are not empty, the mildest first, and what their rows are.

    Attributes:
        names: of rows and columns alike, by tenant.
        subjects: what they stand for.
        tenants: the name of each tenant with its first row and the one after its last.
        rows, columns, codes: one entry a cell; a later one of the same cell is worse.
        cut: columns of which a finding names only some of the other sides.
        more: how many rows there would be besides.
    """

    names: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    tenants: tuple[tuple[str, int, int], ...] = ()
    rows: array[int] = field(default_factory=lambda: array("H"))
    columns: array[int] = field(default_factory=lambda: array("H"))
    codes: bytes = b""
    cut: tuple[int, ...] = ()
    more: int = 0
    by_tenant: bool = False
    paths: Mapping[int, Sequence[Path]] = field(default_factory=dict, repr=False)
    place: Mapping[str, int] = field(default_factory=dict, repr=False)
    workloads: Mapping[str, str] = field(default_factory=dict, repr=False)

    def told(self, row: int, column: int) -> tuple[PathShown, ...]:
        """The worst paths of a cell, in words."""
        of_cell = (
            path
            for path in self.paths.get(column, ())
            if any(self.place.get(other) == row for other in path.finding.others)
        )
        return tuple(
            told(path, self.workloads) for path, _ in zip(of_cell, range(TOLD), strict=False)
        )


def heat_map(shown: Shown, paths: Sequence[Path]) -> HeatMap:
    """The heat map of paths between workloads.

    Args:
        shown: the assessment with its rows.
        paths: those that are wanted, the worst first.
    """
    rows = shown.rows
    by_tenant = sum(map(len, rows.workloads.values())) > MOST_ROWS
    names: list[str] = []
    subjects: list[Subject] = []
    tenants: list[tuple[str, int, int]] = []
    place: dict[str, int] = {}
    more = 0
    for tenant in rows.tenants:
        members = rows.workloads[tenant.subject.id]
        entries = (tenant,) if by_tenant else members
        if len(names) + len(entries) > MOST_ROWS:
            more += len(entries)
            continue
        first = len(names)
        for number, member in enumerate(members):
            place[member.subject.id] = first if by_tenant else first + number
        names += [entry.name for entry in entries]
        subjects += [entry.subject for entry in entries]
        tenants.append((tenant.name, first, len(names)))
    of_column: dict[int, list[Path]] = {}
    cells: dict[tuple[int, int, Crossing], int] = {}
    for path in paths:
        column = None if path.to_host else place.get(path.finding.workload)
        if column is None:
            continue
        of_column.setdefault(column, []).append(path)
        code = code_of(path.crossing, path.level, known=path.known)
        for other in path.finding.others:
            row = place.get(other)
            if row is not None and row != column:
                cells.setdefault((row, column, path.crossing), code)  # the worst comes first
    by_code: dict[int, tuple[array[int], array[int]]] = {}
    while cells:  # one by one: freeing all at once would keep every thread waiting
        (row, column, _), code = cells.popitem()
        in_rows, in_columns = by_code.setdefault(code, (array("H"), array("H")))
        in_rows.append(row)
        in_columns.append(column)
    all_rows, all_columns, codes = array("H"), array("H"), bytearray()
    for code in sorted(by_code):
        in_rows, in_columns = by_code[code]
        all_rows.extend(in_rows)
        all_columns.extend(in_columns)
        codes += bytes([code]) * len(in_rows)
    return HeatMap(
        tuple(names),
        tuple(subjects),
        tuple(tenants),
        all_rows,
        all_columns,
        bytes(codes),
        tuple(sorted(at for at, of in of_column.items() if any(path.cut for path in of))),
        more,
        by_tenant,
        of_column,
        place,
        {row.subject.id: row.name for of in rows.workloads.values() for row in of},
    )
