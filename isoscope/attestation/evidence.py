"""Any piece of evidence, verified: finds its kind from its bytes, and asks that kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from isoscope.attestation.azure import verify as azure
from isoscope.attestation.binding import binding_check
from isoscope.attestation.cca import verify as cca
from isoscope.attestation.checks import Verification, not_possible
from isoscope.attestation.enclosed import Enclosed
from isoscope.attestation.envelope import open_envelope
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel import verify as intel
from isoscope.attestation.nitro import verify as nitro
from isoscope.attestation.nvidia import verify as nvidia
from isoscope.attestation.question import Question
from isoscope.attestation.snp import verify as snp

Verifier = Callable[[Enclosed, Question], Verification]


@dataclass(frozen=True, slots=True)
class _Format:
    """One format of evidence: how its bytes begin, and who verifies them."""

    recognises: Callable[[bytes], bool]
    verify: Verifier


_FORMATS: Mapping[str, _Format] = {
    "Azure HCL": _Format(
        azure.recognises, lambda found, asked: azure.verify(found.body, asked, found.quote)
    ),
    "AWS Nitro": _Format(nitro.recognises, lambda found, asked: nitro.verify(found.body, asked)),
    "Arm CCA": _Format(cca.recognises, lambda found, asked: cca.verify(found.body, asked)),
    "Intel TDX and SGX": _Format(
        intel.recognises, lambda found, asked: intel.verify(found.body, asked)
    ),
    "NVIDIA GPU": _Format(nvidia.recognises, lambda found, asked: nvidia.verify(found.body, asked)),
    "AMD SEV-SNP": _Format(snp.recognises, lambda found, asked: snp.verify(found.body, asked)),
}


def _as_asked(answer: Verification, question: Question) -> Verification:
    """Holds an answer to the whole question: what was asked of it and not answered is no yes."""
    required, checks = answer.required, tuple(answer.checks)
    if question.nonce is not None:
        required |= {"nonce"}
        if answer.check("nonce") is None:
            checks += (not_possible("nonce", "evidence of this kind answers no nonce"),)
    if question.bound_key is not None:
        required |= {"binding"}
    expected = question.expected.kinds
    if expected and answer.kind not in expected:
        kinds = ", ".join(expected)
        text = f"reference values were given for {kinds}, and the evidence is {answer.title}"
        checks += (not_possible("expected-kind", text),)
        required |= {"expected-kind"}
    return replace(answer, checks=checks, required=required)


def verify_evidence(data: bytes, question: Question) -> Verification:
    """Verifies evidence of any kind, in any of the wrappings that are known.

    Args:
        data: as it lay in a file or came from a workload.
        question: the terms. What came in the same wrapping is added to what it gives; believed is
            none of it before its signatures hold.

    Raises:
        EvidenceError: the bytes are no evidence of any kind known.
    """
    found = open_envelope(data)
    for form in _FORMATS.values():
        if form.recognises(found.body):
            asked = replace(
                question,
                certificates=(*found.certificates, *question.certificates),
                revocation_lists=(*found.revocation_lists, *question.revocation_lists),
                collateral=question.collateral or found.collateral,
            )
            return _as_asked(_bound(form.verify(found, asked), asked), question)
    raise EvidenceError(
        f"{len(data)} bytes that are no evidence of a kind that Isoscope knows: "
        f"{', '.join(_FORMATS)}"
    )


def _bound(verification: Verification, asked: Question) -> Verification:
    """The same with the check ``binding``, which is one question for all kinds."""
    if verification.check("binding") is not None:
        return verification
    check = binding_check(verification.kind, verification.claims, asked)
    return replace(verification, checks=(*verification.checks, check))
