"""Managers, back ends, memory and CPUs that tenants have together."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.verdict import Finding
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import HostFacts
from isoscope.inventory.makeup import MachineParts
from isoscope.inventory.observation import Party
from isoscope.inventory.workload import Attributes, Limit, Workload
from tests.fakes.workloads import (
    GIB,
    UNREAD,
    WW_A,
    WW_C,
    a_container,
    a_host,
    a_machine,
    a_mount,
    assessed,
    finding,
    seen,
    undescribed,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN


def found(identity: str, *workloads: Workload, **inventory: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    return finding(assessed(*workloads, **inventory), workloads[0], identity)


def state(identity: str, *workloads: Workload, **inventory: Any) -> FindingState:  # noqa: ANN401
    return found(identity, *workloads, **inventory).state


def of(tenant: str, name: str = "", **facts: Any) -> Workload:  # noqa: ANN401
    return a_container(name or f"of-{tenant}", tenant=tenant, **facts)


class TestManagers:
    def test_one_engine_for_two_tenants(self) -> None:
        shown = found("shared-manager", of("acme"), of("blue"))
        assert shown.state is PRESENT
        assert "whoever gives orders to docker also manages of-blue (blue)" in shown.says
        assert state("shared-manager", of("acme"), of("acme", "two")) is ABSENT

    def test_engines_of_their_own(self) -> None:
        def rootless(tenant: str, user: str) -> Workload:
            labels = {"isoscope.tenant": tenant}
            attributes = Attributes(labels=labels, rootless_user=user)
            return a_container(tenant, engine="podman", attributes=attributes)

        assert state("shared-manager", of("acme"), a_machine("g", tenant="blue")) is ABSENT
        assert state("shared-manager", rootless("acme", "ann"), rootless("blue", "bob")) is ABSENT
        shared = found("shared-manager", rootless("acme", "ann"), rootless("blue", "ann"))
        assert "podman of ann" in shared.says

    def test_one_that_nobody_describes_leaves_it_open(self) -> None:
        assert state("shared-manager", of("acme"), undescribed(of("blue"))) is UNKNOWN
        assert state("shared-manager", undescribed(of("blue")), of("acme")) is UNKNOWN

    def test_is_shown_beside(self) -> None:
        acme = of("acme")
        beside = assessed(acme, of("blue")).standings[acme.id][WW_C].beside
        assert "shared-manager" in {item.id for item in beside}


class TestBackEnds:
    @staticmethod
    def served(tenant: str, *sockets: str) -> Workload:
        parts = MachineParts(nested=False, vhost_user=sockets)
        return a_machine(f"g-{tenant}", tenant=tenant, says={"parts": parts})

    def test_one_socket_for_two_tenants(self) -> None:
        shown = found(
            "shared-vhost-user-back-end",
            self.served("acme", "/run/s"),
            self.served("blue", "/run/s"),
        )
        assert shown.state is PRESENT
        assert "/run/s" in shown.says

    def test_whether_one_process_serves_two_sockets_is_not_known(self) -> None:
        one, two = self.served("acme", "/run/1"), self.served("blue", "/run/2")
        assert state("shared-vhost-user-back-end", one, two) is UNKNOWN

    def test_whoever_has_none_or_no_neighbour_with_one_shares_none(self) -> None:
        one = self.served("acme", "/run/1")
        assert state("shared-vhost-user-back-end", one, self.served("blue")) is ABSENT
        assert state("shared-vhost-user-back-end", self.served("blue"), one) is ABSENT
        assert state("shared-vhost-user-back-end", one, of("blue")) is ABSENT
        unsaid = a_machine("u", tenant="blue", says={"parts": UNREAD})
        assert state("shared-vhost-user-back-end", one, unsaid) is UNKNOWN
        assert state("shared-vhost-user-back-end", one, undescribed(unsaid)) is UNKNOWN


def limited(tenant: str, amount: float, *, set_at: str = "", cpu: float = 1.0) -> Workload:
    return of(tenant, memory=Limit(amount, set_at or f"/{tenant}"), cpu=Limit(cpu, f"/{tenant}"))


class TestOvercommitment:
    def test_limits_that_come_to_more_than_the_host_has(self) -> None:
        acme, blue = limited("acme", 10 * GIB), limited("blue", 7 * GIB)
        shown = found("memory-overcommitted", acme, blue)
        assert shown.state is PRESENT
        assert "17.0 GiB of memory promised, and 16.0 GiB of memory there" in shown.says
        assert state("memory-overcommitted", acme, limited("blue", 6 * GIB)) is ABSENT
        assert state("memory-overcommitted", limited("acme", 20 * GIB)) is ABSENT  # alone

    def test_a_limit_of_both_counts_once(self) -> None:
        acme, blue = (limited(t, 10 * GIB, set_at="/both") for t in ("acme", "blue"))
        assert state("memory-overcommitted", acme, blue) is ABSENT

    def test_guests_take_their_size(self) -> None:
        guests = [a_machine(t, tenant=t, says={"memory": Limit(9 * GIB)}) for t in ("a", "b")]
        assert state("memory-overcommitted", *guests) is PRESENT

    def test_whoever_has_no_limit_may_take_all(self) -> None:
        shown = found("memory-overcommitted", limited("acme", GIB), of("blue"))
        assert shown.state is PRESENT
        assert "nothing limits the memory of of-blue (blue)" in shown.says

    @pytest.mark.parametrize("identity", ["memory-overcommitted", "cpus-overcommitted"])
    def test_what_is_unread_leaves_it_open(self, identity: str) -> None:
        acme = limited("acme", GIB)
        untold = of("blue", memory=UNREAD, cpu=UNREAD)
        assert state(identity, acme, untold) is UNKNOWN
        assert state(identity, acme, undescribed(a_machine("g", tenant="blue"))) is UNKNOWN
        host = a_host(memory_bytes=UNREAD, online_cpus=UNREAD)
        assert state(identity, acme, limited("blue", GIB), host=host) is UNKNOWN

    def test_cpus_likewise(self) -> None:
        acme, blue = limited("acme", GIB, cpu=3.0), limited("blue", GIB, cpu=2.0)
        shown = found("cpus-overcommitted", acme, blue)
        assert shown.state is PRESENT
        assert "5.0 CPUs promised, and 4.0 CPUs there" in shown.says
        assert state("cpus-overcommitted", acme, limited("blue", GIB, cpu=1.0)) is ABSENT

    def test_enough_for_all_counts_only_for_who_believes_those_who_say_so(self) -> None:
        acme, guest = limited("acme", GIB), a_machine("g", tenant="blue")
        doubting = OPERATOR.distrusting(Party.VM_MANAGER)
        assert state("memory-overcommitted", acme, guest) is ABSENT
        assert state("memory-overcommitted", acme, guest, viewpoint=doubting) is UNKNOWN

    def test_is_shown_beside_availability(self) -> None:
        acme = limited("acme", GIB)
        beside = assessed(acme, of("blue")).standings[acme.id][WW_A].beside
        assert {"memory-overcommitted", "cpus-overcommitted"} <= {item.id for item in beside}


SYS = a_mount("/", "/sys", device="0:22", kind="sysfs", source="sysfs")
HIDDEN = a_mount("/", "/sys/devices/virtual/powercap", device="0:90", kind="tmpfs", source="tmpfs")


class TestPowerMeters:
    RAPL = replace(a_host(), power_meters=seen("power-meters", ("intel-rapl:0",)))

    def state(self, *workloads: Workload, host: HostFacts | None = None) -> FindingState:
        return state("neighbour-reads-power-meters", *workloads, host=host or self.RAPL)

    def test_root_of_a_container_reads_them_unless_they_are_hidden_from_it(self) -> None:
        acme = of("acme", mounts=(SYS, HIDDEN))
        assert self.state(acme, of("blue", mounts=(SYS,))) is PRESENT
        assert self.state(acme, of("blue", mounts=(SYS, HIDDEN))) is ABSENT
        assert self.state(acme, of("blue", mounts=())) is ABSENT

    def test_no_other_user_does(self) -> None:
        acme = of("acme")
        unprivileged = of("blue", mounts=(SYS,), host_user_ids=frozenset({1000}))
        apart = of("blue", mounts=(SYS,), capabilities_hold_on_host=False)
        assert self.state(acme, unprivileged) is ABSENT
        assert self.state(acme, apart) is ABSENT
        assert self.state(acme, a_machine("g", tenant="blue")) is ABSENT

    def test_where_there_are_none_nobody_reads_them(self) -> None:
        none = replace(a_host(), power_meters=seen("power-meters", ()))
        assert self.state(of("acme"), of("blue", mounts=(SYS,)), host=none) is ABSENT

    def test_what_is_unread_leaves_it_open(self) -> None:
        acme = of("acme", mounts=(SYS, HIDDEN))
        assert self.state(acme, of("blue", mounts=UNREAD)) is UNKNOWN
        assert self.state(acme, of("blue", mounts=(SYS,), host_user_ids=UNREAD)) is UNKNOWN
        unread = replace(a_host(), power_meters=seen("power-meters", UNREAD))
        assert self.state(acme, of("blue"), host=unread) is UNKNOWN
        assert self.state(acme, of("blue"), host=a_host()) is UNKNOWN
        assert self.state(acme, host=unread) is ABSENT


class TestMemoryErrors:
    def state(self, counted: object) -> FindingState:
        host = replace(a_host(), memory_errors=seen("memory-errors", counted))
        return state("memory-errors-corrected", of("acme"), of("blue"), host=host)

    def test_a_controller_that_counts_them_corrects_them(self) -> None:
        assert self.state((3, 0)) is PRESENT
        assert self.state(UNREAD) is UNKNOWN
        assert state("memory-errors-corrected", of("acme"), host=a_host()) is UNKNOWN


class TestSpeculation:
    @pytest.mark.parametrize(("open_to", "expected"), [((), PRESENT), (("x: vulnerable",), ABSENT)])
    def test_of_its_own_programs(self, open_to: tuple[str, ...], expected: FindingState) -> None:
        acme = of("acme", speculation=frozenset(open_to))
        assert state("speculation-restricted", acme, of("blue")) is expected

    def test_is_unknown_where_the_kernel_does_not_say(self) -> None:
        assert state("speculation-restricted", of("acme", speculation=UNREAD)) is UNKNOWN
        assert state("speculation-restricted", of("acme")) is UNKNOWN

    def test_of_a_guest_is_its_kernels_own(self) -> None:
        guest = a_machine("g", tenant="acme")
        assert state("speculation-restricted", guest) is FindingState.NOT_APPLICABLE
