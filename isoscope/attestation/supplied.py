"""What somebody gives beside evidence, told apart by its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isoscope.attestation.bare_key import looks_like_public_key, parse_public_key
from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.envelope import decoded_text
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.revocation import RevocationList, parse_revocation_list
from isoscope.attestation.snp.certificate_table import begins_table, parse_table

_CERTIFICATE_LABEL = b"-----BEGIN CERTIFICATE-----"
_CRL_LABEL = b"-----BEGIN X509 CRL-----"


@dataclass(frozen=True, slots=True)
class Supplied:
    """Certificates, revocation lists and bare public keys; nothing of them is believed yet."""

    certificates: Sequence[Certificate] = ()
    revocation_lists: Sequence[RevocationList] = ()
    public_keys: Sequence[bytes] = ()

    def and_also(self, other: Supplied) -> Supplied:
        """Both together."""
        return Supplied(
            (*self.certificates, *other.certificates),
            (*self.revocation_lists, *other.revocation_lists),
            (*self.public_keys, *other.public_keys),
        )


def sort_supplied(data: bytes) -> Supplied:
    """What a file holds: certificates, a host's certificate table, a revocation list, or a key.

    Nothing, or nothing but zeros, is an ``auxblob`` that the host had no certificates for.

    Raises:
        EvidenceError: none of them.
    """
    if not any(data):
        return Supplied()
    if b"-----BEGIN" not in data and (decoded := decoded_text(data)) is not None:
        data = decoded
    if begins_table(data):
        table = parse_table(data)
        return Supplied(table.certificates, table.revocation_lists)
    if _CERTIFICATE_LABEL not in data and looks_like_public_key(data):
        return Supplied(public_keys=[parse_public_key(data)])
    if _CRL_LABEL in data:
        return Supplied(revocation_lists=[parse_revocation_list(data)])
    try:
        return Supplied(certificates(data))
    except EvidenceError as problem:
        try:
            return Supplied(revocation_lists=[parse_revocation_list(data)])
        except EvidenceError:
            raise EvidenceError(
                "neither certificates, nor a certificate table, nor a revocation list, nor a "
                f"public key: {problem}"
            ) from None
