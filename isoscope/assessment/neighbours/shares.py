"""CPUs and memory that are set apart for one tenant: ``cpuset(7)``, cgroup v2's ``memory.min``."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    failing,
    holding,
    test,
    with_others,
)
from isoscope.assessment.neighbours.relations import Group, Neighbours, Words


def reserved_shares(neighbours: Neighbours) -> list[Judgement]:
    """For each workload: whether it has CPUs on which no other tenant may run, and memory that the
    kernel does not reclaim."""
    running = _Running(Words(neighbours))
    for index in range(len(neighbours.workloads)):
        cpus = neighbours.process(index).allowed_cpus
        if cpus.value is None:
            neighbours.add(running.unread, index)
            continue
        running.said.note(index, cpus)
        if cpus.value not in running.on:
            running.on[cpus.value] = Group()
            for cpu in cpus.value:
                running.on_one[cpu].append(running.on[cpus.value])
        neighbours.add(running.on[cpus.value], index)
    found = []
    for index in range(len(neighbours.workloads)):
        protected = _protected(neighbours, index)
        if protected.holds is not False:
            dedicated = _dedicated(neighbours, index, running)
            protected = all_of(protected, dedicated, says="dedicated CPUs and protected memory")
        found.append(protected)
    return found


@dataclass(slots=True)
class _Running:
    said: Words
    on: dict[frozenset[int], Group] = field(default_factory=dict)
    """Workloads by the CPUs that they may run on."""
    on_one: dict[int, list[Group]] = field(default_factory=lambda: defaultdict(list))
    """The same groups by each of these CPUs."""
    unread: Group = field(default_factory=Group)


def _protected(neighbours: Neighbours, index: int) -> Judgement:
    return test(
        neighbours.process(index).memory_protected,
        lambda limit: bool(limit.amount),
        yes=lambda limit: f"{limit.amount or 0:.0f} bytes of its memory are protected",
        no="none of its memory is protected",
    )


def _dedicated(neighbours: Neighbours, index: int, running: _Running) -> Judgement:
    own = neighbours.process(index).allowed_cpus
    if own.value is None:
        return neighbours.unclear(own)
    possible: tuple[int, ...] = ()
    for cpu in sorted(own.value):
        for group in running.on_one[cpu]:
            others = neighbours.strangers(group, index)
            if others:
                says = f"{neighbours.names(others)} may run on its CPU {cpu}"
                seen = neighbours.process(others[0]).allowed_cpus
                return with_others(failing(says, own, seen), neighbours.ids(others))
            possible = possible or neighbours.possible_strangers(group, index)
    if possible:
        says = f"{neighbours.names(possible)} may run on its CPUs"
        return neighbours.unclear_tenant(says, possible, own)
    hidden = neighbours.hidden(running.unread, index)
    if hidden:
        return neighbours.unclear(neighbours.process(hidden[0]).allowed_cpus)
    theirs = running.said.of_others(index)
    return holding("no other tenant may run on its CPUs", neighbours.process_table, own, *theirs)
