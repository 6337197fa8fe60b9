"""Makes the report of an assessment: gathers, names and numbers; judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from isoscope import __version__
from isoscope.assessment.assessment import Assessment, worst
from isoscope.assessment.catalogue import CATALOGUE
from isoscope.assessment.same_application import same_applications
from isoscope.assessment.verdict import (
    AssessedTenant,
    Explanation,
    Finding,
)
from isoscope.assessment.vocabulary import ASPECTS
from isoscope.freeing import emptied
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.host import HostFacts
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import Observation, Unknown
from isoscope.inventory.workload import Workload
from isoscope.reports.naming import changes, named
from isoscope.reports.numbering import Numbers
from isoscope.reports.report import (
    DisagreementReport,
    EvidenceReport,
    FindingReport,
    HoleReport,
    Report,
    StageReport,
    TeeReport,
    TenantReport,
    VerdictReport,
    WorkloadReport,
    count,
)
from isoscope.reports.words import DESCRIBED, moment
from isoscope.snapshot.document import Collector

_HOST = "host"  # subject of what is of no single workload


def build_report(
    assessment: Assessment, *, tenant: str = "", explain_workloads: bool = True
) -> Report:
    """The report of an assessment.

    Observations are numbered ``o1`` … in the order in which the report first refers to them.

    Args:
        assessment: what to report.
        tenant: report only on this tenant; empty for all.
        explain_workloads: whether each workload's verdicts come with what explains them, as each
            tenant's always do.

    Raises:
        KeyError: no tenant has this name.
    """
    return _Builder(assessment, tenant, explain_workloads=explain_workloads).report()


def tenant_reports(assessment: Assessment) -> Iterator[TenantReport]:
    """What a report says of each tenant, one after the other, for those who need no whole report:
    numbers of observations begin anew with each, and reasons are freed behind it."""
    for tenant in assessment.tenants:
        yield _Builder(assessment, "", explain_workloads=False).of_tenant(tenant)
        assessment.forget()


class _Builder:
    def __init__(self, assessment: Assessment, tenant: str, *, explain_workloads: bool) -> None:
        self._assessment = assessment
        self._tenant = tenant
        self._explain_workloads = explain_workloads
        self._numbers = Numbers()
        self._told: dict[int, tuple[Finding, FindingReport]] = {}
        if tenant and tenant not in {found.name for found in assessment.tenants}:
            raise KeyError(tenant)

    def report(self) -> Report:
        assessment = self._assessment
        inventory = assessment.inventory
        host_observations = self._host(inventory.host)
        tees = self._tees(inventory.host)
        chosen = [t for t in assessment.tenants if self._tenant in ("", t.name)]
        tenants = tuple(self._once(tenant) for tenant in chosen)
        ids = {workload for tenant in chosen for workload in tenant.workloads}
        of_tenant = {w.id: w for w in inventory.workloads if w.id in ids}
        workloads = tuple(self._workload(workload) for workload in of_tenant.values())
        stopped = () if self._tenant else tuple(map(_stopped, inventory.stopped))
        holes = tuple(self._holes(inventory))
        disagreements = tuple(
            self._disagreements(
                of_tenant.values() if self._tenant else (*of_tenant.values(), *inventory.stopped),
                () if self._tenant else inventory.disagreements,
            )
        )
        evidence = tuple(self._evidence(of_tenant))
        observations = tuple(self._numbers.numbered)
        self._forget()
        self._numbers.forget()
        return Report(
            version=__version__,
            host=inventory.host,
            host_observations=host_observations,
            collector=inventory.collector,
            privilege=_privilege(inventory.collector),
            observed_at=moment(inventory.observed_at),
            profile=assessment.profile,
            viewpoint=assessment.viewpoint,
            only_tenant=self._tenant,
            tenants=tenants,
            workloads=workloads,
            stopped=stopped,
            names={w.id: w.name for w in (*inventory.workloads, *inventory.stopped)}
            | {_HOST: "the host"},
            tees=tees,
            probes=inventory.probes,
            holes=holes,
            disagreements=disagreements,
            evidence=evidence,
            applications=tuple(
                one
                for one in same_applications(inventory, assessment.evidence)
                if ids.issuperset(one.workloads)
            ),
            observations=observations,
            status=worst(t.status for t in tenants) if self._tenant else assessment.status,
            counts=count(tenants, workloads, stopped, observations, holes, inventory.probes),
        )

    def _host(self, host: HostFacts) -> dict[str, str]:
        facts = [getattr(host, field.name) for field in fields(host)]
        shown = [fact for fact in facts if isinstance(fact, Observation)]
        shown.extend(host.observations)
        shown.extend(host.cpu_flaws.values())
        return {fact.key: self._numbers.of(fact) for fact in shown}

    def _tees(self, host: HostFacts) -> tuple[TeeReport, ...]:
        return tuple(
            TeeReport(
                tee.technology,
                tee.available,
                tee.summary,
                tuple(
                    StageReport(
                        stage.name,
                        stage.state,
                        stage.says,
                        self._numbers.all_of(stage.observations),
                    )
                    for stage in tee.stages
                ),
            )
            for tee in host.tees
        )

    def _once(self, tenant: AssessedTenant) -> TenantReport:
        """Frees the reasons behind it, unless they are told once more with each workload."""
        made = self.of_tenant(tenant)
        if not self._explain_workloads:
            self._forget()
        return made

    def _forget(self) -> None:
        self._assessment.forget()
        emptied(self._told)

    def of_tenant(self, tenant: AssessedTenant) -> TenantReport:
        """What is reported on a tenant."""
        return TenantReport(
            tenant.name,
            tenant.claimed_by,
            tenant.workloads,
            tenant.may_include,
            tuple(
                self._explained(self._assessment.explain_tenant(tenant.name, aspect))
                for aspect in ASPECTS
            ),
            profile=self._assessment.own_profile(tenant.name),
        )

    def _workload(self, workload: Workload) -> WorkloadReport:
        assessed = self._assessment.workloads[workload.id]
        return WorkloadReport(
            workload.id,
            workload.kind,
            workload.engine,
            workload.name,
            assessed.tenant.tenant,
            assessed.tenant.claimed_by,
            workload.state,
            workload.pid,
            workload.seen_by,
            tuple(
                self._explained(self._assessment.explain_workload(workload.id, aspect))
                if self._explain_workloads
                else named(assessed.verdicts[aspect])
                for aspect in ASPECTS
            ),
            tuple(map(self._finding, self._assessment.findings(workload.id)))
            if self._explain_workloads
            else (),
        )

    def _explained(self, explanation: Explanation) -> VerdictReport:
        of = named(explanation.verdict)
        return VerdictReport(
            of.verdict,
            of.low_name,
            of.high_name,
            of.required_name,
            tuple(map(self._finding, explanation.held_by)),
            tuple(map(self._finding, explanation.unknowns)),
            tuple(changes(explanation.to_next, explanation.to_required)),
            tuple(map(self._finding, explanation.supports)),
            explanation.relies_on,
            tuple(map(self._finding, explanation.beside)),
        )

    def _finding(self, finding: Finding) -> FindingReport:
        """Made once of each finding, which many verdicts name."""
        told = self._told.get(id(finding))
        if told is None:
            told = self._told[id(finding)] = finding, self._finding_report(finding)
        return told[1]

    def _finding_report(self, finding: Finding) -> FindingReport:
        return FindingReport(
            finding.id,
            finding.kind,
            CATALOGUE[finding.id].title if finding.id in CATALOGUE else finding.id,
            finding.workload,
            finding.state,
            finding.says,
            finding.others,
            self._numbers.all_of(finding.observations),
            finding.unknown,
        )

    def _holes(self, inventory: Inventory) -> Iterable[HoleReport]:
        for hole in inventory.holes:
            if isinstance(hole.observation.unknown, Unknown):
                yield HoleReport(
                    hole.what, hole.observation.unknown, self._numbers.of(hole.observation)
                )

    def _evidence(self, workloads: Iterable[str]) -> Iterable[EvidenceReport]:
        for workload in workloads:
            for given in self._assessment.evidence.get(workload, ()):
                yield EvidenceReport(
                    workload,
                    given.source,
                    given.verification,
                    self._numbers.of(given.observation),
                )

    def _disagreements(
        self, workloads: Iterable[Workload], of_host: Iterable[Disagreement]
    ) -> Iterable[DisagreementReport]:
        of_workloads = ((w.id, w.engine, found) for w in workloads for found in w.disagreements)
        for subject, by, found in (*of_workloads, *((_HOST, DESCRIBED, one) for one in of_host)):
            yield DisagreementReport(
                subject,
                found.key,
                found.declared,
                found.observed,
                by,
                (self._numbers.of(found.declared_by), self._numbers.of(found.observed_by)),
            )


def _stopped(workload: Workload) -> WorkloadReport:
    return WorkloadReport(
        workload.id,
        workload.kind,
        workload.engine,
        workload.name,
        "",
        "",
        workload.state,
        workload.pid,
        workload.seen_by,
        (),
    )


def _privilege(collector: Collector) -> str:
    if collector.uid is None:
        return "a captured tree"
    return "root" if collector.uid == 0 else f"uid {collector.uid}"
