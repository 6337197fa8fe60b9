"""The maker of certificates that other tests rest on makes what other readers read too."""

import pytest
from cryptography import x509

from tests.fakes.certificates import MADE, PKCS1, PSS, PrivateKey, certify, p256, p384, revoke, rsa

KEYS = [
    pytest.param(rsa("maker"), PSS, 384, id="RSA-PSS"),
    pytest.param(rsa("maker"), PKCS1, 256, id="RSA PKCS#1"),
    pytest.param(p256("maker"), "", 256, id="P-256"),
    pytest.param(p384("maker"), "", 384, id="P-384"),
]


@pytest.mark.parametrize(("key", "scheme", "bits"), KEYS)
def test_a_made_certificate_is_one_for_cryptography(
    key: PrivateKey, scheme: str, bits: int
) -> None:
    root = certify("root", key, authority=True, path_length=1, scheme=scheme, bits=bits)
    made = certify("leaf", p384("leaf"), root, serial=200, scheme=scheme, bits=bits)

    read = x509.load_der_x509_certificate(made.raw)
    read.verify_directly_issued_by(x509.load_der_x509_certificate(root.raw))
    assert read.serial_number == 200
    assert read.not_valid_before_utc == MADE
    assert read.subject.rfc4514_string() == "CN=leaf"


def test_a_made_list_is_one_for_cryptography() -> None:
    root = certify("root", rsa("maker"), authority=True)

    read = x509.load_der_x509_crl(revoke(root, [5, 1 << 70]))

    assert [entry.serial_number for entry in read] == [5, 1 << 70]
    assert read.is_signature_valid(root.key.public_key())
