"""Limits that a container may write itself, and limits on huge pages."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.workload import (
    IdMapping,
    Limit,
    Mount,
    NamespaceKind,
    SecurityLabel,
    Workload,
)
from tests.fakes.workloads import (
    GIB,
    HW_A,
    UNREAD,
    WW_A,
    a_container,
    a_machine,
    a_mount,
    assessed,
    finding,
    own_mounts,
    rungs,
)
from tests.unit.assessment.test_from_host import side

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
IDENTITY = "own-limits-writable"
OWN_NAMESPACE = dict.fromkeys(NamespaceKind, False)
HOSTS_NAMESPACE = OWN_NAMESPACE | {NamespaceKind.CGROUP: True}
MAPPED = {
    "user_id_map": (IdMapping(0, 100000, 65536),),
    "capabilities_hold_on_host": False,
    "host_user_ids": frozenset({100000}),
}


def groups(*options: str, kind: str = "cgroup2", writable: bool = True) -> tuple[Mount, ...]:
    mount = a_mount("/", "/sys/fs/cgroup", device="0:30", kind=kind, writable=writable, source=kind)
    return (*own_mounts(905), replace(mount, super_options=frozenset(options)))


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, ABSENT),
        ({"mounts": groups()}, PRESENT),
        ({"mounts": groups(writable=False)}, ABSENT),
        ({"mounts": groups("memory", kind="cgroup")}, PRESENT),
        ({"mounts": groups("name=systemd", kind="cgroup")}, ABSENT),
        ({"mounts": groups("nsdelegate"), "in_host_namespace": OWN_NAMESPACE}, ABSENT),
        ({"mounts": groups("nsdelegate"), "in_host_namespace": HOSTS_NAMESPACE}, PRESENT),
        (
            {
                "mounts": groups("nsdelegate"),
                "in_host_namespace": OWN_NAMESPACE | {NamespaceKind.CGROUP: UNREAD},
            },
            UNKNOWN,
        ),
        ({"mounts": groups(), **MAPPED}, ABSENT),
        (
            {
                "mounts": groups(),
                "label": SecurityLabel("selinux", "container_t", enforced=True),
            },
            UNKNOWN,
        ),
        ({"mounts": UNREAD}, UNKNOWN),
    ],
)
def test_whoever_writes_its_control_group_undoes_its_limits(
    facts: dict[str, Any], state: FindingState
) -> None:
    container = a_container("c", **facts)
    found = finding(assessed(container), container, IDENTITY)
    assert found.state is state, found.says


def test_such_limits_bound_nothing() -> None:
    container = a_container("c", mounts=groups())
    assert rungs(assessed(container), container, HW_A)[1] == 0


def test_a_neighbours_limits_that_it_writes_itself_protect_nobody() -> None:
    one = a_container("one", tenant="acme")
    bounded: dict[str, Any] = {
        "tenant": "blue",
        "memory": Limit(GIB),
        "processes": Limit(100),
        "cpu": Limit(1.0),
    }
    kept, undoes = a_container("kept", **bounded), a_container("un", **bounded, mounts=groups())
    unread = a_container("unread", **bounded, mounts=UNREAD)

    def state(other: Workload, identity: str) -> FindingState:
        return finding(assessed(one, other), one, f"neighbours-{identity}").state

    for identity in ("some-limit", "memory-limited", "processes-limited", "cpu-limited"):
        assert state(kept, identity) is PRESENT
        assert state(undoes, identity) is ABSENT
        assert state(unread, identity) is UNKNOWN
    assert rungs(assessed(one, undoes), one, WW_A)[1] == 0


def test_a_guest_has_control_groups_of_its_own() -> None:
    guest = a_machine("g")
    assert finding(assessed(guest), guest, IDENTITY).state is FindingState.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("sizes", "without", "state"),
    [
        ((), (), PRESENT),
        (("2MB",), (), PRESENT),
        (("2MB", "1GB"), ("1GB",), ABSENT),
        (UNREAD, UNREAD, UNKNOWN),
        (("2MB",), UNREAD, UNKNOWN),
    ],
)
def test_huge_pages_are_limited_or_there_are_none(
    sizes: object, without: object, state: FindingState
) -> None:
    container = a_container("c", host_side=side(huge_page_sizes=sizes, huge_pages_open=without))
    assert finding(assessed(container), container, "huge-pages-limited").state is state
