"""Neighbours who may send frames under another's address."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment import capabilities as caps
from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import HostFacts
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Capabilities, NamespaceKind, Workload
from tests.fakes.workloads import (
    DOCKER_DEFAULT,
    UNREAD,
    WW_C,
    WW_I,
    a_container,
    a_host,
    a_machine,
    assessed,
    finding,
    rungs,
    seen,
    undescribed,
    verdict,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
WITHOUT = replace(
    DOCKER_DEFAULT,
    effective=DOCKER_DEFAULT.effective & ~caps.mask("NET_RAW"),
    bounding=DOCKER_DEFAULT.bounding & ~caps.mask("NET_RAW"),
)
ETH0 = ("lo", "eth0")


def found(*workloads: Workload, **inventory: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    assessment = assessed(*workloads, **inventory)
    return finding(assessment, workloads[0], "neighbour-forges-addresses")


def state(*workloads: Workload, **inventory: Any) -> FindingState:  # noqa: ANN401
    return found(*workloads, **inventory).state


def attachment(
    apart: Apart = Apart.NOTHING, *, drops: bool | None = False, driver: str = "bridge"
) -> NetworkAttachment:
    return NetworkAttachment("br0", "front", driver, apart, drops)


def of(tenant: str, *attachments: NetworkAttachment, **facts: Any) -> Workload:  # noqa: ANN401
    says = {"network_mode": "front", "networks": attachments or (attachment(),)}
    return a_container(
        f"of-{tenant}", tenant=tenant, says=says, **({"network_interfaces": ETH0} | facts)
    )


def guest(tenant: str, *attachments: NetworkAttachment) -> Workload:
    return a_machine(f"guest-of-{tenant}", tenant=tenant, says={"networks": attachments})


def test_a_container_with_net_raw_on_its_bridge() -> None:
    acme, blue = of("acme", capabilities=WITHOUT), of("blue")
    shown = found(acme, blue)
    assert shown.state is PRESENT
    assert shown.others == (blue.id,)
    assert "on network front of-blue (blue) may send under its address" in shown.says
    assert found(blue, acme).state is ABSENT


@pytest.mark.parametrize("aspect", [WW_C, WW_I])
def test_lets_traces_or_attempts_through(aspect: Any) -> None:  # noqa: ANN401
    acme, blue = of("acme"), of("blue")
    assessment = assessed(acme, blue)
    assert rungs(assessment, acme, aspect) == (1, 1)
    held = assessment.standings[acme.id][aspect].needs[verdict(assessment, acme, aspect).low + 1]
    assert "neighbour-forges-addresses" in {item.id for item in held}


def test_within_one_tenant_it_is_no_finding() -> None:
    two = replace(of("acme"), id="docker:two", name="two")
    assert state(of("acme"), two) is ABSENT


def test_one_who_may_gain_net_raw_by_a_file_counts_and_one_who_gains_nothing_does_not() -> None:
    unprivileged = Capabilities(0, DOCKER_DEFAULT.bounding, 40)
    gaining = of("blue", capabilities=unprivileged, no_new_privileges=False)
    not_gaining = of("blue", capabilities=unprivileged, no_new_privileges=True)
    assert state(of("acme"), gaining) is PRESENT
    assert state(of("acme"), not_gaining) is ABSENT


def ports(**isolated: bool) -> HostFacts:
    """A host that shows which ports of the bridge are isolated."""
    return replace(a_host(), bridge_ports=seen("bridge-ports", {"br0": isolated}))


def test_firewall_rules_hold_no_frame_back() -> None:
    acme, blue = (of(tenant, attachment(Apart.FIREWALL)) for tenant in ("acme", "blue"))
    assert state(acme, blue) is PRESENT
    private = (of(tenant, attachment(Apart.PRIVATE_MODE)) for tenant in ("acme", "blue"))
    assert state(*private) is ABSENT


class TestIsolatedPorts:
    ACME = guest("acme", replace(attachment(Apart.ISOLATED_PORTS), port="vnet0"))
    BLUE = guest("blue", replace(attachment(Apart.ISOLATED_PORTS), port="vnet1"))

    def test_hold_every_frame_back_where_the_kernel_confirms_them(self) -> None:
        assert state(self.ACME, self.BLUE, host=ports(vnet0=True, vnet1=True)) is ABSENT
        assert state(self.ACME, self.BLUE) is UNKNOWN
        assert state(self.ACME, self.BLUE, host=ports(vnet0=True)) is UNKNOWN

    def test_hold_none_back_between_one_that_is_and_one_that_is_not(self) -> None:
        mixed = ports(vnet0=True, vnet1=False)
        assert state(self.ACME, self.BLUE, host=mixed) is PRESENT
        assert state(self.BLUE, self.ACME, host=mixed) is PRESENT


def test_a_guest_sends_what_it_likes_unless_its_interface_is_filtered() -> None:
    acme = guest("acme", attachment(drops=False))
    assert state(acme, guest("blue", attachment(drops=False))) is PRESENT
    assert state(acme, guest("blue", attachment(drops=True))) is ABSENT
    filtered = found(acme, guest("blue", attachment(drops=None)))
    assert filtered.state is UNKNOWN
    assert "unless that is dropped" in filtered.says
    assert state(of("acme"), guest("blue", attachment(drops=False))) is PRESENT


def test_the_worst_of_its_interfaces_on_a_network_counts() -> None:
    blue = guest("blue", attachment(drops=True), attachment(drops=None), attachment(drops=False))
    assert state(of("acme"), blue) is PRESENT
    assert state(of("acme"), guest("blue", attachment(drops=True), attachment(drops=None))) is (
        UNKNOWN
    )


def test_a_driver_that_makes_frames_itself_leaves_it_open() -> None:
    vlan = attachment(driver="ipvlan", drops=None)
    assert state(of("acme", vlan), of("blue", vlan)) is UNKNOWN


def test_a_neighbour_in_the_hosts_network_sends_into_every_bridge() -> None:
    def on_host(**facts: Any) -> Workload:  # noqa: ANN401
        return of("blue", in_host_namespace={NamespaceKind.NETWORK: True}, **facts)

    shown = found(of("acme"), on_host())
    assert shown.state is PRESENT
    assert "from the host's network" in shown.says
    assert state(of("acme"), on_host(capabilities=WITHOUT)) is ABSENT
    assert state(of("acme"), on_host(capabilities_hold_on_host=False)) is ABSENT
    assert state(of("acme"), on_host(capabilities=UNREAD)) is UNKNOWN


def test_what_is_unread_leaves_it_open() -> None:
    acme = of("acme")
    assert state(acme, of("blue", capabilities=UNREAD)) is UNKNOWN
    assert state(acme, undescribed(of("blue"))) is UNKNOWN
    assert state(undescribed(acme), of("blue")) is UNKNOWN
    assert state(acme, undescribed(of("blue", capabilities=WITHOUT))) is ABSENT
    assert state(acme, undescribed(guest("blue"))) is UNKNOWN


def test_one_of_unknown_owner_leaves_it_open_for_both() -> None:
    nobodys = replace(of("acme"), id="docker:n", name="n", attributes_unknown=UNREAD)
    assert state(of("blue"), nobodys) is UNKNOWN
    assert state(nobodys, of("blue")) is UNKNOWN


def test_alone_on_its_networks_counts_on_the_word_of_who_says_which_they_are() -> None:
    other = NetworkAttachment("br1", "back", "bridge", Apart.NOTHING, drops_forged=False)
    acme, blue = of("acme"), of("blue", other)
    assert state(acme, blue) is ABSENT
    doubting = OPERATOR.distrusting(Party.CONTAINER_ENGINE)
    assert state(acme, blue, viewpoint=doubting) is UNKNOWN
