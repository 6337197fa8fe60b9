"""The words of the window for the vocabulary of the assessment."""

from __future__ import annotations

from dataclasses import replace

from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Direction, Property, Status
from isoscope.inventory.observation import Party
from isoscope.reports import words

DIRECTION = {direction: text[0].upper() + text[1:] for direction, text in words.DIRECTION.items()}

DIRECTION_MEANS = {
    Direction.WORKLOAD_FROM_WORKLOAD: "What keeps neighbours from reading, changing or starving it",
    Direction.HOST_FROM_WORKLOAD: "What keeps it from breaking out to the host",
    Direction.WORKLOAD_FROM_HOST: "What keeps the host and its administrators out of it",
}

PROPERTY = {
    Property.CONFIDENTIALITY: "Confidentiality",
    Property.INTEGRITY: "Integrity",
    Property.AVAILABILITY: "Availability",
}

MARK = {
    Status.MEETS: "in its favour",
    Status.FALLS_SHORT: "against it",
    Status.UNPROVEN: "unknown",
    Status.NOT_REQUIRED: "neither for nor against",
}
"""What the shape before a reason says."""

PARTY_DOES = {
    Party.CPU_VENDOR: "makes the processor and signs for what it is",
    Party.PLATFORM_FIRMWARE: "runs below the kernel, before and beside it",
    Party.OUTER_HYPERVISOR: "runs this host as a guest and can see all of it",
    Party.BOOT_CHAIN: "loaded what runs now",
    Party.HOST_KERNEL: "enforces the barriers, and reports on them",
    Party.HOST_ADMIN: "can change the host at any time",
    Party.CONTAINER_ENGINE: "starts containers, and describes them",
    Party.VM_MANAGER: "starts virtual machines, and describes them",
    Party.WORKLOAD: "speaks of itself",
}


def badge(verdict: Verdict) -> str:
    """The text of a badge: property, range and required rung, as ``C 0–2/3``."""
    return f"{verdict.aspect.property.letter} {words.rungs(verdict)}"


def standing(verdict: Verdict) -> str:
    """Where it stands, without the requirement: ``1``, or ``0–2``."""
    return words.rungs(replace(verdict, required=None))


def spoken(verdict: Verdict) -> str:
    """A verdict for a screen reader and for tooltips."""
    required = (
        "no rung required"
        if verdict.required is None
        else f"rung {verdict.required} required: {words.STATUS[verdict.status]}"
    )
    return (
        f"{PROPERTY[verdict.aspect.property]}: rung {standing(verdict).replace('–', ' to ')}, "
        f"{required}"
    )
