"""The words of the window for the vocabulary of the assessment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gui.text import one_line
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.vocabulary import Aspect, Direction, Property, Status
from isoscope.inventory.observation import Party
from isoscope.reports import words
from isoscope.texts import tr

if TYPE_CHECKING:
    from gui.explaining import Rung
    from isoscope.assessment.profile import Profile


def capital(text: str) -> str:
    """A text as the beginning of a sentence; the rest of it stays as it is."""
    return text[:1].upper() + text[1:]


STATUS = {status: tr(text) for status, text in words.STATUS.items()}
DIRECTION = {direction: capital(tr(text)) for direction, text in words.DIRECTION.items()}
PARTY = {party: tr(text) for party, text in words.PARTY.items()}

DIRECTION_MEANS = {
    Direction.WORKLOAD_FROM_WORKLOAD: tr(
        "what keeps neighbours from reading, changing or starving it"
    ),
    Direction.HOST_FROM_WORKLOAD: tr("what keeps it from breaking out to the host"),
    Direction.WORKLOAD_FROM_HOST: tr("what keeps the host and its administrators out of it"),
}

PROPERTY = {
    Property.CONFIDENTIALITY: tr("Confidentiality"),
    Property.INTEGRITY: tr("Integrity"),
    Property.AVAILABILITY: tr("Availability"),
}
_QUESTION = {
    Property.CONFIDENTIALITY: tr("{direction}, confidentiality"),
    Property.INTEGRITY: tr("{direction}, integrity"),
    Property.AVAILABILITY: tr("{direction}, availability"),
}

MARK = {
    Status.MEETS: tr("in its favour"),
    Status.FALLS_SHORT: tr("against it"),
    Status.UNPROVEN: tr("unknown"),
    Status.NOT_REQUIRED: tr("neither for nor against"),
}
"""What the shape before a reason says."""

PARTY_DOES = {
    Party.CPU_VENDOR: tr("makes the processor and signs for what it is"),
    Party.PLATFORM_FIRMWARE: tr("runs below the kernel, before and beside it"),
    Party.OUTER_HYPERVISOR: tr("runs this host as a guest and can see all of it"),
    Party.BOOT_CHAIN: tr("loaded what runs now"),
    Party.HOST_KERNEL: tr("enforces the barriers, and reports on them"),
    Party.HOST_ADMIN: tr("can change the host at any time"),
    Party.CONTAINER_ENGINE: tr("starts containers, and describes them"),
    Party.VM_MANAGER: tr("starts virtual machines, and describes them"),
    Party.WORKLOAD: tr("speaks of itself"),
}


def question(aspect: Aspect) -> str:
    """One of the nine, as ``Workload from host, integrity``."""
    return _QUESTION[aspect.property].format(direction=DIRECTION[aspect.direction])


def headline(verdict: Verdict, steps: Sequence[Rung], own: Profile | None = None) -> str:
    """The verdict as a sentence; a profile of the tenant's own is named."""
    low, high = rung_words(verdict.low, steps), rung_words(verdict.high, steps)
    stands = (
        tr("stands on {low}").format(low=low)
        if low == high
        else tr("somewhere between {low} and {high}").format(low=low, high=high)
    )
    if verdict.required is None:
        text = (
            tr("Nothing is required here: {stands}.")
            if own is None
            else tr("Nothing is required here by {profile}: {stands}.")
        )
    else:
        text = (
            tr("{status}: {stands}; {rung} is required.")
            if own is None
            else tr("{status}: {stands}; {rung} is required by {profile}.")
        )
    return text.format(
        status=capital(STATUS[verdict.status]),
        stands=stands,
        rung="" if verdict.required is None else rung_words(verdict.required, steps),
        profile="" if own is None else one_line(own.title, 60),
    )


def rung_words(level: int, steps: Sequence[Rung]) -> str:
    """A rung by its number, and by its name where its ladder is given."""
    named = {step.level: step.name for step in steps}.get(level)
    return (
        tr("rung {level} ({name})").format(level=level, name=named)
        if named
        else tr("rung {level}").format(level=level)
    )


def badge(verdict: Verdict) -> str:
    """The text of a badge: property, range and required rung, as ``C 0–2/3``."""
    return f"{verdict.aspect.property.letter} {words.rungs(verdict)}"


def standing(verdict: Verdict) -> str:
    """Where it stands, without the requirement: ``1``, or ``0–2``."""
    return words.rungs(replace(verdict, required=None))


def spoken(verdict: Verdict) -> str:
    """A verdict for a screen reader and for tooltips."""
    required = (
        tr("no rung required")
        if verdict.required is None
        else tr("rung {rung} required: {status}").format(
            rung=verdict.required, status=STATUS[verdict.status]
        )
    )
    one = verdict.low == verdict.high
    text = (
        tr("{property}: rung {low}, {required}")
        if one
        else tr("{property}: rung {low} to {high}, {required}")
    )
    return text.format(
        property=PROPERTY[verdict.aspect.property],
        low=verdict.low,
        high=verdict.high,
        required=required,
    )
