"""What the host forwards from one of its networks to another, and what its firewall drops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.inventory.observation import Observation
from isoscope.inventory.packet_filter import Family, Ruleset


@dataclass(frozen=True, slots=True)
class Forwarding:
    """How packets get from bridge to bridge, or to another port of the same one."""

    bridges: Observation[frozenset[str]]
    """Names of the host's bridges that have ports."""
    from_bridge: Mapping[str, Observation[bool]]
    """By bridge: whether the host forwards IPv4 that comes in by it, ip-sysctl.rst, "forwarding".
    """
    ipv6: Observation[bool]
    """Whether the host forwards IPv6."""
    rules: Observation[Ruleset]
    legacy_tables: Mapping[Family, Observation[tuple[str, ...]]]
    """Tables of iptables' own kind, whose rules were not read: they may drop what these let
    through."""
    bridged: Mapping[Family, Observation[bool]]
    """Whether what crosses a bridge meets the rules: br_netfilter, ip-sysctl.rst."""
