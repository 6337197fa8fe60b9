"""Where one workload stands on one ladder: low with unknowns at their worst, high at their best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from isoscope.assessment.declaration import Declaration
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.ladders import Ladder
from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
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
    from_host: Standing | None = None
    """Where its own isolation from the host stands, which protects it even then."""

    @property
    def host_low(self) -> int:
        """The rung up to which its own isolation from the host protects it."""
        return 0 if self.from_host is None else self.from_host.low

    @property
    def bound_by_host(self) -> bool:
        """Whether it can stand no higher than ``host_low``, because a neighbour may take the
        host."""
        return self.through_host is not None and not self.through_host.favourable


def finding_of(
    declaration: Declaration, workload: str, judgement: Judgement, believed: frozenset[Party]
) -> Finding:
    """What a judgement means to somebody who believes these parties.

    What speaks for the workload counts only if every party that it rests on is believed, and that
    something does not apply to it speaks for it too; what speaks against it always counts.
    Design §4.
    """
    finding = Finding(
        declaration.id,
        declaration.kind,
        workload,
        _state(judgement),
        judgement.says,
        judgement.observations,
        judgement.others,
        judgement.unknown,
    )
    if not finding.favourable:
        return finding
    ways = judgement.rests_on
    way = next((parties for parties in ways if parties <= believed), None)
    if way is None:
        unknown = _not_believed(judgement.says, min(ways, key=len) - believed)
        return replace(
            finding, state=FindingState.UNKNOWN, says=unknown.explanation, unknown=unknown
        )
    if len(ways) == 1:
        return finding
    enough = tuple(item for item in judgement.observations if item.parties <= way)
    return replace(finding, observations=enough)


def _state(judgement: Judgement) -> FindingState:
    if not judgement.applicable:
        return FindingState.NOT_APPLICABLE
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
    for level, findings in enumerate(needs[1:], start=1):
        against = [item for item in findings if not item.favourable]
        if any(item.state is not FindingState.UNKNOWN for item in against):
            break
        high = level
        if low == level - 1 and not against:
            low = level
    return Standing(ladder, needs, low, high)


def capped(standing: Standing, through_host: Finding, from_host: Standing) -> Standing:
    """The same standing where a neighbour may take the host: then nothing protects but the
    workload's own isolation from the host."""
    low, high = standing.low, standing.high
    if not through_host.favourable:
        low = min(low, from_host.low)
    if through_host.state is FindingState.PRESENT:
        high = min(high, from_host.high)
    return replace(standing, low=low, high=high, through_host=through_host, from_host=from_host)
