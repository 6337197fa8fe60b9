"""Public keys that nobody certifies."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.bare_key import parse_public_key
from isoscope.attestation.fields import EvidenceError
from tests.fakes.certificates import p384, pem, public_info
from tests.fakes.web_keys import web_key

KEY = p384("bare")


@pytest.mark.parametrize(
    ("curve", "name"),
    [(ec.SECP256R1(), "P-256"), (ec.SECP384R1(), "P-384"), (ec.SECP521R1(), "P-521")],
)
def test_a_web_key_is_the_key_that_it_describes(curve: ec.EllipticCurve, name: str) -> None:
    key = ec.generate_private_key(curve).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert parse_public_key(web_key(key, name)) == info


def test_a_key_in_pem_is_that_key() -> None:
    info = public_info(KEY)
    assert parse_public_key(pem(info, label="PUBLIC KEY")) == info


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"crv": "P-256"}, "32 bytes"),
        ({"crv": "secp256k1"}, "not of P-256"),
        ({"crv": ["P-384"]}, "not of P-256"),
        ({"kty": "RSA"}, "not of P-256"),
        ({"x": "AA"}, "48 bytes"),
        ({"x": 1}, "48 bytes"),
        ({"x": "*" * 64}, "48 bytes"),
        ({"y": "é" * 64}, "48 bytes"),
        ({"y": "A" * 64}, "no point"),
        ({"d": "AA"}, "private"),
    ],
)
def test_a_web_key_that_is_none_is_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        parse_public_key(web_key(KEY.public_key(), "P-384", **changed))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither"),
        (b"[]", "no object"),
        (b"[" * 10_000, "neither"),
        (b"9" * 10_000, "neither"),
        (b"\xff", "neither"),
        (b"{" + b" " * 20_000 + b"}", "more than"),
        (pem(public_info(KEY), public_info(KEY), label="PUBLIC KEY"), "2 PEM blocks"),
        (pem(public_info(KEY)), "0 PEM blocks"),
        (pem(b"nothing", label="PUBLIC KEY"), "cannot be used"),
    ],
)
def test_other_bytes_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        parse_public_key(data)


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_bytes_of_strangers_are_a_key_or_refused(data: bytes) -> None:
    try:
        parse_public_key(data)
    except EvidenceError:
        return
