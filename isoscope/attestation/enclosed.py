"""Evidence out of its wrapping, with all that came in the same wrapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.revocation import RevocationList


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A quote of a TPM, not yet verified.

    Attributes:
        message: what the TPM signed.
        registers: values of the registers from number 0 on, where they came with it.
    """

    message: bytes
    signature: bytes
    registers: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The bytes of one piece of evidence.

    Attributes:
        body: the evidence itself, as the hardware or its firmware made it.
        certificates, revocation_lists: that came with it; nothing of them is believed yet.
        collateral: of Intel's, as JSON text in UTF-8.
        quote: of a virtual TPM.
    """

    body: bytes
    certificates: Sequence[Certificate] = ()
    revocation_lists: Sequence[RevocationList] = ()
    collateral: bytes | None = None
    quote: SignedQuote | None = None
