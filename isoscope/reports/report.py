"""What every report says: plain values, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isoscope.assessment.assessment import worst
from isoscope.assessment.profile import Profile
from isoscope.assessment.same_application import SameApplication
from isoscope.assessment.verdict import Verdict
from isoscope.assessment.viewpoint import Viewpoint
from isoscope.assessment.vocabulary import FindingKind, FindingState, Status
from isoscope.attestation.checks import Verification
from isoscope.inventory.host import HostFacts, StageName, StageState
from isoscope.inventory.observation import Observation, Party, Unknown
from isoscope.inventory.technology import Technology
from isoscope.inventory.workload import WorkloadKind
from isoscope.snapshot.document import Collector, ProbeOutcome


@dataclass(frozen=True, slots=True)
class FindingReport:
    """A measure or exposure of one workload, with the ids of the observations that say so."""

    id: str
    kind: FindingKind
    title: str
    workload: str
    state: FindingState
    says: str
    others: tuple[str, ...]
    observations: tuple[str, ...]
    unknown: Unknown | None


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """One change on one workload, and the rung that it helps to reach."""

    rung: int
    change: str
    finding: str
    """Id of the measure or exposure that it changes."""
    title: str
    workload: str
    needed: bool
    """Whether it is one of those that reach the required rung, not only the next."""
    others: tuple[str, ...]
    """Workloads on the other side, for what is shared."""
    settles: bool
    """Whether it only finds out what is unknown, and may change nothing."""


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """One of the nine verdicts of a subject, with what explains it."""

    verdict: Verdict
    low_name: str
    """Name of the low rung on its ladder."""
    high_name: str
    required_name: str
    """Empty where nothing is required."""
    held_by: tuple[FindingReport, ...] = ()
    unknowns: tuple[FindingReport, ...] = ()
    to_reach: tuple[ChangeReport, ...] = ()
    supports: tuple[FindingReport, ...] = ()
    relies_on: tuple[Party, ...] = ()
    beside: tuple[FindingReport, ...] = ()
    """What bears on the question and decides no rung."""

    @property
    def status(self) -> Status:
        """The verdict's."""
        return self.verdict.status


@dataclass(frozen=True, slots=True)
class TenantReport:
    """One tenant and its nine verdicts."""

    name: str
    claimed_by: str
    workloads: tuple[str, ...]
    may_include: tuple[str, ...]
    """Workloads whose owner is unknown, so that they may be this tenant's too."""
    verdicts: tuple[VerdictReport, ...]
    findings: tuple[FindingReport, ...] = ()
    """Every measure and exposure, whatever its state; empty where workloads are not explained."""
    profile: Profile | None = None
    """Its own; None where it is required by the report's."""

    @property
    def status(self) -> Status:
        """The worst of its nine."""
        return worst(verdict.status for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class WorkloadReport:
    """One workload and its nine verdicts; one that does not run has none."""

    id: str
    kind: WorkloadKind
    engine: str
    name: str
    tenant: str
    claimed_by: str
    state: str
    pid: int | None
    seen_by: tuple[str, ...]
    verdicts: tuple[VerdictReport, ...]
    findings: tuple[FindingReport, ...] = ()
    """Every measure and exposure, whatever its state; empty where workloads are not explained."""

    @property
    def status(self) -> Status:
        """The worst of its nine."""
        return worst(verdict.status for verdict in self.verdicts)


@dataclass(frozen=True, slots=True)
class StageReport:
    """One stage of a TEE technology."""

    name: StageName
    state: StageState
    says: str
    observations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TeeReport:
    """Whether workloads could use a TEE technology, on the host's word."""

    technology: Technology
    available: bool | None
    summary: str
    stages: tuple[StageReport, ...]


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """Attestation evidence that somebody gave for a workload, and what was checked of it."""

    workload: str
    source: str
    """The file that it came from."""
    verification: Verification
    observation: str


@dataclass(frozen=True, slots=True)
class HoleReport:
    """A place where workloads may run that nobody could look into."""

    what: str
    unknown: Unknown
    observation: str


@dataclass(frozen=True, slots=True)
class DisagreementReport:
    """A manager says one thing and the kernel shows another."""

    workload: str
    key: str
    declared: str
    observed: str
    declared_by: str
    """The manager that says so: ``docker``, ``libvirt`` …"""
    observations: tuple[str, str]


@dataclass(frozen=True, slots=True)
class NumberedObservation:
    """An observation under the id by which findings refer to it."""

    id: str
    observation: Observation[object]


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers that every report shows."""

    tenants: Mapping[Status, int]
    """Tenants by the worst of their nine."""
    verdicts: Mapping[Status, int]
    """The tenants' verdicts."""
    running: int
    stopped: int
    unknown_observations: int
    """Of those that the findings refer to."""
    observations: int
    holes: int
    probes_with_problems: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says."""

    version: str
    """Version of Isoscope that assessed."""
    host: HostFacts
    host_observations: Mapping[str, str]
    """Ids of the observations about the host, by their keys."""
    collector: Collector
    privilege: str
    """With what the host was looked at: ``root``, ``uid 1000``, ``a captured tree``."""
    observed_at: str
    profile: Profile
    viewpoint: Viewpoint
    only_tenant: str
    """The one tenant that was asked for; empty for all."""
    tenants: tuple[TenantReport, ...]
    workloads: tuple[WorkloadReport, ...]
    stopped: tuple[WorkloadReport, ...]
    names: Mapping[str, str]
    """Names of all workloads of the host by id, whatever tenant was asked for."""
    tees: tuple[TeeReport, ...]
    probes: tuple[ProbeOutcome, ...]
    holes: tuple[HoleReport, ...]
    disagreements: tuple[DisagreementReport, ...]
    evidence: tuple[EvidenceReport, ...]
    observations: tuple[NumberedObservation, ...]
    status: Status
    counts: Counts
    applications: tuple[SameApplication, ...] = ()
    """Those of which a workload uses a TEE, or looks like it, and another runs."""

    @property
    def own_profiles(self) -> dict[str, Profile]:
        """What is required for tenants that have a profile of their own, by the tenant's name."""
        return {one.name: one.profile for one in self.tenants if one.profile is not None}


def count(
    tenants: Iterable[TenantReport],
    workloads: Iterable[WorkloadReport],
    stopped: Iterable[WorkloadReport],
    observations: Iterable[NumberedObservation],
    holes: Iterable[HoleReport],
    probes: Iterable[ProbeOutcome],
) -> Counts:
    """Counts everything that a report counts; no view counts on its own."""
    tenants = tuple(tenants)
    observations = tuple(observations)
    verdicts = [verdict.status for tenant in tenants for verdict in tenant.verdicts]
    by_tenant = [tenant.status for tenant in tenants]
    return Counts(
        tenants={status: by_tenant.count(status) for status in Status},
        verdicts={status: verdicts.count(status) for status in Status},
        running=sum(1 for _ in workloads),
        stopped=sum(1 for _ in stopped),
        unknown_observations=sum(not item.observation.known for item in observations),
        observations=len(observations),
        holes=sum(1 for _ in holes),
        probes_with_problems=sum(probe_has_problems(probe) for probe in probes),
    )


def probe_has_problems(probe: ProbeOutcome) -> bool:
    """Whether something that a probe looks at may be missing."""
    return bool(probe.problems) or probe.state != "complete"
