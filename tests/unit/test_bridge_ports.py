"""Ports of the host's bridges."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.bridge_ports import parse_bridge_ports
from probes.bridge_ports import bridge_ports
from probes.host.local import LocalHost
from tests.unit.own_network import told_in_its_own_network

BUILD = """
set -e
ip link add br9 type bridge
for i in 1 2 3; do ip link add v$i type veth peer name p$i; ip link set v$i master br9; done
bridge link set dev v1 isolated on
bridge link set dev v2 isolated on
exec "$0" -c '
from probes.bridge_ports import bridge_ports
from probes.host.local import LocalHost
print(bridge_ports(LocalHost()).text())'
"""


def test_the_kernel_shows_which_are_isolated() -> None:
    told = told_in_its_own_network(BUILD, "bridge")
    assert parse_bridge_ports(told) == {"br9": {"v1": True, "v2": True, "v3": False}}


def test_a_host_answers_whether_or_not_it_has_a_bridge() -> None:
    reading = bridge_ports(LocalHost())
    assert reading.gap is None, reading.detail
    parse_bridge_ports(reading.text())


def test_a_port_of_which_the_kernel_does_not_say_it_is_left_out() -> None:
    ports = [{"name": "v1", "bridge": "br9", "isolated": None}]
    assert parse_bridge_ports(json.dumps({"ports": ports})) == {}


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"ports": 1}',
        '{"ports": [1]}',
        '{"ports": [{"name": 1}]}',
        '{"ports": [{"name": "v", "bridge": "b", "isolated": 1}]}',
        '{"ports": ' + "[" * 100_000,
    ],
)
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"port|deep"):
        parse_bridge_ports(text)


@given(st.text(max_size=80) | st.from_regex(r'\{"ports": \[\{.{0,40}\}\]\}'))
def test_whatever_it_is_given_it_reads_or_refuses(text: str) -> None:
    try:
        parse_bridge_ports(text)
    except ValueError:
        return
