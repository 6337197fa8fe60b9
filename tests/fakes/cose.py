"""Signed CBOR documents, encoded by another library than the one that reads them."""

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.fakes.certificates import PrivateKey

ES384 = {1: -35}


def sign1(
    payload: bytes,
    key: PrivateKey,
    *,
    protected: dict[int, object] | None = None,
    unprotected: dict[int, object] | None = None,
    tagged: bool = False,
) -> bytes:
    """A COSE_Sign1 by that key, ES384 unless the headers say otherwise."""
    headers = cbor2.dumps(ES384 if protected is None else protected)
    signature = raw_signature(key, cbor2.dumps(["Signature1", headers, b"", payload]))
    parts = [headers, unprotected or {}, payload, signature]
    return cbor2.dumps(cbor2.CBORTag(18, parts) if tagged else parts)


def raw_signature(key: PrivateKey, data: bytes) -> bytes:
    """Both numbers of an ECDSA signature, big endian, with the digest of the curve's size."""
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    scheme = ec.ECDSA(digest[key.curve.key_size], deterministic_signing=True)
    size = (key.curve.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(data, scheme))
    return b"".join(number.to_bytes(size, "big") for number in numbers)
