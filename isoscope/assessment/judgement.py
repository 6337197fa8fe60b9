"""Three-valued judgements over observations, and how they combine.

Kleene's logic: what is unknown stays unknown unless the rest decides alone. A judgement carries the
observations that decided it, so that every verdict can be traced to them, and whose word suffices
for it: where two facts each decide alone, believing the parties of either is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from sys import intern  # thousands of workloads have the same said of them
from typing import TypeVar

from isoscope.inventory.observation import Evidence, Observation, Party, Unknown

T = TypeVar("T")
Parties = frozenset[Party]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a condition holds for one workload, in words and with its observations."""

    holds: bool | None
    """None: unknown."""
    says: str
    observations: tuple[Observation[object], ...] = ()
    unknown: Unknown | None = None
    others: tuple[str, ...] = ()
    """Ids of workloads on the other side, for what is shared."""
    applicable: bool = True
    """False where the condition means nothing for this workload; the observations say why."""
    alternatives: tuple[Parties, ...] = ()
    """Sets of parties of which each suffices, where that is not all parties."""

    def __post_init__(self) -> None:
        if self.applicable and (self.holds is None) != (self.unknown is not None):
            raise ValueError(f"{self.says}: unknown needs its reason, and nothing else does")

    @property
    def rests_on(self) -> tuple[Parties, ...]:
        """Sets of parties; to believe all of one is to believe the judgement."""
        if self.alternatives:
            return self.alternatives
        if len(self.observations) == 1:
            return (self.observations[0].parties,)
        return (frozenset().union(*[item.parties for item in self.observations]),)


def test(
    observation: Observation[T],
    condition: Callable[[T], bool],
    *,
    yes: str | Callable[[T], str],
    no: str | Callable[[T], str],
) -> Judgement:
    """Whether a condition holds for the value of one observation."""
    if observation.value is None:
        return undecided(observation.doubt, observation)
    holds = condition(observation.value)
    words = yes if holds else no
    says = words if isinstance(words, str) else words(observation.value)
    return Judgement(holds, intern(says), (observation,))


def holding(says: str, *observations: Observation[object]) -> Judgement:
    """A condition that holds, as these observations say."""
    return Judgement(holds=True, says=intern(says), observations=observations)


def failing(says: str, *observations: Observation[object]) -> Judgement:
    """A condition that does not hold, as these observations say."""
    return Judgement(holds=False, says=intern(says), observations=observations)


def undecided(unknown: Unknown, *observations: Observation[object]) -> Judgement:
    """A judgement that cannot be decided."""
    return Judgement(None, intern(unknown.explanation), observations, unknown)


def not_applicable(says: str, *observations: Observation[object]) -> Judgement:
    """A condition that means nothing for a workload of which these observations are true."""
    return Judgement(None, intern(says), observations, applicable=False)


def any_of(*judgements: Judgement, otherwise: str) -> Judgement:
    """Holds where one holds; fails where all fail; the first unknown one otherwise.

    ``otherwise`` words the case in which none holds.
    """
    true = [judgement for judgement in judgements if judgement.holds]
    if true:
        return _either(true)
    unknown = next((j for j in judgements if j.applicable and j.holds is None), None)
    return unknown if unknown is not None else _together(judgements, otherwise, holds=False)


def all_of(*judgements: Judgement, says: str) -> Judgement:
    """Fails where one fails; holds where all hold, which ``says`` words; else the first unknown."""
    false = [j for j in judgements if j.applicable and j.holds is False]
    if false:
        return _either(false)
    unknown = next((j for j in judgements if j.applicable and j.holds is None), None)
    return unknown if unknown is not None else _together(judgements, says, holds=True)


def negated(judgement: Judgement) -> Judgement:
    """The opposite of a judgement, on the same observations."""
    if judgement.holds is None:
        return judgement
    return Judgement(
        not judgement.holds,
        judgement.says,
        judgement.observations,
        others=judgement.others,
        alternatives=judgement.alternatives,
    )


def with_others(judgement: Judgement, others: Sequence[str]) -> Judgement:
    """The same judgement, naming the workloads on the other side by their ids."""
    return replace(judgement, others=tuple(others))


def _either(judgements: Sequence[Judgement]) -> Judgement:
    """Each of these decides alone: whoever believes one believes the whole."""
    if len(judgements) == 1:
        return judgements[0]
    says = "; ".join(dict.fromkeys(judgement.says for judgement in judgements))
    ways = [way for judgement in judgements for way in judgement.rests_on]
    return _of_several(judgements, says, ways, holds=judgements[0].holds)


def _together(judgements: Sequence[Judgement], says: str, *, holds: bool) -> Judgement:
    """Only all of these decide: whoever doubts one doubts the whole."""
    ways: list[Parties] = []
    if any(judgement.alternatives for judgement in judgements):
        each = product(*[judgement.rests_on for judgement in judgements])
        ways = [frozenset().union(*way) for way in each]
    return _of_several(judgements, says, ways, holds=holds)


def _of_several(
    judgements: Sequence[Judgement], says: str, ways: Sequence[Parties], *, holds: bool | None
) -> Judgement:
    observations = dict.fromkeys([o for each in judgements for o in each.observations])
    others = dict.fromkeys([other for each in judgements for other in each.others])
    fewest = dict.fromkeys([way for way in ways if not any(other < way for other in ways)])
    return Judgement(
        holds, intern(says), tuple(observations), others=tuple(others), alternatives=tuple(fewest)
    )


def quoting(observation: Observation[T], excerpt: str) -> Observation[T]:
    """The same observation, quoting only the words of its document that decide."""
    said = observation
    quoted = [Evidence(e.where, excerpt, e.at, e.privilege) for e in said.evidence[:1]]
    evidence = (*quoted, *said.evidence[1:])
    return Observation(said.subject, said.key, said.value, said.unknown, evidence, said.parties)
