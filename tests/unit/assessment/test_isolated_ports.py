"""Members of one bridge whose ports are isolated, or are said to be."""

from dataclasses import replace

from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import HostFacts
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.workload import Workload
from tests.fakes.workloads import (
    UNREAD,
    WW_C,
    a_container,
    a_host,
    a_machine,
    assessed,
    finding,
    rungs,
    seen,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
ISOLATED, NOTHING = Apart.ISOLATED_PORTS, Apart.NOTHING


def guest(tenant: str, port: str, apart: Apart = ISOLATED, **more: object) -> Workload:
    """A guest on the bridge; what else is said of it may hide its tenant."""
    attachment = NetworkAttachment("br0", "lan", "bridge", apart, drops_forged=True, port=port)
    made = a_machine(f"guest-of-{tenant}", tenant=tenant, says={"networks": (attachment,)})
    return replace(made, **more)  # type: ignore[arg-type]


def container(tenant: str) -> Workload:
    attachment = NetworkAttachment("br0", "lan", "bridge", NOTHING, drops_forged=False)
    says = {"network_mode": "lan", "networks": (attachment,)}
    return a_container(f"of-{tenant}", tenant=tenant, says=says, network_interfaces=("lo", "eth0"))


def host(**isolated: bool) -> HostFacts:
    return replace(a_host(), bridge_ports=seen("bridge-ports", {"br0": isolated}))


def found(*workloads: Workload, on: HostFacts | None = None) -> Finding:
    """The finding on the first of these workloads."""
    assessment = assessed(*workloads, host=on)
    return finding(assessment, workloads[0], "shared-network-segment")


ACME, BLUE = guest("acme", "vnet0"), guest("blue", "vnet1")


def test_isolated_ports_keep_guests_apart_on_the_kernels_word() -> None:
    both = host(vnet0=True, vnet1=True)
    shown = found(ACME, BLUE, on=both)
    assert shown.state is ABSENT
    assert "isolated ports keep every other tenant from it" in shown.says
    assert rungs(assessed(ACME, BLUE, host=both), ACME, WW_C)[0] >= 2


def test_on_the_managers_word_alone_it_is_unknown() -> None:
    assert found(ACME, BLUE).state is UNKNOWN
    unread = replace(a_host(), bridge_ports=seen("bridge-ports", UNREAD))
    assert found(ACME, BLUE, on=unread).state is UNKNOWN
    assert found(ACME, BLUE, on=host(vnet0=True)).state is UNKNOWN


def test_a_port_that_is_not_isolated_though_its_manager_says_so() -> None:
    shown = found(ACME, BLUE, on=host(vnet0=False, vnet1=True))
    assert shown.state is PRESENT
    assert "isolated ports of the bridge, but its port is not isolated" in shown.says


def test_one_whose_port_is_open_reaches_those_whose_ports_are_isolated() -> None:
    opened = guest("blue", "vnet1", NOTHING)
    mixed = host(vnet0=True, vnet1=False)
    assert found(ACME, opened, on=mixed).state is PRESENT
    assert "whose port is open" in found(ACME, opened, on=mixed).says
    assert found(opened, ACME, on=mixed).state is PRESENT


def test_ports_that_somebody_isolated_by_hand_count_too() -> None:
    one, two = guest("acme", "vnet0", NOTHING), guest("blue", "vnet1", NOTHING)
    assert found(one, two, on=host(vnet0=True, vnet1=True)).state is ABSENT


def test_containers_whose_ports_have_no_names_are_apart_where_all_ports_are_isolated() -> None:
    acme, blue = container("acme"), container("blue")
    assert found(acme, blue, on=host(veth1=True, veth2=True)).state is ABSENT
    assert found(acme, blue, on=host(veth1=True, veth2=False)).state is PRESENT
    assert found(acme, blue).state is PRESENT
    assert "kept apart by nothing" in found(acme, blue).says


def test_with_one_of_unknown_owner_it_is_unknown() -> None:
    nobodys = guest("x", "vnet1", attributes_unknown=UNREAD)
    assert found(ACME, nobodys, on=host(vnet0=True, vnet1=False)).state is UNKNOWN
    assert found(nobodys, ACME, on=host(vnet0=False, vnet1=True)).state is UNKNOWN
    assert found(ACME, nobodys, on=host(vnet0=True, vnet1=True)).state is ABSENT
