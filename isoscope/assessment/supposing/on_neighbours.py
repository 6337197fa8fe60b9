"""What neighbours see of what is supposed of a workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from isoscope.assessment.assess import JudgedInventory
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.limits import LIMITS
from isoscope.assessment.neighbours.host_devices import shared_devices, shared_groups
from isoscope.assessment.neighbours.limits import neighbours_limits
from isoscope.assessment.neighbours.mac_labels import Labels, distinct_labels, shared_categories
from isoscope.assessment.neighbours.memory_regions import shared_regions
from isoscope.assessment.neighbours.namespaces import in_host_pid_namespace, shared_namespaces
from isoscope.assessment.neighbours.network_places import network_places
from isoscope.assessment.neighbours.networks import shared_segments
from isoscope.assessment.neighbours.relations import Neighbours
from isoscope.assessment.neighbours.routes import firewall_between
from isoscope.assessment.neighbours.survey import page_merging
from isoscope.assessment.neighbours.user_ids import host_ids
from isoscope.assessment.supposing.moved import SUPPOSED
from isoscope.assessment.vocabulary import FindingKind
from isoscope.inventory.observation import KERNEL, Evidence, Observation
from isoscope.inventory.workload import NamespaceKind, Workload

_Found = Mapping[str, Mapping[str, Judgement]]
"""By workload id, then by the id of the measure or exposure."""


def _segments(neighbours: Neighbours) -> Sequence[Judgement]:
    places = network_places(neighbours)
    return shared_segments(neighbours, places, firewall_between(neighbours, places))


ON_BOTH_SIDES: Mapping[str, Callable[[Neighbours], Sequence[Judgement]]] = {
    "shared-namespace": shared_namespaces,
    "shared-memory-region": shared_regions,
    "shared-device": shared_devices,
    "shared-iommu-group": shared_groups,
    "shared-network-segment": _segments,
    "shared-host-user-ids": lambda found: host_ids(found, Labels(found)).shared,
    "distinct-host-user-ids": lambda found: host_ids(found, Labels(found)).distinct,
    "shared-mcs-categories": lambda found: shared_categories(found, Labels(found)),
    "distinct-mac-label": lambda found: distinct_labels(found, Labels(found)),
    "same-page-merging": page_merging,
}
"""What one workload has in common with no other, no other has in common with it; and who judges
that. Storage is not among them: who may write a directory, and who only reads it, differs between
the sides; neither are routes, which may lead one way only."""

_LIMITS = frozenset({*LIMITS, "own-limits-writable"})
_SEES_ALL, _SEEN = "host-pid-namespace", "neighbour-in-host-pid-namespace"


def speaks_for(identity: str, judgement: Judgement) -> bool:
    """Whether a judgement speaks for its workload, whoever has to be believed for that."""
    wanted = CATALOGUE[identity].kind is FindingKind.MEASURE
    return not judgement.applicable or judgement.holds is wanted


def word_of(
    subject: str, identity: str, says: str, present: Sequence[Judgement]
) -> Observation[object]:
    """What is supposed, as an observation on the word of all who speak of it now, and of the
    kernel: for they are who would have to say so then."""
    parties = KERNEL.union(*(seen.parties for one in present for seen in one.observations))
    evidence = (Evidence(SUPPOSED, says, 0.0, ""),)
    return Observation(subject, identity, "supposed", None, evidence, parties)


def seen_by_neighbours(judged: JudgedInventory, own: JudgedInventory, now: _Found) -> _Found:
    """Judgements that are others now because of what is supposed of other workloads.

    Args:
        judged: without what is supposed.
        own: with it, but for what neighbours see of it.
        now: what is supposed, of the workloads of which it is.
    """
    found: dict[str, dict[str, Judgement]] = defaultdict(dict)
    for workload, identity, judgement in (
        *_shared(judged, own, now),
        *_limited(own, now),
        *_out_of_sight(own, now),
    ):
        before = own.judgements[workload][identity]
        if not speaks_for(identity, before) and _differ(before, judgement):
            found[workload][identity] = judgement
    return found


def _shared(
    judged: JudgedInventory, own: JudgedInventory, now: _Found
) -> Iterator[tuple[str, str, Judgement]]:
    """What others have in common with the rest of the host, where these workloads take no part:
    it rests on the word of who says that they do not."""
    for identity, judge in ON_BOTH_SIDES.items():
        without = frozenset(workload for workload, found in now.items() if identity in found)
        if not without:
            continue
        rest = tuple(one for one in own.inventory.workloads if one.id not in without)
        neighbours = Neighbours.of(replace(own.inventory, workloads=rest), own.claims)
        present = [judged.judgements[one][identity] for one in sorted(without)]
        word = word_of(min(without), identity, "supposed of neighbours", present)
        for one, judgement in zip(rest, judge(neighbours), strict=True):
            yield one.id, identity, _resting_on(judgement, word)


def _limited(own: JudgedInventory, now: _Found) -> Iterator[tuple[str, str, Judgement]]:
    """Whether neighbours have limits, which they may not write themselves."""
    if not any(not _LIMITS.isdisjoint(found) for found in now.values()):
        return
    neighbours = Neighbours.of(own.inventory, own.claims)
    each = [own.judgements[one.id] for one in neighbours.workloads]
    undone = [judgements["own-limits-writable"] for judgements in each]
    for identity, judgements in neighbours_limits(neighbours, each, undone).items():
        for one, judgement in zip(neighbours.workloads, judgements, strict=True):
            yield one.id, identity, judgement


def _out_of_sight(own: JudgedInventory, now: _Found) -> Iterator[tuple[str, str, Judgement]]:
    """Whether a neighbour sees all processes, where some are out of the host's namespace."""
    out = {one: found[_SEES_ALL] for one, found in now.items() if _SEES_ALL in found}
    if not out:
        return
    workloads = tuple(
        _outside(one, out[one.id]) if one.id in out else one for one in own.inventory.workloads
    )
    neighbours = Neighbours.of(replace(own.inventory, workloads=workloads), own.claims)
    present = [out[one] for one in sorted(out)]
    word = word_of(min(out), _SEEN, "supposed of neighbours", present)
    judged = in_host_pid_namespace(neighbours)
    for one, judgement in zip(workloads, judged, strict=True):
        yield one.id, _SEEN, _resting_on(judgement, word)


def _outside(workload: Workload, supposed: Judgement) -> Workload:
    """The workload outside of the host's PID namespace."""
    if workload.process is None:
        return workload
    (said,) = supposed.observations
    out: Observation[bool] = Observation(
        said.subject, said.key, False, None, said.evidence, said.parties
    )
    inside = {**workload.process.in_host_namespace, NamespaceKind.PID: out}
    return replace(workload, process=replace(workload.process, in_host_namespace=inside))


def _differ(before: Judgement, after: Judgement) -> bool:
    return (before.holds, before.applicable, before.others) != (
        after.holds,
        after.applicable,
        after.others,
    )


def _resting_on(judgement: Judgement, word: Observation[object]) -> Judgement:
    """The same judgement, resting on that word besides."""
    return replace(
        judgement,
        observations=(*judgement.observations, word),
        alternatives=tuple(way | word.parties for way in judgement.alternatives),
    )
