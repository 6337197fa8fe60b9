"""Where a manager and the kernel do not say the same of a workload."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.observation import Observation


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A manager says one thing and the kernel shows another; the kernel's counts."""

    key: str
    declared: str
    observed: str
    declared_by: Observation[object]
    observed_by: Observation[object]
