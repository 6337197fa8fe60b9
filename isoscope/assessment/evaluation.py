"""Where one workload stands on one ladder: low with unknowns at their worst, high at their best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isoscope.assessment.declaration import Declaration
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.ladders import Ladder
from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingKind, FindingState
from isoscope.inventory.observation import Doubt, Party, Unknown


@dataclass(frozen=True, slots=True)
class Standing:
    """The findings that one ladder rests on for one workload, and the rungs that they give.

    ``needs[level]`` are the findings that the rung of that level needs.
    """

    ladder: Ladder
    needs: tuple[tuple[Finding, ...], ...]
    low: int
    high: int
    through_host: Finding | None = None
    """For workload from workload: whether a neighbour can take the host."""


def finding_of(
    declaration: Declaration, workload: str, judgement: Judgement, believed: frozenset[Party]
) -> Finding:
    """What a judgement means to somebody who believes these parties.

    What speaks for the workload counts only if every party that it rests on is believed; what
    speaks against it always counts. Design §4.
    """
    if not judgement.applicable:
        return Finding(
            declaration.id,
            declaration.kind,
            workload,
            FindingState.NOT_APPLICABLE,
            judgement.says,
        )
    state, unknown = _state(judgement), judgement.unknown
    for_it = (
        FindingState.PRESENT if declaration.kind is FindingKind.MEASURE else FindingState.ABSENT
    )
    if state is for_it:
        doubted = frozenset().union(*(o.parties for o in judgement.observations)) - believed
        if doubted:
            state = FindingState.UNKNOWN
            unknown = _not_believed(judgement.says, doubted)
    return Finding(
        declaration.id,
        declaration.kind,
        workload,
        state,
        judgement.says,
        judgement.observations,
        judgement.others,
        unknown,
    )


def _state(judgement: Judgement) -> FindingState:
    if judgement.holds is None:
        return FindingState.UNKNOWN
    return FindingState.PRESENT if judgement.holds else FindingState.ABSENT


def _not_believed(says: str, doubted: frozenset[Party]) -> Unknown:
    names = ", ".join(party for party in Party if party in doubted)
    return Unknown(
        Doubt.NOT_BELIEVED,
        f"{says}, but only on the word of {names}",
        "evidence that does not rest on their word: a report signed by the CPU, a TPM quote",
    )


def stand(ladder: Ladder, finding: Callable[[str], Finding]) -> Standing:
    """Where the findings put a workload on a ladder."""
    needs = tuple(tuple(finding(need) for need in rung.needs) for rung in ladder.rungs)
    low = high = 0
    for level, findings in enumerate(needs):
        if low == level - 1 and all(item.favourable for item in findings):
            low = level
        if high == level - 1 and all(
            item.favourable or item.state is FindingState.UNKNOWN for item in findings
        ):
            high = level
    return Standing(ladder, needs, low, high)


def capped(standing: Standing, through_host: Finding, own_low: int, own_high: int) -> Standing:
    """The same standing where a neighbour may take the host: then nothing protects but the
    workload's own isolation from the host, ``own_low`` to ``own_high``."""
    low, high = standing.low, standing.high
    if not through_host.favourable:
        low = min(low, own_low)
    if through_host.state is FindingState.PRESENT:
        high = min(high, own_high)
    return Standing(standing.ladder, standing.needs, low, max(low, high), through_host)
