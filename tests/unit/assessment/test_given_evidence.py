"""Evidence that was verified lifts a workload from the host; whatever is wrong with it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from isoscope.assessment.assess import assess
from isoscope.assessment.assessment import Assessment
from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.viewpoint import AUDITOR, OPERATOR, TENANT, Viewpoint
from isoscope.assessment.vocabulary import Aspect, Direction, Property
from isoscope.attestation.checks import (
    Check,
    Kind,
    Verification,
    failed,
    not_possible,
    passed,
)
from isoscope.bundled import built_in_profiles
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.encrypted_guests import NOT_COUNTED
from isoscope.inventory.observation import KERNEL, Observation
from isoscope.inventory.tee_use import TeeUse
from isoscope.inventory.workload import LaunchSecurity, Workload
from tests.fakes.workloads import a_container, a_machine, an_inventory

WH_C = Aspect(Direction.WORKLOAD_FROM_HOST, Property.CONFIDENTIALITY)
WH_I = Aspect(Direction.WORKLOAD_FROM_HOST, Property.INTEGRITY)
WH_A = Aspect(Direction.WORKLOAD_FROM_HOST, Property.AVAILABILITY)
REQUIRED = ("signature", "chain", "root", "debug-off")
BEYOND = ("nonce", "measurement", "binding")


def verification(*changed: Check, kind: Kind = Kind.SEV_SNP) -> Verification:
    """One in which every required check passed but for those that are given."""
    checks = {name: passed(name, "seen") for name in REQUIRED}
    checks |= {name: not_possible(name, f"no {name} was given") for name in BEYOND}
    checks |= {check.name: check for check in changed}
    return Verification(
        kind=kind,
        title="a report",
        evaluated_at=datetime(2026, 11, 27, tzinfo=UTC),
        checks=tuple(checks.values()),
        required=frozenset(REQUIRED),
        claims={},
        relies_on=("cpu-vendor",),
    )


def judged(
    workload: Workload, *verifications: Verification, viewpoint: Viewpoint = OPERATOR
) -> Assessment:
    given: Sequence[GivenEvidence] = [
        GivenEvidence(workload.id, "report.bin", 0.0, one) for one in verifications
    ]
    return assess(
        an_inventory(workload),
        profile=built_in_profiles()[0],
        viewpoint=viewpoint,
        evidence=given,
    )


def rungs(
    workload: Workload,
    *verifications: Verification,
    aspect: Aspect = WH_C,
    viewpoint: Viewpoint = OPERATOR,
) -> tuple[int, int]:
    verdict = judged(workload, *verifications, viewpoint=viewpoint).workloads[workload.id].verdicts
    return verdict[aspect].low, verdict[aspect].high


def snp_machine(*, debug: bool = False) -> Workload:
    return a_machine("vm", says={"launch_security": LaunchSecurity("sev-snp", debug_allowed=debug)})


@pytest.mark.parametrize("viewpoint", [OPERATOR, TENANT, AUDITOR])
@pytest.mark.parametrize("aspect", [WH_C, WH_I])
def test_a_tee_on_the_hosts_word_may_be_any_of_0_to_2(viewpoint: Viewpoint, aspect: Aspect) -> None:
    assert rungs(snp_machine(), aspect=aspect, viewpoint=viewpoint) == (0, 2)


@pytest.mark.parametrize("viewpoint", [OPERATOR, TENANT, AUDITOR])
@pytest.mark.parametrize("aspect", [WH_C, WH_I])
def test_verified_evidence_lifts_it_to_3_for_everybody_who_believes_the_cpus_vendor(
    viewpoint: Viewpoint, aspect: Aspect
) -> None:
    assert rungs(snp_machine(), verification(), aspect=aspect, viewpoint=viewpoint) == (3, 3)


def test_whoever_doubts_the_cpus_vendor_is_not_lifted() -> None:
    doubting = OPERATOR.distrusting(*TENANT.believes)
    low, _ = rungs(snp_machine(), verification(), viewpoint=doubting)
    assert low == 0


def test_evidence_that_is_expected_fresh_and_bound_stands_on_4() -> None:
    whole = verification(*(passed(name, "seen") for name in BEYOND))
    assert rungs(snp_machine(), whole) == (4, 4)


@pytest.mark.parametrize("missing", BEYOND)
def test_evidence_that_lacks_one_of_them_stands_on_3_and_says_which(missing: str) -> None:
    others = verification(*(passed(name, "seen") for name in BEYOND if name != missing))
    machine = snp_machine()
    assert rungs(machine, others) == (3, 3)
    found = {finding.id: finding for finding in judged(machine, others).findings(machine.id)}
    assert missing in found["attested-as-expected"].says


def test_evidence_with_debug_on_shows_that_nothing_is_kept_from_the_host() -> None:
    assert rungs(snp_machine(), verification(failed("debug-off", "policy 0xb0000"))) == (0, 0)


def test_forged_evidence_with_debug_on_says_nothing() -> None:
    forged = verification(failed("debug-off", "policy 0xb0000"), failed("signature", "not its"))
    assert rungs(snp_machine(), forged) == (0, 2)


@pytest.mark.parametrize("name", ["signature", "chain", "root"])
def test_refused_evidence_leaves_the_claim_a_claim(name: str) -> None:
    machine = snp_machine()
    refused = verification(failed(name, "it is somebody else's"))
    assert rungs(machine, refused) == (0, 2)
    found = {finding.id: finding for finding in judged(machine, refused).findings(machine.id)}
    assert found["attested"].says == f"a report was refused: {name}: it is somebody else's"


def test_evidence_that_cannot_be_verified_yet_leaves_it_open() -> None:
    incomplete = verification(not_possible("chain", "the VCEK was not given"))
    machine = snp_machine()
    assert rungs(machine, incomplete) == (0, 3)
    found = {finding.id: finding for finding in judged(machine, incomplete).findings(machine.id)}
    unknown = found["attested"].unknown
    assert unknown is not None
    assert "the VCEK was not given" in unknown.explanation


def test_one_good_piece_among_bad_ones_is_enough() -> None:
    assert rungs(snp_machine(), verification(failed("root", "no")), verification()) == (3, 3)


def test_evidence_of_another_technology_than_its_managers_is_from_elsewhere() -> None:
    assert rungs(snp_machine(), verification(kind=Kind.TDX)) == (0, 2)


def test_evidence_for_a_machine_that_its_manager_calls_plain_is_from_elsewhere() -> None:
    plain = a_machine("vm", says={"launch_security": LaunchSecurity("none")})
    assert rungs(plain, verification()) == (0, 0)


def test_evidence_for_a_machine_that_the_kernel_does_not_count_is_from_elsewhere() -> None:
    machine = snp_machine()
    claim = machine.machine
    assert claim is not None
    counted = Disagreement(
        NOT_COUNTED, "sev-snp", "no such guest", claim.launch_security, claim.launch_security
    )
    uncounted = replace(machine, disagreements=(counted,))
    assert rungs(uncounted, verification()) == (0, 0)
    found = {f.id: f for f in judged(uncounted, verification()).findings(machine.id)}
    assert "comes from elsewhere" in found["attested"].says


def test_a_host_that_admits_to_debugging_is_believed_against_the_evidence() -> None:
    assert rungs(snp_machine(debug=True), verification()) == (0, 0)


def test_evidence_of_a_machine_does_not_lift_a_container() -> None:
    assert rungs(a_container("c"), verification()) == (0, 0)


def test_evidence_of_an_enclave_lifts_the_container_that_is_it() -> None:
    assert rungs(a_container("c"), verification(kind=Kind.SGX)) == (3, 3)


def enclosed(technology: str) -> Workload:
    container = a_container("c")
    use = TeeUse(technology, "as the kernel shows")
    return replace(container, tee=Observation(container.id, "tee", use, None, (), KERNEL))


@pytest.mark.parametrize(
    ("technology", "kind", "expected"),
    [
        ("sgx", Kind.SGX, (3, 3)),
        ("sev-snp", Kind.SEV_SNP, (3, 3)),  # a Keep, or a sandbox of Kata
        ("tdx", Kind.SEV_SNP, (0, 2)),
        ("sgx", Kind.SEV_SNP, (0, 2)),
        ("none", Kind.SGX, (0, 0)),  # simulation, or an enclave in a part of it only
        ("none", Kind.SEV_SNP, (0, 0)),
    ],
)
def test_evidence_lifts_what_is_in_its_own_kind_of_tee_and_nothing_else(
    technology: str, kind: Kind, expected: tuple[int, int]
) -> None:
    assert rungs(enclosed(technology), verification(kind=kind)) == expected


def test_evidence_of_an_enclave_does_not_lift_a_whole_machine() -> None:
    assert rungs(snp_machine(), verification(kind=Kind.SGX)) == (0, 2)


def test_evidence_of_a_gpu_lifts_nobody() -> None:
    assert rungs(snp_machine(), verification(kind=Kind.NVIDIA_GPU)) == (0, 2)


def test_no_evidence_keeps_the_host_from_stopping_it() -> None:
    whole = verification(*(passed(name, "seen") for name in BEYOND))
    assert rungs(snp_machine(), whole, aspect=WH_A) == (0, 0)


def test_evidence_for_one_workload_lifts_no_other() -> None:
    machine, other = (
        snp_machine(),
        a_machine("other", says={"launch_security": LaunchSecurity("sev-snp")}),
    )
    given = [GivenEvidence(machine.id, "report.bin", 0.0, verification())]
    assessment = assess(
        an_inventory(machine, other),
        profile=built_in_profiles()[0],
        viewpoint=OPERATOR,
        evidence=given,
    )
    assert assessment.workloads[other.id].verdicts[WH_C].low == 0
