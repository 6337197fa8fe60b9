"""Storage that workloads of different tenants share.

Two mounts meet where they are of the same file system and one's directory is the other's or lies
below it: device and root of ``/proc/PID/mountinfo``, ``proc(5)``. Disks and shared directories of
VMs are placed by the host's own mounts, so that they meet the containers' too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import NamedTuple

from isoscope.assessment.host_paths import HostLayout
from isoscope.assessment.judgement import Judgement, any_of, holding, quoting, with_others
from isoscope.assessment.neighbours.places import Place, ignored, place_of, places_above
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.assessment.verdict import OTHERS_SHOWN
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Workload

_WAYS_SHOWN = 8
"""Sets of neighbours that one judgement names, each with where it meets them."""


class _Use(NamedTuple):
    writable: bool
    where: str
    words: str
    """The mount or disk as its document words it."""
    observation: Observation[object]


_Uses = dict[Place, _Use]


@dataclass(slots=True)
class _Users:
    """Who uses a place itself, and who uses it or anything below it."""

    at: Group = field(default_factory=Group)
    at_writing: Group = field(default_factory=Group)
    below: Group = field(default_factory=Group)
    below_writing: Group = field(default_factory=Group)
    above: tuple[Place, ...] = ()
    """Places above this one that somebody uses."""


@dataclass(slots=True)
class _Storage:
    """All storage that is used, by workload and by place."""

    said: Words
    uses: list[_Uses] = field(default_factory=list)
    users: dict[Place, _Users] = field(default_factory=dict)
    unread: Group = field(default_factory=Group)
    """Workloads of which some storage is not known."""
    unread_by: dict[int, Observation[object]] = field(default_factory=dict)


class SharedStorage(NamedTuple):
    """Judgements on storage, one of each per workload."""

    writable: list[Judgement]
    """Whether another tenant may write what this workload uses."""
    readable: list[Judgement]
    """Whether another tenant may read what this workload writes."""


def shared_storage(neighbours: Neighbours) -> SharedStorage:
    """Finds shared storage through an index of places."""
    host = neighbours.inventory.host_mounts
    layout = None if host.value is None else HostLayout(host.value)
    storage = _Storage(Words(neighbours))
    for index, workload in enumerate(neighbours.workloads):
        uses, gap = _uses_of(neighbours, index, workload, layout)
        storage.uses.append(uses)
        storage.said.note(index, _word(neighbours, index, workload))
        if gap is not None:
            neighbours.add(storage.unread, index)
            storage.unread_by[index] = gap
    _index(neighbours, storage)
    everyone = range(len(neighbours.workloads))
    return SharedStorage(
        [_judge(neighbours, index, storage, writing=True) for index in everyone],
        [_judge(neighbours, index, storage, writing=False) for index in everyone],
    )


def _uses_of(
    neighbours: Neighbours, index: int, workload: Workload, layout: HostLayout | None
) -> tuple[_Uses, Observation[object] | None]:
    uses: _Uses = {}
    if workload.own_kernel:
        if workload.machine is None:
            return uses, neighbours.undescribed(index)
        disks = workload.machine.disks
        for disk in disks.value or ():
            if disk.source:
                words = f"{disk.kind} {disk.source} {'rw' if disk.writable else 'ro'}"
                use = _Use(disk.writable, disk.source, words, disks)
                _note(uses, place_of(disk.source, layout), use)
        if not disks.known:
            return uses, disks
        on_paths = any(disk.source.startswith("/") for disk in disks.value or ())
        return uses, neighbours.inventory.host_mounts if layout is None and on_paths else None
    mounts = neighbours.process(index).mounts
    for mount in mounts.value or ():
        if not ignored(mount):
            words = (
                f"{mount.device} {mount.root} {mount.mount_point} "
                f"{'rw' if mount.writable else 'ro'} - {mount.file_system}"
            )
            use = _Use(mount.writable, mount.mount_point, words, mounts)
            _note(uses, Place(mount.device, mount.root), use)
    return uses, None if mounts.known else mounts


def _note(uses: _Uses, place: Place, use: _Use) -> None:
    if place not in uses or use.writable:
        uses[place] = use


def _index(neighbours: Neighbours, storage: _Storage) -> None:
    """Who uses each place that can meet another's: most are one container's own, and are left
    out."""
    count = Counter(place for own in storage.uses for place in own)
    uppers = {
        place: tuple(upper for upper in places_above(place) if upper in count) for place in count
    }
    meeting = {upper for each in uppers.values() for upper in each}
    for place, times in count.items():
        if times > 1 or uppers[place] or place in meeting:
            storage.users[place] = _Users(above=uppers[place])
    for index, own in enumerate(storage.uses):
        below: dict[Place, bool] = {}
        for place, use in own.items():
            here = storage.users.get(place)
            if here is None:
                continue
            neighbours.add(here.at, index)
            if use.writable:
                neighbours.add(here.at_writing, index)
            for upper in (place, *here.above):
                below[upper] = below.get(upper, False) or use.writable
        for place, writes in below.items():
            neighbours.add(storage.users[place].below, index)
            if writes:
                neighbours.add(storage.users[place].below_writing, index)


def _judge(neighbours: Neighbours, index: int, storage: _Storage, *, writing: bool) -> Judgement:
    """Whether another tenant writes what this workload uses, or reads what it writes."""
    verb = "written" if writing else "read"
    unclear: Judgement | None = None
    met: dict[tuple[int, ...], list[tuple[Place, _Use]]] = {}
    for place, use in storage.uses[index].items():
        if place not in storage.users or (not writing and not use.writable):
            continue  # nothing of this workload's own is there to be met or read
        groups = list(_meeting(storage, place, writing=writing))
        others = dict.fromkeys(chain.from_iterable(neighbours.strangers(g, index) for g in groups))
        if others:
            met.setdefault(tuple(others)[:OTHERS_SHOWN], []).append((place, use))
            continue
        for group in groups:
            possible = neighbours.possible_strangers(group, index)
            if possible and unclear is None:
                says = f"its {use.where} can be {verb} by {neighbours.names(possible)}"
                own = quoting(use.observation, use.words)
                unclear = neighbours.unclear_tenant(says, possible, own)
    if met:
        shared = [
            _shared(neighbours, storage, others, places, writing=writing)
            for others, places in islice(met.items(), _WAYS_SHOWN)
        ]
        return any_of(*shared, otherwise="")
    if unclear is not None:
        return unclear
    hidden = _hidden(neighbours, index, storage)
    if hidden is not None:
        return neighbours.unclear(hidden)
    own_word = _word(neighbours, index, neighbours.workloads[index])
    theirs = storage.said.of_others(index)
    return neighbours.alone(f"its storage can be {verb} by no other tenant", own_word, *theirs)


def _shared(
    neighbours: Neighbours,
    storage: _Storage,
    others: tuple[int, ...],
    places: list[tuple[Place, _Use]],
    *,
    writing: bool,
) -> Judgement:
    """That some others meet a workload at these places, in the words of the first."""
    place, use = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    verb = "written" if writing else "read"
    says = f"its {use.where}{more} can be {verb} by {neighbours.names(others)}"
    evidence = [quoting(use.observation, use.words)]
    evidence += _quoted(storage, others[0], place, writing=writing)
    return with_others(holding(says, *evidence), neighbours.ids(others))


def _meeting(storage: _Storage, place: Place, *, writing: bool) -> Iterator[Group]:
    """Those who use a place or what is below it, and those who use a directory above it."""
    here = storage.users[place]
    yield here.below_writing if writing else here.below
    for upper in here.above:
        yield storage.users[upper].at_writing if writing else storage.users[upper].at


def _quoted(
    storage: _Storage, index: int, place: Place, *, writing: bool
) -> list[Observation[object]]:
    """A neighbour's own words for the mount that meets a place."""
    uppers = {place, *storage.users[place].above}
    return [
        quoting(use.observation, use.words)
        for theirs, use in storage.uses[index].items()
        if (use.writable or not writing)
        and theirs in storage.users
        and (theirs in uppers or place in storage.users[theirs].above)
    ][:1]


def _word(neighbours: Neighbours, index: int, workload: Workload) -> Observation[object]:
    """What says which storage a workload uses."""
    if not workload.own_kernel:
        return neighbours.process(index).mounts
    return workload.machine.disks if workload.machine is not None else neighbours.kinds[index]


def _hidden(neighbours: Neighbours, index: int, storage: _Storage) -> Observation[object] | None:
    """What keeps from saying that nothing is shared: unread mounts, its own or a neighbour's."""
    if index in storage.unread_by:
        return storage.unread_by[index] if neighbours.has_neighbours(index) else None
    others = neighbours.hidden(storage.unread, index)
    return storage.unread_by[others[0]] if others else None
