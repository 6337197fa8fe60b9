"""Rules of nf_tables, and what they do with new connections between bridges."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.packet_filter import parse_ruleset
from isoscope.inventory.packet_filter import Family, Fate, fates
from isoscope.snapshot.reading import Gap
from probes.packet_filter import packet_filter
from tests.fakes.host import FakeHost, Tree
from tests.fakes.network import (
    ACCEPT,
    DROP,
    ESTABLISHED,
    GOTO,
    IN,
    JUMP,
    OUT,
    RETURN,
    a_ruleset,
    device,
    dockers_rules,
    verdict,
)
from tests.unit.own_network import told_in_its_own_network

DROPPED, PASSED, UNCLEAR = Fate.DROPPED, Fate.PASSED, Fate.UNCLEAR
NAMES = ("br-a", "br-b", "br-c")
PORT: list[dict[str, Any]] = [
    {"name": "payload"},
    {"name": "cmp", "register": 1, "how": 0, "value": "0050"},
]
STATE = [
    {"name": "ct", "to": 1, "key": 0},
    {"name": "bitwise", "register": 1, "to": 1, "mask": "06000000", "xor": "00000000"},
    {"name": "cmp", "register": 1, "how": 1, "value": "00000000"},
]
"""``ct state established,related``, of nft(8) itself."""
IN_A, OUT_B = device(IN, "br-a"), device(OUT, "br-b")

BUILD = """
set -e
ip link set lo up
for b in br-a br-b br-c; do ip link add $b type bridge; done
iptables-nft -P FORWARD DROP
iptables-nft -N ISOLATED
iptables-nft -A FORWARD -j ISOLATED
iptables-nft -A FORWARD -o br-a -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables-nft -A FORWARD -i br-b ! -o br-b -j ACCEPT
iptables-nft -A FORWARD -i br-c -p tcp --dport 80 -j ACCEPT
iptables-nft -A ISOLATED -i br-a -o br-b -j DROP
iptables-nft -A ISOLATED -i br-b -o br-c -j REJECT
exec "$0" -c '
from probes.packet_filter import packet_filter
from probes.host.local import LocalHost
reading = packet_filter(LocalHost())
print(reading.text() if reading.gap is None else f"{reading.gap} {reading.detail}")'
"""


def becomes(rules: dict[str, Any], incoming: str = "br-a", family: Family = Family.IPV4) -> Any:  # noqa: ANN401
    return fates(parse_ruleset(json.dumps(rules)), family, incoming, NAMES)


def one(*rules: list[dict[str, Any]], drops: bool = False, **further: Any) -> Fate:  # noqa: ANN401
    """What becomes of what goes from br-a to br-b, by these rules of FORWARD alone."""
    made = a_ruleset({"FORWARD": rules, **further.pop("chains", {})}, drops=drops, **further)
    return becomes(made)["br-b"]  # type: ignore[no-any-return]


def test_the_kernel_tells_its_rules_and_what_they_mean() -> None:
    told = told_in_its_own_network(BUILD, "iptables-nft")
    rules = parse_ruleset(told)
    from_a, from_b, from_c = (fates(rules, Family.IPV4, name, NAMES) for name in NAMES)
    assert from_a == {"br-a": DROPPED, "br-b": DROPPED, "br-c": DROPPED}
    assert from_b == {"br-a": PASSED, "br-b": DROPPED, "br-c": DROPPED}
    assert from_c == {"br-a": UNCLEAR, "br-b": UNCLEAR, "br-c": UNCLEAR}
    assert set(fates(rules, Family.IPV6, "br-a", NAMES).values()) == {PASSED}


def test_dockers_rules_keep_networks_apart_and_members_where_asked_to() -> None:
    rules = dockers_rules(*NAMES, closed=["br-c"])
    assert becomes(rules, "br-a") == {"br-a": PASSED, "br-b": DROPPED, "br-c": DROPPED}
    assert becomes(rules, "br-c") == {"br-a": DROPPED, "br-b": DROPPED, "br-c": DROPPED}


def test_without_rules_everything_passes_and_by_the_policy_nothing() -> None:
    assert one() is PASSED
    assert one(drops=True) is DROPPED


def test_a_rule_that_asks_for_more_drops_some_or_none() -> None:
    assert one([*IN_A, *PORT, *verdict(DROP)]) is UNCLEAR
    assert one([*IN_A, *PORT, *verdict(ACCEPT)], drops=True) is UNCLEAR
    assert one([*PORT, *verdict(DROP)], [*IN_A, *verdict(DROP)]) is DROPPED


@pytest.mark.parametrize("state", [[ESTABLISHED], STATE])
def test_what_belongs_to_a_connection_is_not_asked_for(state: list[Any]) -> None:
    assert one([*state, *verdict(ACCEPT)], drops=True) is DROPPED
    new = json.loads(json.dumps(state).replace("06000000", "08000000").replace("0600", "0800"))
    assert one([*new, *verdict(ACCEPT)], drops=True) is PASSED


def test_devices_are_named_whole_or_by_their_beginning_or_not() -> None:
    assert one([*device(OUT, "br-", exact=False), *verdict(DROP)]) is DROPPED
    assert one([*device(OUT, "br-"), *verdict(DROP)]) is PASSED
    assert one([*device(OUT, "br-b", equal=False), *verdict(DROP)]) is PASSED
    assert one([*device(OUT, "br-c", equal=False), *verdict(DROP)]) is DROPPED
    by_number = [
        {"name": "meta", "to": 1, "key": 4},
        {"name": "cmp", "register": 1, "how": 0, "value": "01000000"},
    ]
    rules = a_ruleset({"FORWARD": [[*by_number, *verdict(DROP)]]}) | {"devices": {"1": "br-a"}}
    assert becomes(rules)["br-b"] is DROPPED


def test_chains_lead_on_and_back() -> None:
    first = [*IN_A, *verdict(JUMP, "X")]
    back = [*OUT_B, *verdict(RETURN)]
    chains = {"X": [back, verdict(ACCEPT)]}
    assert one(first, verdict(DROP), chains=chains) is DROPPED
    assert one(first, verdict(DROP), chains={"X": [verdict(ACCEPT)]}) is PASSED
    gone = [*IN_A, *verdict(GOTO, "X")]
    assert one(gone, verdict(DROP), chains={"X": []}) is PASSED
    assert one(first, verdict(DROP), chains={}) is UNCLEAR


def test_chains_that_lead_to_themselves_come_to_an_end() -> None:
    assert one([*verdict(JUMP, "X")], chains={"X": [verdict(JUMP, "X")] * 9}) is UNCLEAR


def test_what_is_not_understood_may_do_anything() -> None:
    assert one([{"name": "target", "of": "NEWS"}]) is UNCLEAR
    assert one([{"name": "target", "of": "LOG"}]) is PASSED
    assert one([{"name": "target", "of": "REJECT"}]) is DROPPED
    assert one([{"name": "lookup", "to": 0}]) is UNCLEAR
    assert one([{"name": "lookup", "to": None}, *verdict(DROP)]) is UNCLEAR
    assert one([{"name": "lookup", "to": None}, {"name": "counter"}]) is PASSED
    assert one([{"name": "surprise"}]) is UNCLEAR


def test_only_tables_that_the_packet_meets_count() -> None:
    drop = a_ruleset({"FORWARD": []}, drops=True, family=10)
    assert becomes(drop)["br-b"] is PASSED
    assert becomes(drop, family=Family.IPV6)["br-b"] is DROPPED
    assert one(drops=True, family=1) is DROPPED  # inet: both
    assert one(drops=True, hook=1) is PASSED  # input
    assert one(drops=True, hook=4) is DROPPED  # postrouting
    assert one(family=7) is UNCLEAR  # a bridge's own table may drop too
    dormant = a_ruleset({"FORWARD": []}, drops=True)
    dormant["tables"][0]["flags"] = 1
    assert becomes(dormant)["br-b"] is PASSED


def test_before_routing_no_way_out_is_known() -> None:
    assert one([*OUT_B, *verdict(DROP)], hook=0) is PASSED
    assert one([*IN_A, *verdict(DROP)], hook=0) is DROPPED


def test_nobody_is_asked_where_that_would_load_a_module() -> None:
    def asked(tree: Tree) -> str:
        reading = packet_filter(_Asking(tree))
        return f"{reading.gap} {reading.detail}"

    assert "would load" in asked({"/proc/modules": "bridge 1 0 - Live 0x0\n"})
    assert "would load" not in asked({"/proc/modules": "", "/sys/module/nf_tables/refcnt": "1"})
    assert "would load" not in asked({})


class _Asking(FakeHost):
    """A host whose kernel is this one's; its files are the tree's."""

    def ask(self, source: Any, question: Any) -> Any:  # noqa: ANN401
        from probes.host.files import reading_of

        return reading_of(source, "root", question)


ASK = """
from probes.packet_filter import packet_filter
from probes.host.local import LocalHost
print(packet_filter(LocalHost()).gap)
"""


def test_whoever_may_not_ask_is_told_so() -> None:
    without = ["setpriv", "--bounding-set=-net_admin"] if os.geteuid() == 0 else []
    command = [*without, sys.executable, "-c", ASK]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no capability can be dropped here: {done.stderr.strip()[-100:]}")
    assert done.stdout.strip() in (Gap.DENIED, Gap.UNSUPPORTED)


_KEYS = (
    *("tables", "chains", "rules", "devices", "byteorder", "name", "expressions", "family"),
    *("table", "chain", "value", "how", "register", "to", "key"),
)


@given(
    st.recursive(
        st.none() | st.integers(-9, 300) | st.text(max_size=6) | st.sampled_from(["meta", "cmp"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(_KEYS),
                inner,
                max_size=6,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_it_is_given_it_reads_or_refuses(document: object) -> None:
    try:
        parse_ruleset(json.dumps(document))
    except ValueError:
        return


@given(st.text(max_size=60))
def test_and_text_that_is_no_document(text: str) -> None:
    try:
        parse_ruleset(text)
    except ValueError:
        return


@given(st.data())
def test_and_rules_of_which_anything_may_be_wrong(data: st.DataObject) -> None:
    rules = dockers_rules(*NAMES)
    place: Any = rules
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        wrong: st.SearchStrategy[object] = (
            st.none() | st.integers() | st.text(max_size=4) | st.just([]) | st.just({})
        )
        if not place[key] or data.draw(st.booleans()) or not isinstance(place[key], dict | list):
            place[key] = data.draw(wrong)
            break
        place = place[key]
    try:
        becomes(rules)
    except ValueError:
        return
