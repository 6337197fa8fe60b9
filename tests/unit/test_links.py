"""The host's network devices, and what bounds the traffic of those that lead to workloads."""

import json
import os
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.links import Links, Shaping
from isoscope.inventory.machine.links import parse_links, parse_network_ids
from isoscope.inventory.network import Apart, NetworkAttachment
from isoscope.inventory.workload import NamespaceKind, Workload
from probes.host.local import LocalHost
from probes.links import links, network_ids
from tests.fakes.workloads import UNREAD, a_container, a_host, a_machine, assessed, finding, seen
from tests.unit.own_network import told_in_its_own_network

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
BUILD = """
set -e
ip link set lo up
unshare --net sleep 30 & P=$!
trap 'kill $P' EXIT
sleep 0.3
for n in 0 1 2 3; do
    ip link add v$n type veth peer name p$n; ip link set p$n netns $P; ip link set v$n up
done
ip link add ifb9 type ifb; ip link set ifb9 up
tbf="tbf rate 1mbit burst 32kbit latency 400ms"
redirect="action mirred egress redirect dev ifb9"
tc qdisc add dev ifb9 root $tbf
tc qdisc add dev v0 root $tbf
tc qdisc add dev v0 ingress
tc filter add dev v0 parent ffff: protocol all u32 match u32 0 0 $redirect
tc qdisc add dev v1 root handle 1: htb default 1
tc class add dev v1 parent 1: classid 1:1 htb rate 1mbit
tc qdisc add dev v1 ingress
tc filter add dev v1 parent ffff: protocol ip u32 match ip dst 10.0.0.0/8 $redirect
tc qdisc add dev v2 root handle 1: htb
"$0" -c '
import sys
from probes.host.local import LocalHost
from probes.links import links, network_ids
print(links(LocalHost()).text())
print(network_ids(LocalHost(), [int(sys.argv[1]), 1 << 22]).text())' $P
"""


def test_the_kernel_tells_what_bounds_its_devices() -> None:
    told = told_in_its_own_network(BUILD, "tc")
    devices, ids = told.splitlines()
    shown, (number,) = parse_links(devices), parse_network_ids(ids).values()
    assert set(shown.by_namespace[number]) == {"v0", "v1", "v2", "v3"}
    assert shown.shaping["v0"] == Shaping(True, True)  # by the other device's bound
    assert shown.shaping["v1"] == Shaping(True, None)  # of some packets only
    assert shown.shaping["v2"] == Shaping(False, False)  # what is in no class is not bounded
    assert shown.shaping["v3"] == Shaping(False, False)


def test_a_host_answers_whatever_it_has() -> None:
    reading = links(LocalHost())
    assert reading.gap is None, reading.detail
    assert "lo" in parse_links(reading.text()).shaping
    own = network_ids(LocalHost(), [os.getpid()])
    assert parse_network_ids(own.text()) == {os.getpid(): -1}


BOUNDED, OPEN = Shaping(True, True), Shaping(False, False)


def on(tenant: str, pid: int, *interfaces: str, **facts: Any) -> Workload:  # noqa: ANN401
    made = a_container(f"of-{tenant}", tenant=tenant, network_interfaces=("lo", *interfaces))
    assert made.process is not None
    return replace(made, process=replace(made.process, pids=(pid,), **facts))


def found(*workloads: Workload, identity: str = "bandwidth-limited", **host: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads, whose pids are 1, 2 …"""
    shaping = {f"v{n}": host.pop(f"v{n}", OPEN) for n in (1, 2)}
    shown = Links({1: ("v1",), 2: ("v2",)}, shaping)
    of_host = {"links": shown, "network_ids": {1: 1, 2: 2, 3: -1}} | host
    observed: dict[str, Any] = {key: seen(key, value) for key, value in of_host.items()}
    made = replace(a_host(), **observed)
    return finding(assessed(*workloads, host=made), workloads[0], identity)


ACME, BLUE = on("acme", 1, "eth0"), on("blue", 2, "eth0")


def test_a_workload_is_bounded_by_the_hosts_end_of_its_device() -> None:
    assert found(ACME, v1=BOUNDED).state is PRESENT
    assert found(ACME).state is ABSENT
    assert "nothing bounds what it sends by v1" in found(ACME).says
    assert "nothing bounds what it receives by v1" in found(ACME, v1=Shaping(False, True)).says
    assert found(ACME, v1=Shaping(None, True)).state is UNKNOWN


def test_and_a_tenant_by_the_bounds_of_its_neighbours() -> None:
    identity = "neighbours-bandwidth-limited"
    shown = found(ACME, BLUE, identity=identity, v1=BOUNDED)
    assert shown.state is ABSENT
    assert shown.others == (BLUE.id,)
    assert found(ACME, BLUE, identity=identity, v2=BOUNDED).state is PRESENT


def test_one_on_no_network_takes_nothing_of_it_and_one_on_the_hosts_everything() -> None:
    assert found(on("acme", 3)).state is PRESENT
    in_host = a_container("c", in_host_namespace={NamespaceKind.NETWORK: True})
    assert found(in_host, v1=BOUNDED).state is ABSENT


def test_whose_device_is_not_known_is_not_known_to_be_bounded() -> None:
    assert found(on("acme", 3, "tap0"), v1=BOUNDED).state is UNKNOWN
    assert found(on("acme", 1, "eth0", "eth1"), v1=BOUNDED).state is UNKNOWN
    assert found(ACME, v1=BOUNDED, links=UNREAD).state is UNKNOWN
    assert found(ACME, v1=BOUNDED, network_ids=UNREAD).state is UNKNOWN


def test_a_guests_devices_are_named_by_its_manager() -> None:
    def guest(*ports: str) -> Workload:
        networks = tuple(
            NetworkAttachment("br0", "lan", "bridge", Apart.NOTHING, port=port) for port in ports
        )
        return a_machine("g", tenant="acme", says={"networks": networks})

    assert found(guest("v1"), v1=BOUNDED).state is PRESENT
    assert found(guest("v1", "v2"), v1=BOUNDED).state is ABSENT
    assert found(guest(""), v1=BOUNDED).state is UNKNOWN
    assert found(guest(), v1=BOUNDED).state is UNKNOWN


def test_several_filters_are_not_understood() -> None:
    whole = {"device": 2, "whole": True, "polices": True, "to": None}
    document: dict[str, Any] = {
        "links": [{"name": "v", "index": 2, "namespace": None}],
        "disciplines": [{"device": 2, "kind": "ingress", "parent": 0xFFFFFFF1}],
        "filters": [whole],
    }
    assert parse_links(json.dumps(document)).shaping["v"].coming_in is True
    document["filters"] = [{**whole, "whole": False}, whole]
    assert parse_links(json.dumps(document)).shaping["v"].coming_in is None


@given(
    st.recursive(
        st.none() | st.integers(-2, 9) | st.booleans() | st.text(max_size=4),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ("links", "disciplines", "filters", "ids", "name", "index", "namespace")
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_they_are_given_they_read_or_refuse(document: object) -> None:
    for parse in (parse_links, parse_network_ids):
        try:
            parse(json.dumps(document))
        except ValueError:
            continue
