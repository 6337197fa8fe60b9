"""What the map says about itself: what is drawn, what is not, and what an empty one means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from gui.mapping import Mapped


def heading_words(mapped: Mapped) -> str:
    """One line: what is drawn, and what is left out."""
    shown = mapped.map
    total = sum(shown.by_crossing.values())
    known = total - shown.unknown
    parts = [_paths_seen(total, known)]
    if shown.edges:
        parts.append(
            trn(
                "drawn together as {number} line",
                "drawn together as {number} lines",
                len(shown.edges),
            )
        )
    if shown.more_edges:
        parts.append(
            trn(
                "{number} more line is not drawn",
                "{number} more lines are not drawn",
                shown.more_edges,
            )
        )
    if shown.more_tenants:
        parts.append(
            trn(
                "{number} more tenant not drawn",
                "{number} more tenants not drawn",
                shown.more_tenants,
            )
        )
    if mapped.heat.more:
        parts.append(
            trn(
                "{number} row is not in the heat map",
                "{number} rows are not in the heat map",
                mapped.heat.more,
            )
        )
    if shown.cut:
        parts.append(
            trn(
                "{number} finding names only the first 20 of the other sides: grey in the heat map",
                "{number} findings name only the first 20 of the other sides: grey in the heat map",
                shown.cut,
            )
        )
    if shown.beyond:
        parts.append(
            trn(
                "{number} more bears on no required rung",
                "{number} more bear on no required rung",
                shown.beyond,
            )
        )
    if not known:
        parts.append(not_seen_words(mapped))
    return " · ".join(parts)


def not_seen_words(mapped: Mapped) -> str:
    """What an empty map does not mean."""
    count = mapped.shown.seen.host.not_seen_count
    if count:
        return trn(
            "that is only as good as the look: {number} thing could not be looked at, "
            "see “Not seen” on the overview",
            "that is only as good as the look: {number} things could not be looked at, "
            "see “Not seen” on the overview",
            count,
        )
    return tr("that is no proof that there is none, but that no measure found one")


def nothing_words(mapped: Mapped) -> str:
    """Where there is nothing to draw."""
    return tr(
        "No running workload was found on this host: there is nothing between which a path could "
        "lead.\n\nMind that {not_seen}."
    ).format(not_seen=not_seen_words(mapped))


def _paths_seen(total: int, known: int) -> str:
    if not total:
        return tr("No path seen")
    if known == total:
        return trn("{number} path", "{number} paths", total)
    return trn(
        "{number} path: {known} seen, {unknown} not ruled out",
        "{number} paths: {known} seen, {unknown} not ruled out",
        total,
        known=f"{known:,}",
        unknown=f"{total - known:,}",
    )
