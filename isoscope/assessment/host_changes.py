"""What changed of how a host is set up, between two looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation

_SETTINGS = (
    "name",
    "operating_system",
    "kernel",
    "architecture",
    "is_guest",
    "lsms",
    "selinux",
    "apparmor",
    "flaw_list",
    "vectors_off",
    "smt_active",
    "page_merging",
    "bridges_filtered",
    "memory_bytes",
    "online_cpus",
    "swap_active",
    "power_meters",
    "cache_groups",
)
"""Fields of `HostFacts` that say how the host is set up. The others tell of what is on it just now:
devices, processes, keys and places, which are others at every look."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact of the host that is another now; None where it was or is unknown."""

    key: str
    before: object
    after: object


def changed_facts(old: Inventory, new: Inventory) -> Iterable[FactChange]:
    """What of the host is set up otherwise in the newer look."""
    was, now = _said(old), _said(new)
    for key in (*now, *(key for key in was if key not in now)):
        before, after = was.get(key), now.get(key)
        if before != after:
            yield FactChange(key, before, after)


def _said(inventory: Inventory) -> dict[str, object]:
    """Known settings of the host by their key."""
    host = inventory.host
    facts: list[Observation[Any] | None] = [getattr(host, name) for name in _SETTINGS]
    shown = [fact for fact in facts if fact is not None]
    shown += [*host.kernel_settings.values(), *host.cpu_flaws.values()]
    said: dict[str, object] = {fact.key: fact.value for fact in shown if fact.value is not None}
    for tee in host.tees:
        if tee.available is not None:
            said[f"TEE {tee.technology.value}"] = "available" if tee.available else "not available"
    return said
