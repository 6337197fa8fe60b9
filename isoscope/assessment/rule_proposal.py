"""Rules that put chosen workloads in a tenant: the narrowest that makes sense comes first.

What a rule can match on is the word of whoever started the workload, but for the cgroup; whoever
takes a proposal over sees with it which further workloads it would claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from isoscope.assessment.tenants import (
    PATTERNS,
    TENANT_LABEL,
    TenantRule,
    TenantRules,
    claim,
    tenant_unknown,
)
from isoscope.assessment.tenants_text import rule_text
from isoscope.assessment.verdict import TenantClaim
from isoscope.inventory.workload import Workload

LONGEST = 256
"""Characters of a value that a rule is made of at most; an id may be longer."""
MOST_LABELS = 20
MOST_ONE_BY_ONE = 200
"""How many workloads are named one by one at most."""
LEAST_PREFIX = 3
"""Characters that names have to begin with alike, where no separator ends their beginning."""

# Of what made a workload, and differing or the same for reasons that are no tenant's.
_DESCRIPTIVE = (
    "com.docker.",
    "io.buildah.",
    "io.containers.",
    "io.kubernetes.",
    "io.podman.",
    "maintainer",
    "org.label-schema.",
    "org.opencontainers.",
    TENANT_LABEL,  # claims by itself
)
_SHARED = {
    "compose-project": "Compose project",
    "kubernetes-namespace": "Kubernetes namespace",
    "metadata-tenant": f"libvirt metadata {TENANT_LABEL}",
    "host-user": "host user",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to put the chosen workloads in a tenant."""

    rules: tuple[TenantRule, ...]
    matches_on: str
    """In words, with what the host says in them: ``label team = acme``."""
    also: tuple[str, ...]
    """Ids of further workloads that would come to the tenant."""
    unsettled: tuple[str, ...]
    """Ids of workloads whose tenant would no longer be known, since what the rule matches on was
    not read of them."""

    @property
    def exact(self) -> bool:
        """Whether it changes nothing for any other workload."""
        return not self.also and not self.unsettled


@dataclass(frozen=True, slots=True)
class Proposals:
    """Every way, the best first; none where nothing is known that a rule could match on."""

    place: int
    """How many rules of the file stay before the new ones: as many as leave the chosen alone."""
    ways: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    rules: tuple[TenantRule, ...]
    matches_on: str
    matches: Callable[[Workload], bool | None]


def propose(
    workloads: Sequence[Workload], chosen: frozenset[str], tenant: str, rules: TenantRules
) -> Proposals:
    """Rules that put workloads in a tenant.

    Args:
        workloads: all of the host.
        chosen: ids of those that are to be the tenant's.
        tenant: its name.
        rules: those that there are.
    """
    wanted = [workload for workload in workloads if workload.id in chosen]
    place = _place(wanted, rules)
    if not wanted:
        return Proposals(place, ())
    others = [workload for workload in workloads if workload.id not in chosen]
    now = _Now(rules, place)
    ways = []
    for candidate in _candidates(wanted, tenant):
        if not _can_be_written(candidate.rules):
            continue
        if not all(candidate.matches(workload) for workload in wanted):
            continue
        also, unsettled = _claimed_too(candidate, others, tenant, now)
        ways.append(Proposal(candidate.rules, candidate.matches_on, also, unsettled))
    return Proposals(place, tuple(sorted(ways, key=lambda way: not way.exact)))


def _place(wanted: Sequence[Workload], rules: TenantRules) -> int:
    """As late as it can be: before the first rule that claims, or may claim, one of them."""
    for place, rule in enumerate(rules.rules):
        if any(rule.matches(workload) is not False for workload in wanted):
            return place
    return len(rules.rules)


class _Now:
    """Who owns what now, worked out once for each workload that a candidate matches."""

    def __init__(self, rules: TenantRules, place: int) -> None:
        self._rules = rules
        self._before = rules.rules[:place]
        self._known: dict[str, TenantClaim | None] = {}

    def claim_after(self, workload: Workload) -> TenantClaim | None:
        """The claim that a rule in that place would change; None where an earlier one decides."""
        if workload.id not in self._known:
            decided = any(rule.matches(workload) is not False for rule in self._before)
            self._known[workload.id] = None if decided else claim(workload, self._rules)
        return self._known[workload.id]


def _claimed_too(
    candidate: _Candidate, others: Sequence[Workload], tenant: str, now: _Now
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    also, unsettled = [], []
    for workload in others:
        matches = candidate.matches(workload)
        found = None if matches is False else now.claim_after(workload)
        if found is None:
            continue
        if matches and not (found.claimed and found.tenant == tenant):
            also.append(workload.id)
        elif matches is None and not tenant_unknown(found):
            unsettled.append(workload.id)
    return tuple(also), tuple(unsettled)


def _can_be_written(rules: Sequence[TenantRule]) -> bool:
    try:
        for rule in rules:
            rule_text(rule)
    except ValueError:
        return False
    return True


def _candidates(wanted: Sequence[Workload], tenant: str) -> Iterator[_Candidate]:
    def one(words: str, patterns: Mapping[str, str], labels: Mapping[str, str]) -> _Candidate:
        rule = TenantRule(tenant, patterns, labels, "the new rule")
        return _Candidate((rule,), words, rule.matches)

    first = wanted[0]
    if len(wanted) == 1 and 0 < len(first.name) <= LONGEST:
        name = literal(first.name)
        yield one(f"name {first.name}", {"name": name}, {})
        engine = {"engine": literal(first.engine), "name": name}
        yield one(f"name {first.name}, engine {first.engine}", engine, {})
    for key, value in _shared_labels(wanted):
        yield one(f"label {key} = {value}", {}, {key: literal(value)})
    for field, words in _SHARED.items():
        if value := _shared(wanted, PATTERNS[field]):
            yield one(f"{words} {value}", {field: literal(value)}, {})
    if beginning := _beginning(wanted):
        yield one(f"names that begin with {beginning}", {"name": f"{literal(beginning)}*"}, {})
    if image := _shared(wanted, PATTERNS["image"]):
        yield one(f"image {image}", {"image": literal(image)}, {})
    if below := _cgroup_above(wanted):
        yield one(f"cgroups below {below}", {"cgroup": f"{literal(below)}/*"}, {})
    if len(wanted) == 1 and first.attributes.cgroup:
        cgroup = first.attributes.cgroup
        yield one(f"cgroup {cgroup}", {"cgroup": literal(cgroup)}, {})
    if len(wanted) <= MOST_ONE_BY_ONE:
        yield from _one_by_one(wanted, tenant)


def _one_by_one(wanted: Sequence[Workload], tenant: str) -> Iterator[_Candidate]:
    def each(field: str, values: Sequence[str]) -> tuple[TenantRule, ...]:
        return tuple(
            TenantRule(tenant, {field: literal(value)}, {}, "the new rule")
            for value in dict.fromkeys(values)
        )

    names = [workload.name for workload in wanted]
    if len(wanted) > 1 and all(0 < len(name) <= LONGEST for name in names):
        rules = each("name", names)
        yield _Candidate(rules, "names, one by one", _any_of(rules, "name", frozenset(names)))
    ids = [workload.id for workload in wanted]
    rules = each("id", ids)
    words = "id" if len(wanted) == 1 else "ids, one by one"
    yield _Candidate(
        rules,
        f"{words}: not what is made anew in their place",
        _any_of(rules, "id", frozenset(ids)),
    )


def _any_of(
    rules: tuple[TenantRule, ...], field: str, values: frozenset[str]
) -> Callable[[Workload], bool | None]:
    """Whether one of many exact rules matches, without asking each: all know the same."""

    def matches(workload: Workload) -> bool | None:
        if PATTERNS[field](workload) in values:
            return rules[0].matches(workload) is not None or None
        return rules[0].matches(workload)

    return matches


def literal(value: str) -> str:
    """A pattern that matches this value: half a surrogate pair as any character, for TOML cannot
    hold it."""
    return re.sub("[\ud800-\udfff]", "?", re.sub(r"([*?[])", r"[\1]", value))


def _shared(wanted: Sequence[Workload], read: Callable[[Workload], str]) -> str:
    """The value that all have; empty where they differ, or it is too long for a rule."""
    value = read(wanted[0])
    if len(value) > LONGEST or any(read(workload) != value for workload in wanted):
        return ""
    return value


def _shared_labels(wanted: Sequence[Workload]) -> list[tuple[str, str]]:
    shared = sorted(
        (key, value)
        for key, value in wanted[0].attributes.labels.items()
        if value
        and len(key) + len(value) <= LONGEST
        and not key.startswith(_DESCRIPTIVE)
        and all(other.attributes.labels.get(key) == value for other in wanted)
    )
    return shared[:MOST_LABELS]


def _beginning(wanted: Sequence[Workload]) -> str:
    """What the names of several begin with, up to a separator where one is in it."""
    if len(wanted) == 1:
        return ""
    names = [workload.name[:LONGEST] for workload in wanted]
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    shared = "".join(letters[0] for letters in alike)
    separated = re.match(r".*[-_./:]", shared, re.DOTALL)
    if separated and len(separated[0]) > 1:
        return separated[0]
    return shared if len(shared) >= LEAST_PREFIX else ""


def _cgroup_above(wanted: Sequence[Workload]) -> str:
    """The cgroup that the cgroups of several lie in, if it is not one of the topmost."""
    if len(wanted) == 1:
        return ""
    paths = [workload.attributes.cgroup[:4096].split("/")[:-1] for workload in wanted]
    alike = takewhile(lambda parts: len(set(parts)) == 1, zip(*paths, strict=False))
    shared = [parts[0] for parts in alike]
    return "/".join(shared) if len(shared) > 2 else ""
