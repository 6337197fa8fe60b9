"""The realm's attestation key (RAK), and how the platform vouches for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from isoscope.attestation import cbor
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import ecdsa_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_NAME = "a realm's attestation key"
_UNCOMPRESSED = 0x04
_RAW_SIZES = {65: 256, 97: 384}
_KEY_TYPE, _EC2 = 1, 2  # RFC 9053 §7.1
_CURVE, _X, _Y = -1, -2, -3
_CURVES = {1: 256, 2: 384, 3: 521}
_HASHES = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}  # IANA Named Information


def parse_realm_key(encoded: bytes) -> PublicKeyTypes:
    """A key from its point, as the first tokens had it, or from a COSE_Key (RFC 9052 §7).

    Raises:
        EvidenceError: it is neither.
    """
    if encoded[:1] == bytes([_UNCOMPRESSED]) and len(encoded) in _RAW_SIZES:
        return ecdsa_key(encoded[1:], bits=_RAW_SIZES[len(encoded)])
    key = cbor.map_of(cbor.decode(encoded, _NAME), _NAME)
    curve = key.get(_CURVE)
    if key.get(_KEY_TYPE) != _EC2 or not isinstance(curve, int) or curve not in _CURVES:
        raise EvidenceError(f"{_NAME}: not of a NIST curve")
    bits = _CURVES[curve]
    x, y = (cbor.bytes_of(key.get(label), f"{_NAME}, coordinate") for label in (_X, _Y))
    if {len(x), len(y)} != {(bits + 7) // 8}:
        raise EvidenceError(f"{_NAME}: coordinates of {len(x)} and {len(y)} bytes")
    return ecdsa_key(x + y, bits=bits)


def hash_of(encoded: bytes, algorithm: str) -> bytes | None:
    """The hash of a key as it stands; None of an algorithm that the format does not name."""
    name = _HASHES.get(algorithm)
    return None if name is None else hashlib.new(name, encoded).digest()
