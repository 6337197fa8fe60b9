"""Bridges of a host, and the rules that Docker makes for them, as nf_tables tells them."""

from collections.abc import Iterable
from typing import Any

from isoscope.snapshot.places import (
    BRIDGED_IPV6,
    IPV6_FORWARDING,
    IPV6_SETTINGS,
    PACKET_FILTER,
    ipv4_forwarding,
    ipv6_setting,
)
from isoscope.snapshot.reading import Source
from tests.fakes.host import Link, Tree

IN, OUT = 6, 7
"""``NFT_META_IIFNAME`` and ``NFT_META_OIFNAME``."""
DROP, ACCEPT, JUMP, GOTO, RETURN = 0, 1, -3, -4, -5
ESTABLISHED = {
    "name": "match",
    "of": "conntrack",
    "revision": 3,
    "data": "00" * 146 + "0100" + "0000" + "0600" + "00" * 12,
}
"""``-m conntrack --ctstate RELATED,ESTABLISHED``, as the kernel told it."""
Json = dict[str, Any]


def bridges(*names: str, ipv4: bool = True, ipv6: bool = False) -> Tree:
    """What sysfs and procfs show of bridges with one port each."""
    tree: Tree = {
        "/sys/class/net/lo": "",
        IPV6_FORWARDING: f"{int(ipv6)}\n",
        BRIDGED_IPV6: "1\n",
        "/proc/sys/net/bridge/bridge-nf-call-iptables": "1\n",
    }
    for number, name in enumerate(names):
        tree[f"/sys/class/net/{name}/mtu"] = "1500\n"
        tree[f"/sys/class/net/veth{number}/master"] = Link(f"../{name}")
        tree[ipv4_forwarding(name)] = f"{int(ipv4)}\n"
        tree |= {ipv6_setting(name, setting): "0\n" for setting in IPV6_SETTINGS}
    return tree


def device(key: int, name: str, *, equal: bool = True, exact: bool = True) -> list[Json]:
    """The two expressions that ask for the name of a device."""
    value = (name.encode() + b"\0" * exact).hex()
    how = 0 if equal else 1
    return [
        {"name": "meta", "to": 1, "key": key},
        {"name": "cmp", "register": 1, "how": how, "value": value},
    ]


def verdict(code: int, chain: str = "") -> list[Json]:
    """What ends a rule."""
    return [{"name": "counter"}, {"name": "immediate", "verdict": code, "chain": chain}]


def a_ruleset(
    chains: dict[str, Iterable[list[Json]]], *, drops: bool = False, family: int = 2, hook: int = 2
) -> Json:
    """One table whose chain FORWARD is met by what is forwarded."""
    return {
        "tables": [{"family": family, "name": "filter", "flags": 0}],
        "chains": [
            {"family": family, "table": "filter", "name": name}
            | ({"hook": hook, "policy": int(not drops)} if name == "FORWARD" else {})
            for name in chains
        ],
        "rules": [
            {"family": family, "table": "filter", "chain": name, "expressions": expressions}
            for name, rules in chains.items()
            for expressions in rules
        ],
        "devices": {"1": "lo"},
        "byteorder": "little",
    }


def dockers_rules(*names: str, closed: Iterable[str] = ()) -> Json:
    """What Docker 20.10 makes for these bridges; members of those that are ``closed`` do not reach
    each other."""
    forward = [verdict(JUMP, "DOCKER-USER"), verdict(JUMP, "DOCKER-ISOLATION-STAGE-1")]
    for name in names:
        within = DROP if name in closed else ACCEPT
        forward += [
            [*device(OUT, name), ESTABLISHED, *verdict(ACCEPT)],
            [*device(OUT, name), *verdict(JUMP, "DOCKER")],
            [*device(IN, name), *device(OUT, name, equal=False), *verdict(ACCEPT)],
            [*device(IN, name), *device(OUT, name), *verdict(within)],
        ]
    second = "DOCKER-ISOLATION-STAGE-2"
    return a_ruleset(
        {
            "FORWARD": forward,
            "DOCKER-USER": [verdict(RETURN)],
            "DOCKER-ISOLATION-STAGE-1": [
                [*device(IN, name), *device(OUT, name, equal=False), *verdict(JUMP, second)]
                for name in names
            ]
            + [verdict(RETURN)],
            second: [[*device(OUT, name), *verdict(DROP)] for name in names] + [verdict(RETURN)],
            "DOCKER": [],
        },
        drops=True,
    )


def told(rules: Json) -> dict[Source, object]:
    """The answer to who asks for these rules."""
    return {PACKET_FILTER: rules}
