"""Bridges between which the host forwards, and members of one that its firewall keeps apart."""

import json
from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import HostFacts
from isoscope.inventory.machine.packet_filter import parse_ruleset
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.packet_filter import Ruleset
from isoscope.inventory.workload import Workload
from tests.fakes.network import a_ruleset, dockers_rules
from tests.fakes.workloads import (
    UNREAD,
    WW_C,
    a_container,
    a_forwarding,
    a_host,
    assessed,
    finding,
    rungs,
    seen,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NAMES = ("br-acme", "br-blue")


def rules(document: dict[str, Any]) -> Ruleset:
    return parse_ruleset(json.dumps(document))


OPEN, CLOSED = rules(a_ruleset({"FORWARD": []})), rules(dockers_rules(*NAMES))


def on(
    bridge: str,
    tenant: str,
    apart: Apart = Apart.NOTHING,
    name: str = "",
    **facts: Any,  # noqa: ANN401
) -> Workload:
    attachment = NetworkAttachment(bridge, bridge, "bridge", apart, drops_forged=False)
    says = {"network_mode": bridge, "networks": (attachment,)}
    facts = {"network_interfaces": ("lo", "eth0")} | facts
    return a_container(name or f"of-{tenant}", tenant=tenant, says=says, **facts)


ACME, BLUE = on("br-acme", "acme"), on("br-blue", "blue")


def host(**forwarding: Any) -> HostFacts:  # noqa: ANN401
    return replace(a_host(), forwarding=a_forwarding(*NAMES, **forwarding))


def routed(*workloads: Workload, **forwarding: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    assessment = assessed(*workloads, host=host(**forwarding))
    return finding(assessment, workloads[0], "routed-from-another-network")


def test_a_network_that_the_host_forwards_to_is_reached() -> None:
    shown = routed(ACME, BLUE, rules=OPEN)
    assert shown.state is PRESENT
    assert "forwards packets to its network from br-blue, with of-blue (blue)" in shown.says
    assert shown.others == (BLUE.id,)
    assert rungs(assessed(ACME, BLUE, host=host(rules=OPEN)), ACME, WW_C)[1] == 1


def test_rules_that_drop_keep_networks_apart() -> None:
    assert routed(ACME, BLUE, rules=CLOSED).state is ABSENT
    assert rungs(assessed(ACME, BLUE, host=host(rules=CLOSED)), ACME, WW_C)[0] >= 1


def test_where_nothing_is_forwarded_rules_need_not_be_read() -> None:
    assert routed(ACME, BLUE, ipv4=False).state is ABSENT
    assert routed(ACME, BLUE, ipv4=False, ipv6=True).state is UNKNOWN


@pytest.mark.parametrize(
    "unread",
    [
        {},
        {"rules": OPEN, "ipv4": UNREAD},
        {"rules": CLOSED, "ipv6": UNREAD},
        {"rules": OPEN, "legacy": ("filter",)},
        {"rules": OPEN, "legacy": UNREAD},
    ],
)
def test_what_is_unread_leaves_it_open(unread: dict[str, Any]) -> None:
    shown = routed(ACME, BLUE, **unread)
    assert shown.state is UNKNOWN
    assert shown.others == (BLUE.id,)


def test_without_a_look_from_the_hosts_network_it_is_open() -> None:
    nowhere = replace(a_host(), forwarding=None)
    shown = finding(assessed(ACME, BLUE, host=nowhere), ACME, "routed-from-another-network")
    assert shown.state is UNKNOWN
    alone = finding(assessed(ACME, host=nowhere), ACME, "routed-from-another-network")
    assert alone.state is ABSENT


def test_ones_own_networks_are_nobody_elses() -> None:
    two = on("br-blue", "acme", name="two")
    assert routed(ACME, two, rules=OPEN).state is ABSENT


def test_of_one_whose_owner_is_unknown_it_is_unknown() -> None:
    nobodys = replace(BLUE, attributes_unknown=UNREAD)
    assert routed(ACME, nobodys, rules=OPEN).state is UNKNOWN
    assert routed(nobodys, ACME, rules=OPEN).state is UNKNOWN
    assert routed(ACME, nobodys, rules=CLOSED).state is ABSENT


def test_a_neighbour_whose_networks_are_unknown_may_be_anywhere() -> None:
    somewhere = replace(a_container("x", tenant="grey"), container=None)
    apart = replace(somewhere.process, network_interfaces=seen("n", ("lo", "eth0")))  # type: ignore[type-var]
    somewhere = replace(somewhere, process=apart)
    assert routed(ACME, somewhere, rules=CLOSED).state is UNKNOWN


def test_what_is_no_bridge_of_the_host_is_not_forwarded_to() -> None:
    rootless = on("uid 1000 br-acme", "acme")
    assert routed(rootless, BLUE, rules=OPEN).state is ABSENT
    assert routed(on("br-gone", "acme"), BLUE, rules=OPEN).state is ABSENT


class TestMembersOfOneNetwork:
    """Of which the engine says that its rules keep them apart."""

    ONE = on("br-acme", "acme", Apart.FIREWALL)
    OTHER = on("br-acme", "blue", Apart.FIREWALL)
    APART = rules(dockers_rules(*NAMES, closed=["br-acme"]))

    def shown(self, one: Workload | None = None, **forwarding: Any) -> Finding:  # noqa: ANN401
        first = one or self.ONE
        assessment = assessed(first, self.OTHER, host=host(**forwarding))
        return finding(assessment, first, "shared-network-segment")

    def test_are_apart_where_the_kernel_has_the_rules(self) -> None:
        shown = self.shown(rules=self.APART)
        assert shown.state is ABSENT
        assert "the firewall keeps every other tenant from it" in shown.says

    def test_are_not_where_it_has_none(self) -> None:
        shown = self.shown(rules=OPEN)
        assert shown.state is PRESENT
        assert "but IPv4 is let through" in shown.says

    def test_speak_ipv6_past_rules_for_ipv4(self) -> None:
        speaks = on("br-acme", "acme", Apart.FIREWALL, speaks_ipv6=True)
        assert self.shown(speaks, rules=self.APART).state is PRESENT
        assert self.shown(speaks, rules=self.APART, bridged=UNREAD).state is UNKNOWN
        unsaid = on("br-acme", "acme", Apart.FIREWALL, speaks_ipv6=UNREAD)
        assert self.shown(unsaid, rules=self.APART).state is UNKNOWN

    def test_are_perhaps_where_that_was_not_read(self) -> None:
        assert self.shown().state is UNKNOWN
        assert self.shown(rules=OPEN, legacy=("filter",)).state is UNKNOWN
        assert self.shown(rules=self.APART, bridged=UNREAD).state is UNKNOWN
