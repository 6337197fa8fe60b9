"""Neighbours on another thread of a core: CPUs of both, its siblings, and core scheduling."""

from dataclasses import replace
from typing import Any

import pytest

from isoscope.assessment.verdict import Finding
from isoscope.assessment.vocabulary import FindingState
from isoscope.inventory.host import CpuFlaw, FlawState, HostFacts
from isoscope.inventory.workload import Workload
from tests.fakes.workloads import (
    UNREAD,
    WW_C,
    a_container,
    a_host,
    a_machine,
    assessed,
    finding,
    rungs,
    seen,
)

PRESENT, ABSENT, UNKNOWN = FindingState.PRESENT, FindingState.ABSENT, FindingState.UNKNOWN
PAIRS = {cpu: frozenset({cpu, (cpu + 4) % 8}) for cpu in range(8)}
"""Four cores of two threads: 0 and 4, 1 and 5 …"""
TOGETHER = {"smt_active": True, "cores": PAIRS, "online_cpus": frozenset(range(8))}


def host(**facts: Any) -> HostFacts:  # noqa: ANN401
    return a_host(**(TOGETHER | facts))


def found(identity: str, *workloads: Workload, **facts: Any) -> Finding:  # noqa: ANN401
    """The finding on the first of these workloads."""
    return finding(assessed(*workloads, host=host(**facts)), workloads[0], identity)


def apart(*workloads: Workload, **facts: Any) -> FindingState:  # noqa: ANN401
    return found("sibling-threads-apart", *workloads, **facts).state


def of(tenant: str, *cpus: int, cookies: object = frozenset({0}), name: str = "") -> Workload:
    return a_container(
        name or f"of-{tenant}",
        tenant=tenant,
        allowed_cpus=frozenset(cpus or range(8)),
        core_cookies=cookies,
    )


def test_two_tenants_on_all_cpus_meet_on_threads_of_one_core() -> None:
    shown = found("sibling-threads-apart", of("acme"), of("blue"))
    assert shown.state is ABSENT
    assert "of-blue (blue) may run on a thread beside it" in shown.says
    assert len(shown.others) == 1


@pytest.mark.parametrize(
    ("own", "theirs", "state"),
    [
        ((0,), (4,), ABSENT),  # siblings
        ((0, 4), (4,), ABSENT),
        ((0,), (0,), PRESENT),  # one thread: they take turns
        ((0, 4), (1, 5), PRESENT),
        ((0, 1), (6, 7), PRESENT),
        ((0, 1), (5, 7), ABSENT),
    ],
)
def test_it_is_siblings_that_count(
    own: tuple[int, ...], theirs: tuple[int, ...], state: FindingState
) -> None:
    assert apart(of("acme", *own), of("blue", *theirs)) is state
    assert apart(of("blue", *theirs), of("acme", *own)) is state


def test_within_one_tenant_they_are_nobodys_neighbours() -> None:
    assert apart(of("acme"), of("acme", name="two")) is PRESENT
    assert apart(of("acme")) is PRESENT


def test_where_one_thread_of_each_core_runs_nobody_is_beside_anybody() -> None:
    cores = {cpu: frozenset({cpu}) for cpu in range(8)}
    assert apart(of("acme"), of("blue"), smt_active=False, cores=cores) is PRESENT


class TestCoreScheduling:
    def test_keeps_apart_those_of_different_cookies(self) -> None:
        acme = of("acme", cookies=frozenset({7}))
        assert apart(acme, of("blue", cookies=frozenset({8}))) is PRESENT
        assert apart(acme, of("blue", cookies=frozenset({0}))) is PRESENT
        assert apart(of("blue", cookies=frozenset({0})), acme) is ABSENT

    def test_puts_together_those_of_one(self) -> None:
        acme, blue = (of(tenant, cookies=frozenset({7})) for tenant in ("acme", "blue"))
        assert apart(acme, blue) is ABSENT

    def test_helps_nobody_of_whom_one_task_has_none(self) -> None:
        assert apart(of("acme", cookies=frozenset({0, 7})), of("blue")) is ABSENT

    def test_is_unknown_where_it_was_not_read(self) -> None:
        tagged = of("acme", cookies=frozenset({7}))
        assert apart(of("acme", cookies=UNREAD), of("blue")) is UNKNOWN
        assert apart(tagged, of("blue", cookies=UNREAD)) is UNKNOWN
        assert apart(of("acme", cookies=None), of("blue")) is UNKNOWN
        assert apart(tagged, of("blue", cookies=None)) is UNKNOWN

    def test_matters_to_nobody_whose_cores_are_his_own(self) -> None:
        assert apart(of("acme", 0, 4, cookies=UNREAD), of("blue", 1, 5)) is PRESENT


def test_what_is_unread_leaves_it_open() -> None:
    acme, blue = of("acme"), of("blue")
    untold = a_container("untold", tenant="blue", allowed_cpus=UNREAD, core_cookies=frozenset({0}))
    assert apart(acme, untold) is UNKNOWN
    assert apart(untold, acme) is UNKNOWN
    assert apart(untold) is PRESENT
    assert apart(acme, blue, cores=UNREAD) is UNKNOWN
    assert apart(acme, cores=UNREAD) is PRESENT
    nobody_looked = replace(host(), cores=None)
    shown = finding(assessed(acme, blue, host=nobody_looked), acme, "sibling-threads-apart")
    assert shown.state is UNKNOWN
    nobodys = a_container(
        "n",
        attributes_unknown=UNREAD,
        allowed_cpus=frozenset(range(8)),
        core_cookies=frozenset({0}),
    )
    assert apart(acme, nobodys) is UNKNOWN
    assert apart(nobodys, acme) is UNKNOWN


class TestFlawsAcrossThreads:
    OPEN = CpuFlaw(
        "mds", FlawState.MITIGATED, "Mitigation: Clear CPU buffers; SMT vulnerable", True
    )

    def state(self, *workloads: Workload, flaw: CpuFlaw | None = None) -> FindingState:
        machine = host()
        if flaw is not None:
            machine = replace(machine, cpu_flaws={**machine.cpu_flaws, "mds": seen("mds", flaw)})
        self.assessment = assessed(*workloads, host=machine)
        return finding(self.assessment, workloads[0], "cpu-flaw-cross-thread").state

    def test_one_that_smt_keeps_open_reaches_the_thread_beside(self) -> None:
        acme, blue = of("acme"), of("blue")
        assert self.state(acme, blue, flaw=self.OPEN) is PRESENT
        assert rungs(self.assessment, acme, WW_C) == (1, 1)
        assert self.state(acme, blue) is ABSENT

    def test_but_nobody_who_has_his_cores_to_himself(self) -> None:
        assert self.state(of("acme", 0, 4), of("blue", 1, 5), flaw=self.OPEN) is ABSENT
        assert self.state(of("acme"), flaw=self.OPEN) is ABSENT

    def test_a_guest_like_a_container(self) -> None:
        guest = a_machine(
            "g",
            tenant="acme",
            allowed_cpus=frozenset(range(8)),
            core_cookies=frozenset({0}),
        )
        assert self.state(guest, of("blue"), flaw=self.OPEN) is PRESENT

    def test_and_it_is_unknown_where_the_neighbours_cookies_are(self) -> None:
        assert self.state(of("acme", cookies=UNREAD), of("blue"), flaw=self.OPEN) is UNKNOWN
