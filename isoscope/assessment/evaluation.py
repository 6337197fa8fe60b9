"""Where one workload stands on one ladder: low with unknowns at their worst, high at their best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    beside: tuple[Finding, ...] = ()
    """What is shown beside the ladder and decides no rung."""
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
    way = _believed_way(judgement, believed)
    if way is None:
        doubted = min(judgement.rests_on, key=len) - believed
        unknown = _not_believed(judgement.says, doubted)
        return replace(
            finding, state=FindingState.UNKNOWN, says=unknown.explanation, unknown=unknown
        )
    if not judgement.alternatives:
        return finding
    enough = tuple(item for item in judgement.observations if item.parties <= way)
    return replace(finding, observations=enough)


def speaks_against(kind: FindingKind, judgement: Judgement) -> bool:
    """Whether a judgement on a measure or exposure speaks against the workload: that counts,
    whoever is believed."""
    return (
        judgement.holds is not None
        and judgement.applicable
        and judgement.holds is not (kind is FindingKind.MEASURE)
    )


def weigh(kind: FindingKind, judgement: Judgement, believed: frozenset[Party]) -> bool | None:
    """Whether a judgement on a measure or exposure speaks for the workload, to somebody who
    believes these parties; None where that is unknown. What ``finding_of`` says, without words."""
    if speaks_against(kind, judgement):
        return False
    if judgement.applicable and judgement.holds is None:
        return None
    return None if _believed_way(judgement, believed) is None else True


def _believed_way(judgement: Judgement, believed: frozenset[Party]) -> frozenset[Party] | None:
    """The first set of parties that suffices for a judgement and is believed; None if there is
    none."""
    for parties in judgement.rests_on:
        if parties <= believed:
            return parties
    return None


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


def rungs_of(ladder: Ladder, favours: Callable[[str], bool | None]) -> tuple[int, int]:
    """The low and the high rung of a workload of which these needs are met, or not, or nobody
    knows."""
    low = high = 0
    proven = True
    for rung in ladder.rungs[1:]:
        for need in rung.needs:
            met = favours(need)
            if met is False:  # whatever else this rung and those above it need
                return low, high
            proven = proven and met is not None
        high = rung.level
        if proven:
            low = rung.level
    return low, high


def stand(ladder: Ladder, finding: Callable[[str], Finding]) -> Standing:
    """Where the findings put a workload on a ladder."""
    needs = tuple(tuple(finding(need) for need in rung.needs) for rung in ladder.rungs)
    by_id = {item.id: item for level in needs for item in level}

    def favours(need: str) -> bool | None:
        found = by_id[need]
        return None if found.state is FindingState.UNKNOWN else found.favourable

    beside = tuple(finding(identity) for identity in ladder.shown_beside)
    return Standing(ladder, needs, *rungs_of(ladder, favours), beside)


def capped(standing: Standing, through_host: Finding, from_host: Standing) -> Standing:
    """The same standing where a neighbour may take the host: then nothing protects but the
    workload's own isolation from the host."""
    low, high = cap((standing.low, standing.high), through_host, (from_host.low, from_host.high))
    return replace(standing, low=low, high=high, through_host=through_host, from_host=from_host)


def cap(own: tuple[int, int], through_host: Finding, from_host: tuple[int, int]) -> tuple[int, int]:
    """The same for the rungs alone."""
    low, high = own
    if not through_host.favourable:
        low = min(low, from_host[0])
    if through_host.state is FindingState.PRESENT:
        high = min(high, from_host[1])
    return low, high
