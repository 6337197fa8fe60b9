"""The paths that findings speak of: from a workload to the host, or from neighbours to it.

They are read off the judgements, which every finding is made from, so that only what speaks against
isolation has to be put into words: standings of all workloads would take many times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from isoscope.assessment.assess import JudgedInventory
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.crossings import CROSSINGS, Crossing
from isoscope.assessment.evaluation import finding_of, weigh
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.judgements import aside
from isoscope.assessment.ladders import LADDERS
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.through_host import through_host
from isoscope.assessment.verdict import OTHERS_SHOWN, AssessedWorkload, Finding, Verdict
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import Aspect, Direction, FindingState, Property
from isoscope.cycle_collection import paused

_WW = [Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality) for quality in Property]
_HW = [Aspect(Direction.HOST_FROM_WORKLOAD, quality) for quality in Property]


def _between_workloads() -> dict[str, dict[Aspect, int | None]]:
    """By id: the aspects that a measure or exposure between workloads bears on, with the lowest
    rung that needs it; None where it is only shown beside the ladder."""
    found: dict[str, dict[Aspect, int | None]] = {}
    for aspect in _WW:
        ladder = LADDERS[aspect]
        for identity in ladder.shown_beside:
            found.setdefault(identity, {})[aspect] = None
        for rung in reversed(ladder.rungs):
            for identity in rung.needs:
                found.setdefault(identity, {})[aspect] = rung.level
    return found


_BETWEEN = _between_workloads()


@dataclass(frozen=True, slots=True)
class Path:
    """One finding that speaks against isolation, as a way from one side to another."""

    finding: Finding
    crossing: Crossing
    aspects: tuple[Aspect, ...]
    """What it opens."""
    level: int | None
    """The lowest rung that it keeps from; None where it decides no rung."""
    below_required: bool
    """Whether it keeps from a rung that is required."""

    @property
    def to_host(self) -> bool:
        """Whether it leads from the finding's workload to the host; else it leads from the
        finding's ``others`` to its workload."""
        return self.aspects[0].direction is Direction.HOST_FROM_WORKLOAD

    @property
    def known(self) -> bool:
        """Whether it was seen; else nobody knows that it is not there."""
        return self.finding.state is not FindingState.UNKNOWN

    @property
    def cut(self) -> bool:
        """Whether it may have further other sides, which the finding does not name."""
        return len(self.finding.others) >= OTHERS_SHOWN


@paused()
def paths(
    judged: JudgedInventory, workloads: Mapping[str, AssessedWorkload], viewpoint: Viewpoint
) -> tuple[Path, ...]:
    """All paths, the worst first: those seen before those that are not known, and those that keep
    from low rungs before others.

    Args:
        judged: what was concluded from.
        workloads: what was concluded, by id.
        viewpoint: from which.
    """
    found = chain(
        _direct_paths(judged, workloads, viewpoint),
        _paths_through_host(judged, workloads),
    )
    alike: dict[tuple[bool, int], list[Path]] = {}  # few: sorting all would take much longer
    for path in found:
        alike.setdefault((not path.known, _rank(path.level)), []).append(path)
    return tuple(path for key in sorted(alike) for path in alike[key])


def _rank(level: int | None) -> int:
    return 99 if level is None else level


def _direct_paths(
    judged: JudgedInventory, workloads: Mapping[str, AssessedWorkload], viewpoint: Viewpoint
) -> Iterator[Path]:
    believed = {direction: viewpoint.believed(direction) for direction in Direction}
    for workload, own in workloads.items():
        judgements = aside(judged.judgements[workload])
        needs = [(Direction.WORKLOAD_FROM_WORKLOAD, identity) for identity in _named(judgements)]
        levels = {key: _BETWEEN[key[1]] for key in needs} | _to_host(own.verdicts)
        for (direction, identity), by_aspect in levels.items():
            judgement, declaration = judgements[identity], CATALOGUE[identity]
            if weigh(declaration.kind, judgement, believed[direction]) is not True:
                yield _path(
                    finding_of(declaration, workload, judgement, believed[direction]),
                    by_aspect,
                    own.verdicts,
                )


def _named(judgements: Mapping[str, Judgement]) -> Iterator[str]:
    """What names another side."""
    return (identity for identity in _BETWEEN if judgements[identity].others)


def _to_host(
    verdicts: Mapping[Aspect, Verdict],
) -> dict[tuple[Direction, str], dict[Aspect, int | None]]:
    """What a workload would need of the rungs above the one on which it certainly stands, up to the
    one on which it certainly does not."""
    found: dict[tuple[Direction, str], dict[Aspect, int | None]] = {}
    for aspect in _HW:
        verdict, ladder = verdicts[aspect], LADDERS[aspect]
        for level in range(verdict.low + 1, min(verdict.high + 1, ladder.top) + 1):
            for identity in ladder.rungs[level].needs:
                found.setdefault((aspect.direction, identity), {}).setdefault(aspect, level)
    return found


def _paths_through_host(
    judged: JudgedInventory, workloads: Mapping[str, AssessedWorkload]
) -> Iterator[Path]:
    """From neighbours that can take the host, to those that nothing else protects from it."""
    neighbours = Neighbours.of(judged.inventory, judged.claims)
    verdicts = [workloads[each.id].verdicts for each in neighbours.workloads]
    ranges = [{aspect: (own[aspect].low, own[aspect].high) for aspect in _HW} for own in verdicts]
    for own, by_property in zip(verdicts, through_host(neighbours, ranges), strict=True):
        alike: dict[tuple[FindingState, tuple[str, ...]], dict[Aspect, int | None]] = {}
        found: dict[tuple[FindingState, tuple[str, ...]], Finding] = {}
        for quality, finding in by_property.items():
            if not finding.favourable:
                kept = own[Aspect(Direction.WORKLOAD_FROM_HOST, quality)].low
                key = finding.state, finding.others
                found.setdefault(key, finding)
                aspect = Aspect(Direction.WORKLOAD_FROM_WORKLOAD, quality)
                alike.setdefault(key, {})[aspect] = kept + 1
        for key, levels in alike.items():
            yield _path(found[key], levels, own)


def _path(
    finding: Finding, levels: Mapping[Aspect, int | None], verdicts: Mapping[Aspect, Verdict]
) -> Path:
    required = (
        level is not None and (least := verdicts[aspect].required) is not None and level <= least
        for aspect, level in levels.items()
    )
    return Path(
        finding,
        CROSSINGS[finding.id],
        tuple(sorted(levels, key=lambda aspect: _rank(levels[aspect]))),
        min((level for level in levels.values() if level is not None), default=None),
        any(required),
    )
