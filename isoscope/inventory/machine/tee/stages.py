"""Stages with their evidence, and what follows from all of them."""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.inventory.host import Stage, StageName, StageState, TeeAvailability
from isoscope.inventory.machine.answers import HOST, settling
from isoscope.inventory.observation import Doubt, Observation, Party, Reason, known, unknown
from isoscope.inventory.technology import Technology, TeeNature
from isoscope.snapshot.reading import Reading

ORDER = tuple(StageName)

_MISSING = {
    StageName.CPU: "The CPU does not have it",
    StageName.FIRMWARE: "The firmware does not provide it",
    StageName.KERNEL: "The kernel does not support it now",
    StageName.HYPERVISOR: "The hypervisor does not offer it now",
    StageName.DEVICE: "Its device is missing",
    StageName.CAPACITY: "There is no capacity for it",
}
_UNKNOWN = {
    StageName.CPU: "Whether the CPU has it is not known",
    StageName.FIRMWARE: "Whether the firmware provides it is not known",
    StageName.KERNEL: "Whether the kernel supports it now is not known",
    StageName.HYPERVISOR: "Whether the hypervisor offers it now is not known",
    StageName.DEVICE: "Whether its device is there is not known",
    StageName.CAPACITY: "Whether there is capacity for it is not known",
}

_WORTH = {
    TeeNature.TEE: "",
    TeeNature.MEMORY_ENCRYPTION: "It encrypts the host's memory under one key: no workload is in a "
    "TEE for it.",
    TeeNature.HYPERVISOR_ISOLATION: "It is a hypervisor's software that isolates, not a hardware "
    "TEE of workloads.",
}
"""What must not be read into a technology that is there, or may be."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stage, and what turns it on where it is missing or settles it where it is unknown."""

    stage: Stage
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class StageMaker:
    """Makes the stages of one technology."""

    technology: Technology
    parties: frozenset[Party]

    def present(
        self, name: StageName, says: str, *readings: Reading, excerpt: str | None = None
    ) -> Step:
        """The stage is there."""
        observation = self._known(name, says, readings, excerpt)
        return Step(Stage(name, StageState.PRESENT, says, (observation,)))

    def absent(
        self,
        name: StageName,
        says: str,
        remedy: str,
        *readings: Reading,
        excerpt: str | None = None,
    ) -> Step:
        """The stage is missing; ``remedy`` turns it on, or says that nothing does."""
        observation = self._known(name, says, readings, excerpt)
        return Step(Stage(name, StageState.ABSENT, says, (observation,)), remedy)

    def undecided(
        self,
        name: StageName,
        says: str,
        remedy: str,
        *readings: Reading,
        reason: Reason | None = None,
    ) -> Step:
        """Nobody could tell. The reason is the first reading's gap unless another is given."""
        if reason is None:
            reason = next((r.gap for r in readings if r.gap is not None), Doubt.NOT_SAID)
        remedy = settling(readings[0], remedy) if readings else remedy
        observation: Observation[object] = unknown(
            HOST, self._key(name), reason, says, remedy, *readings, parties=self.parties
        )
        return Step(Stage(name, StageState.UNKNOWN, says, (observation,)), remedy)

    def not_applicable(self, name: StageName, says: str) -> Step:
        """The technology has no such stage, or not on this machine."""
        return Step(Stage(name, StageState.NOT_APPLICABLE, says))

    def only_cpu(self, step: Step, says: str) -> tuple[Step, ...]:
        """All stages of a technology whose CPU this is not."""
        rest = (self.not_applicable(name, says) for name in ORDER if name is not StageName.CPU)
        return (step, *rest)

    def _known(
        self, name: StageName, says: str, readings: tuple[Reading, ...], excerpt: str | None
    ) -> Observation[object]:
        return known(HOST, self._key(name), says, *readings, parties=self.parties, excerpt=excerpt)

    def _key(self, name: StageName) -> str:
        return f"tee-{self.technology}-{name}"


def available(stages: tuple[Stage, ...]) -> bool | None:
    """False as soon as one stage is missing, True if none is missing or unknown, else None.

    A technology none of whose stages applies is not available.
    """
    states = {stage.state for stage in stages}
    if StageState.ABSENT in states:
        return False
    return None if StageState.UNKNOWN in states else StageState.PRESENT in states


def availability(
    technology: Technology, steps: tuple[Step, ...], *, below: str = ""
) -> TeeAvailability:
    """What the stages say together. ``below`` is added where an outer hypervisor tells the story.

    Raises:
        ValueError: a stage is missing or given twice.
    """
    by_name = {step.stage.name: step for step in steps}
    if len(by_name) != len(steps) or set(by_name) != set(ORDER):
        raise ValueError(f"{technology}: not every stage once")
    ordered = tuple(by_name[name] for name in ORDER)
    stages = tuple(step.stage for step in ordered)
    outcome = available(stages)
    worth = "" if outcome is False else _WORTH[technology.nature]
    summary = f"{_summary(ordered, outcome)} {worth}".strip()
    return TeeAvailability(technology, outcome, stages, f"{summary} {below}".strip())


def _summary(steps: tuple[Step, ...], outcome: bool | None) -> str:  # noqa: FBT001 - three-valued
    if outcome is True:
        return "Every stage is there, by this host's own word."
    wanted = StageState.ABSENT if outcome is False else StageState.UNKNOWN
    first = next((step for step in steps if step.stage.state is wanted), None)
    if first is None:
        return "No stage applies to this machine."
    lead = (_MISSING if outcome is False else _UNKNOWN)[first.stage.name]
    return f"{lead}: {first.stage.says}. {_sentence(first)}".strip()


def _sentence(step: Step) -> str:
    return f"{_capital(step.remedy)}." if step.remedy else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
