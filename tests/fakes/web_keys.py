"""JSON Web Keys (RFC 7517)."""

import base64
import json

from cryptography.hazmat.primitives.asymmetric import ec


def web_key(key: ec.EllipticCurvePublicKey, curve: str, **changed: object) -> bytes:
    """A public key of that curve as JSON, some members changed."""
    numbers, size = key.public_numbers(), (key.key_size + 7) // 8
    x, y = (
        base64.urlsafe_b64encode(one.to_bytes(size, "big")).rstrip(b"=").decode()
        for one in (numbers.x, numbers.y)
    )
    return json.dumps({"kty": "EC", "crv": curve, "x": x, "y": y} | changed).encode()
