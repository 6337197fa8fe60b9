"""Certificate revocation lists (RFC 5280 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from isoscope.attestation import der
from isoscope.attestation.bundle import pem_blocks
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, failed, not_possible, passed
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import public_key
from isoscope.attestation.signed_algorithm import SignedAlgorithm, parse_algorithm

_LARGEST = 1 << 19
_SHORTEST_TIME = 15  # bytes of a UTCTime
_TIMES = frozenset({der.UTC_TIME, der.GENERALIZED_TIME})


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list of the certificates that an authority took back.

    Attributes:
        issuer: its name in DER.
        next_update: until when the list speaks; None where it does not say.
        serials: of the certificates taken back.
        partial: whether a critical extension restricts what it speaks of (RFC 5280 §5.2): it may
            be about some certificates only, or name only changes.
    """

    issuer: bytes
    signed: bytes
    this_update: datetime
    next_update: datetime | None
    serials: frozenset[int]
    partial: bool
    algorithm: SignedAlgorithm | None
    signature: bytes

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether that certificate is of an authority that may sign lists, and signed it."""
        if self.algorithm is None or self.issuer != issuer.subject or not issuer.signs_lists:
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


@lru_cache(maxsize=8)
def parse_revocation_list(data: bytes) -> RevocationList:
    """A list from DER or from PEM.

    Raises:
        EvidenceError: it is none, or larger than 512 KiB.
    """
    name = "a revocation list"
    if len(data) > _LARGEST:
        raise EvidenceError(f"{name}: {len(data)} bytes, more than {_LARGEST}")
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
    if rest and rest[0].tag in _TIMES:
        next_update = der.time(rest[0], name)
        rest = rest[1:]
    entries = rest.pop(0).content if rest and rest[0].tag == der.SEQUENCE else b""
    return RevocationList(
        issuer=issuer.expect(der.SEQUENCE, name).raw,
        signed=whole[0].raw,
        this_update=der.time(this_update, name),
        next_update=next_update,
        serials=frozenset(_serial(entry, name) for entry in der.elements(entries, name)),
        partial=any(_is_critical(one, name) for one in _extensions(rest, name)),
        algorithm=parse_algorithm(whole[1], name),
        signature=der.bits(whole[2], name),
    )


def _serial(entry: der.Element, name: str) -> int:
    serial = der.leading(entry.content, name)
    behind = entry.content[len(serial.raw) :]
    if len(behind) < _SHORTEST_TIME or behind[0] not in _TIMES:
        raise EvidenceError(f"{name}: an entry without its date")
    return der.integer(serial, name)


def _extensions(rest: list[der.Element], name: str) -> list[der.Element]:
    found = [part for part in rest if part.tag == der.context(0)]
    return der.single(found[0].content, name).children(name) if found else []


def _is_critical(extension: der.Element, name: str) -> bool:
    fields = extension.expect(der.SEQUENCE, name).children(name)
    return len(fields) == 3 and any(fields[1].content)


def revocation_check(
    links: Sequence[Certificate],
    lists: Iterable[RevocationList],
    moment: datetime,
    fetch: str,
    *,
    name: str = "revocation",
) -> Check:
    """Whether no certificate of a chain was taken back, by lists that its own authorities signed.

    It passes where every authority that signs lists has one that speaks of this time. That a
    certificate was taken back counts from a list of any time.

    Args:
        links: the chain, leaf first.
        fetch: where the lists can be got, a sentence.
    """
    given = list(lists)
    own = {
        link.raw: (link, [one for one in given if one.signed_by(link)])
        for link in links
        if link.signs_lists
    }
    for issuer, genuine in own.values():
        serials = {serial for one in genuine for serial in one.serials}
        for link in links:
            if link.issuer == issuer.subject and link.serial in serials:
                return failed(
                    name,
                    f"{issuer.subject_name} took back {link.subject_name}, serial {link.serial:x}",
                )
    for _, genuine in own.values():
        if genuine and not any(one.current_at(moment) for one in genuine):
            until = max(one.next_update or one.this_update for one in genuine)
            return failed(
                name, f"a list ends on {until:%Y-%m-%d}, and does not speak of this time. {fetch}"
            )
    without = [issuer.subject_name for issuer, genuine in own.values() if not genuine]
    if without or not own:
        of = ", ".join(without) or "the chain's authorities"
        return not_possible(name, f"no revocation list of {of} was given. {fetch}")
    for issuer, genuine in own.values():
        if all(one.partial or not one.current_at(moment) for one in genuine):
            return not_possible(
                name, f"the list of {issuer.subject_name} speaks of some certificates only. {fetch}"
            )
    by = ", ".join(sorted({issuer.subject_name for issuer, _ in own.values()}))
    return passed(name, f"nothing in the chain was taken back by {by}")
