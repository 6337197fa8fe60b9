"""Networks whose members an engine says that it keeps apart, against the rules that are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.network import Apart
from isoscope.inventory.observation import Observation
from isoscope.inventory.packet_filter import Family, Fate, fates
from isoscope.inventory.workload import Workload


def with_networks_that_differ(
    workloads: Iterable[Workload], forwarding: Forwarding | None
) -> list[Workload]:
    """The workloads with what the firewall says against what their engines say of it. Where it was
    not read, nothing is said."""

    @cache
    def let_through(bridge: str) -> tuple[Observation[object], ...]:
        return () if forwarding is None else _let_through(forwarding, bridge)

    def differing(workload: Workload) -> Iterator[Disagreement]:
        if workload.container is None:
            return
        networks = workload.container.networks
        for attachment in networks.value or ():
            if attachment.kept_apart_by is Apart.FIREWALL:
                for seen in let_through(attachment.network):
                    yield Disagreement(
                        f"network {attachment.name[:80]}",
                        "its members do not reach each other",
                        "the kernel drops nothing between them",
                        networks,
                        seen,
                    )

    return [
        replace(workload, disagreements=(*workload.disagreements, *found)) if found else workload
        for workload in workloads
        for found in [tuple(differing(workload))]
    ]


def _let_through(forwarding: Forwarding, bridge: str) -> tuple[Observation[object], ...]:
    """What shows that IPv4 between members of a bridge is not dropped; empty where it is, or where
    that is not certain."""
    bridges, meets = forwarding.bridges, forwarding.bridged[Family.IPV4]
    if bridges.value is None or bridge not in bridges.value:  # a rootless engine's is elsewhere
        return ()
    if meets.value is False:
        return (meets,)
    rules = forwarding.rules
    if not meets.value or rules.value is None or forwarding.legacy_tables[Family.IPV4].value != ():
        return ()
    passed = fates(rules.value, Family.IPV4, bridge, [bridge])[bridge] is Fate.PASSED
    return (rules,) if passed else ()
