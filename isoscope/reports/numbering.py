"""Ids of observations, by which findings of a report name them."""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.freeing import emptied
from isoscope.inventory.observation import Observation
from isoscope.reports.report import NumberedObservation


class Numbers:
    """Gives observations their ids; those that say the same of the same evidence share one."""

    def __init__(self) -> None:
        self.numbered: list[NumberedObservation] = []
        self._by_identity: dict[Observation[object], str] = {}
        self._by_evidence: dict[object, str] = {}

    def of(self, observation: Observation[object]) -> str:
        """The id of an observation."""
        found = self._by_identity.get(observation)
        if found is None:
            found = self._equal(observation)
            self._by_identity[observation] = found
        return found

    def all_of(self, observations: Iterable[Observation[object]]) -> tuple[str, ...]:
        """The ids of several, each once."""
        return tuple(dict.fromkeys(self.of(observation) for observation in observations))

    def forget(self) -> None:
        """No more are numbered: frees what told which are the same."""
        emptied(self._by_identity)
        emptied(self._by_evidence)

    def _equal(self, one: Observation[object]) -> str:
        number = f"o{len(self.numbered) + 1}"
        # Not by its value, which can be long: what was read of the same thing in the same places.
        same = (one.subject, one.key, one.evidence, one.unknown, one.parties)
        found = self._by_evidence.setdefault(same, number) if one.evidence else number
        if found == number:
            self.numbered.append(NumberedObservation(number, one))
        return found
