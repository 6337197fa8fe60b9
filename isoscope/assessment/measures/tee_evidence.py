"""What verified evidence says of one workload: whether it is of it, and how far it goes."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Subject
from isoscope.assessment.given_evidence import OF_MACHINES, GivenEvidence
from isoscope.assessment.judgement import Judgement, any_of, failing, holding, undecided
from isoscope.assessment.measures.tee_claims import contradicted_claim
from isoscope.attestation.checks import Kind, Outcome, State
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.workload import WorkloadKind

NONE_GIVEN = "no evidence signed by hardware was given"
_EXPECTED = ("measurement", "nonce", "binding")
"""The checks that make evidence what the tenant expects: its software, its answer, its own."""
_GENUINE = ("signature", "chain", "root")
_CONTAINERS = frozenset(
    {
        WorkloadKind.CONTAINER,
        WorkloadKind.POD_CONTAINER,
        WorkloadKind.PROCESS_TEE,
        WorkloadKind.PROCESS_GROUP,
    }
)


_Judge = Callable[[Subject, GivenEvidence], Judgement]


def attested(subject: Subject) -> Judgement:
    """Whether verified evidence of this workload was given."""
    return _best(subject, _verified)


def as_expected(subject: Subject) -> Judgement:
    """Whether verified evidence says what the tenant expects, fresh, and bound to the workload."""
    return _best(subject, _expected)


def debug(subject: Subject) -> Judgement | None:
    """Whether genuine evidence says that the host may debug it; None where none says."""
    said = [found for found in (_debug(subject, one) for one in subject.evidence) if found]
    return any_of(*said, otherwise=said[0].says) if said else None


def _best(subject: Subject, judge: _Judge) -> Judgement:
    if not subject.evidence:
        return failing(NONE_GIVEN, subject.kind)
    judged = [judge(subject, one) for one in subject.evidence]
    return any_of(*judged, otherwise="; ".join(dict.fromkeys(one.says for one in judged)))


def _verified(subject: Subject, given: GivenEvidence) -> Judgement:
    stranger = _of_something_else(subject, given)
    if stranger is not None:
        return stranger
    verification, observation = given.verification, given.observation
    if verification.outcome is Outcome.REFUSED:
        first = verification.failures()[0]
        return failing(
            f"{verification.title} was refused: {first.name}: {first.detail}", observation
        )
    if verification.outcome is Outcome.INCOMPLETE:
        missing = next(
            check
            for check in verification.checks
            if check.name in verification.required and check.state is not State.PASSED
        )
        unknown = Unknown(
            Doubt.NOT_SAID,
            f"{verification.title} cannot be verified yet: {missing.name}: {missing.detail}",
            "give what is missing beside the evidence",
        )
        return undecided(unknown, observation)
    return holding(
        f"{verification.title} was verified as of {verification.evaluated_at:%Y-%m-%d}", observation
    )


def _expected(subject: Subject, given: GivenEvidence) -> Judgement:
    verified = _verified(subject, given)
    if verified.holds is False:
        return verified
    verification, observation = given.verification, given.observation
    for name in _EXPECTED:
        check = verification.check(name)
        if check is None:
            return failing(f"{name}: this kind of evidence cannot say it", observation)
        if check.state is not State.PASSED:
            return failing(f"{name}: {check.detail}", observation)
    if not verified.holds:
        return verified
    return holding("it is the expected software, answers the nonce, and is bound", observation)


def _debug(subject: Subject, given: GivenEvidence) -> Judgement | None:
    """What genuine evidence of this workload says of debugging: who forged one may say anything."""
    verification = given.verification
    check = verification.check("debug-off")
    genuine = all(verification.holds(name) for name in _GENUINE)
    if check is None or not genuine or _of_something_else(subject, given) is not None:
        return None
    if check.state is State.FAILED:
        return holding(check.detail, given.observation)
    if verification.outcome is not Outcome.VERIFIED:
        return None
    return failing(check.detail, given.observation)


def _of_something_else(subject: Subject, given: GivenEvidence) -> Judgement | None:
    """Why the evidence cannot be this workload's; None where it can."""
    kind, observation = given.verification.kind, given.observation
    own_kernel = subject.workload.own_kernel
    if kind is Kind.NVIDIA_GPU:
        return failing("it is evidence of a GPU, and says nothing of the workload", observation)
    use = subject.workload.tee
    technology = "" if use is None or use.value is None else use.value.technology
    if kind in OF_MACHINES:
        if technology in OF_MACHINES[kind]:
            return None  # a sandbox or a Keep that is a machine of its own
        if not own_kernel:
            says = "it is evidence of a whole machine, and the workload shares the host's kernel"
            return failing(says, subject.kind, observation)
        return _of_another_machine(subject, given)
    if own_kernel:
        return failing(
            "it is evidence of an enclave, and not of the whole machine", subject.kind, observation
        )
    if use is not None and technology == "none":
        says = "it is evidence of an enclave, and by the kernel's word this is in none as a whole"
        return failing(says, use, observation)
    if subject.kind.value not in _CONTAINERS:
        says = "it is evidence of an enclave, and not of this kind of workload"
        return failing(says, subject.kind, observation)
    return None


def _of_another_machine(subject: Subject, given: GivenEvidence) -> Judgement | None:
    """Evidence of a technology in which, by its manager's word or by what the kernel shows, the
    machine does not run."""
    contradicted = contradicted_claim(subject)
    if contradicted is not None:
        return failing(
            f"{contradicted.says}: the evidence comes from elsewhere",
            *contradicted.observations,
            given.observation,
        )
    machine = subject.workload.machine
    claim = None if machine is None else machine.launch_security
    if claim is None or claim.value is None:
        return None
    kind = given.verification.kind
    if claim.value.kind in OF_MACHINES[kind]:
        return None
    said = "no TEE" if claim.value.kind == "none" else claim.value.kind
    return failing(
        f"it is evidence of a {kind.value} machine, and by its manager's word this one runs in "
        f"{said}: it comes from elsewhere, or its manager is mistaken",
        claim,
        given.observation,
    )
