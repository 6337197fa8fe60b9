"""What bounds a workload, and what bounds its neighbours."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Attributes, Limit, Workload
from tests.fakes.workloads import (
    GIB,
    HW_A,
    UNREAD,
    WW_A,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    finding,
    own_mounts,
    rungs,
    seen,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
ALL_THREE: dict[str, Any] = {"memory": Limit(GIB), "processes": Limit(100), "cpu": Limit(1.0)}
READ_ONLY = own_mounts(901, writable_root=False)
XFS_WITH_QUOTA, XFS_WITHOUT_QUOTA = (
    replace(a_mount("/srv/x", "/x", kind="xfs"), super_options=frozenset({"rw", option}))
    for option in ("prjquota", "noquota")
)

CASES: list[tuple[str, dict[str, Any], FindingState]] = [
    ("memory-limited", {}, ABSENT),
    ("memory-limited", {"memory": Limit(GIB)}, PRESENT),
    ("memory-limited", {"memory": Limit(16 * GIB)}, ABSENT),
    ("memory-limited", {"memory": UNREAD}, UNKNOWN),
    ("processes-limited", {}, ABSENT),
    ("processes-limited", {"processes": Limit(100)}, PRESENT),
    ("processes-limited", {"processes": Limit(4194304)}, ABSENT),
    ("processes-limited", {"processes": UNREAD}, UNKNOWN),
    ("cpu-limited", {}, ABSENT),
    ("cpu-limited", {"cpu": Limit(1.5)}, PRESENT),
    ("cpu-limited", {"cpu": Limit(4.0)}, ABSENT),
    ("cpu-limited", {"allowed_cpus": frozenset({0, 1})}, PRESENT),
    ("cpu-limited", {"allowed_cpus": frozenset({0, 1, 2, 3, 64})}, ABSENT),
    ("cpu-limited", {"allowed_cpus": frozenset({0, 64, 65, 66})}, PRESENT),
    ("cpu-limited", {"cpu": UNREAD}, UNKNOWN),
    ("cpu-limited", {"cpu": UNREAD, "allowed_cpus": frozenset({0})}, PRESENT),
    ("some-limit", {}, ABSENT),
    ("some-limit", {"processes": Limit(100)}, PRESENT),
    ("some-limit", {"processes": UNREAD}, UNKNOWN),
    ("some-limit", {"processes": UNREAD, "memory": Limit(GIB)}, PRESENT),
    ("block-io-limited", {}, ABSENT),
    ("block-io-limited", {"block_io": Limit(1e6)}, PRESENT),
    ("block-io-limited", {"block_io": UNREAD}, UNKNOWN),
    ("open-files-limited", {}, ABSENT),
    ("open-files-limited", {"open_files": Limit(1024)}, PRESENT),
    ("open-files-limited", {"open_files": Limit(None)}, ABSENT),
    ("open-files-limited", {"open_files": UNREAD}, UNKNOWN),
    ("storage-limited", {}, UNKNOWN),
    ("storage-limited", {"mounts": READ_ONLY}, PRESENT),
    ("storage-limited", {"mounts": (*READ_ONLY, a_mount("/srv/x", "/x"))}, UNKNOWN),
    (
        "storage-limited",
        {"mounts": (*READ_ONLY, a_mount("/x", "/etc/hosts", kind="fuse.sshfs"))},
        UNKNOWN,
    ),
    ("storage-limited", {"mounts": UNREAD}, UNKNOWN),
    ("storage-limited", {"mounts": (*READ_ONLY, XFS_WITHOUT_QUOTA)}, ABSENT),
    ("storage-limited", {"mounts": (*READ_ONLY, XFS_WITH_QUOTA)}, UNKNOWN),
]


@pytest.mark.parametrize(("identity", "facts", "state"), CASES)
def test_a_container_is_bounded(identity: str, facts: dict[str, Any], state: FindingState) -> None:
    container = a_container("c", **facts)
    found = finding(assessed(container), container, identity)
    assert found.state is state, found.says


@pytest.mark.parametrize(("identity", "facts", "state"), CASES)
def test_and_for_its_neighbour_it_is_the_same(
    identity: str, facts: dict[str, Any], state: FindingState
) -> None:
    container = a_container("c", tenant="acme", **facts)
    neighbour = a_container("n", tenant="blue", **ALL_THREE)
    found = finding(assessed(container, neighbour), neighbour, f"neighbours-{identity}")
    assert found.state is state, found.says


@pytest.mark.parametrize(
    ("limits", "low"),
    [
        ({}, 0),
        ({"memory": Limit(GIB)}, 1),
        (ALL_THREE, 2),
    ],
)
def test_its_own_rung_and_its_neighbours(limits: dict[str, Any], low: int) -> None:
    container = a_container("c", tenant="acme", **limits)
    neighbour = a_container("n", tenant="blue")
    found = assessed(container, neighbour)
    assert rungs(found, container, HW_A) == (low, low)
    assert rungs(found, neighbour, WW_A) == (low, low)
    assert rungs(found, container, WW_A) == (0, 0), "its neighbour has none"


def test_what_is_in_one_tenant_is_no_neighbour() -> None:
    one, other = a_container("1", tenant="acme"), a_container("2", tenant="acme")
    found = finding(assessed(one, other), one, "neighbours-memory-limited")
    assert found.state is PRESENT


@pytest.mark.parametrize(
    ("set_at", "state"),
    [
        ("/tenants.slice/blue.slice", PRESENT),
        ("/tenants.slice/blue.slice/n.scope", PRESENT),
        ("/tenants.slice", ABSENT),
    ],
)
def test_a_limit_above_both_bounds_neither_against_the_other(
    set_at: str, state: FindingState
) -> None:
    own = Attributes(labels={"isoscope.tenant": "acme"}, cgroup="/tenants.slice/acme.slice/c.scope")
    container = a_container("c", attributes=own)
    neighbour = a_container("n", tenant="blue", memory=Limit(GIB, set_at))
    found = finding(assessed(container, neighbour), container, "neighbours-memory-limited")
    assert found.state is state
    assert found.others == ((neighbour.id,) if state is ABSENT else ())


def test_a_neighbour_of_unknown_owner_leaves_it_open() -> None:
    known = a_container("k", tenant="acme")
    unknown = a_container("u", attributes_unknown=UNREAD)
    found = finding(assessed(known, unknown), known, "neighbours-memory-limited")
    assert found.state is UNKNOWN
    assert found.others == ("docker:u",)


def test_without_what_the_host_has_a_limit_says_nothing_and_none_says_enough() -> None:
    container = a_container("c", memory=Limit(GIB))
    found = assessed(container, host=a_host(memory_bytes=UNREAD))
    assert finding(found, container, "memory-limited").state is UNKNOWN
    container = a_container("c")
    found = assessed(container, host=a_host(memory_bytes=UNREAD))
    assert finding(found, container, "memory-limited").state is ABSENT


class TestMachines:
    def machine(self, **says: object) -> Workload:
        return a_machine("g", tenant="acme", says=says)

    def test_its_size_bounds_it(self) -> None:
        guest = self.machine()
        found = assessed(guest)
        assert finding(found, guest, "memory-limited").state is PRESENT
        assert finding(found, guest, "cpu-limited").state is PRESENT
        assert finding(found, guest, "processes-limited").state is FindingState.NOT_APPLICABLE
        assert rungs(found, guest, HW_A) == (2, 2)

    def test_as_large_as_the_host_it_is_not_bounded(self) -> None:
        guest = self.machine(memory=Limit(16 * GIB), cpu=Limit(4.0))
        found = assessed(guest)
        assert finding(found, guest, "memory-limited").state is ABSENT
        assert finding(found, guest, "cpu-limited").state is ABSENT

    def test_of_unknown_size_it_may_be(self) -> None:
        guest = self.machine(memory=UNREAD, cpu=UNREAD)
        found = assessed(guest)
        assert finding(found, guest, "memory-limited").state is UNKNOWN

    def test_its_size_is_its_managers_word_also_for_its_neighbours(self) -> None:
        guest = self.machine()
        neighbour = a_container("n", tenant="blue")
        found = assessed(guest, neighbour, viewpoint=OPERATOR.distrusting(Party.VM_MANAGER))
        assert finding(found, guest, "memory-limited").state is UNKNOWN
        assert finding(found, neighbour, "neighbours-memory-limited").state is UNKNOWN

    def test_unless_the_kernel_bounds_it_too(self) -> None:
        guest = a_machine("g", tenant="acme", memory=Limit(2 * GIB))
        neighbour = a_container("n", tenant="blue")
        found = assessed(guest, neighbour, viewpoint=OPERATOR.distrusting(Party.VM_MANAGER))
        assert finding(found, guest, "memory-limited").state is PRESENT
        assert finding(found, neighbour, "neighbours-memory-limited").state is PRESENT


class TestCpusOnItsOwnWord:
    """Where only the affinity of its processes is known, which each of them can widen again."""

    OWN_WORD = frozenset({Party.HOST_KERNEL, Party.WORKLOAD})

    def test_they_bound_it_on_nobodys_word_that_counts(self) -> None:
        affinity = seen("allowed_cpus", frozenset({0}), parties=self.OWN_WORD)
        container = a_container("c", allowed_cpus=affinity)
        assert finding(assessed(container), container, "cpu-limited").state is UNKNOWN

    def test_that_it_may_run_everywhere_counts(self) -> None:
        affinity = seen("allowed_cpus", frozenset(range(4)), parties=self.OWN_WORD)
        container = a_container("c", allowed_cpus=affinity)
        assert finding(assessed(container), container, "cpu-limited").state is ABSENT

    def test_nor_do_they_set_a_neighbours_cpus_apart(self) -> None:
        affinity = seen("allowed_cpus", frozenset({0}), parties=self.OWN_WORD)
        container = a_container("c", tenant="acme", allowed_cpus=affinity)
        neighbour = a_container(
            "n", tenant="blue", allowed_cpus=frozenset({1}), memory_protected=Limit(GIB)
        )
        found = assessed(container, neighbour)
        assert finding(found, neighbour, "share-reserved").state is UNKNOWN


class TestReservedShares:
    def state(self, *neighbours: Workload, **facts: Any) -> FindingState:  # noqa: ANN401
        given: dict[str, Any] = {
            "allowed_cpus": frozenset({0, 1}),
            "memory_protected": Limit(GIB),
        } | facts
        own = a_container("own", tenant="acme", **given)
        return finding(assessed(own, *neighbours), own, "share-reserved").state

    def test_cpus_and_memory_of_its_own(self) -> None:
        apart = a_container("n", tenant="blue", allowed_cpus=frozenset({2, 3}))
        assert self.state(apart) is PRESENT

    def test_a_neighbour_on_one_of_its_cpus(self) -> None:
        near = a_container("n", tenant="blue", allowed_cpus=frozenset({1, 2}))
        assert self.state(near) is ABSENT

    def test_another_of_its_own_tenant_there(self) -> None:
        same = a_container("n", tenant="acme", allowed_cpus=frozenset({1, 2}))
        assert self.state(same) is PRESENT

    def test_one_of_unknown_owner_there(self) -> None:
        unknown = a_container("u", attributes_unknown=UNREAD, allowed_cpus=frozenset({1}))
        assert self.state(unknown) is UNKNOWN

    def test_one_of_unknown_place(self) -> None:
        unknown = a_container("n", tenant="blue", allowed_cpus=UNREAD)
        assert self.state(unknown) is UNKNOWN
        near = a_container("m", tenant="blue", allowed_cpus=frozenset({1}))
        assert self.state(unknown, near) is ABSENT

    def test_memory_that_is_not_protected(self) -> None:
        assert self.state(memory_protected=Limit(None)) is ABSENT
        assert self.state(memory_protected=UNREAD) is UNKNOWN
        assert self.state(memory_protected=Limit(None), allowed_cpus=UNREAD) is ABSENT
