"""The same application in several TEEs, and how far that can be told."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.same_application import SameApplication, SameBy, same_applications
from isoscope.attestation.checks import Kind, Verification, failed, passed
from isoscope.inventory.observation import KERNEL, Observation
from isoscope.inventory.tee_use import TeeUse
from isoscope.inventory.workload import Attributes, LaunchSecurity, Workload
from tests.fakes.workloads import a_container, a_machine, an_inventory


def enclosed(name: str, technology: str, application: str) -> Workload:
    workload = a_container(name)
    use = TeeUse(technology, "as the kernel shows", "gramine", application)
    observation = Observation(workload.id, "tee", use, None, (), KERNEL)
    return replace(workload, tee=observation, attributes=Attributes())


def plain(name: str, image: str) -> Workload:
    return replace(a_container(name), attributes=Attributes(image=image))


def found(*workloads: Workload, evidence: tuple[GivenEvidence, ...] = ()) -> list[SameApplication]:
    given = {one.workload: [one] for one in evidence}
    return list(same_applications(an_inventory(*workloads), given))


def measured(workload: Workload, kind: Kind, *, good: bool = True, **claims: str) -> GivenEvidence:
    check = passed("signature", "seen") if good else failed("signature", "forged")
    return GivenEvidence(
        workload.id,
        "report.bin",
        0.0,
        Verification(
            kind=kind,
            title="a report",
            evaluated_at=datetime(2026, 11, 27, tzinfo=UTC),
            checks=(check,),
            required=frozenset({"signature"}),
            claims=claims,
            relies_on=("cpu-vendor",),
        ),
    )


def test_one_name_in_an_enclave_and_in_none_is_the_same_by_name_only() -> None:
    first, second = enclosed("a", "sgx", "redis"), enclosed("b", "none", "redis")
    (one,) = found(first, second, plain("c", "docker.io/library/redis:7"))
    assert (one.name, one.by) == ("redis", SameBy.NAME)
    assert list(one.workloads.values()) == ["sgx", "no TEE", "no TEE"]
    assert "cannot be told" in one.says


def test_containers_alone_are_not_the_same_application_in_tees() -> None:
    assert found(plain("a", "redis:7"), plain("b", "redis:7")) == []


def test_one_image_is_the_same_by_the_images_name() -> None:
    kata = replace(enclosed("a", "sev-snp", ""), attributes=Attributes(image="redis:7"))
    (one,) = found(kata, plain("b", "redis:7"))
    assert one.by is SameBy.IMAGE
    assert set(one.workloads.values()) == {"sev-snp", "no TEE"}


def a_guest(name: str, kind: str = "sev-snp") -> Workload:
    return a_machine(name, says={"launch_security": LaunchSecurity(kind)})


def test_one_measurement_in_verified_evidence_is_the_same_software() -> None:
    first, second, other = a_guest("a"), a_guest("b"), a_guest("c")
    evidence = (
        measured(first, Kind.SEV_SNP, measurement="aa"),
        measured(second, Kind.SEV_SNP, measurement="aa"),
        measured(other, Kind.SEV_SNP, measurement="bb"),
    )
    (one,) = found(first, second, other, evidence=evidence)
    assert one.by is SameBy.MEASUREMENT
    assert set(one.workloads) == {first.id, second.id}


@pytest.mark.parametrize("good", [True, False])
def test_refused_evidence_makes_nothing_the_same(good: bool) -> None:
    first, second = a_guest("a"), a_guest("b")
    evidence = (
        measured(first, Kind.SEV_SNP, measurement="aa"),
        measured(second, Kind.SEV_SNP, good=good, measurement="aa"),
    )
    assert bool(found(first, second, evidence=evidence)) is good


def test_measurements_of_different_technologies_do_not_compare() -> None:
    first, second = a_guest("a"), enclosed("b", "sgx", "")
    evidence = (
        measured(first, Kind.SEV_SNP, measurement="aa"),
        measured(second, Kind.SGX, mrenclave="aa"),
    )
    assert found(first, second, evidence=evidence) == []


def test_all_that_a_trust_domain_measured_counts() -> None:
    first, second = a_guest("a", "tdx"), a_guest("b", "tdx")
    evidence = (
        measured(first, Kind.TDX, mrtd="aa", rtmr2="01"),
        measured(second, Kind.TDX, mrtd="aa", rtmr2="02"),
    )
    assert found(first, second, evidence=evidence) == []
