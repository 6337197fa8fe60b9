"""Versions of what makes containers, against published ways out of them."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.known_escapes import ADVISORIES, Version, parse_version
from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.declared import Program
from isoscope.inventory.engines.programs import parse_programs
from isoscope.inventory.workload import NamespaceKind
from tests.fakes.workloads import (
    HW_C,
    HW_I,
    PROGRAMS,
    UNREAD,
    a_container,
    a_machine,
    assessed,
    finding,
    rungs,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
IDENTITY = "runtime-with-known-escape"
IN_HOST_NETWORK = {k: k is NamespaceKind.NETWORK for k in NamespaceKind}


def found(
    *programs: Program,
    runtime: object = "runc",
    engine: str = "docker",
    **facts: Any,  # noqa: ANN401
) -> Finding:
    """What is found where these programs are other than current ones."""
    others = tuple(p for p in PROGRAMS if all(p.name != other.name for other in programs))
    says = {"programs": (*others, *programs), "runtime": runtime}
    container = a_container("c", says=says, engine=engine, **facts)
    return finding(assessed(container), container, IDENTITY)


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("1.0.0-rc6", PRESENT),
        ("1.1.11", PRESENT),
        ("1.2.7", PRESENT),
        ("1.2.8", ABSENT),
        ("1.3.0", PRESENT),
        ("1.3.2", PRESENT),
        ("1.3.3", ABSENT),
        ("1.4.0-rc.2", PRESENT),
        ("1.4.0-rc.3", ABSENT),
        ("1.4.0", ABSENT),
        ("1.1.5+ds1", UNKNOWN),
        ("1.1.12-0ubuntu3.1", UNKNOWN),
        ("1.0.0~rc93+ds1-5+deb11u5", UNKNOWN),
        ("1.3.3+ds1", ABSENT),
        ("today", UNKNOWN),
    ],
)
def test_runc_is_judged_by_its_number_unless_a_distribution_made_it(
    version: str, state: FindingState
) -> None:
    assert found(Program("runc", version)).state is state


def test_it_says_which_advisory_and_that_a_fix_may_have_been_carried_back() -> None:
    assert "runc 1.1.11 has CVE-2024-21626" in found(Program("runc", "1.1.11")).says
    assert "carried the fix back" in found(Program("runc", "1.1.5+ds1")).says


def test_a_package_is_a_distributions_whatever_its_number() -> None:
    packaged = Program("runc", "1.1.5", "runc_1.1.5+ds1-1+deb12u1_amd64")
    assert found(packaged).state is UNKNOWN


def test_podman_is_always_a_distributions() -> None:
    old, new = Program("Podman", "4.3.1"), Program("Podman", "5.8.0")
    crun = Program("crun", "1.8.1")
    assert found(old, crun, runtime="crun", engine="podman").state is UNKNOWN
    assert found(new, crun, runtime="crun", engine="podman").state is ABSENT
    assert found(new, runtime="crun", engine="podman").state is UNKNOWN, "of which version?"


def test_docker_cp_of_one_release() -> None:
    assert found(Program("Docker Engine", "19.03.0")).state is PRESENT
    assert found(Program("Docker Engine", "19.03.1")).state is ABSENT
    assert found(Program("Docker Engine", "19.03.0-ce")).state is PRESENT


def test_containerds_shim_is_reached_from_the_hosts_network_alone() -> None:
    shim = Program("containerd", "1.4.2")
    assert found(shim).state is ABSENT
    assert found(shim, in_host_namespace=IN_HOST_NETWORK).state is PRESENT
    assert found(shim, in_host_namespace=dict.fromkeys(NamespaceKind, UNREAD)).state is UNKNOWN


@pytest.mark.parametrize("runtime", ["nvidia", "youki", "sysbox-runc", UNREAD])
def test_a_runtime_whose_version_nobody_says_is_unknown(runtime: Any) -> None:  # noqa: ANN401
    assert found(runtime=runtime).state is UNKNOWN


def test_a_container_that_no_engine_describes_is_unknown() -> None:
    container = a_container("c", described=False)
    assert finding(assessed(container), container, IDENTITY).state is UNKNOWN
    unread = a_container("u", says={"programs": UNREAD})
    assert finding(assessed(unread), unread, IDENTITY).state is UNKNOWN


def test_a_guest_was_made_by_none_of_them() -> None:
    guest = a_machine("g")
    assert finding(assessed(guest), guest, IDENTITY).state is FindingState.NOT_APPLICABLE


def test_it_weakens_the_barrier() -> None:
    container = a_container("c", says={"programs": (*PROGRAMS[:2], Program("runc", "1.1.11"))})
    judged = assessed(container)
    assert rungs(judged, container, HW_I) == (1, 1)
    assert rungs(judged, container, HW_C) == (1, 1)


DEBIAN = """{"Components":[
{"Name":"Engine","Version":"20.10.24+dfsg1","Details":{"ApiVersion":"1.41"}},
{"Name":"containerd","Version":"1.6.20~ds1","Details":{"GitCommit":"1.6.20~ds1-1+deb12u3"}},
{"Name":"runc","Version":"1.1.5+ds1","Details":{}},{"Name":"docker-init","Version":""}]}"""
PODMAN = r"""{"Components":[{"Name":"Podman Engine","Version":"4.3.1","Details":{}},
{"Name":"Conmon","Version":"conmon version 2.1.6, commit: unknown","Details":{"Package":"conmon"}},
{"Name":"OCI Runtime (crun)","Version":"crun version 1.8.1\ncommit: f8a096",
"Details":{"Package":"crun_1.8.1-1+deb12u1_amd64"}}]}"""


def test_an_engine_says_what_makes_its_containers() -> None:
    assert parse_programs(DEBIAN) == (
        Program("Docker Engine", "20.10.24+dfsg1"),
        Program("containerd", "1.6.20~ds1"),
        Program("runc", "1.1.5+ds1"),
    )
    assert parse_programs(PODMAN) == (
        Program("Podman", "4.3.1"),
        Program("crun", "1.8.1", "crun_1.8.1-1+deb12u1_amd64"),
    )


@given(st.text() | st.sampled_from((DEBIAN, PODMAN)).map(lambda text: text[:-3] + "]}"))
def test_what_is_no_such_document_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_programs(text)


@given(st.text())
def test_a_version_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_version(text), Version)


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda advisory: advisory.names)
def test_every_range_begins_before_it_ends(advisory: Any) -> None:  # noqa: ANN401
    for first, fixed in advisory.affected:
        assert not parse_version(first).ending
        assert not parse_version(fixed).ending
        assert parse_version(first).number < parse_version(fixed).number
