"""On which rungs workloads stand, counted: what the chart of the nine questions draws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isoscope.assessment.vocabulary import ASPECTS, Aspect
from isoscope.texts import tr, trn

if TYPE_CHECKING:
    from isoscope.assessment.verdict import AssessedWorkload


@dataclass(frozen=True, slots=True)
class Standing:
    """How many workloads certainly stand on each rung of one question.

    Attributes:
        counts: by rung, the low end of each workload's range.
        required: the rung that the profile requires; None where it requires none.
    """

    counts: Mapping[int, int]
    required: int | None

    @property
    def total(self) -> int:
        """How many workloads there are."""
        return sum(self.counts.values())

    def spoken(self) -> str:
        """For a screen reader and for tooltips."""
        parts = [
            trn("{number} on rung {rung}", "{number} on rung {rung}", number, rung=str(rung))
            for rung, number in sorted(self.counts.items())
        ]
        required = (
            tr("none required")
            if self.required is None
            else tr("rung {rung} required").format(rung=self.required)
        )
        return f"{', '.join(parts) or tr('no workloads')}; {required}"


def standings(workloads: Iterable[AssessedWorkload]) -> Mapping[Aspect, Standing]:
    """The standing of all workloads together, for each of the nine questions."""
    listed = list(workloads)
    found = {}
    for aspect in ASPECTS:
        verdicts = [workload.verdicts[aspect] for workload in listed]
        required = next((verdict.required for verdict in verdicts), None)
        counts = Counter(verdict.low for verdict in verdicts)
        found[aspect] = Standing(counts, required)
    return found
