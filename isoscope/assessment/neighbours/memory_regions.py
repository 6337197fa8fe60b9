"""Memory that a guest maps from a file of the host, so that others map it too: QEMU's ivshmem,
docs/system/devices/ivshmem.rst, and ``memory-backend-file``, qapi/qom.json."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from functools import cache

from isoscope.assessment.host_paths import HostLayout
from isoscope.assessment.judgement import Judgement
from isoscope.assessment.neighbours.places import Place, place_of, places_above
from isoscope.assessment.neighbours.possessions import (
    NOTHING,
    Possessions,
    Things,
    Wording,
    in_common,
)
from isoscope.assessment.neighbours.relations import Neighbours

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where shm_open(3) makes what has no directory
_WORDS = Wording(
    lambda regions, names: f"its memory region {', '.join(regions[:3])} is also {names}'s",
    "no other tenant has a memory region of its own",
)


def shared_regions(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether it has a memory region with another tenant's. A guest has those
    that it was given, a container those that its mounts show."""
    host = neighbours.inventory.host_mounts
    layout = None if host.value is None else HostLayout(host.value)

    @cache
    def located(path: str) -> Place:
        return place_of(path, layout)

    given: dict[int, dict[Hashable, str]] = {}
    for index, workload in enumerate(neighbours.workloads):
        machine = workload.machine
        named = () if machine is None else machine.shared_memory.value or ()
        files = None if machine is None or machine.makeup is None else machine.makeup.memory_files
        named = (*named, *((files.value or ()) if files is not None else ()))
        paths = (each if each.startswith("/") else f"{_SHARED_MEMORY}/{each}" for each in named)
        given[index] = {located(path): path for path in paths}
    shown_at: dict[Place, dict[Hashable, str]] = defaultdict(dict)
    for regions in given.values():
        for path in regions.values():
            place = located(path)
            for seen_from in (place, *places_above(place)):
                shown_at[seen_from][place] = path
    return in_common(
        neighbours,
        [
            _of_machine(neighbours, index, given[index], located=layout is not None)
            if workload.own_kernel
            else _of_container(neighbours, index, shown_at)
            for index, workload in enumerate(neighbours.workloads)
        ],
        _WORDS,
    )


def _of_machine(
    neighbours: Neighbours, index: int, regions: Things, *, located: bool
) -> Possessions:
    machine = neighbours.workloads[index].machine
    if machine is None:
        return Possessions(NOTHING, (), neighbours.undescribed(index))
    said = machine.shared_memory
    if not said.known:
        return Possessions(NOTHING, (said,), said)
    files = None if machine.makeup is None else machine.makeup.memory_files
    if files is not None and not files.known:
        return Possessions(regions, (said,), files)
    unplaced = neighbours.inventory.host_mounts if regions and not located else None
    return Possessions(regions, (said,) if files is None else (said, files), unplaced)


def _of_container(
    neighbours: Neighbours, index: int, shown_at: Mapping[Place, dict[Hashable, str]]
) -> Possessions:
    mounts = neighbours.process(index).mounts
    found: list[Things] = [
        shown_at[place]
        for mount in mounts.value or ()
        if shown_at and (place := Place(mount.device, mount.root)) in shown_at
    ]
    return Possessions(_joined(found), (mounts,), None if mounts.known else mounts)


def _joined(found: Sequence[Things]) -> Things:
    if len(found) <= 1:
        return found[0] if found else NOTHING
    return {place: path for each in found for place, path in each.items()}
