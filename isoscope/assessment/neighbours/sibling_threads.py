"""Cores of the CPU on which a neighbour may run beside a workload at the same time: cpuset(7),
Documentation/admin-guide/hw-vuln/core-scheduling.rst."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from isoscope.assessment.judgement import Judgement, failing, holding, undecided, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words
from isoscope.inventory.observation import Doubt, Observation, Unknown

_NOT_LOOKED = Unknown(
    Doubt.NOT_SAID, "nobody looked which CPUs are threads of one core", "scan again"
)
_Threads = frozenset[int]
_Siblings = Mapping[int, _Threads]


@dataclass(slots=True)
class _Index:
    said: Words
    on: dict[_Threads, Group] = field(default_factory=dict)
    """Workloads by the CPUs that they may run on."""
    on_core: dict[_Threads, dict[_Threads, list[Group]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    """The same groups by core, and by the threads of it that they may run on."""
    with_cookie: dict[int, Group] = field(default_factory=lambda: defaultdict(Group))
    cookie_unread: Group = field(default_factory=Group)
    unread: Group = field(default_factory=Group)
    beside: dict[tuple[_Threads, str], tuple[tuple[int, ...], tuple[int, ...]]] = field(
        default_factory=dict
    )
    """By CPUs and tenant: who certainly, and who possibly, runs beside."""


def siblings_apart(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether no other tenant's runs on another thread of a core on which it
    runs itself, at the same time."""
    cores = neighbours.inventory.host.cores
    count = len(neighbours.workloads)
    if cores is None or cores.value is None:
        doubt = _NOT_LOOKED if cores is None else cores.doubt
        observed = () if cores is None else (cores,)
        return neighbours.for_each(
            lambda index: (
                undecided(doubt, *observed)
                if neighbours.has_neighbours(index)
                else holding("no other tenant runs here", neighbours.process_table)
            )
        )
    if all(len(threads) == 1 for threads in cores.value.values()):
        alone = holding("one thread of each core runs", cores)
        return [alone] * count
    index = _filled(neighbours, cores.value)
    return [_judge(neighbours, place, cores, cores.value, index) for place in range(count)]


def _filled(neighbours: Neighbours, cores: _Siblings) -> _Index:
    index = _Index(Words(neighbours))
    for place in range(len(neighbours.workloads)):
        process = neighbours.process(place)
        cookies = process.core_cookies
        if cookies is None or cookies.value is None:
            neighbours.add(index.cookie_unread, place)
        else:
            for cookie in cookies.value:
                neighbours.add(index.with_cookie[cookie], place)
        cpus = process.allowed_cpus
        if cpus.value is None:
            neighbours.add(index.unread, place)
            continue
        index.said.note(place, cpus)
        if cpus.value not in index.on:
            group = index.on[cpus.value] = Group()
            for core, threads in _cores_of(cpus.value, cores):
                index.on_core[core][threads].append(group)
        neighbours.add(index.on[cpus.value], place)
    return index


def _cores_of(cpus: _Threads, cores: _Siblings) -> Iterator[tuple[_Threads, _Threads]]:
    """Each core that some CPUs belong to, and which of its threads they are."""
    for core in {cores.get(cpu, frozenset({cpu})) for cpu in cpus}:
        yield core, core & cpus


def _judge(
    neighbours: Neighbours,
    place: int,
    cores: Observation[_Siblings],
    siblings: _Siblings,
    index: _Index,
) -> Judgement:
    own = neighbours.process(place).allowed_cpus
    if own.value is None:
        if not neighbours.has_neighbours(place):
            return holding("no other tenant runs here", neighbours.process_table)
        return neighbours.unclear(own)
    key = own.value, neighbours.claims[place].tenant
    if key not in index.beside:
        index.beside[key] = _beside(neighbours, place, own.value, siblings, index)
    others, possible = index.beside[key]
    hidden = neighbours.hidden(index.unread, place)
    if others or possible or hidden:
        kept = _by_cookies(neighbours, place, index)
        if kept is not None and kept.holds:
            return kept
        if others:
            if kept is not None:
                return with_others(kept, neighbours.ids(others))
            says = f"{neighbours.names(others)} may run on a thread beside it, on one core"
            theirs = neighbours.process(others[0]).allowed_cpus
            return with_others(failing(says, cores, own, theirs), neighbours.ids(others))
        if possible:
            says = f"{neighbours.names(possible)} may run on a thread beside it, on one core"
            return neighbours.unclear_tenant(says, possible, own)
        return neighbours.unclear(neighbours.process(hidden[0]).allowed_cpus)
    theirs_too = index.said.of_others(place)
    says = "no other tenant may run on a thread beside it"
    return holding(says, neighbours.process_table, cores, own, *theirs_too)


def _beside(
    neighbours: Neighbours, place: int, cpus: _Threads, siblings: _Siblings, index: _Index
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    possible: tuple[int, ...] = ()
    for core, threads in _cores_of(cpus, siblings):
        for their_threads, groups in index.on_core[core].items():
            if len(threads | their_threads) < 2:
                continue  # on one thread they take turns
            for group in groups:
                others = neighbours.strangers(group, place)
                if others:
                    return others, ()
                possible = possible or neighbours.possible_strangers(group, place)
    return (), possible


def _by_cookies(neighbours: Neighbours, place: int, index: _Index) -> Judgement | None:
    """Whether core scheduling keeps all others from its cores; None where it does not, and unknown
    where that depends on cookies that were not read."""
    own = neighbours.process(place).core_cookies
    if own is None:
        return undecided(_NOT_LOOKED)
    if own.value is None:
        return undecided(own.doubt, own)
    if 0 in own.value:
        return None
    for cookie in own.value:
        if neighbours.hidden(index.with_cookie[cookie], place):
            return None
    unread = neighbours.hidden(index.cookie_unread, place)
    if unread:
        theirs = neighbours.process(unread[0]).core_cookies
        return undecided(_NOT_LOOKED) if theirs is None else undecided(theirs.doubt, theirs)
    return holding("core scheduling lets no other tenant run beside it", own)
