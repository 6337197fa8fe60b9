"""Paths bundled: those between the same two sides, of the same kind, are one edge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TYPE_CHECKING

from gui.rows import Subject, SubjectKind
from gui.text import one_line
from isoscope.assessment.crossings import Crossing
from isoscope.assessment.vocabulary import Aspect
from isoscope.reports.words import short_aspects

if TYPE_CHECKING:
    from isoscope.assessment.paths import Path

HOST = "host"
"""The key of the host's node."""

PATHS_KEPT = 12
"""Paths of one edge that are told one by one, the worst first."""
NAME = 60
"""Characters of a name."""


@dataclass(frozen=True, slots=True)
class PathShown:
    """One path in words, with the place of the overview where it is explained."""

    subject: Subject
    aspect: Aspect
    title: str
    says: str
    known: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """What crosses between two nodes, of one kind."""

    source: str
    target: str
    crossing: Crossing
    known: bool
    level: int | None
    """The lowest rung that it keeps from; None where it decides no rung."""
    aspects: str
    """``WW·CI``: what it opens."""
    count: int
    """How many findings speak of it."""
    paths: tuple[PathShown, ...]
    """The worst of them, at most ``PATHS_KEPT``."""


@dataclass(slots=True)
class _Bundle:
    level: int | None
    count: int = 0
    aspects: set[Aspect] = field(default_factory=set)
    paths: list[Path] = field(default_factory=list)


_Key = tuple[str, str, Crossing, bool]


def edges_between(
    paths: Sequence[Path], place: Mapping[str, str], names: Mapping[str, str], most: int
) -> tuple[tuple[Edge, ...], int]:
    """Edges of paths between the places that are drawn, the worst first, and how many more there
    would be.

    Args:
        paths: the worst first.
        place: the key of the node where each workload is drawn.
        names: of workloads, by id.
        most: how many edges are made.
    """
    bundles: dict[_Key, _Bundle] = {}
    for path in paths:
        target = place.get(path.finding.workload)
        if target is None:
            continue
        for source, to in _ends(path, target, place):
            ends = (source, to) if HOST in (source, to) or source < to else (to, source)
            key = (*ends, path.crossing, path.known)
            bundle = bundles.get(key)
            if bundle is None:
                bundle = bundles[key] = _Bundle(path.level)
            bundle.count += 1
            bundle.aspects.update(path.aspects)
            if len(bundle.paths) < PATHS_KEPT:
                bundle.paths.append(path)
    edges = tuple(
        Edge(
            *key,
            bundle.level,
            short_aspects(bundle.aspects),
            bundle.count,
            tuple(told(path, names) for path in bundle.paths),
        )
        for key, bundle in nsmallest(most, bundles.items(), key=_worst_first)
    )
    more = max(len(bundles) - most, 0)
    while bundles:  # one by one: freeing all at once would keep every thread waiting
        bundles.popitem()
    return edges, more


def _worst_first(item: tuple[_Key, _Bundle]) -> tuple[bool, int, int, str, str]:
    (source, target, _, known), bundle = item
    level = 99 if bundle.level is None else bundle.level
    return not known, level, -bundle.count, source, target


def _ends(path: Path, own: str, place: Mapping[str, str]) -> Collection[tuple[str, str]]:
    """From where to where a path leads, by places; one through the host comes from the host."""
    if path.to_host:
        return ((own, HOST),)
    if path.crossing is Crossing.THROUGH_HOST:
        return ((HOST, own),)
    return {
        (source, own)
        for other in path.finding.others
        if (source := place.get(other)) is not None and source != own
    }


def told(path: Path, names: Mapping[str, str]) -> PathShown:
    """A path in words.

    Args:
        path: what is told.
        names: of workloads, by id.
    """
    from isoscope.assessment.catalogue import CATALOGUE

    finding = path.finding
    title = one_line(CATALOGUE[finding.id].title, 120)
    own = one_line(names.get(finding.workload, finding.workload), NAME)
    return PathShown(
        Subject(SubjectKind.WORKLOAD, finding.workload),
        path.aspects[0],
        f"{own}: {title} · {short_aspects(path.aspects)}",
        one_line(finding.says, 300),
        path.known,
    )
