"""Observations: one fact, or one unknown, drawn from readings, and on whose word."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from sys import intern
from typing import Generic, TypeVar

from isoscope.snapshot.reading import Gap, Reading, Source

T = TypeVar("T")
U = TypeVar("U")
T_co = TypeVar("T_co", covariant=True)

EXCERPT_LIMIT = 600
"""Characters of a raw document that an observation quotes; the snapshot holds the whole."""


class Party(StrEnum):
    """Somebody whose honesty a statement relies on."""

    CPU_VENDOR = "cpu-vendor"
    PLATFORM_FIRMWARE = "platform-firmware"
    OUTER_HYPERVISOR = "outer-hypervisor"
    BOOT_CHAIN = "boot-chain"
    HOST_KERNEL = "host-kernel"
    HOST_ADMIN = "host-admin"
    CONTAINER_ENGINE = "container-engine"
    VM_MANAGER = "vm-manager"
    WORKLOAD = "workload"


KERNEL = frozenset({Party.HOST_KERNEL})
ENGINE = frozenset({Party.CONTAINER_ENGINE, Party.HOST_KERNEL})
VM_MANAGER = frozenset({Party.VM_MANAGER, Party.HOST_KERNEL})


class Doubt(StrEnum):
    """Why a fact is unknown although a document was read."""

    NOT_UNDERSTOOD = "not-understood"
    """The document is not what its kind says it is."""
    NOT_SAID = "not-said"
    """The document does not speak of it."""
    CONTRADICTED = "contradicted"
    """Two sources of the same rank disagree."""
    BELOW_THE_GUEST = "below-the-guest"
    """This host is a guest, and the fact is decided below it."""
    NOT_BELIEVED = "not-believed"
    """It is only the word of a party that the verdict protects against or that was distrusted."""


Reason = Gap | Doubt


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why something is not known, and what would settle it, each as one line for a person."""

    reason: Reason
    explanation: str
    settled_by: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a fact was read: its source, the words it rests on, when, and with which privilege."""

    where: Source | str
    excerpt: str
    at: float
    privilege: str

    @property
    def source(self) -> str:
        """Where in words, made when somebody reads them: hundreds of thousands are kept."""
        return str(self.where)


@dataclass(frozen=True, slots=True, eq=False)
class Observation(Generic[T_co]):
    """One fact about one subject, or the reason why it is unknown.

    Each is one thing, compared by identity: values can be long, and sets of observations are made
    for every finding.

    ``parties`` are those who could make it false by lying. A known value is never None.

    Raises:
        ValueError: both or neither of value and unknown were given.
    """

    subject: str
    """``host``, or a workload id of the outside contract."""
    key: str
    value: T_co | None
    unknown: Unknown | None
    evidence: tuple[Evidence, ...]
    parties: frozenset[Party]

    def __post_init__(self) -> None:
        if (self.value is None) == (self.unknown is None):
            raise ValueError(f"{self.subject} {self.key}: either a value or a reason")

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.unknown is None

    @property
    def doubt(self) -> Unknown:
        """Why it is unknown.

        Raises:
            ValueError: it is known.
        """
        if self.unknown is None:
            raise ValueError(f"{self.subject} {self.key} is known")
        return self.unknown


def known(
    subject: str,
    key: str,
    value: T,
    *readings: Reading,
    parties: frozenset[Party],
    excerpt: str | None = None,
) -> Observation[T]:
    """A fact that these readings show, quoted in their own text where no excerpt is given."""
    return Observation(
        subject, intern(key), value, None, tuple(evidence_of(r, excerpt) for r in readings), parties
    )


def unknown(
    subject: str,
    key: str,
    reason: Reason,
    explanation: str,
    settled_by: str,
    *readings: Reading,
    parties: frozenset[Party] = KERNEL,
) -> Observation[T]:
    """A fact that nobody could establish."""
    evidence = tuple(evidence_of(reading, None) for reading in readings)
    return Observation(
        subject, intern(key), None, Unknown(reason, explanation, settled_by), evidence, parties
    )


def parsed(
    subject: str,
    key: str,
    reading: Reading,
    parse: Callable[[str], T],
    *,
    parties: frozenset[Party],
    settled_by: str,
    excerpt: str | None = None,
) -> Observation[T]:
    """What ``parse`` makes of a reading's text; its gap, or the parser's ``ValueError``, otherwise.

    A truncated reading is never parsed: what is missing could be what matters.
    """
    if reading.gap is not None:
        explanation = f"{reading.source}: {reading.gap}" + (
            f" ({reading.detail})" if reading.detail else ""
        )
        return unknown(subject, key, reading.gap, explanation, settled_by, reading, parties=parties)
    if reading.truncated:
        explanation = f"{reading.source}: only its beginning was kept"
        return unknown(
            subject, key, Gap.TOO_LARGE, explanation, settled_by, reading, parties=parties
        )
    try:
        value = parse(reading.text())
    except ValueError as error:
        explanation = f"{reading.source}: {error}"
        return unknown(
            subject, key, Doubt.NOT_UNDERSTOOD, explanation, settled_by, reading, parties=parties
        )
    return known(subject, key, value, reading, parties=parties, excerpt=excerpt)


def mapped(observation: Observation[T], key: str, make: Callable[[T], U]) -> Observation[U]:
    """Another fact that follows from this one alone, on the same word."""
    value = None if observation.value is None else make(observation.value)
    return Observation(
        observation.subject,
        intern(key),
        value,
        observation.unknown,
        observation.evidence,
        observation.parties,
    )


@lru_cache(maxsize=256)
def evidence_of(reading: Reading, excerpt: str | None) -> Evidence:
    """The evidence that a reading is, quoted at most ``EXCERPT_LIMIT`` characters long.

    The facts of one document are made one after the other, and share it."""
    if excerpt is None:
        excerpt = reading.text() if reading.gap is None else f"{reading.gap}: {reading.detail}"
    if len(excerpt) > EXCERPT_LIMIT:
        excerpt = excerpt[:EXCERPT_LIMIT] + " …"
    # Of thousands of containers, most say the same.
    return Evidence(reading.source, intern(excerpt), reading.at, reading.privilege)


def all_evidence(observations: Iterable[Observation[object]]) -> tuple[Evidence, ...]:
    """The evidence of several observations, each once, in their order."""
    return tuple(dict.fromkeys(item for o in observations for item in o.evidence))
