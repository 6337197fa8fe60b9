"""Public keys as they come where nobody certifies them: JSON Web Keys (RFC 7517) and PEM."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from isoscope.attestation.bundle import pem_blocks
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.signature import ecdsa_key, public_key
from isoscope.snapshot.strict_json import parse_strictly

_LARGEST = 1 << 14
_MOST_OBJECTS = 100
_LABEL = b"-----BEGIN PUBLIC KEY-----"
_CURVES = {"P-256": 256, "P-384": 384, "P-521": 521}  # RFC 7518 §6.2.1.1
_NAME = "a public key"


def looks_like_public_key(data: bytes) -> bool:
    """Whether the bytes are meant to be a key: PEM that says so, or JSON with a type of key."""
    if data.lstrip()[:1] != b"{" or len(data) > _LARGEST:
        return _LABEL in data
    try:
        return "kty" in _json(data)
    except EvidenceError:
        return False


def parse_public_key(data: bytes) -> bytes:
    """The SubjectPublicKeyInfo, in DER, of a JSON Web Key or of a PEM block ``PUBLIC KEY``.

    Raises:
        EvidenceError: it is neither, or of a kind that signs no evidence.
    """
    if len(data) > _LARGEST:
        raise EvidenceError(f"{_NAME}: {len(data)} bytes, more than {_LARGEST}")
    if b"-----BEGIN" not in data:
        return _of_web_key(_json(data))
    blocks = pem_blocks(data, "PUBLIC KEY")
    if len(blocks) != 1:
        raise EvidenceError(f"{_NAME}: {len(blocks)} PEM blocks of it instead of one")
    public_key(blocks[0])  # raises where it is none
    return blocks[0]


def _json(data: bytes) -> Mapping[str, object]:
    try:
        document = parse_strictly(data.decode("utf-8"), most_objects=_MOST_OBJECTS)
    except ValueError as error:
        raise EvidenceError(f"{_NAME}: neither PEM nor JSON: {error}") from None
    if not isinstance(document, dict):
        raise EvidenceError(f"{_NAME}: JSON that is no object")
    return document


def _of_web_key(key: Mapping[str, object]) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if "d" in key:
        raise EvidenceError(f"{_NAME}: a private key. Give the public one, and renew this one")
    curve = key.get("crv")
    if key.get("kty") != "EC" or not isinstance(curve, str) or curve not in _CURVES:
        raise EvidenceError(f"{_NAME}: a JSON Web Key not of {', '.join(_CURVES)}")
    bits = _CURVES[curve]
    point = b"".join(_coordinate(key.get(name), (bits + 7) // 8) for name in ("x", "y"))
    return ecdsa_key(point, bits=bits).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _coordinate(value: object, size: int) -> bytes:
    problem = EvidenceError(f"{_NAME}: a coordinate that is not {size} bytes in base64url")
    if not isinstance(value, str):
        raise problem
    try:
        found = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise problem from None
    if len(found) != size:
        raise problem
    return found
