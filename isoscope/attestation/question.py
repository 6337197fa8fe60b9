"""What is asked of a piece of evidence: at which time, against which roots and expectations."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, failed, judged, not_possible
from isoscope.attestation.reference_values import ReferenceValues
from isoscope.attestation.revocation import RevocationList

LARGEST_EVIDENCE = 1 << 22
"""Bytes; whatever is larger is no evidence of any kind."""


@dataclass(frozen=True, slots=True)
class Question:
    """The terms of one verification.

    Attributes:
        moment: the time at which everything has to be valid, with its zone.
        roots: per vendor (``amd``, ``intel``, ``aws``, ``nvidia``, ``arm``), names of the pinned
            roots by the SHA-256 of their SubjectPublicKeyInfo, in hexadecimal.
        certificates: given beside the evidence, in any order.
        public_keys: given beside the evidence where nobody certifies them, such as the CPAK of an
            Arm CCA platform: SubjectPublicKeyInfo in DER, as `bare_key.parse_public_key` makes it.
        revocation_lists: given beside the evidence.
        collateral: a document of Intel's collateral, as bytes; None where none was given.
        nonce: what the evidence has to answer; None where nothing was asked.
        bound_key: a public key of the workload's, as bytes, that the evidence has to carry beside
            the nonce; None where none was given.
        expected: the tenant's reference values.
    """

    moment: datetime
    roots: Mapping[str, Mapping[str, str]]
    certificates: Sequence[Certificate] = ()
    public_keys: Sequence[bytes] = ()
    revocation_lists: Sequence[RevocationList] = ()
    collateral: bytes | None = None
    nonce: bytes | None = None
    bound_key: bytes | None = None
    expected: ReferenceValues = field(default_factory=ReferenceValues)

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError("the time of evaluation has a zone")


def nonce_check(report_data: bytes, nonce: bytes | None, bound_key: bytes | None = None) -> Check:
    """Whether the evidence was made for this nonce.

    Alone it leads the report's data, and zeros follow; with a key of the workload's, the data is
    SHA-512 of both, one after the other.
    """
    if nonce is None:
        return not_possible(
            "nonce", "no nonce was given: the evidence may be of any age, and of anybody's asking"
        )
    if not nonce or len(nonce) > len(report_data):
        return failed("nonce", f"the nonce has {len(nonce)} bytes, the field {len(report_data)}")
    asked = nonce if bound_key is None else hashlib.sha512(nonce + bound_key).digest()
    return judged(
        "nonce",
        holds=report_data == asked.ljust(len(report_data), b"\0"),
        yes="the evidence answers this nonce",
        no=f"the evidence answers {report_data.hex()[:32]}…, and not this nonce: it is stale, or "
        "was made for somebody else",
    )


def exact_nonce_check(field: bytes, nonce: bytes | None) -> Check:
    """Whether the evidence was made for this nonce, where its field is as long as what was asked.

    Args:
        field: empty where the evidence answers nothing.
    """
    if nonce and not field:
        return failed("nonce", "the evidence answers no nonce: it may be of any age")
    if nonce and len(nonce) < len(field):
        return failed("nonce", f"the nonce has {len(nonce)} bytes, the evidence's {len(field)}")
    return nonce_check(field, nonce)
