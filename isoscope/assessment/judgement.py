"""Three-valued judgements over observations, and how they combine.

Kleene's logic: what is unknown stays unknown unless the rest decides alone. A judgement carries the
observations that decided it, so that every verdict can be traced to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from isoscope.inventory.observation import Observation, Unknown

T = TypeVar("T")


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

    def __post_init__(self) -> None:
        if self.applicable and (self.holds is None) != (self.unknown is not None):
            raise ValueError(f"{self.says}: unknown needs its reason, and nothing else does")


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
    return Judgement(holds, says, (observation,))


def settled(holds: bool, says: str, *observations: Observation[object]) -> Judgement:
    """A judgement that is already decided."""
    return Judgement(holds, says, observations)


def undecided(unknown: Unknown, *observations: Observation[object]) -> Judgement:
    """A judgement that cannot be decided."""
    return Judgement(None, unknown.explanation, observations, unknown)


def not_applicable(says: str) -> Judgement:
    """A condition that means nothing for this kind of workload."""
    return Judgement(None, says, applicable=False)


def any_of(*judgements: Judgement, otherwise: str) -> Judgement:
    """Holds where one holds; fails where all fail; the first unknown one otherwise.

    ``otherwise`` words the case in which none holds.
    """
    true = [judgement for judgement in judgements if judgement.holds]
    if true:
        return _joined(True, true, "; ".join(judgement.says for judgement in true))
    unknown = next((j for j in judgements if j.applicable and j.holds is None), None)
    if unknown is not None:
        return unknown
    return _joined(False, list(judgements), otherwise)


def all_of(*judgements: Judgement, says: str) -> Judgement:
    """Fails where one fails; holds where all hold, which ``says`` words; else the first unknown."""
    false = [j for j in judgements if j.applicable and j.holds is False]
    if false:
        return _joined(False, false, "; ".join(judgement.says for judgement in false))
    unknown = next((j for j in judgements if j.applicable and j.holds is None), None)
    if unknown is not None:
        return unknown
    return _joined(True, list(judgements), says)


def negated(judgement: Judgement) -> Judgement:
    """The opposite of a judgement, on the same observations."""
    if judgement.holds is None:
        return judgement
    return replace(judgement, holds=not judgement.holds)


def _joined(holds: bool, judgements: list[Judgement], says: str) -> Judgement:
    observations = dict.fromkeys(o for judgement in judgements for o in judgement.observations)
    others = dict.fromkeys(other for judgement in judgements for other in judgement.others)
    return Judgement(holds, says, tuple(observations), None, tuple(others))


def quoting(observation: Observation[T], excerpt: str) -> Observation[T]:
    """The same observation, quoting only the words of its document that decide."""
    evidence = tuple(replace(item, excerpt=excerpt) for item in observation.evidence[:1])
    return replace(observation, evidence=evidence + observation.evidence[1:])
