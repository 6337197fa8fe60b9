"""What holds for one workload, by the id of each measure and exposure.

What verdicts rest on is judged at once: on each ladder the needs of its rungs upwards, as far as
the first that speaks against the workload, whoever is believed. What is above that, and what stands
beside the ladders, is judged when somebody asks: of thousands of workloads few are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import replace

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Subject
from isoscope.assessment.evaluation import speaks_against
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.ladders import LADDERS

_UPWARDS = tuple(
    tuple((need, CATALOGUE[need].kind) for rung in ladder.rungs for need in rung.needs)
    for ladder in LADDERS.values()
)
"""What each ladder needs, from its lowest rung upwards."""


def aside(judgements: Mapping[str, Judgement]) -> Mapping[str, Judgement]:
    """The same judgements; those that were not made before are kept by the answer alone. Whoever
    asks all of them of thousands of workloads asks so: else all would stay for as long as what was
    judged does."""
    return judgements.aside() if isinstance(judgements, Judgements) else judgements


class Judgements(Mapping[str, Judgement]):
    """All judgements on one workload; each is made once."""

    __slots__ = ("_made", "_subject")

    def __init__(self, subject: Subject) -> None:
        self._made: dict[str, Judgement] = {}
        self._subject = subject
        not_against: set[str] = set()
        for ladder in _UPWARDS:
            for need, kind in ladder:
                if need in not_against:
                    continue
                if speaks_against(kind, self[need]):
                    break
                not_against.add(need)
        self._subject = replace(subject)  # without what judging has kept in it

    def aside(self) -> Judgements:
        """See the function of this name."""
        other = copy(self)
        other._made = dict(self._made)  # noqa: SLF001 - of its own kind
        return other

    def __getitem__(self, identity: str) -> Judgement:
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = CATALOGUE[identity].judge(self._subject)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(CATALOGUE)

    def __len__(self) -> int:
        return len(CATALOGUE)
