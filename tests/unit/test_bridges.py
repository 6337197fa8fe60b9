"""Which bridges of the host take routes from whoever is on them."""

import pytest

from isoscope.inventory.machine.bridges import bridges_taking_routes
from isoscope.snapshot.places import IPV6_SETTINGS, ipv6_setting
from isoscope.snapshot.reading import Channel, Gap, Reading
from tests.unit.machine_readings import directory, file, gap, link, snapshot

PORT = (
    directory("/sys/class/net", "br0", "veth1"),
    link("/sys/class/net/veth1/master", "../br0"),
    gap("/sys/class/net/br0/master", Gap.ABSENT, Channel.LINK),
)


def settings(accept: str, forwarding: str, disabled: str) -> list[Reading]:
    values = (accept, forwarding, disabled)
    return [
        file(ipv6_setting("br0", name), f"{value}\n")
        for name, value in zip(IPV6_SETTINGS, values, strict=True)
    ]


@pytest.mark.parametrize(
    ("values", "follows"),
    [
        (("2", "1", "0"), True),
        (("1", "0", "0"), True),
        (("1", "1", "0"), False),
        (("0", "0", "0"), False),
        (("2", "1", "1"), False),
    ],
)
def test_it_is_what_the_kernel_does(values: tuple[str, str, str], follows: bool) -> None:
    found = bridges_taking_routes(snapshot(*PORT, *settings(*values))).value
    assert found == (("br0",) if follows else ())


def test_a_host_without_ports_or_without_ipv6_takes_none() -> None:
    alone = (
        directory("/sys/class/net", "lo"),
        gap("/sys/class/net/lo/master", Gap.ABSENT, Channel.LINK),
    )
    assert bridges_taking_routes(snapshot(*alone)).value == ()
    absent = [gap(ipv6_setting("br0", name), Gap.ABSENT) for name in IPV6_SETTINGS]
    assert bridges_taking_routes(snapshot(*PORT, *absent)).value == ()


def test_what_was_not_read_is_unknown() -> None:
    assert not bridges_taking_routes(snapshot(*PORT)).known
    assert not bridges_taking_routes(snapshot()).known
    assert not bridges_taking_routes(snapshot(PORT[0], *settings("2", "1", "0"))).known
    assert not bridges_taking_routes(snapshot(*PORT, *settings("x", "0", "0"))).known
