"""What holds for one workload, by the id of each measure and exposure.

What a rung needs is judged at once, for every verdict rests on it; what stands beside the ladders,
when somebody asks: of thousands of workloads few are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.declaration import Subject
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.ladders import LADDERS

_NEEDED = tuple(
    dict.fromkeys(
        need
        for ladder in LADDERS.values()
        for rung in ladder.rungs
        for need in rung.needs
        if need in CATALOGUE
    )
)


class Judgements(Mapping[str, Judgement]):
    """All judgements on one workload; each is made once."""

    __slots__ = ("_made", "_subject")

    def __init__(self, subject: Subject) -> None:
        self._made = {need: CATALOGUE[need].judge(subject) for need in _NEEDED}
        self._subject = replace(subject)  # without what judging has kept in it

    def __getitem__(self, identity: str) -> Judgement:
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = CATALOGUE[identity].judge(self._subject)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(CATALOGUE)

    def __len__(self) -> int:
        return len(CATALOGUE)
