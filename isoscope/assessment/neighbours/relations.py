"""Who is whose neighbour: an index by tenant, so that no pair of workloads is ever enumerated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from isoscope.assessment.judgement import Judgement, failing, undecided
from isoscope.assessment.kinds import UNDESCRIBED, kind_of
from isoscope.assessment.tenants import tenant_unknown
from isoscope.assessment.verdict import OTHERS_SHOWN, TenantClaim
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Evidence,
    Observation,
    Party,
    Unknown,
)
from isoscope.inventory.workload import ProcessFacts, Workload, WorkloadKind

_NAME_SHOWN = 64
"""Characters of a name in a sentence."""

Neighbourhood = Mapping[str, Judgement]
"""By the id of a measure or exposure between workloads: what holds for one workload."""


@dataclass(slots=True)
class Group:
    """Workloads that have something in common, by index and tenant."""

    by_tenant: dict[str, list[int]] = field(default_factory=dict)
    unclaimable: list[int] = field(default_factory=list)
    """Those whose tenant is not known."""
    front: _Front | None = field(default=None, repr=False)
    """Worked out when it is asked for; None again where somebody joins."""


class _Front(NamedTuple):
    """The first members of a group whose tenants are known: the strangers of all but their own."""

    members: tuple[int, ...]
    tenants: frozenset[str]


@dataclass(frozen=True)
class Neighbours:
    """The running workloads of a host with their tenants; an index is a place in ``workloads``."""

    inventory: Inventory
    workloads: Sequence[Workload]
    claims: Sequence[TenantClaim]
    everyone: Group
    process_table: Observation[bool]
    """The observation that these workloads were seen side by side; what says that a neighbour is
    not there rests on it."""
    _groups: dict[int, tuple[list[int], Group]] = field(default_factory=dict, repr=False)
    _ids: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict, repr=False)
    _names: dict[tuple[int, ...], str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, inventory: Inventory, claims: Mapping[str, TenantClaim]) -> Neighbours:
        """The neighbours of an inventory."""
        workloads = inventory.workloads
        seen = Observation(
            "host",
            "process-table",
            True,
            None,
            (Evidence("/proc", f"{len(workloads)} workloads", inventory.observed_at, ""),),
            KERNEL,
        )
        ordered = [claims[workload.id] for workload in workloads]
        found = cls(inventory, workloads, ordered, Group(), seen)
        for index in range(len(workloads)):
            found.add(found.everyone, index)
        return found

    @cached_property
    def kinds(self) -> Sequence[Observation[WorkloadKind]]:
        """The kind of each workload."""
        at = self.inventory.observed_at
        return [kind_of(workload, at) for workload in self.workloads]

    def process(self, index: int) -> ProcessFacts:
        """The processes of a workload; every one here runs."""
        process = self.workloads[index].process
        if process is None:
            raise ValueError(f"{self.workloads[index].id} does not run")
        return process

    def add(self, group: Group, index: int) -> None:
        """Puts a workload into a group."""
        claim = self.claims[index]
        group.front = None
        if tenant_unknown(claim):
            group.unclaimable.append(index)
        else:
            group.by_tenant.setdefault(claim.tenant, []).append(index)

    def group(self, indexes: Iterable[int]) -> Group:
        """A group of these workloads."""
        made = Group()
        for index in indexes:
            self.add(made, index)
        return made

    def cached_group(self, holders: list[int]) -> Group:
        """The group of a list that is asked for again and again, made once."""
        key = id(holders)
        if key not in self._groups:
            self._groups[key] = (holders, self.group(holders))
        return self._groups[key][1]

    def strangers(self, group: Group, index: int) -> tuple[int, ...]:
        """Members that certainly belong to another tenant, at most ``OTHERS_SHOWN`` of them."""
        own = self.claims[index]
        if tenant_unknown(own):
            return ()
        if group.front is None:
            members = _first(group, but=None)
            group.front = _Front(members, frozenset(self.claims[each].tenant for each in members))
        if own.tenant not in group.front.tenants:
            return group.front.members
        return _first(group, but=own.tenant)

    def possible_strangers(self, group: Group, index: int) -> tuple[int, ...]:
        """Members that may belong to another tenant, because a tenant is not known."""
        if not tenant_unknown(self.claims[index]):
            return tuple(group.unclaimable[:OTHERS_SHOWN])
        members = (
            member
            for members in (*group.by_tenant.values(), group.unclaimable)
            for member in members
            if member != index
        )
        return tuple(islice(members, OTHERS_SHOWN))

    def hidden(self, group: Group, index: int) -> tuple[int, ...]:
        """Members that belong, or may belong, to another tenant: what is unknown of them, in this
        group, leaves a workload's own judgement open."""
        return self.strangers(group, index) or self.possible_strangers(group, index)

    def for_each(self, judge: Callable[[int], Judgement]) -> list[Judgement]:
        """A judgement for each workload that depends on nothing but its tenant: made once for each
        tenant, and once for each workload whose tenant is not known."""
        made: dict[str, Judgement] = {}
        for index, claim in enumerate(self.claims):
            if claim.tenant not in made:
                made[claim.tenant] = judge(index)
        return [made[claim.tenant] for claim in self.claims]

    def has_neighbours(self, index: int) -> bool:
        """Whether any other workload belongs, or may belong, to another tenant."""
        return bool(self.hidden(self.everyone, index))

    def ids(self, indexes: tuple[int, ...]) -> tuple[str, ...]:
        """Workload ids of these indexes."""
        found = self._ids.get(indexes)
        if found is None:
            found = self._ids[indexes] = tuple(self.workloads[index].id for index in indexes)
        return found

    def names(self, indexes: tuple[int, ...]) -> str:
        """The names of some workloads with their tenants, in words."""
        found = self._names.get(indexes)
        if found is None:
            found = self._names[indexes] = self._in_words(indexes)
        return found

    def _in_words(self, indexes: tuple[int, ...]) -> str:
        shown = [
            f"{_short(self.workloads[index].name)} ({_short(self.claims[index].tenant)})"
            if self.claims[index].claimed
            else _short(self.workloads[index].name)
            for index in indexes[:3]
        ]
        more = len(indexes) - len(shown)
        at_least = "at least " if len(indexes) >= OTHERS_SHOWN else ""  # no more were looked for
        return ", ".join(shown) + (f" and {at_least}{more} more" if more > 0 else "")

    def alone(self, says: str, *observations: Observation[object]) -> Judgement:
        """Nothing of the kind is shared, on the word of the process table and of these."""
        return failing(says, self.process_table, *observations)

    def unclear_tenant(
        self, says: str, others: tuple[int, ...], *observations: Observation[object]
    ) -> Judgement:
        """Something is shared, but whether with another tenant is not known."""
        doubt = next(
            (
                self.workloads[index].attributes_unknown
                for index in others
                if self.workloads[index].attributes_unknown is not None
            ),
            None,
        )
        settled_by = doubt.settled_by if doubt else "write a tenants rule that claims it"
        return Judgement(
            None,
            says,
            observations,
            Unknown(Doubt.NOT_SAID, f"{says}; whose that is, is not known", settled_by),
            self.ids(others),
        )

    def unclear_unless_alone(self, index: int, observation: Observation[object]) -> Judgement:
        """It cannot be said because this observation is unknown, unless nobody else runs here."""
        if self.has_neighbours(index):
            return self.unclear(observation)
        return self.alone("no other tenant runs here")

    def unclear(self, observation: Observation[object]) -> Judgement:
        """It cannot be said, because this observation is unknown."""
        if observation.unknown is None:
            raise ValueError(f"{observation.key} is known")
        return undecided(observation.unknown, observation)

    def undescribed(self, index: int) -> Observation[object]:
        """That nobody says how a virtual machine is made."""
        return replace(self.kinds[index], key="machine", value=None, unknown=UNDESCRIBED)

    def unclear_of(self, theirs: Judgement, others: tuple[int, ...]) -> Judgement:
        """It cannot be said, because that is unknown of others."""
        says = f"{self.names(others)}: {theirs.says}"
        return replace(theirs, says=says, others=self.ids(others))


def _first(group: Group, *, but: str | None) -> tuple[int, ...]:
    """The first members whose tenant is known and is not this one."""
    found: list[int] = []
    for tenant, members in group.by_tenant.items():
        if tenant != but:
            found += members[: OTHERS_SHOWN - len(found)]
            if len(found) == OTHERS_SHOWN:
                break
    return tuple(found)


def _short(text: str) -> str:
    """A name as far as it is shown: whoever started the workload chose it, at any length."""
    return text if len(text) <= _NAME_SHOWN else text[: _NAME_SHOWN - 1] + "…"


@dataclass(frozen=True)
class Words:
    """Observations of each workload on which the others' verdicts rest, by whose word they are."""

    neighbours: Neighbours
    _by_parties: dict[frozenset[Party], tuple[Group, dict[int, Observation[object]]]] = field(
        default_factory=dict
    )

    def note(self, index: int, observation: Observation[object]) -> None:
        """Keeps what was said of a workload."""
        group, said = self._by_parties.setdefault(observation.parties, (Group(), {}))
        self.neighbours.add(group, index)
        said[index] = observation

    def of_others(self, index: int) -> list[Observation[object]]:
        """For each set of parties, one thing that they said of another tenant's workload."""
        return [
            said[others[0]]
            for group, said in self._by_parties.values()
            if (others := self.neighbours.hidden(group, index))
        ]
