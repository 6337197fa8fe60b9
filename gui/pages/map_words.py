"""What the map says about itself: what is drawn, what is not, and what an empty one means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isoscope.reports.words import count_of

if TYPE_CHECKING:
    from gui.mapping import Mapped


def heading_words(mapped: Mapped) -> str:
    """One line: what is drawn, and what is left out."""
    shown = mapped.map
    total = sum(shown.by_crossing.values())
    known = total - shown.unknown
    parts = [_count(total, "path") if total else "No path seen"]
    if shown.unknown:
        parts[0] += f": {known:,} seen, {shown.unknown:,} not ruled out"
    if shown.more_edges:
        parts.append(f"{shown.more_edges:,} more lines are not drawn")
    if shown.more_tenants:
        parts.append(f"{_count(shown.more_tenants, 'more tenant')} not drawn")
    if mapped.heat.more:
        parts.append(f"{mapped.heat.more:,} rows are not in the heat map")
    if shown.cut:
        parts.append(
            f"{_count(shown.cut, 'finding names', 'findings name')} only the first 20 of the "
            "other sides: grey in the heat map"
        )
    if shown.beyond:
        parts.append(f"{shown.beyond:,} more bear on no required rung")
    if not known:
        parts.append(not_seen_words(mapped))
    return " · ".join(parts)


def not_seen_words(mapped: Mapped) -> str:
    """What an empty map does not mean."""
    count = mapped.shown.seen.host.not_seen_count
    if count:
        return (
            f"that is only as good as the look: {count_of(count, 'thing')} could not be looked at, "
            "see “Not seen” on the overview"
        )
    return "that is no proof that there is none, but that no measure found one"


def nothing_words(mapped: Mapped) -> str:
    """Where there is nothing to draw."""
    return (
        "No running workload was found on this host: there is nothing between which a path could "
        f"lead.\n\nMind that {not_seen_words(mapped)}."
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
