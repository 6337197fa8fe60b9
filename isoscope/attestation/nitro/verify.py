"""Verifies Nitro documents: the signature, the chain inside, and what the hypervisor says.

The chain comes in the document, so nothing has to be fetched; the root in it is a stranger until
its key is the pinned one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from isoscope.attestation import cbor
from isoscope.attestation.certificate import Certificate, parse_certificate
from isoscope.attestation.chain import chain_checks, walk
from isoscope.attestation.checks import (
    Check,
    Kind,
    State,
    Verification,
    failed,
    judged,
    not_possible,
    passed,
)
from isoscope.attestation.cose import Sign1, sign1_of, signature_check
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.nitro.document import Document, parse_document
from isoscope.attestation.question import Question, exact_nonce_check
from isoscope.attestation.reference_values import Expected, expectation_checks
from isoscope.attestation.signature import public_key

MEASURED = ("pcr0", "pcr1", "pcr2")
REQUIRED = frozenset({"signature", "chain", "root", "validity", "timestamp", "debug-off"})

_NAME = "a Nitro attestation document"
_FETCH = "A Nitro document carries its whole chain: ask the enclave for a new one"
_RESIDUAL = (
    "AWS runs the Nitro hypervisor and signs for it: no maker of a processor stands behind it.",
    "The hypervisor and the Nitro cards can read and change the enclave, and could sign another.",
    "Whether the machine encrypts the enclave's memory, the document does not say.",
    "The document's clock is the hypervisor's; only a fresh nonce shows that it is new.",
)


def recognises(data: bytes) -> bool:
    """Whether the bytes can be a document: a COSE_Sign1, tagged or not, with a module in it."""
    return data.startswith((b"\x84", b"\xd2\x84")) and b"\x69module_id" in data


def verify(data: bytes, question: Question) -> Verification:
    """Verifies a document with the chain that it carries.

    Raises:
        EvidenceError: the bytes are no document.
    """
    envelope = sign1_of(cbor.decode(data, _NAME), _NAME)
    document = parse_document(envelope.payload)
    claims = claims_of(document)
    expected = question.expected.of(Kind.AWS_NITRO)
    return Verification(
        kind=Kind.AWS_NITRO,
        title="an AWS Nitro Enclaves attestation document",
        evaluated_at=question.moment,
        checks=(
            *_signed(envelope, document, question),
            _debug_off(document.pcrs),
            exact_nonce_check(document.nonce or b"", question.nonce),
            *expectation_checks(claims, expected, _measured(expected)),
        ),
        required=REQUIRED,
        claims=claims,
        relies_on=("outer-hypervisor",),
        residual_trust=_RESIDUAL,
    )


def claims_of(document: Document) -> Mapping[str, str]:
    """Every field of the document, as text: hexadecimal for bytes, ISO 8601 for the time."""
    claims = {
        "module_id": document.module_id,
        "digest": document.digest,
        "timestamp": document.timestamp.isoformat(timespec="milliseconds"),
    }
    claims |= {f"pcr{index}": value.hex() for index, value in sorted(document.pcrs.items())}
    for name in ("public_key", "user_data", "nonce"):
        value: bytes | None = getattr(document, name)
        if value is not None:
            claims[name] = value.hex()
    claims["certificate_sha256"] = hashlib.sha256(document.certificate).hexdigest()
    return claims


def _measured(expected: Expected) -> tuple[str, ...]:
    """The registers that are the measurement: kernel or application alone are not the image."""
    named = expected.allowed.keys() & set(MEASURED)
    return ("pcr0",) if named in ({"pcr1"}, {"pcr2"}) else MEASURED


def _signed(envelope: Sign1, document: Document, question: Question) -> list[Check]:
    """Who signed it, up to which root, and when."""
    try:
        leaf = parse_certificate(document.certificate)
        key = public_key(leaf.public_key_info)
        above = [parse_certificate(one) for one in document.authorities]
    except EvidenceError as error:
        why = f"a certificate in the document cannot be read: {error}"
        rest = ("root", "validity", "timestamp")
        return [
            failed("signature", why),
            failed("chain", why),
            *(not_possible(name, why) for name in rest),
        ]
    chain = walk(leaf, (*above, *question.certificates))
    signature = signature_check(envelope, key, leaf.subject_name)
    timestamp = _timestamp(leaf, document.timestamp)
    checks = chain_checks(chain, question.roots.get("aws", {}), question.moment, _FETCH)
    return [signature, *_explained(checks, timestamp, document.timestamp), timestamp]


def _explained(checks: Sequence[Check], timestamp: Check, made: datetime) -> list[Check]:
    """Says of a document that is merely old that it was once valid, and how to see it so."""
    hint = (
        f". The key of a Nitro document lives three hours; at {made:%Y-%m-%dT%H:%M:%SZ}, when it "
        "was made, it was valid, which says nothing about now"
    )
    old = timestamp.state is State.PASSED
    return [
        replace(check, detail=check.detail + hint)
        if old and check.name == "validity" and check.state is State.FAILED
        else check
        for check in checks
    ]


def _timestamp(leaf: Certificate, made: datetime) -> Check:
    return judged(
        "timestamp",
        holds=leaf.valid_at(made),
        yes=f"made at {made:%Y-%m-%d %H:%M:%S} UTC, within the life of the key that signed it",
        no=f"made at {made:%Y-%m-%d %H:%M:%S} UTC, and the key that signed it lived from "
        f"{leaf.not_before:%Y-%m-%d %H:%M:%S} to {leaf.not_after:%Y-%m-%d %H:%M:%S}",
    )


def _debug_off(pcrs: Mapping[int, bytes]) -> Check:
    """The hypervisor leaves the registers of an enclave in debug mode at zero."""
    name = "debug-off"
    image = {index: pcrs.get(index) for index in range(3)}
    zero = [f"PCR{index}" for index, value in image.items() if value is not None and not any(value)]
    if zero:
        return failed(
            name,
            f"{', '.join(zero)} all zero: the enclave runs in debug mode, its console is open to "
            "the parent instance and nothing was measured. Start it without --debug-mode",
        )
    if absent := [f"PCR{index}" for index, value in image.items() if value is None]:
        return not_possible(name, f"{', '.join(absent)} not in it: only they would show debug mode")
    return passed(name, "PCR0, PCR1 and PCR2 were measured, which debug mode leaves at zero")
