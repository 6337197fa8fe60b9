"""What a snapshot says of the host's forwarding, and against what engines say of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.build import build_inventory
from isoscope.inventory.forwarding import Forwarding
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.machine.forwarding import parse_tables
from isoscope.inventory.packet_filter import Family
from isoscope.snapshot.reading import Gap
from tests.fakes.docker import URL, an_engine, described
from tests.fakes.host import HOST_ANSWERS, FakeHost, Link, Tree, a_container, a_host, snapshot_of
from tests.fakes.network import a_ruleset, bridges, dockers_rules, told

NAME = "br-cccccccccccc"
CLOSED = {
    "Name": "closed",
    "Id": "c" * 64,
    "Driver": "bridge",
    "Options": {"com.docker.network.bridge.enable_icc": "false"},
}


def inventory(*trees: Tree, rules: object = None, **gaps: Gap) -> Inventory:
    """A host with one bridge, on which one container is, whose members are to be kept apart."""
    answers = HOST_ANSWERS | (told(rules) if isinstance(rules, dict) else {})
    host = FakeHost(a_host(), bridges(NAME), a_container(7), *trees, answers=answers, gaps=gaps)
    document = described(7, networks={"closed": "c" * 64})
    return build_inventory(snapshot_of(host, *an_engine(document, networks=[CLOSED], url=URL)))


def forwarding(*trees: Tree, **more: object) -> Forwarding:
    found = inventory(*trees, **more).host.forwarding  # type: ignore[arg-type]
    assert found is not None
    return found


def between(**more: object) -> dict[str, str]:
    """What the kernel is shown to do, by what the engine says of it."""
    (workload,) = inventory(**more).workloads  # type: ignore[arg-type]
    found = {each.key: each.observed for each in workload.disagreements}
    return {key: observed for key, observed in found.items() if key.startswith("network ")}


def test_bridges_forward_each_by_its_own_switch() -> None:
    found = forwarding()
    assert found.bridges.value == frozenset({NAME})
    assert found.from_bridge[NAME].value is True
    off: Tree = {f"/proc/sys/net/ipv4/conf/{NAME}/forwarding": "0\n"}
    assert forwarding(off).from_bridge[NAME].value is False
    assert found.ipv6.value is False
    assert found.legacy_tables[Family.IPV4].value == ()
    assert not found.rules.known


def test_tables_of_the_old_kind_are_named() -> None:
    tables: Tree = {"/proc/net/ip_tables_names": "nat\nfilter\n"}
    assert forwarding(tables).legacy_tables[Family.IPV4].value == ("nat", "filter")
    denied: Tree = {"/proc/net/ip_tables_names": Gap.DENIED}
    assert forwarding(denied).legacy_tables[Family.IPV4].value is None


def test_from_a_network_namespace_apart_nothing_is_said_of_the_hosts() -> None:
    apart: Tree = {"/proc/self/ns/net": Link("net:[4026539000]")}
    assert inventory(apart).host.forwarding is None
    assert inventory(apart).host.links is None
    assert inventory().host.links is not None


def test_an_engine_says_it_keeps_members_apart_and_the_kernel_does_not() -> None:
    nothing = a_ruleset({"FORWARD": []})
    assert between(rules=nothing) == {"network closed": "the kernel drops nothing between them"}
    assert between(rules=dockers_rules(NAME, closed=[NAME])) == {}
    assert between() == {}


@pytest.mark.parametrize("text", ["a b\x07", "x" * 40])
def test_what_is_no_list_of_tables_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no name of a table"):
        parse_tables(text)


@given(st.text(max_size=60))
def test_whatever_it_is_given_it_reads_or_refuses(text: str) -> None:
    try:
        parse_tables(text)
    except ValueError:
        return
