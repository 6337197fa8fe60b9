"""Where the nodes of the map stand: the host in the middle, tenants on rings around it in their
order, a tenant's workloads packed in its disc. The same map has the same layout every time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gui.edges import HOST
from gui.paths import MapNode, MapNodeKind

SPACE = 1.0
"""Between the discs of two tenants; a closed tenant's disc has this radius too."""
INNERMOST = 4.6
"""Radius of the first ring at least."""
_GOLDEN = math.pi * (3 - math.sqrt(5))
"""The angle by which sunflower seeds follow each other."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A place with room around it, in the map's own units; y grows downwards."""

    x: float
    y: float
    radius: float


def laid_out(nodes: Sequence[MapNode], wide: float = 1.0) -> Mapping[str, Disc]:
    """A disc for each node, by its key.

    Args:
        nodes: of the map.
        wide: how many times as wide as high it is to be, from 1.
    """
    inside: dict[str, list[MapNode]] = {}
    for node in nodes:
        if node.kind is MapNodeKind.WORKLOAD:
            inside.setdefault(node.tenant, []).append(node)
    found = {HOST: Disc(0.0, 0.0, 1.2)}
    tenants = [node for node in nodes if node.kind is MapNodeKind.TENANT]
    radii = [_radius(len(inside.get(tenant.key, ()))) for tenant in tenants]
    for tenant, disc in zip(tenants, _rings(radii, wide), strict=True):
        found[tenant.key] = disc
        members = inside.get(tenant.key, [])
        for number, member in enumerate(members):
            found[member.key] = _seed(disc, number, len(members))
    return found


def extent(discs: Iterable[Disc]) -> tuple[float, float, float, float]:
    """Left, top, width and height of what holds all discs, with room for names around them."""
    rooms = [(disc.x, disc.y, disc.radius + 1.4) for disc in discs]
    left, top = (min(room[at] - room[2] for room in rooms) for at in (0, 1))
    right, bottom = (max(room[at] + room[2] for room in rooms) for at in (0, 1))
    return left, top, right - left, bottom - top


def wideness(width: int, height: int) -> float:
    """How many times as wide as high a map is to be laid out for room of that size, from 1 to 2, in
    steps: what stands moves only where its room gets another shape."""
    return min(max(round(2 * width / max(height, 1)) / 2, 1.0), 2.0)


def _radius(members: int) -> float:
    return 1.0 if members == 0 else 0.9 + 0.75 * math.sqrt(members)


def _seed(disc: Disc, number: int, of: int) -> Disc:
    away = 0.0 if of == 1 else (disc.radius - 0.75) * math.sqrt((number + 0.5) / of)
    angle = number * _GOLDEN
    return Disc(disc.x + away * math.cos(angle), disc.y + away * math.sin(angle), 0.4)


def _rings(radii: Sequence[float], wide: float) -> list[Disc]:
    """Discs on as many rings as they need, clockwise from the left of each. Rings are ovals that
    are as wide as their room: so two tenants, too, stand where there is most of it."""
    found: list[Disc] = []
    inner = 2.4 + SPACE
    while len(found) < len(radii):
        rest = radii[len(found) :]
        taken, ring = _one_ring(rest, inner)
        share = [_angle(radius, ring) for radius in rest[:taken]]
        spare = (2 * math.pi - sum(share)) / taken
        at = -math.pi - share[0] / 2
        for radius, angle in zip(rest, share, strict=False):
            middle = at + angle / 2
            found.append(Disc(wide * ring * math.cos(middle), ring * math.sin(middle), radius))
            at += angle + spare
        inner = ring + max(rest[:taken]) + SPACE
    return found


def _one_ring(radii: Sequence[float], inner: float) -> tuple[int, float]:
    """How many of these discs go on the next ring, and its radius."""
    if len(radii) <= 16:  # all on one, as wide as they need
        ring = max(INNERMOST, inner + max(radii))
        while sum(_angle(radius, ring) for radius in radii) > 2 * math.pi:
            ring *= 1.08
        return len(radii), ring
    taken, used, widest = 0, 0.0, 0.0
    for radius in radii:
        widest = max(widest, radius)
        ring = max(INNERMOST, inner + widest)
        used = sum(_angle(each, ring) for each in radii[: taken + 1])
        if used > 2 * math.pi and taken >= 3:
            break
        taken += 1
    widest = max(radii[:taken])
    ring = max(INNERMOST, inner + widest)
    while sum(_angle(each, ring) for each in radii[:taken]) > 2 * math.pi:
        ring *= 1.08
    return taken, ring


def _angle(radius: float, ring: float) -> float:
    return 2 * math.asin(min((radius + SPACE / 2) / ring, 1.0))
