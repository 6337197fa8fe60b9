"""Hand-made facts and verdicts: what models and panes are shown in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from isoscope.assessment.given_evidence import GivenEvidence
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
from isoscope.assessment.vocabulary import (
    ASPECTS,
    Aspect,
    Direction,
    FindingKind,
    FindingState,
    Status,
)
from isoscope.inventory.host import (
    Apparmor,
    CpuFlaw,
    FlawState,
    GuestSign,
    Hole,
    HostFacts,
    Selinux,
    SelinuxState,
    Stage,
    StageName,
    StageState,
    TeeAvailability,
)
from isoscope.inventory.inventory import Inventory
from isoscope.inventory.observation import (
    KERNEL,
    Evidence,
    Observation,
    Party,
    Unknown,
    unknown,
)
from isoscope.inventory.technology import Technology
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.snapshot.document import Collector, ProbeOutcome, ProbeState
from isoscope.snapshot.reading import Gap

AT = 1_795_400_000.0

HOSTILE = (
    "<b>bold</b><img src=x onerror=alert(1)>",
    "\x1b[31mred\x1b[0m",
    "right\u202eto\u2066left",
    "nul\x00tab\tnewline\n<h1>x</h1>",
    "&amp;&File",
    "x" * 100_000,
    "\ud800lone surrogate",
    "",
)
"""Names that a hostile host may give."""


def fact(key: str, value: object, subject: str = "host") -> Observation[object]:
    """A known observation that the kernel shows."""
    evidence = Evidence(f"/proc/1/{key}", f"{key}: {value}\nsecond line", AT, "root")
    return Observation(subject, key, value, None, (evidence,), KERNEL)


def not_known(key: str, subject: str = "host") -> Observation[object]:
    """An unknown observation."""
    return unknown(subject, key, Gap.DENIED, f"/proc/1/{key}: denied", "run Isoscope as root")


def host_facts(name: str = "h1") -> HostFacts:
    """A host that is a guest of KVM and has no TEE."""
    return HostFacts(
        name=fact("hostname", name),  # type: ignore[arg-type]
        operating_system=fact("os", "Debian GNU/Linux 12 (bookworm)"),  # type: ignore[arg-type]
        kernel=fact("osrelease", "6.1.0-28-amd64"),  # type: ignore[arg-type]
        architecture=fact("machine", "x86_64"),  # type: ignore[arg-type]
        is_guest=fact("is_guest", True),  # type: ignore[arg-type]
        guest_signs=(
            GuestSign("cpuinfo flag hypervisor", "set", guest=True),
            GuestSign("DMI vendor", "QEMU", guest=True),
            GuestSign("/sys/hypervisor", "nothing", guest=None),
        ),
        lsms=fact("lsms", ("capability", "apparmor")),  # type: ignore[arg-type]
        selinux=fact("selinux", Selinux(SelinuxState.ABSENT)),  # type: ignore[arg-type]
        apparmor=fact("apparmor", Apparmor(enabled=True, profiles_enforced=38)),  # type: ignore[arg-type]
        cpu_flaws={
            "mds": fact("mds", CpuFlaw("mds", FlawState.VULNERABLE, "Vulnerable: no microcode")),  # type: ignore[dict-item]
            "meltdown": fact(
                "meltdown", CpuFlaw("meltdown", FlawState.NOT_AFFECTED, "Not affected")
            ),  # type: ignore[dict-item]
            "retbleed": not_known("retbleed"),  # type: ignore[dict-item]
        },
        flaw_list=fact("flaws", ("mds", "meltdown", "retbleed")),  # type: ignore[arg-type]
        vectors_off=fact("vectors", frozenset()),  # type: ignore[arg-type]
        smt_active=fact("smt", False),  # type: ignore[arg-type]
        page_merging=fact("ksm", False),  # type: ignore[arg-type]
        bridges_filtered=fact("bridges", True),  # type: ignore[arg-type]
        memory_bytes=fact("memory", 24 << 30),  # type: ignore[arg-type]
        online_cpus=fact("cpus", frozenset({0, 1})),  # type: ignore[arg-type]
        swap_active=not_known("swaps"),  # type: ignore[arg-type]
        tees=tuple(_tee(technology) for technology in Technology),
    )


def _tee(technology: Technology) -> TeeAvailability:
    available = None if technology is Technology.INTEL_TDX else False
    stages = (
        Stage(
            StageName.CPU, StageState.ABSENT, "CPUID does not have the leaf", (fact("cpuid", 0),)
        ),
        Stage(StageName.FIRMWARE, StageState.UNKNOWN, "not readable"),
    )
    return TeeAvailability(technology, available, stages, "the CPU does not offer it")


def workload(id_: str, name: str, *, engine: str = "docker", image: str = "") -> Workload:
    """A workload without process facts, as models need it."""
    return Workload(
        id=id_,
        kind=WorkloadKind.CONTAINER,
        engine=engine,
        name=name,
        state="running",
        pid=4711,
        attributes=Attributes(image=image),
        process=None,
    )


def inventory(workloads: tuple[Workload, ...], host: str = "h1") -> Inventory:
    """An inventory with two things that were not seen."""
    hole = Hole("the Podman service of uid 1000", not_known("podman"), hides_workloads=False)
    return Inventory(
        host=host_facts(host),
        workloads=tuple(sorted(workloads, key=lambda w: w.id)),
        stopped=(),
        holes=(hole,),
        host_mounts=not_known("mountinfo"),  # type: ignore[arg-type]
        control_sockets=not_known("sockets"),  # type: ignore[arg-type]
        collector=Collector("0.1.0", 0, (1 << 41) - 1, "this machine"),
        observed_at=AT,
        probes=(
            ProbeOutcome("docker", ProbeState.COMPLETE, 0.08),
            ProbeOutcome("libvirt", ProbeState.TIMED_OUT, 10.0, ("no end after 10.0 s",)),
        ),
    )


def verdicts(**levels: tuple[int, int, int | None]) -> dict[Aspect, Verdict]:
    """Nine verdicts; ``ww_c=(low, high, required)`` sets one, the others stand on 2 of 2."""
    names = {
        Direction.WORKLOAD_FROM_WORKLOAD: "ww",
        Direction.HOST_FROM_WORKLOAD: "hw",
        Direction.WORKLOAD_FROM_HOST: "wh",
    }
    made = {}
    for aspect in ASPECTS:
        key = f"{names[aspect.direction]}_{aspect.property.letter.lower()}"
        otherwise = (0, 0, None) if aspect.direction is Direction.WORKLOAD_FROM_HOST else (2, 2, 2)
        low, high, required = levels.get(key, otherwise)
        made[aspect] = Verdict(aspect, low, high, required)
    return made


@dataclass
class HandMade:
    """An assessment made by hand; satisfies `gui.asked.Assessment`."""

    inventory: Inventory
    tenants: tuple[AssessedTenant, ...]
    workloads: Mapping[str, AssessedWorkload]
    many: int = 1
    evidence: Mapping[str, Sequence[GivenEvidence]] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    def own_profile(self, tenant: str) -> Profile | None:
        """The profile of a tenant's own."""
        return self.profiles.get(tenant)

    def explain_tenant(self, name: str, aspect: Aspect) -> Explanation:
        """Why a tenant stands where it stands."""
        tenant = next(t for t in self.tenants if t.name == name)
        return explanation(tenant.verdicts[aspect], tenant.workloads, self.many)

    def explain_workload(self, workload: str, aspect: Aspect) -> Explanation:
        """Why a workload stands where it stands."""
        return explanation(self.workloads[workload].verdicts[aspect], (workload,), self.many)


def explanation(verdict: Verdict, workloads: tuple[str, ...], many: int) -> Explanation:
    """An explanation with one finding of every kind for each workload."""
    against = tuple(
        Finding(
            "engine-socket-mounted",
            FindingKind.EXPOSURE,
            name,
            FindingState.PRESENT,
            "/var/run/docker.sock is mounted writable at /var/run/docker.sock",
            (fact("mounts", ("/var/run/docker.sock",), name),),
        )
        for name in workloads
        for _ in range(many)
    )
    open_question = Finding(
        "seccomp-unconfined",
        FindingKind.EXPOSURE,
        workloads[0],
        FindingState.UNKNOWN,
        "/proc/4711/status: denied",
        (not_known("seccomp", workloads[0]),),
        unknown=Unknown(Gap.DENIED, "/proc/4711/status: denied", "run Isoscope as root"),
    )
    for_it = Finding(
        "user-namespace",
        FindingKind.MEASURE,
        workloads[0],
        FindingState.PRESENT,
        "root inside is uid 100000 outside",
        (fact("user_id_map", 100000, workloads[0]),),
    )
    meets = verdict.status in (Status.MEETS, Status.NOT_REQUIRED)
    change = Change(verdict.low + 1, against[0], "Remove the mount of the engine's socket.")
    return Explanation(
        verdict=verdict,
        held_by=against,
        unknowns=() if verdict.low == verdict.high else (open_question,),
        to_next=(change,),
        to_required=() if meets else (change,),
        relies_on=(Party.HOST_KERNEL, Party.CONTAINER_ENGINE),
        supports=(for_it,),
        beside=(
            Finding(
                "host-can-enter",
                FindingKind.EXPOSURE,
                workloads[0],
                FindingState.PRESENT,
                "root of the host enters it",
                (fact("kind", "container", workloads[0]),),
            ),
        )
        if verdict.aspect.direction is Direction.WORKLOAD_FROM_HOST
        else (),
    )


PROFILE = Profile("shared-team-host", "Shared team host", "Colleagues on one machine.", {})


def assessment(
    tenants: Mapping[str, Mapping[str, dict[Aspect, Verdict]]], *, many: int = 1, host: str = "h1"
) -> HandMade:
    """An assessment of tenants with their workloads, by name; ids are ``docker:NAME``."""
    workloads = {}
    facts: list[Workload] = []
    made = []
    for tenant, members in tenants.items():
        claim = TenantClaim(tenant, "label isoscope.tenant", frozenset({Party.WORKLOAD}))
        ids = []
        for place, (name, its) in enumerate(members.items()):
            id_ = f"docker:{len(facts)}-{place}"
            ids.append(id_)
            facts.append(workload(id_, name, image="busybox"))
            workloads[id_] = AssessedWorkload(id_, claim, its)
        lowest = {
            aspect: min((its[aspect] for its in members.values()), key=lambda v: v.low)
            for aspect in ASPECTS
        }
        made.append(AssessedTenant(tenant, claim.claimed_by, tuple(ids), lowest))
    return HandMade(inventory(tuple(facts), host), tuple(made), workloads, many=many)


def three_tenants() -> HandMade:
    """One that falls short, one that is unproven, one that meets."""
    short = verdicts(ww_c=(0, 0, 2), hw_c=(0, 0, 2), hw_i=(0, 1, 2), hw_a=(0, 0, 2), ww_a=(1, 1, 2))
    open_ = verdicts(ww_c=(0, 2, 2), hw_a=(1, 2, 2), wh_c=(0, 2, 3))
    return assessment(
        {
            "acme": {"web": short, "db": verdicts(hw_a=(0, 0, 2))},
            "globex": {"ledger": open_},
            "initech": {"printer": verdicts(), "fax": verdicts()},
        }
    )
