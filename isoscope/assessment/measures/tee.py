"""What keeps the host out of a workload: trusted execution environments, and evidence of them."""

from __future__ import annotations

from isoscope.assessment.declaration import Declaration, Subject, exposure, measure
from isoscope.assessment.judgement import (
    Judgement,
    any_of,
    failing,
    not_applicable,
    test,
    undecided,
)
from isoscope.assessment.kinds import UNDESCRIBED
from isoscope.assessment.measures import tee_evidence
from isoscope.assessment.measures.tee_claims import contradicted_claim
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import LaunchSecurity

_WITH_INTEGRITY = frozenset({"sev-snp", "tdx", "s390-pv", "cca", "sgx", "aws-nitro"})
_ENCRYPTED = _WITH_INTEGRITY | {"sev", "sev-es"}
_NO_TEE = "it is in no TEE"  # that speaks against it, and so rests on nobody's word
_DEBUG_UNSEEN = Unknown(
    Doubt.NOT_SAID,
    "whether its TEE lets the host debug it does not show from outside",
    "fetch evidence from inside it: its attributes say so",
)
_PLAIN = "its memory is open to the host's kernel"


def _enclosed(subject: Subject, kinds: frozenset[str]) -> Judgement:
    """Whether verified evidence says that a TEE encloses it, or else its manager claims so."""
    claimed = _claimed(subject, kinds)
    if not subject.evidence:
        return claimed
    # Every kind of evidence that is verified here comes from a TEE with integrity.
    evidence = tee_evidence.attested(subject)
    return any_of(evidence, claimed, otherwise=f"{claimed.says}; {evidence.says}")


def _may_be_in_tee(subject: Subject) -> bool:
    """A virtual machine may be, and Kata may run one so."""
    return subject.workload.own_kernel or subject.workload.sandboxed_by is Sandbox.KATA


def _claimed(subject: Subject, kinds: frozenset[str]) -> Judgement:
    """Whether its manager claims a TEE of these kinds: the host's word, never evidence."""
    machine = subject.workload.machine
    contradicted = contradicted_claim(subject)
    if contradicted is not None:
        return contradicted
    if not subject.workload.own_kernel:
        return _used(subject, kinds)
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    return test(
        machine.launch_security,
        lambda claim: claim.kind in kinds,
        yes=lambda claim: f"its manager claims {_in_words(claim)}",
        no=lambda claim: (
            f"its manager claims no TEE{_though(claim.look_alike)}"
            if claim.kind == "none"
            else f"claims {_in_words(claim)} only"
        ),
    )


def _used(subject: Subject, kinds: frozenset[str]) -> Judgement:
    """What shows that a workload without a kernel of its own is in a TEE."""
    use = subject.workload.tee
    if use is None and _may_be_in_tee(subject):
        return undecided(UNDESCRIBED, subject.kind)
    if use is None:
        return failing(_PLAIN, subject.kind)
    return test(
        use,
        lambda found: found.technology in kinds,
        yes=lambda found: found.says,
        no=lambda found: f"{found.says}: {_PLAIN}",
    )


def _in_words(claim: LaunchSecurity) -> str:
    return f"{claim.kind} ({', '.join(claim.policy)})" if claim.policy else claim.kind


def _though(look_alike: str) -> str:
    return f": {look_alike}" if look_alike else ""


def _debug(subject: Subject) -> Judgement:
    """Whether its policy allows debugging: the hardware's word where there is evidence, unless
    the manager itself admits it."""
    claimed, signed = _debug_claimed(subject), tee_evidence.debug(subject)
    return claimed if signed is None or claimed.holds else signed


def _debug_claimed(subject: Subject) -> Judgement:
    machine, use = subject.workload.machine, subject.workload.tee
    if not subject.workload.own_kernel:
        if use is None and _may_be_in_tee(subject):
            return undecided(UNDESCRIBED, subject.kind)
        if use is None or (use.value is not None and not use.value.encloses):
            return not_applicable(_NO_TEE)
        return undecided(_DEBUG_UNSEEN, use)
    if machine is None:
        return undecided(UNDESCRIBED, subject.kind)
    claim = machine.launch_security
    if claim.value is not None and claim.value.kind == "none":
        return not_applicable(_NO_TEE)
    if claim.value is not None and claim.value.debug_allowed is None:
        unsaid = Unknown(
            Doubt.NOT_SAID, "its policy was not said", "look at its launchSecurity policy"
        )
        return undecided(unsaid, claim)
    return test(
        claim,
        lambda value: bool(value.debug_allowed),
        yes="its policy lets the host debug it: nothing is kept from the host",
        no="its policy forbids debugging",
    )


DECLARATIONS: tuple[Declaration, ...] = (
    measure(
        "memory-encrypted-by-tee",
        "Memory encrypted by a TEE",
        what="The CPU encrypts the workload's memory under a key that the host does not have.",
        why="Without it, whoever runs the host can read every byte of the workload at any time.",
        by_hand="virsh dumpxml NAME | grep -A5 launchSecurity; grep sgx_enclave /proc/PID/maps",
        remedy="Run it as a confidential VM (SEV-SNP, TDX, Secure Execution), or in an enclave, on "
        "a host that can.",
        references=(
            "AMD 24593: SEV",
            "Intel TDX module specification",
            "Documentation/arch/x86/sgx.rst",
        ),
        judge=lambda subject: _enclosed(subject, _ENCRYPTED),
    ),
    measure(
        "memory-integrity-by-tee",
        "Memory integrity by a TEE",
        what="The CPU keeps the host from changing or replaying the workload's memory.",
        why="SEV and SEV-ES encrypt, but let the host swap and replay pages.",
        by_hand="virsh dumpxml NAME | grep -A5 launchSecurity",
        remedy="Use SEV-SNP, TDX, Arm CCA or Secure Execution instead of SEV or SEV-ES.",
        references=("AMD SEV-SNP: Strengthening VM Isolation", "Intel TDX module specification"),
        judge=lambda subject: _enclosed(subject, _WITH_INTEGRITY),
    ),
    exposure(
        "tee-debug-allowed",
        "The TEE's policy allows debugging",
        what="The policy with which the TEE was started lets the host read it.",
        why="A TEE with debug on keeps nothing from the host.",
        by_hand="virsh dumpxml NAME | grep policy",
        remedy="Start it with the debug bit off: SNP policy bit 19, TD attributes bit 0.",
        references=("AMD 56860: SNP firmware ABI, guest policy", "Intel TDX: TD attributes"),
        judge=_debug,
    ),
    measure(
        "attested",
        "Attested by its hardware",
        what="Evidence signed by the CPU, from this workload, was verified to a pinned root of its "
        "vendor.",
        why="What the host says of a TEE is the adversary speaking; a signature is not.",
        by_hand="in the guest: cat /sys/kernel/config/tsm/report/NAME/outblob",
        remedy="Fetch evidence from inside the workload, with a fresh nonce, and give it to "
        "Isoscope.",
        references=("RFC 9334: RATS architecture", "Documentation/ABI/testing/configfs-tsm"),
        judge=tee_evidence.attested,
    ),
    measure(
        "attested-as-expected",
        "Attested, and what was expected",
        what="The verified evidence is fresh, bound to this workload, and its measurement is the "
        "tenant's reference value.",
        why="A genuine TEE can still run somebody else's software.",
        by_hand="compare the report's measurement with the reference value",
        remedy="Set the tenant's reference values and answer a fresh challenge.",
        references=("RFC 9334: RATS architecture, reference values",),
        judge=tee_evidence.as_expected,
    ),
)
