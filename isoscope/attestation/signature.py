"""Signatures, checked with ``cryptography`` over exactly the bytes that were signed."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from isoscope.attestation.fields import EvidenceError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm


class Digest(StrEnum):
    """A hash of FIPS 180-4, by its usual name."""

    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


@lru_cache(maxsize=256)
def public_key(subject_public_key_info: bytes) -> PublicKeyTypes:
    """A key from its DER form (RFC 5280 §4.1.2.7).

    Raises:
        EvidenceError: it is none, of an algorithm that is not known, or an RSA key of fewer than
            2048 or more than 8192 bits.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(subject_public_key_info)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise EvidenceError(f"a public key cannot be used: {error}") from None
    if isinstance(key, RSAPublicKey):
        _expect_rsa_size(key.key_size)
    return key


@lru_cache(maxsize=64)
def ecdsa_key(point: bytes, *, bits: int) -> PublicKeyTypes:
    """A key from the coordinates of its point on NIST P-256, P-384 or P-521.

    Args:
        point: x and y, big endian, one after the other.
        bits: of the curve, 256, 384 or 521.

    Raises:
        EvidenceError: the point is not on the curve.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[int, ec.EllipticCurve] = {
        256: ec.SECP256R1(),
        384: ec.SECP384R1(),
        521: ec.SECP521R1(),
    }
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curves[bits], b"\x04" + point)
    except ValueError:
        raise EvidenceError(f"a public key is no point of NIST P-{bits}") from None


@lru_cache(maxsize=64)
def rsa_key(modulus: int, exponent: int) -> PublicKeyTypes:
    """A key from its two numbers.

    Raises:
        EvidenceError: they are no RSA key, or one of fewer than 2048 or more than 8192 bits.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    _expect_rsa_size(modulus.bit_length())
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise EvidenceError(f"an RSA key cannot be used: {error}") from None


def _expect_rsa_size(bits: int) -> None:
    """Smaller ones can be broken, larger ones only cost time."""
    if not 2048 <= bits <= 8192:
        raise EvidenceError(f"an RSA key of {bits} bits")


def ecdsa_raw(key: PublicKeyTypes, r: int, s: int, signed: bytes, digest: Digest) -> bool:
    """Whether ``r`` and ``s`` are an ECDSA signature of that key; False for any other key."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return ecdsa(key, encode_dss_signature(r, s), signed, digest)


def ecdsa(key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest) -> bool:
    """Whether a signature in DER form is an ECDSA signature of that key; False for another key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec

    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, signed, ec.ECDSA(_algorithm(digest)))
    except InvalidSignature:
        return False
    return True


def rsa_pss(key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest) -> bool:
    """Whether it is an RSASSA-PSS signature, with MGF1 and a salt as long as the digest."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if not isinstance(key, rsa.RSAPublicKey):
        return False
    algorithm = _algorithm(digest)
    scheme = padding.PSS(padding.MGF1(algorithm), salt_length=algorithm.digest_size)
    try:
        key.verify(signature, signed, scheme, algorithm)
    except InvalidSignature:
        return False
    return True


def rsa_pkcs1(key: PublicKeyTypes, signature: bytes, signed: bytes, digest: Digest) -> bool:
    """Whether it is an RSASSA-PKCS1-v1_5 signature of that key; False for another key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, padding.PKCS1v15(), _algorithm(digest))
    except InvalidSignature:
        return False
    return True


def _algorithm(digest: Digest) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    algorithms: dict[Digest, HashAlgorithm] = {
        Digest.SHA256: hashes.SHA256(),
        Digest.SHA384: hashes.SHA384(),
        Digest.SHA512: hashes.SHA512(),
    }
    return algorithms[digest]
