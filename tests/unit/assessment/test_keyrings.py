"""Keyrings of the kernel that workloads of different tenants reach."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.declared import GivenFilter
from isoscope.inventory.engines.seccomp_profile import parse_profile
from isoscope.inventory.host import HostFacts
from isoscope.inventory.machine.keyrings import parse_keys
from isoscope.inventory.observation import ENGINE, Party
from isoscope.inventory.workload import Capabilities, NamespaceKind, SeccompMode, Workload
from isoscope.snapshot.reading import Channel, Reading, Source
from isoscope.snapshot.redact import redacted
from tests.fakes.workloads import (
    UNREAD,
    a_container,
    a_host,
    a_machine,
    assessed,
    finding,
    seen,
)
from tests.fakes.workloads import details as some_details

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
OFF = SeccompMode.DISABLED
NO_CAPABILITIES = Capabilities(0, 0, 40)
HOSTS = {NamespaceKind.USER: 4026531837}
SEEN = (
    "1d6fad39 I--Q---     3 perm 3f1b0000     0     0 keyring   _ses.e04cd9: empty\n"
    "20aa1122 I--Q---     1  29d 3f010000  1000  1000 user      krb_ccache:primary: 22\n"
    "262606cf I------     1 perm 1f0b0000     0     0 keyring   .builtin_trusted_keys: empty\n"
    "2743dc57 I--Q---     2 perm 1f3f0000     0 65534 keyring   _uid.0: empty\n"
    "2f2f2f2f IR-Q---     1 perm 3f1b0000     0     0 keyring   _ses.revoked: empty\n"
)


def of(tenant: str, **facts: Any) -> Workload:  # noqa: ANN401
    return a_container(f"of-{tenant}", tenant=tenant, **{"namespaces": HOSTS} | facts)


def found(*workloads: Workload, identity: str = "shared-keyring", **more: Any) -> Finding:  # noqa: ANN401
    return finding(assessed(*workloads, **more), workloads[0], identity)


def filtered(tenant: str, given: object, *, built_in: object = True, **facts: Any) -> Workload:  # noqa: ANN401
    details = replace(
        some_details(),
        given_filter=seen("given-filter", given, parties=ENGINE),
        built_in_filter=seen("built-in-filter", built_in, parties=ENGINE),
    )
    return of(tenant, says={"details": details}, **facts)


OWN = GivenFilter("", allows_the_rest=None)


def test_users_of_one_namespace_without_filters_reach_each_others_keys() -> None:
    shown = found(of("acme", seccomp=OFF), of("blue", seccomp=OFF))
    assert shown.state is PRESENT
    assert "keyrings of user 0 are open to of-blue (blue) too" in shown.says
    assert shown.others == ("docker:of-blue",)


def test_so_does_who_may_become_that_user() -> None:
    user = of("acme", seccomp=OFF, host_user_ids=frozenset({1000}), capabilities=NO_CAPABILITIES)
    other = of("blue", seccomp=OFF, host_user_ids=frozenset({1001}), capabilities=NO_CAPABILITIES)
    assert found(user, of("blue", seccomp=OFF)).state is PRESENT
    assert found(user, other).state is ABSENT


def test_dockers_own_filter_keeps_who_has_it_from_keys() -> None:
    acme, blue = of("acme", seccomp=OFF), filtered("blue", OWN)
    assert found(acme, blue).state is ABSENT
    assert found(blue, acme).state is ABSENT
    doubting = OPERATOR.distrusting(Party.CONTAINER_ENGINE)
    assert found(acme, blue, viewpoint=doubting).state is UNKNOWN


@pytest.mark.parametrize(
    ("given", "built_in", "state"),
    [
        (OWN, False, UNKNOWN),
        (OWN, UNREAD, UNKNOWN),
        (UNREAD, True, UNKNOWN),
        (GivenFilter("/etc/profile.json", allows_the_rest=None), True, UNKNOWN),
        (GivenFilter("of its own", False, 300, keys=True), True, PRESENT),
        (GivenFilter("of its own", False, 300, keys=False), True, ABSENT),
    ],
)
def test_any_other_filter_counts_as_far_as_it_is_said(
    given: object, built_in: object, state: FindingState
) -> None:
    blue = filtered("blue", given, built_in=built_in)
    assert found(of("acme", seccomp=OFF), blue).state is state


def test_apart_are_user_namespaces_and_kernels() -> None:
    apart = of("blue", seccomp=OFF, namespaces={})
    assert found(of("acme", seccomp=OFF), apart).state is ABSENT
    assert found(of("acme", seccomp=OFF), a_machine("g", tenant="blue")).state is ABSENT
    assert found(of("acme", seccomp=OFF), of("blue", seccomp=UNREAD)).state is UNKNOWN
    unread = of("blue", seccomp=OFF, host_user_ids=UNREAD)
    assert found(of("acme", seccomp=OFF), unread).state is UNKNOWN


def test_ones_own_are_nobody_elses() -> None:
    two = replace(of("acme", seccomp=OFF), id="docker:two", name="two")
    assert found(of("acme", seccomp=OFF), two).state is ABSENT


def test_profiles_say_whether_they_let_keyctl_through() -> None:
    def keys(text: str) -> bool | None:
        return parse_profile(text).keys

    allow, deny = '"action": "SCMP_ACT_ALLOW"', '"action": "SCMP_ACT_ERRNO"'
    assert keys('{"defaultAction": "SCMP_ACT_ALLOW"}') is True
    assert keys('{"defaultAction": "SCMP_ACT_ERRNO"}') is False
    rule = '{"names": ["keyctl"], %s}'
    listed = '{"defaultAction": "SCMP_ACT_%s", "syscalls": [%s]}'
    assert keys(listed % ("ERRNO", rule % allow)) is True
    assert keys(listed % ("ALLOW", rule % deny)) is False
    only_some = rule % (deny + ', "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]')
    assert keys(listed % ("ALLOW", only_some)) is True


class TestSessionKeyrings:
    def state(self, workload: Workload, keyrings: object) -> FindingState:
        host: HostFacts = replace(a_host(), session_keyrings=seen("keys", keyrings))
        return found(workload, identity="own-session-keyring", host=host).state

    def test_are_found_by_the_containers_id(self) -> None:
        acme = of("acme")
        assert self.state(acme, frozenset({"of-acme"})) is PRESENT
        assert self.state(acme, frozenset({"other"})) is UNKNOWN
        assert self.state(acme, UNREAD) is UNKNOWN

    def test_are_those_that_live(self) -> None:
        assert parse_keys(SEEN) == {"e04cd9"}

    def test_are_all_that_is_kept(self) -> None:
        reading = Reading(Source(Channel.FILE, "/proc/keys"), 1.0, "root", content=SEEN.encode())
        kept = redacted(reading).text()
        assert "krb" not in kept
        assert parse_keys(kept) == {"e04cd9"}

    @given(st.text(max_size=80) | st.from_regex(r"[0-9a-f]{8} I--Q--- .{0,60}"))
    def test_of_whatever_it_is_given_they_are_read_or_refused(self, text: str) -> None:
        try:
            parse_keys(text)
        except ValueError:
            return
