"""The words in which verdicts speak: directions, properties, statuses."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Direction(StrEnum):
    """Who is kept from whom."""

    WORKLOAD_FROM_WORKLOAD = "workload-from-workload"
    HOST_FROM_WORKLOAD = "host-from-workload"
    WORKLOAD_FROM_HOST = "workload-from-host"


class Property(StrEnum):
    """What is kept."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"

    @property
    def letter(self) -> str:
        """C, I or A."""
        return self.value[0].upper()


class Status(StrEnum):
    """A verdict against what is required."""

    MEETS = "meets"
    FALLS_SHORT = "falls-short"
    UNPROVEN = "unproven"
    NOT_REQUIRED = "not-required"


class Aspect(NamedTuple):
    """One of the nine questions: a direction and a property."""

    direction: Direction
    property: Property


ASPECTS: tuple[Aspect, ...] = tuple(
    Aspect(direction, quality) for direction in Direction for quality in Property
)
"""All nine, in the order in which they are shown."""


class FindingKind(StrEnum):
    """Whether a finding is about something that helps or something that harms."""

    MEASURE = "measure"
    EXPOSURE = "exposure"


class FindingState(StrEnum):
    """What evidence says of a measure or exposure for one workload."""

    PRESENT = "present"
    """A measure in place; an exposure that is open."""
    ABSENT = "absent"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
