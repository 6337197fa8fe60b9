"""MAC labels that workloads of different tenants have in common: ``apparmor(7)``, ``selinux(8)``.

SELinux keeps workloads of one type apart by their categories: one reaches another's objects where
its own categories hold all of theirs (the MCS constraints of the reference policy, ``mcs(8)``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from isoscope.assessment.judgement import Judgement, failing, holding, with_others
from isoscope.assessment.neighbours.relations import Group, Neighbours
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import SecurityLabel

_EVERY_CATEGORY = frozenset(range(1024))
"""Of the reference policy: c0 to c1023."""
_NONE: frozenset[int] = frozenset()


class Domain(NamedTuple):
    """What a label lets its process reach."""

    module: str
    name: str
    """SELinux: the type; else the whole label."""
    categories: frozenset[int] = _NONE


class Labels:
    """Workloads by what their labels let them reach."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._domains: dict[tuple[str, str], dict[frozenset[int], Group]] = defaultdict(dict)
        self.unconfined = Group()
        """Those that no label confines."""
        self.unread = Group()
        for index in range(len(neighbours.workloads)):
            label = self.label(index).value
            if label is None:
                neighbours.add(self.unread, index)
                continue
            if not label.enforced:
                neighbours.add(self.unconfined, index)
            module, name, categories = domain_of(label)
            group = self._domains[module, name].setdefault(categories, Group())
            neighbours.add(group, index)

    def label(self, index: int) -> Observation[SecurityLabel]:
        """The label of a workload."""
        return self._neighbours.process(index).label

    def reaching(self, label: SecurityLabel) -> Iterator[Domain]:
        """Domains of workloads whose labels let them reach what has this label."""
        module, name, _ = domain_of(label)
        least = _levels(label.categories)[0] if module == "selinux" else _NONE
        found = self._domains.get((module, name), {})
        if least in found:
            yield Domain(module, name, least)
        for categories in found:
            if categories > least:
                yield Domain(module, name, categories)

    def group(self, domain: Domain) -> Group:
        """The workloads of a domain."""
        return self._domains[domain.module, domain.name][domain.categories]


def domain_of(label: SecurityLabel) -> Domain:
    """The domain that a label is."""
    if label.module != "selinux":
        return Domain(label.module, label.label)
    parts = label.label.split(":")
    name = parts[2] if len(parts) > 2 else label.label
    return Domain("selinux", name, _levels(label.categories)[1])


def _levels(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """Categories of the low and the high level of a range like ``s0-s0:c0.c1023``; what is not
    understood is open to everybody and reaches everything."""
    low, _, high = text.partition("-")
    try:
        return _categories(low), _categories(high or low)
    except ValueError:
        return _NONE, _EVERY_CATEGORY


def _categories(level: str) -> frozenset[int]:
    found: set[int] = set()
    for part in level.partition(":")[2].split(","):
        if part:
            first, _, last = part.partition(".")
            found.update(range(_category(first), _category(last or first) + 1))
    return frozenset(found)


def _category(text: str) -> int:
    number = text.removeprefix("c")
    if not (text.startswith("c") and number.isascii() and number.isdecimal() and len(number) < 5):
        raise ValueError(f"{text!r} is no category")
    return int(number)


def shared_categories(neighbours: Neighbours, labels: Labels) -> list[Judgement]:
    """For each workload: whether SELinux lets another tenant's reach what is its own."""
    return [_shared(neighbours, index, labels) for index in range(len(neighbours.workloads))]


def _shared(neighbours: Neighbours, index: int, labels: Labels) -> Judgement:
    observation = labels.label(index)
    label = observation.value
    if label is None:
        return neighbours.unclear_unless_alone(index, observation)
    if label.module != "selinux":
        return neighbours.alone("SELinux gives it no categories", observation)
    found = _same_domain(neighbours, index, labels, label)
    return (
        found
        or _hidden(neighbours, index, labels)
        or neighbours.alone("no other tenant has its SELinux categories", observation)
    )


def _same_domain(
    neighbours: Neighbours, index: int, labels: Labels, label: SecurityLabel
) -> Judgement | None:
    """Whether another tenant's label reaches this one; None where none does."""
    observation = labels.label(index)
    possible: tuple[int, ...] = ()
    for domain in labels.reaching(label):
        group = labels.group(domain)
        others = neighbours.strangers(group, index)
        if others:
            judgement = holding(
                _says(neighbours, others, labels), observation, labels.label(others[0])
            )
            return with_others(judgement, neighbours.ids(others))
        possible = possible or neighbours.possible_strangers(group, index)
    if not possible:
        return None
    return neighbours.unclear_tenant(_says(neighbours, possible, labels), possible, observation)


def _says(neighbours: Neighbours, others: tuple[int, ...], labels: Labels) -> str:
    theirs = labels.label(others[0]).value
    return f"the label of {neighbours.names(others)} reaches it: {theirs.label if theirs else ''}"


def distinct_labels(neighbours: Neighbours, labels: Labels) -> list[Judgement]:
    """For each workload: whether its label is enforced, and no other tenant's workload is without
    one or has one that reaches it."""
    return [_distinct(neighbours, index, labels) for index in range(len(neighbours.workloads))]


def _distinct(neighbours: Neighbours, index: int, labels: Labels) -> Judgement:
    observation = labels.label(index)
    label = observation.value
    if label is None:
        return neighbours.unclear(observation)
    if not label.enforced:
        says = "no MAC label is enforced on it" + (f": {label.label}" if label.label else "")
        return failing(says, observation)
    others = neighbours.strangers(labels.unconfined, index)
    if others:
        says = f"no MAC label confines {neighbours.names(others)}"
        judgement = failing(says, observation, labels.label(others[0]))
        return with_others(judgement, neighbours.ids(others))
    same = _same_domain(neighbours, index, labels, label)
    if same is not None and same.holds:
        return with_others(failing(same.says, *same.observations), same.others)
    possible = neighbours.possible_strangers(labels.unconfined, index)
    if possible:
        says = f"no MAC label confines {neighbours.names(possible)}"
        return neighbours.unclear_tenant(says, possible, observation)
    says = f"its label {label.label} is enforced and no other tenant's"
    return (
        same
        or _hidden(neighbours, index, labels)
        or holding(says, neighbours.process_table, observation)
    )


def _hidden(neighbours: Neighbours, index: int, labels: Labels) -> Judgement | None:
    """Unknown because a neighbour's label is."""
    others = neighbours.hidden(labels.unread, index)
    return neighbours.unclear(labels.label(others[0])) if others else None
