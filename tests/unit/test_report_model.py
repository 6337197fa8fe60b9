"""The report of an assessment: everything gathered, numbered in the order in which it is said."""

from __future__ import annotations

import time

import pytest

from isoscope.assessment.assessment import Assessment
from isoscope.assessment.profile import Profile
from isoscope.assessment.verdict import (
    AssessedTenant,
    AssessedWorkload,
    Change,
    Explanation,
    Finding,
    TenantClaim,
    Verdict,
)
from isoscope.assessment.viewpoint import OPERATOR
from isoscope.assessment.vocabulary import (
    ASPECTS,
    Aspect,
    Direction,
    FindingKind,
    FindingState,
    Property,
    Status,
)
from isoscope.inventory.build import build_inventory
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import KERNEL, Observation, Party, known
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.reports.model import build_report
from isoscope.reports.report import Report, VerdictReport
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState, Snapshot
from isoscope.snapshot.reading import Channel, Reading, Source

HW_C = Aspect(Direction.HOST_FROM_WORKLOAD, Property.CONFIDENTIALITY)


def empty_inventory() -> Inventory:
    snapshot = Snapshot.of(
        [Reading(Source(Channel.FILE, "/proc/sys/kernel/hostname"), 1.0, "root", content=b"h1\n")],
        collector=Collector("0.1.0", 0, 0, "this machine"),
        started_at=1795410000.0,
        finished_at=1795410001.0,
        probes=(ProbeOutcome("host", ProbeState.COMPLETE, 0.1),),
    )
    return build_inventory(snapshot)


def workload(number: int) -> Workload:
    return Workload(
        id=f"docker:{number}",
        kind=WorkloadKind.CONTAINER,
        engine="docker",
        name=f"web{number}",
        state="running",
        pid=number,
        attributes=Attributes(),
        process=None,
    )


def mounts(workload_id: str) -> Observation[object]:
    reading = Reading(Source(Channel.FILE, "/proc/7/mountinfo"), 2.0, "root", content=b"1 2 0:1")
    return known(workload_id, "mounts", ("/run",), reading, parties=KERNEL)


class Explained(Assessment):
    """An assessment whose explanations are given: what a report does with them is tested here."""

    def explain_workload(self, workload: str, aspect: Aspect) -> Explanation:
        verdict = self.workloads[workload].verdicts[aspect]
        if aspect != HW_C:
            return Explanation(verdict, (), (), (), (), (), ())
        socket = Finding(
            "engine-socket-mounted",
            FindingKind.EXPOSURE,
            workload,
            FindingState.PRESENT,
            "it mounts the socket",
            (mounts(workload), mounts(workload)),
        )
        flaw = Finding(
            "cpu-flaw-user-kernel", FindingKind.EXPOSURE, workload, FindingState.PRESENT, "open"
        )
        first = Change(1, socket, "Take the mount away.")
        second = Change(2, flaw, "Boot with mitigations=auto.")
        return Explanation(
            verdict, (socket,), (), (first,), (first, second), (Party.HOST_KERNEL,), ()
        )

    def explain_tenant(self, name: str, aspect: Aspect) -> Explanation:
        tenant = next(tenant for tenant in self.tenants if tenant.name == name)
        return self.explain_workload(tenant.workloads[0], aspect)


def assessment(tenants: int = 2) -> Explained:
    base = empty_inventory()
    workloads = tuple(workload(number) for number in range(tenants))
    inventory = Inventory(
        host=base.host,
        workloads=workloads,
        stopped=(),
        host_mounts=base.host_mounts,
        control_sockets=base.control_sockets,
        holes=base.holes,
        collector=base.collector,
        observed_at=base.observed_at,
        probes=base.probes,
    )
    verdicts = {aspect: Verdict(aspect, 0, 0, 2 if aspect == HW_C else None) for aspect in ASPECTS}
    return Explained(
        inventory=inventory,
        profile=Profile("p", "P", "", {HW_C: 2}),
        viewpoint=OPERATOR,
        tenants=tuple(
            AssessedTenant(f"t{n}", "label isoscope.tenant", (w.id,), verdicts)
            for n, w in enumerate(workloads)
        ),
        workloads={
            w.id: AssessedWorkload(w.id, TenantClaim(f"t{n}", "label isoscope.tenant"), verdicts)
            for n, w in enumerate(workloads)
        },
        standings={},
        all_findings={w.id: () for w in workloads},
    )


def _all_verdicts(report: Report) -> list[tuple[VerdictReport, ...]]:
    return [
        *(tenant.verdicts for tenant in report.tenants),
        *(one.verdicts for one in report.workloads),
    ]


def test_every_subject_has_nine_verdicts_in_order() -> None:
    report = build_report(assessment())
    for verdicts in _all_verdicts(report):
        assert tuple(one.verdict.aspect for one in verdicts) == ASPECTS


def test_observations_are_numbered_without_gaps_and_every_reference_is_there() -> None:
    report = build_report(assessment())
    ids = [item.id for item in report.observations]
    assert ids == [f"o{number}" for number in range(1, len(ids) + 1)]
    referred = {
        observation
        for verdicts in _all_verdicts(report)
        for verdict in verdicts
        for finding in verdict.held_by
        for observation in finding.observations
    }
    assert referred
    assert referred <= set(ids)


def test_equal_observations_have_one_number() -> None:
    report = build_report(assessment())
    held_by = report.tenants[0].verdicts[ASPECTS.index(HW_C)].held_by[0]
    assert len(held_by.observations) == 1
    same = report.workloads[0].verdicts[ASPECTS.index(HW_C)].held_by[0]
    assert same.observations == held_by.observations


def test_a_change_is_told_once_and_says_whether_it_is_needed() -> None:
    changes = build_report(assessment()).tenants[0].verdicts[ASPECTS.index(HW_C)].to_reach
    assert [(change.rung, change.needed) for change in changes] == [(1, True), (2, True)]


def test_one_tenant_alone_has_its_own_status_and_workloads() -> None:
    report = build_report(assessment(), tenant="t1")
    assert [tenant.name for tenant in report.tenants] == ["t1"]
    assert [one.id for one in report.workloads] == ["docker:1"]
    assert report.status is Status.FALLS_SHORT
    assert report.counts.running == 1


def test_a_tenant_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        build_report(assessment(), tenant="nobody here")


def test_counts_are_of_what_is_shown() -> None:
    counts = build_report(assessment(3)).counts
    assert counts.tenants[Status.FALLS_SHORT] == 3
    assert counts.verdicts[Status.FALLS_SHORT] == 3
    assert counts.verdicts[Status.NOT_REQUIRED] == 24
    assert sum(counts.verdicts.values()) == 27


def test_the_time_is_told_as_the_contract_writes_it() -> None:
    report = build_report(assessment())
    assert report.observed_at == "2026-11-23T05:00:00Z"
    assert time.strptime(report.observed_at, "%Y-%m-%dT%H:%M:%SZ")


def test_names_are_those_of_the_ladder() -> None:
    verdict = build_report(assessment()).tenants[0].verdicts[ASPECTS.index(HW_C)]
    assert (verdict.low_name, verdict.required_name) == ("open", "standard")
