"""Verifies reports of NVIDIA GPUs: the signature, and the chain given beside to NVIDIA's root."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.chain import chain_checks, walk, without_strangers
from isoscope.attestation.checks import Check, Kind, Verification, judged, not_possible
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.nvidia.firmware_id import firmware_check
from isoscope.attestation.nvidia.opaque import opaque_claims
from isoscope.attestation.nvidia.report import Report, parse_report, recognises
from isoscope.attestation.question import Question, nonce_check
from isoscope.attestation.reference_values import expectation_checks
from isoscope.attestation.revocation import revocation_check
from isoscope.attestation.signature import Digest, ecdsa_raw, public_key

__all__ = ["REQUIRED", "claims_of", "recognises", "verify"]

REQUIRED = frozenset({"signature", "chain", "root", "validity"})
"""Neither debugging nor binding: no report of a GPU says either, whatever it is given."""

_VENDOR = "nvidia"
_FETCH = "The driver gives the chain beside the report (NVML, nvidia-smi conf-compute)"
_FETCH_LISTS = "NVIDIA publishes them at crl.ndis.nvidia.com"
_RESIDUAL = (
    "NVIDIA makes the GPU, its firmware and the key that signs, and says whose key it is.",
    "The report does not say which VM uses the GPU: a host can answer with another GPU's.",
    "The report does not say whether the GPU is in the DevTools mode, which opens it to profilers.",
    "The firmware that was measured is not compared with NVIDIA's reference manifests (RIM).",
)


def verify(data: bytes, question: Question) -> Verification:
    """Verifies a report with the certificates of the question.

    Raises:
        EvidenceError: the bytes are no report.
    """
    report = parse_report(data)
    claims = claims_of(report)
    measured = [f"measurement_{index}" for index in report.measurements]
    return Verification(
        kind=Kind.NVIDIA_GPU,
        title="a report of an NVIDIA GPU (SPDM 1.1 measurements)",
        evaluated_at=question.moment,
        checks=(
            *_signed(report, question),
            _debug_off(),
            nonce_check(report.nonce, question.nonce),
            *expectation_checks(claims, question.expected.of(Kind.NVIDIA_GPU), measured),
            _binding(),
        ),
        required=REQUIRED,
        claims=claims,
        relies_on=("platform-firmware",),
        residual_trust=_RESIDUAL,
    )


def claims_of(report: Report) -> Mapping[str, str]:
    """Every field of the report, as text: hexadecimal for bytes."""
    claims = {
        "nonce": report.nonce.hex(),
        "asked_for": f"{report.asked_for:#04x}",
        "slot": str(report.slot),
        "answer_nonce": report.answer_nonce.hex(),
    }
    claims |= opaque_claims(report.opaque)
    for index, value in sorted(report.measurements.items()):
        claims[f"measurement_{index}"] = value.hex()
    return claims


def _signed(report: Report, question: Question) -> list[Check]:
    """Who signed it, and up to which root."""
    leaf = _signing_certificate(report, question)
    if leaf is None:
        why = f"the certificate of the GPU's key was not given. {_FETCH}"
        names = ("signature", "chain", "root", "validity", "revocation", "firmware-id")
        return [not_possible(name, why) for name in names]
    chain = walk(leaf, question.certificates)
    return [
        judged(
            "signature",
            holds=_signs(leaf, report),
            yes=f"signed by {leaf.subject_name} with ECDSA P-384 and SHA-384",
            no=f"{leaf.subject_name} did not sign these bytes: they were changed, or another GPU "
            "signed them",
        ),
        *chain_checks(chain, question.roots.get(_VENDOR, {}), question.moment, _FETCH),
        revocation_check(chain.links, question.revocation_lists, question.moment, _FETCH_LISTS),
        firmware_check(leaf, report.opaque),
    ]


def _signing_certificate(report: Report, question: Question) -> Certificate | None:
    """The certificate whose key signed; where none did, the first that should have."""
    given = question.certificates
    fitting = next((one for one in given if not one.is_authority and _signs(one, report)), None)
    if fitting is not None:
        return fitting
    own = without_strangers(given, question.roots, _VENDOR)
    return next((one for one in own if not one.is_authority), None)


def _signs(leaf: Certificate, report: Report) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = public_key(leaf.public_key_info)
    except EvidenceError:
        return False
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.key_size != 384:
        return False
    return ecdsa_raw(key, report.r, report.s, report.signed, Digest.SHA384)


def _debug_off() -> Check:
    return not_possible(
        "debug-off",
        "no field of the report says it. Ask the driver inside of the VM (nvidia-smi conf-compute "
        "-d: DevTools mode), or compare the measurements with NVIDIA's manifests",
    )


def _binding() -> Check:
    return not_possible(
        "binding",
        "nothing in the report ties the GPU to one VM: it has to be asked from inside of a VM that "
        "is attested itself, with a nonce of that VM's making",
    )
