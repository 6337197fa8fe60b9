"""Ports of the host that engines lead into containers."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.build import build_inventory
from isoscope.inventory.network import Apart, NetworkAttachment, PublishedPort
from isoscope.inventory.observation import Unknown
from isoscope.inventory.workload import NamespaceKind, Workload
from tests.fakes.docker import URL, an_engine, described
from tests.fakes.host import FakeHost, snapshot_of
from tests.fakes.host import a_container as a_tree
from tests.fakes.host import a_host as a_host_tree
from tests.fakes.workloads import (
    UNREAD,
    a_container,
    a_machine,
    assessed,
    finding,
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
WEB = PublishedPort("", "8080", "80/tcp")
LOCAL = PublishedPort("127.0.0.1", "8081", "81/tcp")
ELSEWHERE = PublishedPort("192.0.2.7", "8082", "82/udp")


def on(network: str, tenant: str, *ports: PublishedPort, **facts: Any) -> Workload:  # noqa: ANN401
    attachment = NetworkAttachment(network, network, "bridge", Apart.NOTHING, drops_forged=False)
    says = {"network_mode": network, "networks": (attachment,), "published": ports}
    facts = {"network_interfaces": ("lo", "eth0")} | facts
    return a_container(f"of-{tenant}", tenant=tenant, says=says, **facts)


def alone(tenant: str) -> Workload:
    return a_container(f"of-{tenant}", tenant=tenant, says={"published": ()})


def found(*workloads: Workload) -> Finding:
    """The finding on the first of these workloads."""
    return finding(assessed(*workloads), workloads[0], "published-to-neighbours")


def test_a_neighbour_on_any_network_gets_to_it_by_the_host() -> None:
    shown = found(on("a", "acme", WEB), on("b", "blue"))
    assert shown.state is PRESENT
    assert "port 8080 of all addresses of the host leads to its 80/tcp" in shown.says
    assert shown.others == ("docker:of-blue",)
    assert found(on("a", "acme", ELSEWHERE), on("b", "blue")).state is PRESENT


def test_on_the_loopback_address_only_who_is_in_the_hosts_network() -> None:
    in_host = {"in_host_namespace": {NamespaceKind.NETWORK: True}}
    assert found(on("a", "acme", LOCAL), on("b", "blue")).state is ABSENT
    assert found(on("a", "acme", LOCAL), on("b", "blue", **in_host)).state is PRESENT


def test_nobody_gets_to_what_is_not_published_or_is_on_no_network() -> None:
    assert found(on("a", "acme"), on("b", "blue")).state is ABSENT
    assert found(on("a", "acme", WEB), alone("blue")).state is ABSENT
    assert found(on("a", "acme", WEB)).state is ABSENT
    assert found(on("a", "acme", WEB), replace(on("b", "acme"), id="docker:two")).state is ABSENT
    assert (
        found(a_machine("g", tenant="acme"), on("b", "blue")).state is FindingState.NOT_APPLICABLE
    )


def test_what_is_published_of_one_leads_to_all_in_its_network_namespace() -> None:
    joined = {"namespaces": {NamespaceKind.NETWORK: 4026540001}}
    own = replace(on("a", "acme", **joined), id="docker:two", name="two")
    assert found(own, on("a", "acme", WEB, **joined), on("b", "blue")).state is PRESENT


def test_what_is_unread_leaves_it_open() -> None:
    unsaid = on("a", "acme")
    unsaid = replace(
        unsaid,
        container=replace(unsaid.container, published=None),  # type: ignore[type-var]
    )
    assert found(unsaid, on("b", "blue")).state is UNKNOWN
    assert found(undescribed(on("a", "acme")), on("b", "blue")).state is UNKNOWN
    assert found(on("a", "acme", WEB), undescribed(on("b", "blue"))).state is UNKNOWN
    nobodys = replace(on("b", "blue"), attributes_unknown=UNREAD)
    assert found(on("a", "acme", WEB), nobodys).state is UNKNOWN


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ({}, ()),
        ({"81/tcp": None}, ()),
        ({"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}, (WEB,)),
        (
            {
                "80/tcp": [
                    {"HostIp": "0.0.0.0", "HostPort": "8080"},
                    {"HostIp": "::", "HostPort": "8080"},
                ],
                "81/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8081"}],
            },
            (WEB, LOCAL),
        ),
        ({"80/tcp": [{"HostPort": 1}]}, None),
        ({"80/tcp": 7}, None),
        ([], None),
    ],
)
def test_an_engine_says_them(ports: object, expected: tuple[PublishedPort, ...] | None) -> None:
    document = described(7, ports=ports)
    host = FakeHost(a_host_tree(), a_tree(7))
    inventory = build_inventory(snapshot_of(host, *an_engine(document, url=URL)))
    (workload,) = inventory.workloads
    assert workload.container is not None
    said = workload.container.published
    assert said is not None
    assert said.value == expected
    assert (said.unknown is None) is (expected is not None)
    assert isinstance(said.unknown, Unknown | None)
