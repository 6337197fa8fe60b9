"""Which mounts no path leads to, because others lie over them: ``mount_namespaces(7)``.

A mount is entered where its parent is walked through. A mount on the same place, or on a directory
above that place in the same parent, is entered instead, whichever was made first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MountPlace:
    """Where one line of ``/proc/PID/mountinfo`` puts a mount: ``proc(5)``."""

    id: str
    parent: str
    mount_point: str


def covered(places: Sequence[MountPlace]) -> list[bool]:
    """Of each mount, whether others lie over it. What lies on the root itself covers nothing: a
    process whose root is below it stays there."""
    by_id = {place.id: index for index, place in enumerate(places)}
    below_parent: dict[str, set[str]] = {}
    for place in places:
        below_parent.setdefault(place.parent, set()).add(place.mount_point)

    def topped(place: MountPlace) -> bool:
        return place.mount_point != "/" and place.mount_point in below_parent.get(place.id, ())

    hidden: dict[int, bool] = {}
    for start in range(len(places)):
        way: dict[int, None] = {}  # in order; a circle, which no kernel writes, ends it
        index: int | None = start
        while index is not None and index not in hidden and index not in way:
            way[index] = None
            index = by_id.get(places[index].parent)
        for at in reversed(way):
            place = places[at]
            above = by_id.get(place.parent)
            if above is None or above == at:
                hidden[at] = False
                continue
            parent = places[above]
            inherited = hidden.get(above, False)
            if place.mount_point == parent.mount_point:
                hidden[at] = inherited
            else:
                siblings = below_parent[place.parent]
                shadowed = _passes(place.mount_point, parent.mount_point, siblings)
                hidden[at] = inherited or topped(parent) or shadowed
    return [hidden[index] or topped(place) for index, place in enumerate(places)]


def _passes(path: str, start: str, places: set[str]) -> bool:
    """Whether the way from a directory down to a path leads over one of these places."""
    directory = path.rpartition("/")[0]
    while len(directory) > len(start.rstrip("/")):
        if directory in places:
            return True
        directory = directory.rpartition("/")[0]
    return False
