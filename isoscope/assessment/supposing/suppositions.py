"""What is supposed: measures and exposures settled in favour of workloads, and workloads moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.limits import LIMITS


class Enclosure(StrEnum):
    """What a workload could run in."""

    VM = "vm"
    SEV_SNP = "sev-snp"
    TDX = "tdx"

    @property
    def is_tee(self) -> bool:
        """Whether the CPU keeps the host out of it."""
        return self is not Enclosure.VM


class Proof(StrEnum):
    """How far evidence of a TEE goes."""

    NONE = "none"
    """It is in a TEE on the host's word."""
    VERIFIED = "verified"
    """Signed by the hardware and verified to a pinned root of its vendor."""
    EXPECTED = "expected"
    """And the measurement is the tenant's reference value, the nonce fresh, the evidence bound."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where a workload runs instead, and what is proved of that.

    Raises:
        ValueError: evidence of what no hardware signs.
    """

    into: Enclosure
    proof: Proof = Proof.NONE

    def __post_init__(self) -> None:
        if self.proof is not Proof.NONE and not self.into.is_tee:
            raise ValueError("no hardware signs evidence of a plain VM")


NEIGHBOURS_LIMITS: Mapping[str, str] = {f"neighbours-{limit}": limit for limit in LIMITS}
"""What protects a tenant by its neighbours' limits, and the neighbours' measure that decides it."""

BY_MOVING: Mapping[str, Move] = {
    "own-kernel": Move(Enclosure.VM),
    "kernels-apart": Move(Enclosure.VM),
    "memory-encrypted-by-tee": Move(Enclosure.SEV_SNP),
    "memory-integrity-by-tee": Move(Enclosure.SEV_SNP),
    "tee-debug-allowed": Move(Enclosure.SEV_SNP),
    "attested": Move(Enclosure.SEV_SNP, Proof.VERIFIED),
    "attested-as-expected": Move(Enclosure.SEV_SNP, Proof.EXPECTED),
}
"""What changes with where a workload runs, and with nothing else; and the least that changes it."""

_DECIDED_ELSEWHERE = frozenset(
    {"unseen-workloads", "neighbour-in-host-pid-namespace", *NEIGHBOURS_LIMITS, *BY_MOVING}
)

SUPPOSABLE: tuple[str, ...] = tuple(
    dict.fromkeys(
        need
        for ladder in LADDERS.values()
        for rung in ladder.rungs
        for need in rung.needs
        if need not in _DECIDED_ELSEWHERE
    )
)
"""Ids of the measures and exposures that can be supposed settled. What is decided by facts of
neighbours, by where a workload runs, or by a better look is not among them."""


@dataclass(frozen=True, slots=True)
class Suppositions:
    """Everything that is supposed at once.

    Raises:
        ValueError: something is settled that cannot be supposed by itself.
    """

    settled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Workload ids by the id of the measure that is in place there, or of the exposure ruled
    out."""
    moved: Mapping[str, Move] = field(default_factory=dict)
    """By workload id."""

    def __post_init__(self) -> None:
        for identity in self.settled:
            if identity not in SUPPOSABLE:
                raise ValueError(f"{identity} cannot be supposed by itself")

    def __bool__(self) -> bool:
        return bool(self.settled or self.moved)

    @property
    def workloads(self) -> frozenset[str]:
        """All workloads of which something is supposed."""
        return frozenset(self.moved).union(*self.settled.values())

    def settling(self, identity: str, workloads: Iterable[str]) -> Suppositions:
        """And this settled on these."""
        now = self.settled.get(identity, frozenset()) | frozenset(workloads)
        return replace(self, settled=_without_empty({**self.settled, identity: now}))

    def unsettling(self, identity: str, workloads: Iterable[str]) -> Suppositions:
        """Without this on these."""
        now = self.settled.get(identity, frozenset()) - frozenset(workloads)
        return replace(self, settled=_without_empty({**self.settled, identity: now}))

    def moving(self, workloads: Iterable[str], move: Move | None) -> Suppositions:
        """With these moved; with None they stay as they are."""
        wanted = frozenset(workloads)
        moved = {one: its for one, its in self.moved.items() if one not in wanted}
        if move is not None:
            moved |= dict.fromkeys(sorted(wanted), move)
        return replace(self, moved=moved)

    def joined(self, other: Suppositions) -> Suppositions:
        """All of this and all of another; where both move a workload, as the other does."""
        found = replace(self, moved={**self.moved, **other.moved})
        for identity, workloads in other.settled.items():
            found = found.settling(identity, workloads)
        return found

    def among(self, workloads: Iterable[str]) -> Suppositions:
        """What of it is about these workloads."""
        there = frozenset(workloads)
        settled = {identity: on & there for identity, on in self.settled.items()}
        moved = {one: move for one, move in self.moved.items() if one in there}
        return Suppositions(_without_empty(settled), moved)


def _without_empty(settled: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    return {identity: on for identity, on in settled.items() if on}


NOTHING = Suppositions()
