"""Tenants: who a workload belongs to, and who says so. Design §5."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isoscope.assessment.verdict import TenantClaim
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Workload

TENANT_LABEL = "isoscope.tenant"
NOBODY = "nobody"
UNKNOWN = "unknown"

_STARTER = frozenset({Party.WORKLOAD, Party.CONTAINER_ENGINE})
_MANAGER = frozenset({Party.VM_MANAGER})
_KERNEL = frozenset({Party.HOST_KERNEL})


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

    def matches(self, workload: Workload) -> bool:
        """Whether the workload matches all of it."""
        return all(
            fnmatch.fnmatchcase(_FIELDS[field](workload), pattern)
            for field, pattern in self.patterns.items()
        ) and all(
            key in workload.attributes.labels
            and fnmatch.fnmatchcase(workload.attributes.labels[key], pattern)
            for key, pattern in self.labels.items()
        )

    @property
    def needs_attributes(self) -> bool:
        """Whether it matches on what only a manager can say."""
        return bool(self.labels) or any(
            field not in ("engine", "cgroup") for field in self.patterns
        )


_FIELDS: Mapping[str, Callable[[Workload], str]] = {
    "engine": lambda workload: workload.engine,
    "name": lambda workload: workload.name,
    "image": lambda workload: workload.attributes.image,
    "compose-project": lambda workload: workload.attributes.compose_project,
    "kubernetes-namespace": lambda workload: workload.attributes.kubernetes_namespace,
    "metadata-tenant": lambda workload: workload.attributes.metadata_tenant,
    "cgroup": lambda workload: workload.attributes.cgroup,
    "host-user": lambda workload: workload.attributes.rootless_user,
}


@dataclass(frozen=True, slots=True)
class TenantRules:
    """The rules of one tenants file, in order; the first that matches counts."""

    rules: tuple[TenantRule, ...] = ()


NO_RULES = TenantRules()


def parse_tenant_rules(text: str, name: str) -> TenantRules:
    """Rules from TOML: ``[[rule]]`` tables with ``tenant`` and patterns.

    Patterns: ``engine``, ``name``, ``image``, ``compose-project``, ``kubernetes-namespace``,
    ``metadata-tenant``, ``cgroup``, ``host-user``, and a table ``label`` of values by key.

    Args:
        text: the TOML document.
        name: what to call the file where a rule is quoted.

    Raises:
        TenantRulesError: it is no TOML, or a rule says something else.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TenantRulesError(f"{name}: not TOML: {error}") from error
    rules = document.pop("rule", [])
    if document:
        raise TenantRulesError(f"{name}: {next(iter(document))!r} is not known; use [[rule]]")
    if not isinstance(rules, list):
        raise TenantRulesError(f"{name}: 'rule' is not a list; write [[rule]]")
    return TenantRules(
        tuple(_rule(rule, f"rule {count} of {name}") for count, rule in enumerate(rules, 1))
    )


def _rule(table: object, origin: str) -> TenantRule:
    if not isinstance(table, dict):
        raise TenantRulesError(f"{origin} is not a table; write [[rule]]")
    tenant = table.get("tenant")
    if not isinstance(tenant, str) or not tenant:
        raise TenantRulesError(f"{origin} has no tenant")
    labels = table.get("label", {})
    patterns = {key: value for key, value in table.items() if key not in ("tenant", "label")}
    if not isinstance(labels, dict):
        raise TenantRulesError(f"{origin}: label is not a table of patterns by key")
    for key, value in (*patterns.items(), *labels.items()):
        if not isinstance(value, str):
            raise TenantRulesError(f"{origin}: the pattern of {key!r} is not text")
    for key in patterns:
        if key not in _FIELDS:
            raise TenantRulesError(f"{origin}: {key!r} is not known; use {', '.join(_FIELDS)}")
    if not patterns and not labels:
        raise TenantRulesError(f"{origin} matches on nothing and would claim every workload")
    return TenantRule(tenant, patterns, labels, origin)


def claim(workload: Workload, rules: TenantRules) -> TenantClaim:
    """Who a workload belongs to: the first that matches of the order in design §5.

    A workload whose attributes could not be read belongs to nobody knows whom: it may be any
    tenant's, until a rule or its manager says so.
    """
    attributes = workload.attributes
    for rule in rules.rules:
        if rule.matches(workload):
            return TenantClaim(
                rule.tenant, rule.origin, _STARTER if rule.needs_attributes else _KERNEL
            )
        if workload.attributes_unknown is not None and rule.needs_attributes:
            break  # an earlier rule might have matched, had its attributes been known
    if workload.attributes_unknown is not None:
        return TenantClaim(workload.id, UNKNOWN)
    if label := attributes.labels.get(TENANT_LABEL):
        return TenantClaim(label, f"label {TENANT_LABEL}", _STARTER)
    if attributes.metadata_tenant:
        return TenantClaim(attributes.metadata_tenant, f"libvirt metadata {TENANT_LABEL}", _MANAGER)
    if attributes.kubernetes_namespace:
        return TenantClaim(attributes.kubernetes_namespace, "Kubernetes namespace", _STARTER)
    if attributes.compose_project:
        return TenantClaim(attributes.compose_project, "Compose project", _STARTER)
    if attributes.rootless_user:
        return TenantClaim(attributes.rootless_user, "user of the rootless engine", _KERNEL)
    return TenantClaim(workload.id, NOBODY)


def tenant_unknown(claimed: TenantClaim) -> bool:
    """Whether the workload may be any tenant's."""
    return claimed.claimed_by == UNKNOWN
