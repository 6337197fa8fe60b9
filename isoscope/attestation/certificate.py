"""X.509 certificates (RFC 5280), read leniently in what the vendors do and strictly elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from isoscope.attestation import der
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import public_key
from isoscope.attestation.signed_algorithm import SignedAlgorithm, parse_algorithm

_COMMON_NAME = "2.5.4.3"
_BASIC_CONSTRAINTS = "2.5.29.19"
_KEY_USAGE = "2.5.29.15"
_SIGNS_CERTIFICATES = 0x04  # keyCertSign, bit 5 from the left of the first byte
_SIGNS_LISTS = 0x02  # cRLSign, bit 6
_LARGEST = 1 << 13  # bytes; the vendors' have up to two thousand


@dataclass(frozen=True)
class Certificate:
    """A certificate and the bytes that its issuer signed.

    Attributes:
        raw: the whole certificate in DER.
        signed: its TBSCertificate as it stands, which the signature covers.
        issuer, subject: names in DER, to be compared byte by byte.
        public_key_info: its SubjectPublicKeyInfo in DER.
        extensions: values by object identifier, as they stand inside the OCTET STRING.
        unexplained: the identifiers of critical extensions that nothing here reads. Whoever meets
            one is not to use the certificate (RFC 5280 §4.2).
        algorithm: None where it is signed in a way that nothing here is.
    """

    raw: bytes
    signed: bytes
    serial: int
    issuer: bytes
    subject: bytes
    not_before: datetime
    not_after: datetime
    public_key_info: bytes
    extensions: Mapping[str, bytes]
    unexplained: frozenset[str]
    algorithm: SignedAlgorithm | None
    signature: bytes

    @cached_property
    def key_hash(self) -> str:
        """SHA-256 of its SubjectPublicKeyInfo in hexadecimal: what roots are pinned by."""
        return hashlib.sha256(self.public_key_info).hexdigest()

    @property
    def subject_name(self) -> str:
        """The common name of its subject, for people; who it is, the key says."""
        return _common_name(self.subject)

    @property
    def issuer_name(self) -> str:
        """The common name of its issuer."""
        return _common_name(self.issuer)

    @property
    def is_authority(self) -> bool:
        """Whether it may sign certificates: BasicConstraints say CA, KeyUsage does not say no."""
        if not self._may(_SIGNS_CERTIFICATES):
            return False
        constraints = _constraints(self.extensions.get(_BASIC_CONSTRAINTS))
        return (
            bool(constraints) and constraints[0].tag == der.BOOLEAN and any(constraints[0].content)
        )

    @property
    def signs_lists(self) -> bool:
        """Whether it is an authority whose KeyUsage lets it sign revocation lists."""
        return self.is_authority and self._may(_SIGNS_LISTS)

    def _may(self, usage: int) -> bool:
        """Whether KeyUsage, which restricts only where it is there, has that bit."""
        value = self.extensions.get(_KEY_USAGE)
        if value is None:
            return True
        octets = der.bits(der.single(value, "KeyUsage"), "KeyUsage")
        return bool(octets) and bool(octets[0] & usage)

    @property
    def path_length(self) -> int | None:
        """How many authorities may stand below it; None where it sets no limit."""
        constraints = _constraints(self.extensions.get(_BASIC_CONSTRAINTS))
        if len(constraints) < 2:
            return None
        return der.integer(constraints[1], "BasicConstraints")

    def signed_by(self, issuer: Certificate) -> bool:
        """Whether the issuer's key signed it; names are not looked at.

        Raises:
            EvidenceError: the issuer's key cannot be used.
        """
        if self.algorithm is None:
            return False
        key = public_key(issuer.public_key_info)
        return self.algorithm.holds(key, self.signed, self.signature)

    def valid_at(self, moment: datetime) -> bool:
        """Whether the moment lies in its validity."""
        return self.not_before <= moment <= self.not_after


def _constraints(value: bytes | None) -> list[der.Element]:
    name = "BasicConstraints"
    if value is None:
        return []
    return der.single(value, name).expect(der.SEQUENCE, name).children(name)


def _common_name(name: bytes) -> str:
    for relative in der.single(name, "a name").children("a name"):
        for attribute in relative.children("a name"):
            parts = attribute.children("a name")
            if len(parts) == 2 and der.identifier(parts[0], "a name") == _COMMON_NAME:
                return der.text(parts[1]) or "unreadable"
    return "nameless"


@lru_cache(maxsize=128)
def parse_certificate(data: bytes) -> Certificate:
    """A certificate from DER.

    Raises:
        EvidenceError: it is none, or larger than 8 KiB.
    """
    name = "a certificate"
    if len(data) > _LARGEST:
        raise EvidenceError(f"{name}: {len(data)} bytes, more than {_LARGEST}")
    whole = der.single(data, name).expect(der.SEQUENCE, name).children(name)
    if len(whole) != 3:
        raise EvidenceError(f"{name}: {len(whole)} parts instead of 3")
    parts = whole[0].expect(der.SEQUENCE, name).children(name)
    if parts and parts[0].tag == der.context(0):
        parts = parts[1:]  # the version
    if len(parts) < 6:
        raise EvidenceError(f"{name}: {len(parts)} fields, too few")
    serial, inner, issuer, validity, subject, key, *rest = parts
    if inner.raw != whole[1].raw:
        raise EvidenceError(f"{name}: it names two algorithms of its signature")
    times = validity.expect(der.SEQUENCE, name).children(name)
    if len(times) != 2:
        raise EvidenceError(f"{name}: its validity is not two times")
    extensions, critical = _extensions(rest, name)
    certificate = Certificate(
        raw=data,
        signed=whole[0].raw,
        serial=der.integer(serial, name),
        issuer=issuer.expect(der.SEQUENCE, name).raw,
        subject=subject.expect(der.SEQUENCE, name).raw,
        not_before=der.time(times[0], name),
        not_after=der.time(times[1], name),
        public_key_info=key.expect(der.SEQUENCE, name).raw,
        extensions=extensions,
        unexplained=critical - {_BASIC_CONSTRAINTS, _KEY_USAGE},
        algorithm=parse_algorithm(whole[1], name),
        signature=der.bits(whole[2], name),
    )
    # What is asked later is read now, so that only parsing raises.
    _ = certificate.is_authority, certificate.path_length
    _ = certificate.subject_name, certificate.issuer_name
    return certificate


def _extensions(rest: list[der.Element], name: str) -> tuple[Mapping[str, bytes], frozenset[str]]:
    """The values of the extensions, and which of them are critical."""
    found: dict[str, bytes] = {}
    critical: set[str] = set()
    for part in rest:
        if part.tag != der.context(3):
            continue
        for extension in der.single(part.content, name).children(name):
            fields = extension.expect(der.SEQUENCE, name).children(name)
            if not 2 <= len(fields) <= 3:
                raise EvidenceError(f"{name}: an extension of {len(fields)} fields")
            identifier = der.identifier(fields[0], name)
            if identifier in found:
                raise EvidenceError(f"{name}: extension {identifier} twice")
            if len(fields) == 3 and any(fields[1].expect(der.BOOLEAN, name).content):
                critical.add(identifier)
            found[identifier] = fields[-1].expect(der.OCTET_STRING, name).content
    return found, frozenset(critical)
