"""Tenants: who a workload belongs to, and who says so. Design §5."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from isoscope.assessment.profile import Profile, ProfileError, profile_of
from isoscope.assessment.verdict import NOBODY, UNKNOWN, TenantClaim
from isoscope.attestation.reference_values import (
    ReferenceValues,
    ReferenceValuesError,
    reference_values_of,
)
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Workload

__all__ = [
    "NOBODY",
    "NO_RULES",
    "PATTERNS",
    "UNKNOWN",
    "FindProfile",
    "TenantRule",
    "TenantRules",
    "TenantRulesError",
    "claim",
    "claims",
    "parse_tenant_rules",
    "tenant_unknown",
]

TENANT_LABEL = "isoscope.tenant"

_STARTER = frozenset({Party.WORKLOAD, Party.CONTAINER_ENGINE})
_MANAGER = frozenset({Party.VM_MANAGER})
_KERNEL = frozenset({Party.HOST_KERNEL})


FindProfile = Callable[[str], Profile]
"""A profile by the name that a tenants file gives; raises `ProfileError` where there is none."""


class TenantRulesError(ValueError):
    """A tenants file that cannot be used; its text is one line that says what is wrong."""


@dataclass(frozen=True, slots=True)
class TenantRule:
    """Workloads that match every pattern belong to the tenant.

    Patterns are shell globs, matched with case; ``label`` patterns match label values by key.
    """

    tenant: str
    patterns: Mapping[str, str]
    labels: Mapping[str, str]
    origin: str
    """``rule 2 of tenants.toml``."""

    def matches(self, workload: Workload) -> bool | None:
        """Whether the workload matches all of it; None where what it matches on is not known."""
        unread = False
        for known, value, pattern in self._comparisons(workload):
            if not known:
                unread = True
            elif value is None or not fnmatch.fnmatchcase(value, pattern):
                return False
        return None if unread else True

    def _comparisons(self, workload: Workload) -> Iterator[tuple[bool, str | None, str]]:
        """Whether each value is known, the value, and the pattern for it."""
        described = workload.attributes_unknown is None
        for key, pattern in self.patterns.items():
            value = PATTERNS[key](workload)
            known = {"id": True, "engine": True, "cgroup": bool(value)}.get(key, described)
            yield known, value, pattern
        for key, pattern in self.labels.items():
            yield described, workload.attributes.labels.get(key), pattern

    @property
    def parties(self) -> frozenset[Party]:
        """Those on whose word it matches: what only a manager says is also its starter's word."""
        if self.labels or not self.patterns.keys() <= {"engine", "cgroup"}:
            return _STARTER
        return _KERNEL


PATTERNS: Mapping[str, Callable[[Workload], str]] = {
    "engine": lambda workload: workload.engine,
    "name": lambda workload: workload.name,
    "image": lambda workload: workload.attributes.image,
    "compose-project": lambda workload: workload.attributes.compose_project,
    "kubernetes-namespace": lambda workload: workload.attributes.kubernetes_namespace,
    "metadata-tenant": lambda workload: workload.attributes.metadata_tenant,
    "cgroup": lambda workload: workload.attributes.cgroup,
    "host-user": lambda workload: workload.attributes.rootless_user,
    "id": lambda workload: workload.id,
}


@dataclass(frozen=True, slots=True)
class TenantRules:
    """The rules of one tenants file, in order; the first that matches counts."""

    rules: tuple[TenantRule, ...] = ()
    reference_values: Mapping[str, ReferenceValues] = field(default_factory=dict)
    """What each tenant expects attestation evidence to say, by the tenant's name."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """What is required for tenants that have a profile of their own, by the tenant's name."""


NO_RULES = TenantRules()


def _no_profile(name: str) -> Profile:
    raise ProfileError(f"there is no profile {name!r}")


def parse_tenant_rules(
    text: str, name: str, find_profile: FindProfile = _no_profile
) -> TenantRules:
    """Rules from TOML: ``[[rule]]`` tables with ``tenant`` and patterns, a table
    ``reference-values.TENANT`` for each tenant that has some, and ``profile.TENANT`` for each that
    has a profile of its own: a profile's name, or the profile itself as a table.

    Patterns: ``engine``, ``name``, ``image``, ``compose-project``, ``kubernetes-namespace``,
    ``metadata-tenant``, ``cgroup``, ``host-user``, ``id``, and a table ``label`` of values by key.

    Args:
        text: the TOML document.
        name: what to call the file where a rule is quoted.
        find_profile: finds a profile that is only named.

    Raises:
        TenantRulesError: it is no TOML, or a rule says something else.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # tomllib lets both of them through
        raise TenantRulesError(f"{name}: not TOML: {error}; mend it there") from error
    rules = document.pop("rule", [])
    reference_values = _reference_values(document.pop("reference-values", {}), name)
    profiles = _profiles(document.pop("profile", {}), name, find_profile)
    if document:
        raise TenantRulesError(
            f"{name}: {next(iter(document))!r} is not known; use [[rule]], [profile] or "
            "[reference-values.TENANT.KIND]"
        )
    if not isinstance(rules, list):
        raise TenantRulesError(f"{name}: 'rule' is not a list; write [[rule]]")
    return TenantRules(
        tuple(_rule(rule, f"rule {count} of {name}") for count, rule in enumerate(rules, 1)),
        reference_values,
        profiles,
    )


def _profiles(table: object, name: str, find_profile: FindProfile) -> Mapping[str, Profile]:
    if not isinstance(table, dict):
        raise TenantRulesError(f"{name}: profile is not a table by tenant")
    found: dict[str, Profile] = {}
    for tenant, said in table.items():
        where = f"profile.{tenant}"
        if not isinstance(said, str | dict):
            raise TenantRulesError(f"{name}: {where} is neither a profile's name nor a table")
        try:
            found[tenant] = find_profile(said) if isinstance(said, str) else profile_of(said, where)
        except ProfileError as error:
            raise TenantRulesError(f"{name}: {error}") from None
    return found


def _reference_values(table: object, name: str) -> Mapping[str, ReferenceValues]:
    if not isinstance(table, dict):
        raise TenantRulesError(f"{name}: reference-values is not a table by tenant")
    found: dict[str, ReferenceValues] = {}
    for tenant, kinds in table.items():
        if not isinstance(kinds, dict):
            raise TenantRulesError(f"{name}: reference-values.{tenant} is not a table by kind")
        try:
            found[tenant] = reference_values_of(kinds, f"{name}: reference-values.{tenant}")
        except ReferenceValuesError as error:
            raise TenantRulesError(str(error)) from None
    return found


def _rule(table: object, origin: str) -> TenantRule:
    if not isinstance(table, dict):
        raise TenantRulesError(f"{origin} is not a table; write [[rule]]")
    tenant = table.get("tenant")
    if not isinstance(tenant, str) or not tenant:
        raise TenantRulesError(f"{origin} has no tenant; write tenant = 'NAME' in it")
    labels = table.get("label", {})
    patterns = {key: value for key, value in table.items() if key not in ("tenant", "label")}
    if not isinstance(labels, dict):
        raise TenantRulesError(f"{origin}: label is not a table of patterns by key")
    for key, value in (*patterns.items(), *labels.items()):
        if not isinstance(value, str):
            raise TenantRulesError(f"{origin}: the pattern of {key!r} is not text")
    for key in patterns:
        if key not in PATTERNS:
            usable = ", ".join(("tenant", "label", *PATTERNS))
            raise TenantRulesError(f"{origin}: {key!r} is not known; use {usable}")
    if not patterns and not labels:
        raise TenantRulesError(f"{origin} matches on nothing and would claim every workload")
    return TenantRule(tenant, patterns, labels, origin)


def claims(workloads: Iterable[Workload], rules: TenantRules) -> dict[str, TenantClaim]:
    """Who each workload belongs to, by its id.

    Nobody joins a tenant that is one workload of its own by claiming that workload's id as the name
    of a tenant: such a claim makes another tenant, whose name says so.
    """
    found = {workload.id: claim(workload, rules) for workload in workloads}
    alone = {each.tenant for each in found.values() if not each.claimed}
    return {
        identity: replace(each, tenant=f"{each.tenant} (by {each.claimed_by})")
        if each.claimed and each.tenant in alone
        else each
        for identity, each in found.items()
    }


def claim(workload: Workload, rules: TenantRules) -> TenantClaim:
    """Who a workload belongs to: the first that matches of the order in design §5.

    A workload whose attributes could not be read belongs to nobody knows whom: it may be any
    tenant's, until a rule or its manager says so. So does one that a rule might have claimed, had
    what the rule matches on been read.
    """
    attributes = workload.attributes
    for rule in rules.rules:
        matches = rule.matches(workload)
        if matches:
            return TenantClaim(rule.tenant, rule.origin, rule.parties)
        if matches is None:
            return TenantClaim(workload.id, UNKNOWN)
    if workload.attributes_unknown is not None:
        return TenantClaim(workload.id, UNKNOWN)
    if label := attributes.labels.get(TENANT_LABEL):
        return TenantClaim(label, f"label {TENANT_LABEL}", _STARTER)
    if attributes.metadata_tenant:
        return TenantClaim(attributes.metadata_tenant, f"libvirt metadata {TENANT_LABEL}", _MANAGER)
    if attributes.kubernetes_namespace:
        return TenantClaim(attributes.kubernetes_namespace, "Kubernetes namespace", _STARTER)
    if attributes.compose_project:
        return TenantClaim(_of_user(workload), "Compose project", _STARTER)
    if attributes.rootless_user:
        return TenantClaim(attributes.rootless_user, "the user who runs it", _KERNEL)
    return TenantClaim(workload.id, NOBODY)


def _of_user(workload: Workload) -> str:
    """A Compose project, told from those of other users: it is named after a directory, and two
    users' projects ``app`` have nothing in common."""
    attributes = workload.attributes
    if not attributes.rootless_user:
        return attributes.compose_project
    return f"{attributes.compose_project} ({attributes.rootless_user})"


def tenant_unknown(claimed: TenantClaim) -> bool:
    """Whether the workload may be any tenant's."""
    return claimed.claimed_by == UNKNOWN
