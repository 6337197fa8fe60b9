"""Which seccomp filter an engine says that a container got."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.declared import GivenFilter
from isoscope.inventory.engines.seccomp_profile import (
    filter_in_bundle,
    given_filter,
    own_filter_is_built_in,
    parse_profile,
)
from isoscope.inventory.json_fields import NotSaidError

NAMED = {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW"}
REFUSED = {"names": ["mount"], "action": "SCMP_ACT_ERRNO"}


def options(*given_ones: str) -> dict[str, object]:
    return {"HostConfig": {"SecurityOpt": list(given_ones) or None}}


def profile(default: str, *rules: object) -> str:
    return json.dumps({"defaultAction": default, "syscalls": list(rules)})


@pytest.mark.parametrize(
    ("given_ones", "found"),
    [
        ((), GivenFilter("", allows_the_rest=None)),
        (("no-new-privileges",), GivenFilter("", allows_the_rest=None)),
        (
            ("seccomp=unconfined",),
            GivenFilter("unconfined", allows_the_rest=True, keeps_away=False, keys=True),
        ),
        (
            ("seccomp:unconfined",),
            GivenFilter("unconfined", allows_the_rest=True, keeps_away=False, keys=True),
        ),
        (("seccomp=/etc/p.json",), GivenFilter("/etc/p.json", allows_the_rest=None)),
        (
            (f"seccomp={profile('SCMP_ACT_ERRNO', NAMED, REFUSED)}",),
            GivenFilter(
                "of its own", allows_the_rest=False, allowed=2, keeps_away=True, keys=False
            ),
        ),
        (
            (f"seccomp={profile('SCMP_ACT_ALLOW', REFUSED)}",),
            GivenFilter("of its own", allows_the_rest=True, keeps_away=False, keys=True),
        ),
        (
            (f"seccomp={profile('SCMP_ACT_LOG')}",),
            GivenFilter("of its own", allows_the_rest=True, keeps_away=False, keys=True),
        ),
    ],
)
def test_it_is_told_by_what_was_asked_for(given_ones: tuple[str, ...], found: GivenFilter) -> None:
    assert given_filter(options(*given_ones)) == found


def test_a_profile_without_rules_lets_nothing_through() -> None:
    assert parse_profile('{"defaultAction": "SCMP_ACT_KILL"}').allowed == 0


@pytest.mark.parametrize(
    ("said", "built_in"),
    [
        (["name=seccomp,profile=builtin", "name=cgroupns"], True),
        (["name=apparmor", "name=seccomp,profile=default"], True),
        (["name=seccomp,profile=/etc/docker/p.json"], False),
        (["name=seccomp"], False),
    ],
)
def test_an_engine_says_whether_its_own_is_the_built_in_one(
    said: list[str],
    built_in: bool,
) -> None:
    assert own_filter_is_built_in({"SecurityOptions": said}) is built_in


def test_an_engine_that_does_not_speak_of_seccomp_says_nothing() -> None:
    with pytest.raises(NotSaidError):
        own_filter_is_built_in({"SecurityOptions": ["name=rootless"]})


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("defaultAction", "syscalls", "names", "action")), inner)
    ),
)


@given(_ANYTHING)
def test_a_profile_may_hold_anything(found: object) -> None:
    try:
        read = parse_profile(json.dumps(found))
    except ValueError:
        return
    assert read.allows_the_rest in (True, False)


ALL_REFUSE = ["kexec_load", "swapon", "userfaultfd"]


@pytest.mark.parametrize(
    ("text", "keeps_away"),
    [
        (profile("SCMP_ACT_ALLOW"), False),
        (profile("SCMP_ACT_LOG"), False),
        (profile("SCMP_ACT_ERRNO"), True),
        (profile("SCMP_ACT_ERRNO", NAMED), True),
        (profile("SCMP_ACT_ERRNO", {"names": ALL_REFUSE, "action": "SCMP_ACT_ALLOW"}), False),
        (profile("SCMP_ACT_ALLOW", {"names": ["acct"], "action": "SCMP_ACT_ERRNO"}), False),
        (profile("SCMP_ACT_ALLOW", {"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}), True),
        (profile("SCMP_ACT_ALLOW", {"name": "swapon", "action": "SCMP_ACT_KILL"}), True),
        (
            profile(
                "SCMP_ACT_ALLOW",
                {"names": ["swapon"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0}]},
            ),
            False,
        ),
        (
            profile(
                "SCMP_ACT_ALLOW",
                {"names": ["swapon"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["X"]}},
            ),
            False,
        ),
    ],
)
def test_a_filter_keeps_calls_away_or_lets_everything_through(text: str, keeps_away: bool) -> None:
    assert parse_profile(text).keeps_away is keeps_away
    bundle = {"linux": {"seccomp": json.loads(text)}}
    assert filter_in_bundle(bundle).keeps_away is keeps_away


def test_a_bundle_without_a_filter_is_unconfined() -> None:
    assert filter_in_bundle({"linux": {}}).name == "unconfined"
    assert filter_in_bundle({"linux": {"seccomp": None}}).keeps_away is False
    with pytest.raises(ValueError, match="linux"):
        filter_in_bundle({})


@given(_ANYTHING)
def test_a_bundle_may_hold_anything(found: object) -> None:
    try:
        read = filter_in_bundle({"linux": {"seccomp": found}})
    except ValueError:
        return
    assert read.keeps_away in (True, False)
