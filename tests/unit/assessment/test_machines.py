"""Virtual machines: their kernel, their VMM, their disks and their TEE."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import AttackVector, HostFacts
from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.inventory.workload import (
    LaunchSecurity,
    NamespaceKind,
    SeccompMode,
    SecurityLabel,
    Volume,
    Workload,
)
from tests.fakes.workloads import (
    FACTS,
    HW_C,
    HW_I,
    UNREAD,
    WH_C,
    WH_I,
    WW_C,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    finding,
    rungs,
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
NOT_APPLICABLE = FindingState.NOT_APPLICABLE
UNCONFINED = SecurityLabel("apparmor", "unconfined", enforced=False)


def disk(source: str, *, writable: bool = True, kind: str = "disk") -> Volume:
    return Volume(kind, source, "vda", writable)


CASES: list[tuple[str, dict[str, Any], FindingState]] = [
    ("own-kernel", {}, PRESENT),
    ("vmm-runs-as-root", {}, ABSENT),
    ("vmm-runs-as-root", {"host_user_ids": frozenset({0, 64055})}, PRESENT),
    ("vmm-runs-as-root", {"host_user_ids": UNREAD}, UNKNOWN),
    ("vmm-mac-label", {}, PRESENT),
    ("vmm-mac-label", {"label": UNCONFINED}, ABSENT),
    ("vmm-mac-label", {"label": UNREAD}, UNKNOWN),
    ("vmm-seccomp-sandbox", {}, PRESENT),
    ("vmm-seccomp-sandbox", {"seccomp": SeccompMode.DISABLED}, ABSENT),
    ("vmm-seccomp-sandbox", {"seccomp": UNREAD}, UNKNOWN),
    ("host-device-passed-through", {}, ABSENT),
    ("host-device-passed-through", {"says": {"passed_through": ("pci 0000:01:00.0",)}}, PRESENT),
    ("host-device-passed-through", {"says": {"passed_through": UNREAD}}, UNKNOWN),
    ("raw-device-access", {}, ABSENT),
    ("raw-device-access", {"says": {"disks": (disk("/dev/vda"),)}}, PRESENT),
    ("raw-device-access", {"says": {"disks": (disk("/dev/vda1"),)}}, PRESENT),
    ("raw-device-access", {"says": {"disks": (disk("/dev/vda", writable=False),)}}, ABSENT),
    ("raw-device-access", {"says": {"disks": (disk("/dev/vdb"),)}}, ABSENT),
    ("raw-device-access", {"says": {"disks": (disk("/dev/disk/by-id/x"),)}}, UNKNOWN),
    ("raw-device-access", {"says": {"disks": (disk("/dev/vg/guest"),)}}, UNKNOWN),
    ("raw-device-access", {"says": {"disks": UNREAD}}, UNKNOWN),
    ("host-root-mounted", {"says": {"disks": (disk("/", kind="filesystem"),)}}, PRESENT),
    (
        "host-system-path-writable",
        {"says": {"disks": (disk("/etc", kind="filesystem"),)}},
        PRESENT,
    ),
    (
        "host-system-path-writable",
        {"says": {"disks": (disk("/srv/share", kind="filesystem"),)}},
        ABSENT,
    ),
    (
        "sensitive-host-path-mounted",
        {"says": {"disks": (disk("/etc", kind="filesystem", writable=False),)}},
        PRESENT,
    ),
    ("sensitive-host-path-mounted", {"says": {"disks": UNREAD}}, UNKNOWN),
    ("memory-encrypted-by-tee", {}, ABSENT),
    ("memory-encrypted-by-tee", {"says": {"launch_security": UNREAD}}, UNKNOWN),
    ("memory-integrity-by-tee", {"says": {"launch_security": LaunchSecurity("sev")}}, ABSENT),
    ("tee-debug-allowed", {}, NOT_APPLICABLE),
    (
        "tee-debug-allowed",
        {"says": {"launch_security": LaunchSecurity("sev", debug_allowed=True)}},
        PRESENT,
    ),
    ("tee-debug-allowed", {"says": {"launch_security": LaunchSecurity("sev")}}, UNKNOWN),
    ("attested", {}, ABSENT),
]


@pytest.mark.parametrize(("identity", "facts", "state"), CASES)
def test_it_is_found(identity: str, facts: dict[str, Any], state: FindingState) -> None:
    guest = a_machine("g", **facts)
    found = finding(assessed(guest), guest, identity)
    assert found.state is state, found.says


@pytest.mark.parametrize(
    "identity",
    [
        "host-device-passed-through",
        "raw-device-access",
        "host-root-mounted",
        "memory-encrypted-by-tee",
        "memory-integrity-by-tee",
        "tee-debug-allowed",
    ],
)
def test_of_a_machine_that_nobody_describes_it_is_not_known(identity: str) -> None:
    guest = undescribed(a_machine("g"))
    assert finding(assessed(guest), guest, identity).state is UNKNOWN


class TestRungs:
    def test_of_a_guest_as_libvirt_confines_it(self) -> None:
        guest = a_machine("g")
        found = assessed(guest)
        assert rungs(found, guest, HW_I) == (5, 5)
        assert rungs(found, guest, HW_C) == (5, 5)
        assert rungs(found, guest, WH_C) == (0, 0)

    def test_of_one_whose_vmm_is_root(self) -> None:
        guest = a_machine("g", host_user_ids=frozenset({0}))
        assert rungs(assessed(guest), guest, HW_I) == (2, 2)

    def test_of_one_whose_vmm_is_not_confined(self) -> None:
        guest = a_machine("g", label=UNCONFINED)
        assert rungs(assessed(guest), guest, HW_I) == (4, 4)

    def test_of_one_that_writes_the_hosts_disk(self) -> None:
        guest = a_machine("g", says={"disks": (disk("/dev/vda"),)})
        assert rungs(assessed(guest), guest, HW_I) == (0, 0)

    def test_of_one_behind_an_open_flaw_of_the_cpu(self) -> None:
        guest = a_machine("g")
        found = assessed(guest, host=a_host(flaws={"l1tf": "Vulnerable"}))
        assert rungs(found, guest, HW_C) == (1, 1)
        assert rungs(found, guest, HW_I) == (5, 5)

    def test_of_one_of_which_nothing_is_known(self) -> None:
        unread: dict[str, Any] = dict.fromkeys(FACTS, UNREAD)
        for key in ("namespaces", "in_host_namespace"):
            unread[key] = dict.fromkeys(NamespaceKind, UNREAD)
        guest = undescribed(a_machine("g", **unread))
        found = assessed(guest)
        assert rungs(found, guest, HW_I) == (0, 5)
        assert rungs(found, guest, WH_C) == (0, 2)
        assert rungs(found, guest, WH_I) == (0, 2)

    def test_a_container_has_no_kernel_of_its_own(self) -> None:
        container = a_container("c")
        found = assessed(container)
        assert finding(found, container, "own-kernel").state is ABSENT
        assert finding(found, container, "vmm-runs-as-root").state is NOT_APPLICABLE


EXPOSED = "Mitigation: Clear CPU buffers; SMT vulnerable"


class TestFlawsOfTheCpu:
    """What the kernel reports of the vector by which a workload could use them."""

    def state(self, **host: Any) -> FindingState:  # noqa: ANN401
        container = a_container("c")
        found = assessed(container, host=a_host(**host))
        return finding(found, container, "cpu-flaw-user-kernel").state

    def test_none_is_open(self) -> None:
        assert self.state() is ABSENT
        assert self.state(flaws={"meltdown": "Mitigation: PTI"}) is ABSENT

    def test_one_is_open(self) -> None:
        assert self.state(flaws={"meltdown": "Vulnerable"}) is PRESENT

    def test_one_of_another_vector_does_not_count(self) -> None:
        assert self.state(flaws={"itlb_multihit": "Vulnerable"}) is ABSENT

    def test_one_was_not_read(self) -> None:
        assert self.state(flaws={"meltdown": UNREAD}) is UNKNOWN

    def test_one_is_open_whatever_was_not_read(self) -> None:
        assert self.state(flaws={"meltdown": UNREAD, "mds": "Vulnerable"}) is PRESENT

    def test_the_kernel_does_not_know_one(self) -> None:
        assert self.state(flaws={"meltdown": "Unknown"}) is UNKNOWN

    def test_the_kernel_is_too_old_to_know_one(self) -> None:
        assert self.state(flaw_list=("meltdown",)) is UNKNOWN

    def test_the_list_was_not_read(self) -> None:
        assert self.state(flaw_list=UNREAD) is UNKNOWN

    def test_a_list_that_is_empty_says_nothing(self) -> None:
        assert self.state(flaw_list=()) is UNKNOWN

    def test_a_flaw_that_is_listed_and_has_no_report(self) -> None:
        host = a_host()
        container = a_container("c")
        reports = {name: o for name, o in host.cpu_flaws.items() if name != "meltdown"}
        found = assessed(container, host=replace(host, cpu_flaws=reports))
        assert finding(found, container, "cpu-flaw-user-kernel").state is UNKNOWN

    def test_mitigations_were_switched_off(self) -> None:
        off = frozenset({AttackVector.USER_KERNEL})
        assert self.state(vectors_off=off, flaws={"meltdown": "Mitigation: PTI"}) is PRESENT
        assert self.state(vectors_off=off) is ABSENT, "nothing is there to be mitigated"

    def test_whether_they_were_is_not_known(self) -> None:
        unread = {"vectors_off": UNREAD}
        assert self.state(**unread, flaws={"meltdown": "Mitigation: PTI"}) is UNKNOWN
        assert self.state(**unread) is ABSENT

    @pytest.mark.parametrize("guest", [True, UNREAD])
    def test_a_guest_cannot_say_that_its_cpu_has_none(self, guest: object) -> None:
        assert self.state(is_guest=guest) is UNKNOWN
        assert self.state(is_guest=guest, flaws={"meltdown": "Vulnerable"}) is PRESENT

    @pytest.mark.parametrize(
        ("identity", "vector", "make", "beside", "flaw"),
        [
            (
                "cpu-flaw-neighbour-guest",
                AttackVector.GUEST_HOST,
                a_container,
                a_machine,
                "l1tf",
            ),
            (
                "cpu-flaw-neighbour-program",
                AttackVector.USER_KERNEL,
                a_machine,
                a_container,
                "meltdown",
            ),
        ],
    )
    def test_a_guest_and_a_program_reach_each_other_through_the_host(
        self,
        identity: str,
        vector: AttackVector,
        make: Any,  # noqa: ANN401
        beside: Any,  # noqa: ANN401
        flaw: str,
    ) -> None:
        assert flaw in FLAWS_BY_VECTOR[vector]
        host = a_host(flaws={flaw: "Vulnerable"})
        one, own = make("one", tenant="acme"), beside("own", tenant="acme")
        alike, other = make("alike", tenant="blue"), beside("other", tenant="blue")
        nobodys = replace(beside("nobodys"), attributes_unknown=UNREAD)

        def state(*workloads: Workload, on: HostFacts = host) -> FindingState:
            return finding(assessed(*workloads, host=on), one, identity).state

        assert state(one, own, alike) is ABSENT, "no other tenant's runs so"
        assert state(one, other) is PRESENT
        assert state(one, nobodys) is UNKNOWN
        assert state(one, other, on=a_host()) is ABSENT
        assert state(one, other, on=a_host(flaws={flaw: UNREAD})) is UNKNOWN
        assert finding(assessed(one, other, host=host), other, identity).state is NOT_APPLICABLE
        assert rungs(assessed(one, other, host=host), one, WW_C) == (1, 1)

    @pytest.mark.parametrize(
        ("identity", "vector", "make"),
        [
            ("cpu-flaw-user-user", AttackVector.USER_USER, a_container),
            ("cpu-flaw-guest-guest", AttackVector.GUEST_GUEST, a_machine),
        ],
    )
    def test_between_neighbours_it_takes_a_neighbour(
        self,
        identity: str,
        vector: AttackVector,
        make: Any,  # noqa: ANN401
    ) -> None:
        host = a_host(flaws=dict.fromkeys(FLAWS_BY_VECTOR[vector], "Vulnerable"))
        one, other = make("one", tenant="acme"), make("other", tenant="blue")
        assert finding(assessed(one, host=host), one, identity).state is ABSENT
        assert finding(assessed(one, other, host=host), one, identity).state is PRESENT

    @pytest.mark.parametrize(
        ("identity", "make"),
        [("cpu-flaw-user-user", a_container), ("cpu-flaw-guest-guest", a_machine)],
    )
    def test_what_reads_the_kernel_reads_the_neighbours(self, identity: str, make: Any) -> None:  # noqa: ANN401
        """Linux maps all memory: attack_vector_controls.rst, User-to-User and Guest-to-Guest."""
        host = a_host(flaws={"retbleed": "Vulnerable"})
        one, other = make("one", tenant="acme"), make("other", tenant="blue")
        assert finding(assessed(one, other, host=host), one, identity).state is PRESENT
        assert finding(assessed(one, host=host), one, identity).state is ABSENT

    @pytest.mark.parametrize(
        ("host", "state"),
        [
            ({"smt_active": True}, ABSENT),
            ({"smt_active": True, "flaws": {"mds": EXPOSED}}, PRESENT),
            ({"smt_active": False, "flaws": {"mds": EXPOSED}}, ABSENT),
            ({"smt_active": UNREAD, "flaws": {"mds": EXPOSED}}, UNKNOWN),
            ({"smt_active": UNREAD}, ABSENT),
            ({"smt_active": True, "flaws": {"mds": UNREAD}}, UNKNOWN),
            ({"smt_active": True, "flaws": {"spec_store_bypass": "Vulnerable"}}, ABSENT),
            ({"smt_active": True, "is_guest": True}, UNKNOWN),
            ({"smt_active": True, "is_guest": True, "flaws": {"mds": EXPOSED}}, PRESENT),
            (
                {
                    "smt_active": True,
                    "flaws": {"mds": "Mitigation: Clear CPU buffers; SMT disabled"},
                    "vectors_off": frozenset({AttackVector.CROSS_THREAD}),
                },
                PRESENT,
            ),
        ],
    )
    @pytest.mark.parametrize("make", [a_container, a_machine])
    def test_siblings_of_a_core_are_exposed_to_each_other(
        self,
        make: Any,  # noqa: ANN401
        host: dict[str, Any],
        state: FindingState,
    ) -> None:
        one, other = make("one", tenant="acme"), make("other", tenant="blue")
        found = assessed(one, other, host=a_host(**host))
        assert finding(found, one, "cpu-flaw-cross-thread").state is state
        alone = assessed(one, host=a_host(**host))
        assert finding(alone, one, "cpu-flaw-cross-thread").state is ABSENT


def test_what_a_guest_shares_of_the_host_is_shown_by_its_path() -> None:
    guest = a_machine("g", says={"disks": (disk("/etc", kind="filesystem"),)})
    found = finding(assessed(guest), guest, "host-system-path-writable")
    assert "/etc at vda (writable)" in found.says


def test_a_mount_of_the_hosts_is_no_disk_of_the_guest() -> None:
    guest = a_machine("g", mounts=(a_mount("/", "/"),))
    assert finding(assessed(guest), guest, "host-root-mounted").state is ABSENT
