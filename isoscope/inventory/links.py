"""The host's network devices by whose other ends they are, and what bounds their traffic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shaping:
    """Whether the traffic of a device is bounded: tc(8). None: not known."""

    going_out: bool | None
    """What the host sends by it: what a workload at its other end receives."""
    coming_in: bool | None
    """What it takes: what a workload at its other end sends."""


@dataclass(frozen=True, slots=True)
class Links:
    """The devices of the host's network namespace."""

    by_namespace: Mapping[int, tuple[str, ...]]
    """Their names by the number of the namespace in which their other ends are."""
    shaping: Mapping[str, Shaping]
    """By name."""
