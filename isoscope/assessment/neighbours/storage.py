"""Storage that workloads of different tenants share.

Two mounts meet where they are of the same file system and one's directory is the other's or lies
below it: device and root of ``/proc/PID/mountinfo``, ``proc(5)``. Disks of VMs meet by their path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from isoscope.assessment.judgement import Judgement, quoting, settled
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import Mount

_KERNEL_VIEWS = frozenset(
    {
        "proc",
        "sysfs",
        "cgroup",
        "cgroup2",
        "devpts",
        "mqueue",
        "securityfs",
        "debugfs",
        "tracefs",
        "bpf",
        "nsfs",
        "binfmt_misc",
        "configfs",
        "fusectl",
        "fuse.lxcfs",
    }
)
"""File systems that show the kernel's own state; sharing them is judged by namespaces."""

_HARMLESS_DEVICES = frozenset({"/null", "/zero", "/full", "/random", "/urandom", "/tty"})


class _Place(NamedTuple):
    device: str
    root: str


class _Use(NamedTuple):
    writable: bool
    words: str
    """The mount or disk as its document words it."""
    observation: Observation[object]


@dataclass(slots=True)
class _Users:
    """Who uses a place itself, and who uses it or anything below it."""

    at: Group = field(default_factory=Group)
    at_writing: Group = field(default_factory=Group)
    below: Group = field(default_factory=Group)
    below_writing: Group = field(default_factory=Group)


@dataclass(frozen=True)
class SharedStorage:
    """Judgements on storage, one of each per workload."""

    writable: list[Judgement]
    """Whether another tenant may write what this workload uses."""
    readable: list[Judgement]
    """Whether another tenant may read what this workload writes."""


def shared_storage(neighbours: Neighbours) -> SharedStorage:
    """Finds shared storage through an index of places."""
    uses: list[dict[_Place, _Use]] = []
    unread = Group()
    unread_by: dict[int, Observation[object]] = {}
    for index in range(len(neighbours.workloads)):
        found, gap = _uses_of(neighbours, index)
        uses.append(found)
        if gap is not None:
            neighbours.add(unread, index)
            unread_by[index] = gap
    users = _index(neighbours, uses)
    writable, readable = [], []
    for index, own in enumerate(uses):
        hidden = _hidden(neighbours, index, unread, unread_by)
        writable.append(_judge(neighbours, index, own, users, hidden, writing=True))
        readable.append(_judge(neighbours, index, own, users, hidden, writing=False))
    return SharedStorage(writable, readable)


def _uses_of(
    neighbours: Neighbours, index: int
) -> tuple[dict[_Place, _Use], Observation[object] | None]:
    workload = neighbours.workloads[index]
    uses: dict[_Place, _Use] = {}
    if workload.own_kernel:
        disks = None if workload.machine is None else workload.machine.disks
        if disks is None:
            return uses, None
        if disks.value is None:
            return uses, disks
        for disk in disks.value:
            if disk.source.startswith("/"):
                words = f"{disk.kind} {disk.source} {'rw' if disk.writable else 'ro'}"
                _note(uses, _Place("disk", disk.source), _Use(disk.writable, words, disks))
        return uses, None
    mounts = neighbours.process(index).mounts
    if mounts.value is None:
        return uses, mounts
    for mount in mounts.value:
        if mount.mount_point != "/" and not _ignored(mount):
            words = (
                f"{mount.device} {mount.root} {mount.mount_point} "
                f"{'rw' if mount.writable else 'ro'} - {mount.file_system}"
            )
            _note(uses, _Place(mount.device, mount.root), _Use(mount.writable, words, mounts))
    return uses, None


def _ignored(mount: Mount) -> bool:
    if mount.file_system in _KERNEL_VIEWS:
        return True
    return mount.file_system == "devtmpfs" and mount.root in _HARMLESS_DEVICES


def _note(uses: dict[_Place, _Use], place: _Place, use: _Use) -> None:
    if place not in uses or use.writable:
        uses[place] = use


def _index(neighbours: Neighbours, uses: list[dict[_Place, _Use]]) -> dict[_Place, _Users]:
    users: dict[_Place, _Users] = defaultdict(_Users)
    for own in uses:
        for place in own:
            users[place]
    for index, own in enumerate(uses):
        below: dict[_Place, bool] = {}
        for place, use in own.items():
            here = users[place]
            neighbours.add(here.at, index)
            if use.writable:
                neighbours.add(here.at_writing, index)
            for above in (place, *_above(place)):
                if above in users:
                    below[above] = below.get(above, False) or use.writable
        for place, writes in below.items():
            neighbours.add(users[place].below, index)
            if writes:
                neighbours.add(users[place].below_writing, index)
    return users


def _above(place: _Place) -> Iterator[_Place]:
    if place.device == "disk":
        return
    root = place.root
    while root != "/":
        root = root.rpartition("/")[0] or "/"
        yield _Place(place.device, root)


def _hidden(
    neighbours: Neighbours,
    index: int,
    unread: Group,
    unread_by: dict[int, Observation[object]],
) -> Observation[object] | None:
    """What keeps from saying that nothing is shared: unread mounts, its own or a neighbour's."""
    if index in unread_by:
        return unread_by[index] if neighbours.has_neighbours(index) else None
    others = neighbours.strangers(unread, index) or neighbours.possible_strangers(unread, index)
    return unread_by[others[0]] if others else None


def _judge(
    neighbours: Neighbours,
    index: int,
    own: dict[_Place, _Use],
    users: dict[_Place, _Users],
    hidden: Observation[object] | None,
    *,
    writing: bool,
) -> Judgement:
    verb = "writes" if writing else "reads"
    unclear: Judgement | None = None
    for place, use in own.items():
        if not writing and not use.writable:
            continue  # nothing of this workload's own is there to be read
        groups = [users[place].below_writing if writing else users[place].below]
        groups += [
            users[above].at_writing if writing else users[above].at
            for above in _above(place)
            if above in users
        ]
        for group in groups:
            others = neighbours.strangers(group, index)
            if others:
                says = f"{neighbours.names(others)} {verb} its {_where(use)}"
                theirs = neighbours.workloads[others[0]]
                evidence = [quoting(use.observation, use.words)]
                if theirs.process is not None and not theirs.own_kernel:
                    evidence.append(theirs.process.mounts)
                return replace(settled(True, says, *evidence), others=neighbours.ids(others))
            possible = neighbours.possible_strangers(group, index)
            if possible and unclear is None:
                says = f"{neighbours.names(possible)} {verb} its {_where(use)}"
                unclear = neighbours.unclear_tenant(
                    says, possible, quoting(use.observation, use.words)
                )
    if unclear is not None:
        return unclear
    if hidden is not None:
        return neighbours.unclear(hidden)
    return neighbours.alone(f"no other tenant {verb} its storage")


def _where(use: _Use) -> str:
    return use.words.split(" ")[2 if use.words[0].isdigit() else 1]
