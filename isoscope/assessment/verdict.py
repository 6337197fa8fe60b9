"""What an assessment says: findings, verdicts and their explanations. All of it is immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.assessment.vocabulary import Aspect, FindingKind, FindingState, Status
from isoscope.inventory.observation import Observation, Party, Unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """What evidence says of one measure or exposure for one workload.

    Its identity across scans is ``id`` with ``workload`` and ``others``.
    """

    id: str
    """Id of the measure or exposure; its text is found by it."""
    kind: FindingKind
    workload: str
    state: FindingState
    says: str
    """One line of what was seen, for a person."""
    observations: tuple[Observation[object], ...] = ()
    others: tuple[str, ...] = ()
    """Ids of the workloads on the other side, for what is shared; at most ``OTHERS_SHOWN``."""
    unknown: Unknown | None = None
    """Why, where the state is unknown."""

    @property
    def favourable(self) -> bool:
        """Whether it speaks for the workload: a measure in place, an exposure that is not open, or
        either where it does not apply."""
        wanted = FindingState.PRESENT if self.kind is FindingKind.MEASURE else FindingState.ABSENT
        return self.state in (wanted, FindingState.NOT_APPLICABLE)

    @property
    def parties(self) -> frozenset[Party]:
        """Those on whose word it rests."""
        return frozenset().union(*(o.parties for o in self.observations))


OTHERS_SHOWN = 20
"""How many workloads of the other side a finding names."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where one subject stands on one ladder: a range of rungs against the rung required."""

    aspect: Aspect
    low: int
    """Rung with every unknown at its worst."""
    high: int
    """Rung with every unknown at its best."""
    required: int | None
    """Least rung that the profile requires; None where it requires none."""

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError(f"{self.aspect}: {self.low}..{self.high} is no range of rungs")

    @property
    def status(self) -> Status:
        """Design §4: meets, falls short, unproven, or not required."""
        if self.required is None:
            return Status.NOT_REQUIRED
        if self.low >= self.required:
            return Status.MEETS
        return Status.FALLS_SHORT if self.high < self.required else Status.UNPROVEN


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to change, on one workload, towards a higher rung."""

    rung: int
    """The rung that this change, with all those of lower rungs, reaches."""
    finding: Finding
    change: str
    """The measure's remedy, in words."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is what it is."""

    verdict: Verdict
    held_by: tuple[Finding, ...]
    """What keeps it at its low rung: every finding that fails or is unknown there."""
    unknowns: tuple[Finding, ...]
    """What keeps low and high apart; each has its reason and what would settle it."""
    to_next: tuple[Change, ...]
    """The smallest set of changes that reaches the rung above the low one."""
    to_required: tuple[Change, ...]
    """The smallest set of changes that reaches the required rung; empty where it is met."""
    relies_on: tuple[Party, ...]
    """Parties still relied upon for the low rung: the residual trust, in the order of ``Party``."""
    supports: tuple[Finding, ...]
    """Measures in place and exposures ruled out that the low rung rests on."""
    beside: tuple[Finding, ...] = ()
    """What bears on this question and decides no rung; of a tenant, what does not speak for it."""


NOBODY = "nobody"
"""Who claims a workload that is a tenant of its own."""
UNKNOWN = "unknown"
"""Who claims a workload of which that could not be read: it may be any tenant's."""


@dataclass(frozen=True, slots=True)
class TenantClaim:
    """Who a workload belongs to, and who says so."""

    tenant: str
    claimed_by: str
    """``rule 2 of tenants.toml``, ``label isoscope.tenant`` … , ``NOBODY`` or ``UNKNOWN``."""
    parties: frozenset[Party] = frozenset()

    @property
    def claimed(self) -> bool:
        """Whether it is known that somebody claims it."""
        return self.claimed_by not in (NOBODY, UNKNOWN)


@dataclass(frozen=True, slots=True)
class AssessedWorkload:
    """Verdicts of one workload."""

    id: str
    tenant: TenantClaim
    verdicts: Mapping[Aspect, Verdict]


@dataclass(frozen=True, slots=True)
class AssessedTenant:
    """Verdicts of one tenant: on each ladder the lowest of its workloads'."""

    name: str
    claimed_by: str
    workloads: tuple[str, ...]
    verdicts: Mapping[Aspect, Verdict]
    may_include: tuple[str, ...] = ()
    """Workloads whose tenant is not known: they may be this one's, and count at their worst."""
