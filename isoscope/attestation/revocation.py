"""Certificate revocation lists (RFC 5280 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from isoscope.attestation import der
from isoscope.attestation.bundle import pem_blocks
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, failed, not_possible, passed
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import public_key
from isoscope.attestation.signed_algorithm import SignedAlgorithm, parse_algorithm


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list of the certificates that an authority took back.

    Attributes:
        issuer: its name in DER.
        next_update: until when the list speaks; None where it does not say.
        serials: of the certificates taken back.
    """

    issuer: bytes
    signed: bytes
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int]
    algorithm: SignedAlgorithm | None
    signature: bytes

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether that authority signed it."""
        if self.algorithm is None or self.issuer != issuer.subject:
            return False
        try:
            key = public_key(issuer.public_key_info)
        except EvidenceError:
            return False
        return self.algorithm.holds(key, self.signed, self.signature)

    def current_at(self, moment: datetime) -> bool:
        """Whether the moment lies in the time that it speaks of."""
        return self.this_update <= moment and (
            self.next_update is None or moment <= self.next_update
        )


def parse_revocation_list(data: bytes) -> RevocationList:
    """A list from DER or from PEM.

    Raises:
        EvidenceError: it is none.
    """
    name = "a revocation list"
    if b"-----BEGIN" in data:
        blocks = pem_blocks(data, "X509 CRL")
        if len(blocks) != 1:
            raise EvidenceError(f"{name}: {len(blocks)} PEM blocks of it instead of one")
        data = blocks[0]
    whole = der.single(data, name).expect(der.SEQUENCE, name).children(name)
    if len(whole) != 3:
        raise EvidenceError(f"{name}: {len(whole)} parts instead of 3")
    parts = whole[0].expect(der.SEQUENCE, name).children(name)
    if parts and parts[0].tag == der.INTEGER:
        parts = parts[1:]  # the version
    if len(parts) < 3 or parts[0].raw != whole[1].raw:
        raise EvidenceError(f"{name}: its fields are not those of one")
    issuer, this_update, rest = parts[1], parts[2], parts[3:]
    next_update = None
    if rest and rest[0].tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
        next_update = der.time(rest[0], name)
        rest = rest[1:]
    entries = rest[0].children(name) if rest and rest[0].tag == der.SEQUENCE else []
    return RevocationList(
        issuer=issuer.expect(der.SEQUENCE, name).raw,
        signed=whole[0].raw,
        this_update=der.time(this_update, name),
        next_update=next_update,
        serials=frozenset(
            der.integer(next(der.elements(entry.content, name), entry), name) for entry in entries
        ),
        algorithm=parse_algorithm(whole[1], name),
        signature=der.bits(whole[2], name),
    )


def revocation_check(
    links: Sequence[Certificate],
    lists: Iterable[RevocationList],
    moment: datetime,
    fetch: str,
    *,
    name: str = "revocation",
) -> Check:
    """Whether no certificate of a chain was taken back, by lists that its own authorities signed.

    Args:
        links: the chain, leaf first.
        fetch: where the lists can be got, a sentence.
    """
    genuine = [(one, issuer) for one in lists for issuer in links if one.signed_by(issuer)]
    for one, issuer in genuine:
        for link in links:
            if link.issuer == issuer.subject and link.serial in one.serials:
                return failed(
                    name,
                    f"{issuer.subject_name} took back {link.subject_name}, serial {link.serial:x}",
                )
    if not genuine:
        return not_possible(name, f"no list of the chain's authorities was given. {fetch}")
    if stale := [one for one, _ in genuine if not one.current_at(moment)]:
        until = stale[0].next_update or stale[0].this_update
        return failed(name, f"a list ends on {until:%Y-%m-%d}, and does not speak of this time")
    by = ", ".join(sorted({issuer.subject_name for _, issuer in genuine}))
    return passed(name, f"nothing in the chain was taken back by {by}")
