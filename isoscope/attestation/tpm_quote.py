"""TPM quotes (TCG TPM 2.0 Library, part 2: TPMS_ATTEST), as far as evidence rests on them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from isoscope.attestation.fields import EvidenceError

_NAME = "a TPM quote"
_GENERATED = bytes.fromhex("ff544347")  # TPM_GENERATED_VALUE: made inside a TPM
_QUOTE = 0x8018  # TPM_ST_ATTEST_QUOTE
_CLOCK_INFO = 17
_MOST_BANKS = 16
_SHA256 = 0x000B  # TPM_ALG_SHA256


@dataclass(frozen=True, slots=True)
class TpmQuote:
    """What a quote says.

    Attributes:
        nonce: the data that whoever asked chose (``extraData``).
        selected: the numbers of the registers quoted, ascending, in the bank of SHA-256.
        digest: the digest over the values of those registers.
    """

    nonce: bytes
    selected: Sequence[int]
    digest: bytes

    def covers(self, values: Sequence[bytes]) -> bool:
        """Whether these register values, in the order quoted, are the ones it is over.

        Each has to have its 32 bytes: only their sum is signed, and not where one ends.
        """
        if any(len(value) != hashlib.sha256().digest_size for value in values):
            return False
        return hashlib.sha256(b"".join(values)).digest() == self.digest


def parse_tpm_quote(message: bytes) -> TpmQuote:
    """A quote from the bytes that a TPM signed; integers are big endian.

    Raises:
        EvidenceError: they are no quote, or one over another bank than that of SHA-256.
    """
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        taken = message[at : at + size]
        if len(taken) != size:
            raise EvidenceError(f"{_NAME}: it ends at byte {len(message)}, inside a field")
        at += size
        return taken

    def number(size: int) -> int:
        return int.from_bytes(take(size), "big")

    if take(4) != _GENERATED or number(2) != _QUOTE:
        raise EvidenceError(f"{_NAME}: its first bytes are not those of one")
    take(number(2))  # who signed, as a name
    nonce = take(number(2))
    take(_CLOCK_INFO + 8)  # and the firmware's version
    banks = number(4)
    if banks > _MOST_BANKS:
        raise EvidenceError(f"{_NAME}: {banks} banks of registers")
    selected: list[int] = []
    for _ in range(banks):
        bank = number(2)
        bitmap = take(number(1))
        if any(bitmap) and (bank != _SHA256 or selected):
            raise EvidenceError(f"{_NAME}: over another bank of registers than that of SHA-256")
        selected += [
            8 * place + bit
            for place, octet in enumerate(bitmap)
            for bit in range(8)
            if octet >> bit & 1
        ]
    digest = take(number(2))
    if at != len(message):
        raise EvidenceError(f"{_NAME}: {len(message) - at} bytes after its end")
    return TpmQuote(nonce, selected, digest)
