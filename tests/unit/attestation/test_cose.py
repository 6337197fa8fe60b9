"""COSE_Sign1: what a signature covers, and which documents have none that counts."""

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.cbor import decode
from isoscope.attestation.checks import State
from isoscope.attestation.cose import Sign1, sign1_of, signature_check
from isoscope.attestation.fields import EvidenceError
from tests.fakes.cose import sign1

KEY = ec.generate_private_key(ec.SECP384R1())


def parsed(data: bytes) -> Sign1:
    return sign1_of(decode(data, "it"), "it")


@pytest.mark.parametrize(
    ("curve", "algorithm"), [(ec.SECP256R1(), -7), (ec.SECP384R1(), -35), (ec.SECP521R1(), -36)]
)
@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65535, 65536])
@pytest.mark.parametrize("tagged", [True, False])
def test_the_signature_of_its_key_holds(
    curve: ec.EllipticCurve, algorithm: int, size: int, tagged: bool
) -> None:
    key = ec.generate_private_key(curve)
    document = parsed(sign1(bytes(size), key, protected={1: algorithm}, tagged=tagged))
    assert signature_check(document, key.public_key(), "it").state is State.PASSED


@given(st.binary(max_size=64))
def test_the_signature_covers_what_another_library_would_encode(payload: bytes) -> None:
    document = Sign1(b"\xa1\x01\x38\x22", -35, payload, b"")
    assert document.signed == cbor2.dumps(["Signature1", document.protected, b"", payload])


def test_the_signature_of_another_key_does_not_hold() -> None:
    check = signature_check(
        parsed(sign1(b"x", KEY)), ec.generate_private_key(ec.SECP384R1()).public_key(), "Jane"
    )
    assert check.state is State.FAILED
    assert "Jane" in check.detail


@pytest.mark.parametrize("algorithm", [-8, -37, -257, 5, 0, "ES384", True, None, b"\x01"])
def test_an_unknown_algorithm_is_no_signature(algorithm: object) -> None:
    document = parsed(sign1(b"x", KEY, protected={1: algorithm}))
    check = signature_check(document, KEY.public_key(), "it")
    assert check.state is State.FAILED
    assert "algorithm" in check.detail
    assert not document.holds(KEY.public_key())


def test_an_algorithm_that_is_not_protected_does_not_count() -> None:
    document = parsed(sign1(b"x", KEY, protected={}, unprotected={1: -35}))
    assert signature_check(document, KEY.public_key(), "it").state is State.FAILED


def test_an_algorithm_of_another_curve_does_not_hold() -> None:
    document = parsed(sign1(b"x", KEY, protected={1: -7}))
    assert signature_check(document, KEY.public_key(), "it").state is State.FAILED


def test_a_key_that_is_not_of_a_curve_signed_nothing() -> None:
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    assert not parsed(sign1(b"x", KEY)).holds(other)


@pytest.mark.parametrize("signature", [b"", bytes(96), bytes(95), bytes(97), b"\xff" * 96])
def test_a_signature_that_cannot_be_one_does_not_hold(signature: bytes) -> None:
    document = Sign1(b"\xa1\x01\x38\x22", -35, b"x", signature)
    assert not document.holds(KEY.public_key())


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (cbor2.CBORTag(98, [b"", {}, b"", b""]), "tag 98"),
        ([b"", {}, b""], "3 parts"),
        ({}, "not an array"),
        ([b"", {}, None, b""], "payload: not bytes"),
        (["", {}, b"", b""], "protected headers: not bytes"),
        ([b"", [], b"", b""], "not a map"),
        ([b"\x80", {}, b"", b""], "not a map"),
        ([b"\xff", {}, b"", b""], "indefinite"),
        ([b"\xa1\x01\x38\x22", {1: -35}, b"", b""], "protected and unprotected"),
        ([b"\xa2\x01\x38\x22\x01\x26", {}, b"", b""], "twice"),
        ([cbor2.dumps({1: -35, 2: [99]}), {}, b"", b""], "critical"),
        ([b"", {}, b"", "x"], "signature: not bytes"),
    ],
)
def test_what_is_no_signed_document_is_refused(item: object, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        parsed(cbor2.dumps(item))


@given(st.binary(max_size=200))
def test_bytes_of_strangers_are_documents_or_no_evidence(data: bytes) -> None:
    try:
        parsed(data)
    except EvidenceError:
        return
