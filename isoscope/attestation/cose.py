"""COSE_Sign1, a signed CBOR document (RFC 9052 §4.2), with ECDSA (RFC 9053 §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isoscope.attestation import cbor
from isoscope.attestation.checks import Check, failed, judged
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import Digest, ecdsa_raw

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

TAG_SIGN1 = 18
_ALGORITHM = 1
_CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A signature algorithm with the curve that vendors use it on.

    RFC 9053 leaves the curve open; a signature of another one is nothing that a vendor makes.
    """

    name: str
    bits: int
    digest: Digest

    @property
    def number_size(self) -> int:
        """Bytes of each of the two numbers of a signature."""
        return (self.bits + 7) // 8


ALGORITHMS: Mapping[int, Algorithm] = {
    -7: Algorithm("ES256", 256, Digest.SHA256),
    -35: Algorithm("ES384", 384, Digest.SHA384),
    -36: Algorithm("ES512", 521, Digest.SHA512),
}


@dataclass(frozen=True, slots=True)
class Sign1:
    """A document and its signature.

    Attributes:
        protected: the headers that the signature covers, encoded as they stand.
        algorithm: the number that the protected headers name; None where they name none.
        payload: what was signed, as it stands.
    """

    protected: bytes
    algorithm: int | None
    payload: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """The bytes that the signature covers: Sig_structure (RFC 9052 §4.4), nothing external."""
        parts = (
            _string(cbor.Major.TEXT, b"Signature1"),
            _string(cbor.Major.BYTES, self.protected),
            _string(cbor.Major.BYTES, b""),
            _string(cbor.Major.BYTES, self.payload),
        )
        return b"\x84" + b"".join(parts)

    def holds(self, key: PublicKeyTypes) -> bool:
        """Whether that key signed it; False of an unknown algorithm, or a key of another curve."""
        from cryptography.hazmat.primitives.asymmetric import ec

        algorithm = ALGORITHMS.get(self.algorithm) if self.algorithm is not None else None
        if algorithm is None or not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        size = algorithm.number_size
        if key.curve.key_size != algorithm.bits or len(self.signature) != 2 * size:
            return False
        r, s = (
            int.from_bytes(half, "big") for half in (self.signature[:size], self.signature[size:])
        )
        return ecdsa_raw(key, r, s, self.signed, algorithm.digest)


def _string(major: cbor.Major, content: bytes) -> bytes:
    """A byte or text string with the shortest head, which RFC 9052 §9 wants of Sig_structure."""
    size = len(content)
    if size < 24:
        return bytes([major << 5 | size]) + content
    octets = 1 if size < 1 << 8 else 2 if size < 1 << 16 else 4
    detail = {1: 24, 2: 25, 4: 26}[octets]
    return bytes([major << 5 | detail]) + size.to_bytes(octets, "big") + content


def sign1_of(item: cbor.Item, name: str) -> Sign1:
    """A COSE_Sign1, tagged or not.

    Raises:
        EvidenceError: it is none, its payload is elsewhere, a header stands in both places, or a
            header is critical, of which none is known here.
    """
    if isinstance(item, cbor.Tagged):
        if item.number != TAG_SIGN1:
            raise EvidenceError(f"{name}: CBOR tag {item.number}; a COSE_Sign1 has {TAG_SIGN1}")
        item = item.value
    parts = cbor.array_of(item, name)
    if len(parts) != 4:
        raise EvidenceError(f"{name}: {len(parts)} parts; a COSE_Sign1 has 4")
    protected = cbor.bytes_of(parts[0], f"{name}, protected headers")
    headers = _headers(protected, name)
    unprotected = cbor.map_of(parts[1], f"{name}, unprotected headers")
    if twice := sorted(str(label) for label in headers.keys() & unprotected.keys()):
        raise EvidenceError(f"{name}: headers {', '.join(twice)} protected and unprotected")
    if _CRITICAL in headers or _CRITICAL in unprotected:
        raise EvidenceError(f"{name}: headers that are critical to it, and none such is known")
    algorithm = headers.get(_ALGORITHM)
    return Sign1(
        protected=protected,
        algorithm=algorithm if isinstance(algorithm, int) else None,
        payload=cbor.bytes_of(parts[2], f"{name}, payload"),
        signature=cbor.bytes_of(parts[3], f"{name}, signature"),
    )


def _headers(protected: bytes, name: str) -> Mapping[cbor.Key, cbor.Item]:
    if not protected:
        return {}
    what = f"{name}, protected headers"
    return cbor.map_of(cbor.decode(protected, what), what)


def signature_check(
    document: Sign1, key: PublicKeyTypes, by: str, name: str = "signature"
) -> Check:
    """Whether that key signed the document.

    Args:
        by: whose key it is, for people.
    """
    algorithm = ALGORITHMS.get(document.algorithm) if document.algorithm is not None else None
    if algorithm is None:
        known = ", ".join(f"{one.name} ({number})" for number, one in ALGORITHMS.items())
        named = "none" if document.algorithm is None else str(document.algorithm)
        return failed(name, f"the algorithm of the signature is {named}; known are {known}")
    return judged(
        name,
        holds=document.holds(key),
        yes=f"signed by {by} with {algorithm.name}",
        no=f"{by} did not sign these bytes with {algorithm.name}: they were changed, or somebody "
        "else signed them",
    )
