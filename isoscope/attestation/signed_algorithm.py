"""The signature algorithms of certificates and revocation lists (RFC 5280 §4.1.1.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isoscope.attestation import der, signature
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import Digest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_ECDSA = {  # RFC 5758 §3.2
    "1.2.840.10045.4.3.2": Digest.SHA256,
    "1.2.840.10045.4.3.3": Digest.SHA384,
    "1.2.840.10045.4.3.4": Digest.SHA512,
}
_RSA_PKCS1 = {  # RFC 4055 §5
    "1.2.840.113549.1.1.11": Digest.SHA256,
    "1.2.840.113549.1.1.12": Digest.SHA384,
    "1.2.840.113549.1.1.13": Digest.SHA512,
}
_RSA_PSS = "1.2.840.113549.1.1.10"  # RFC 4055 §3.1
_MGF1 = "1.2.840.113549.1.1.8"
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": Digest.SHA256,
    "2.16.840.1.101.3.4.2.2": Digest.SHA384,
    "2.16.840.1.101.3.4.2.3": Digest.SHA512,
}
_SIZES = {Digest.SHA256: 32, Digest.SHA384: 48, Digest.SHA512: 64}

Verify = Callable[["PublicKeyTypes", bytes, bytes, Digest], bool]


@dataclass(frozen=True, slots=True)
class SignedAlgorithm:
    """How an issuer signed: the scheme and its digest."""

    name: str
    digest: Digest
    verify: Verify

    def holds(self, key: PublicKeyTypes, signed_bytes: bytes, value: bytes) -> bool:
        """Whether ``value`` is that key's signature of the bytes."""
        return self.verify(key, value, signed_bytes, self.digest)


def parse_algorithm(element: der.Element, name: str) -> SignedAlgorithm | None:
    """An AlgorithmIdentifier; None of an algorithm that nothing here is signed with.

    Raises:
        EvidenceError: it is not one.
    """
    parts = element.expect(der.SEQUENCE, name).children(name)
    if not parts:
        raise EvidenceError(f"{name}: an algorithm without a name")
    identifier = der.identifier(parts[0], name)
    if digest := _ECDSA.get(identifier):
        return SignedAlgorithm(f"ECDSA with {digest.value}", digest, signature.ecdsa)
    if digest := _RSA_PKCS1.get(identifier):
        return SignedAlgorithm(f"RSA PKCS#1 with {digest.value}", digest, signature.rsa_pkcs1)
    if identifier == _RSA_PSS and len(parts) == 2:
        digest = _pss_digest(parts[1], name)
        if digest:
            return SignedAlgorithm(f"RSA-PSS with {digest.value}", digest, signature.rsa_pss)
    return None


def _pss_digest(parameters: der.Element, name: str) -> Digest | None:
    """The digest of RSASSA-PSS-params, where mask and salt follow it as they do for AMD."""
    found = {part.tag: part for part in parameters.expect(der.SEQUENCE, name).children(name)}
    hashing, mask, salt = (found.get(der.context(number)) for number in range(3))
    if hashing is None or mask is None or salt is None:
        return None  # the defaults are SHA-1
    digest = _digest(der.single(hashing.content, name), name)
    mask_parts = der.single(mask.content, name).children(name)
    if digest is None or len(mask_parts) != 2 or der.identifier(mask_parts[0], name) != _MGF1:
        return None
    length = der.integer(der.single(salt.content, name), name)
    same = _digest(mask_parts[1], name) is digest and length == _SIZES[digest]
    return digest if same else None


def _digest(element: der.Element, name: str) -> Digest | None:
    parts = element.expect(der.SEQUENCE, name).children(name)
    return _DIGESTS.get(der.identifier(parts[0], name)) if parts else None
