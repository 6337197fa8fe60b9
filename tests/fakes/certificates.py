"""Makes X.509 certificates and revocation lists (RFC 5280), the odd ones of the vendors too.

Written in DER by hand throughout: AMD's have serial number 0, which the builder of
``cryptography`` refuses, and forgeries need what no builder offers.

    root = certify("ARK-Fake", rsa("ark"), authority=True)
    leaf = certify("SEV-VCEK", p384("vcek"), root, serial=0, extensions={"1.3.6.1.4…": b"\\x02…"})
    forged = certify("SEV-VCEK", p384("vcek"), root, signer=rsa("somebody else"))
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = ec.EllipticCurvePrivateKey | rsa_keys.RSAPrivateKey

MADE = datetime(2024, 1, 1, tzinfo=UTC)
ENDS = datetime(2030, 1, 1, tzinfo=UTC)
PSS = "RSA-PSS"
PKCS1 = "RSA PKCS#1"

BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
SIGNS_CERTIFICATES_AND_LISTS = b"\x03\x02\x01\x06"

_HASHES: Mapping[int, hashes.HashAlgorithm] = {
    256: hashes.SHA256(),
    384: hashes.SHA384(),
    512: hashes.SHA512(),
}
_DIGEST_IDS = {256: "2.16.840.1.101.3.4.2.1", 384: "2.16.840.1.101.3.4.2.2"}
_DIGEST_IDS[512] = "2.16.840.1.101.3.4.2.3"
_ECDSA_IDS = {bits: f"1.2.840.10045.4.3.{at}" for at, bits in enumerate((256, 384, 512), 2)}
_PKCS1_IDS = {bits: f"1.2.840.113549.1.1.{at}" for at, bits in enumerate((256, 384, 512), 11)}


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key, so that it can issue others."""

    raw: bytes
    key: PrivateKey
    subject: bytes

    @property
    def key_hash(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, by which roots are pinned."""
        return hashlib.sha256(public_info(self.key)).hexdigest()


@lru_cache(maxsize=64)
def rsa(label: str, bits: int = 2048) -> rsa_keys.RSAPrivateKey:
    """An RSA key; the same for the same label, for one run."""
    return rsa_keys.generate_private_key(65537, bits)


def p256(label: str) -> ec.EllipticCurvePrivateKey:
    """A key on NIST P-256, the same for the same label."""
    return _on_curve(label, ec.SECP256R1())


def p384(label: str) -> ec.EllipticCurvePrivateKey:
    """A key on NIST P-384, the same for the same label."""
    return _on_curve(label, ec.SECP384R1())


def _on_curve(label: str, curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    # Half a digest is below the order of either curve.
    number = int.from_bytes(hashlib.sha256(label.encode()).digest()[:31], "big")
    return ec.derive_private_key(number, curve)


def der(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def sequence(*contents: bytes) -> bytes:
    """A SEQUENCE."""
    return der(0x30, *contents)


def integer(value: int) -> bytes:
    """An INTEGER, as short as it goes."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return der(0x02, value.to_bytes(size, "big", signed=True))


def identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return der(0x06, octets)


def time(moment: datetime) -> bytes:
    """A UTCTime until 2049, a GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5)."""
    digits = f"{moment.astimezone(UTC):%Y%m%d%H%M%SZ}"
    return der(0x17, digits[2:].encode()) if moment.year < 2050 else der(0x18, digits.encode())


def name(common_name: str) -> bytes:
    """A name that is one common name."""
    attribute = sequence(identifier("2.5.4.3"), der(0x0C, common_name.encode()))
    return sequence(der(0x31, attribute))


def public_info(key: PrivateKey) -> bytes:
    """The SubjectPublicKeyInfo of a key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def extension(dotted: str, value: bytes, *, critical: bool = False) -> bytes:
    """An Extension; the value goes into its OCTET STRING as it is."""
    flag = der(0x01, b"\xff") if critical else b""
    return sequence(identifier(dotted), flag, der(0x04, value))


def certify(
    subject: str | bytes,
    key: PrivateKey,
    issuer: Issued | None = None,
    *,
    signer: PrivateKey | None = None,
    serial: int = 1,
    valid: tuple[datetime, datetime] = (MADE, ENDS),
    authority: bool = False,
    path_length: int | None = None,
    extensions: Mapping[str, bytes] | None = None,
    critical: Sequence[str] = (BASIC_CONSTRAINTS, KEY_USAGE),
    scheme: str = PSS,
    bits: int = 384,
) -> Issued:
    """A certificate.

    Args:
        subject: a common name, or a whole name in DER.
        issuer: whose name stands in it and whose key signs; itself where left out.
        signer: another key that signs, in the issuer's name: a forgery.
        authority: whether BasicConstraints and KeyUsage let it sign certificates and lists.
        extensions: values by identifier; they replace those that ``authority`` makes.
        critical: the identifiers of those marked so.
        scheme: of RSA signatures, `PSS` (salt as long as the digest) or `PKCS1`.
        bits: of the digest.
    """
    named = subject if isinstance(subject, bytes) else name(subject)
    signing = signer or (issuer.key if issuer else key)
    algorithm = _algorithm(signing, scheme, bits)
    values: dict[str, bytes] = {}
    if authority:
        limit = b"" if path_length is None else integer(path_length)
        values[BASIC_CONSTRAINTS] = sequence(der(0x01, b"\xff"), limit)
        values[KEY_USAGE] = SIGNS_CERTIFICATES_AND_LISTS
    values |= extensions or {}
    listed = [
        extension(dotted, value, critical=dotted in critical) for dotted, value in values.items()
    ]
    signed = sequence(
        der(0xA0, integer(2)),  # version 3
        integer(serial),
        algorithm,
        issuer.subject if issuer else named,
        sequence(time(valid[0]), time(valid[1])),
        named,
        public_info(key),
        der(0xA3, sequence(*listed)) if listed else b"",
    )
    return Issued(_sealed(signed, algorithm, signing, scheme, bits), key, named)


def revoke(
    issuer: Issued,
    serials: Sequence[int] = (),
    *,
    signer: PrivateKey | None = None,
    made: datetime = MADE,
    next_update: datetime | None = ENDS,
    extensions: Sequence[bytes] = (),
    scheme: str = PSS,
    bits: int = 384,
) -> bytes:
    """A revocation list.

    Args:
        issuer: whose name stands in it and whose key signs.
        serials: of the certificates taken back.
        signer: another key that signs, in the issuer's name.
        next_update: None leaves it out.
        extensions: each made by `extension`.
    """
    signing = signer or issuer.key
    algorithm = _algorithm(signing, scheme, bits)
    entries = [sequence(integer(serial), time(made)) for serial in serials]
    signed = sequence(
        integer(1),  # version 2
        algorithm,
        issuer.subject,
        time(made),
        time(next_update) if next_update else b"",
        sequence(*entries) if entries else b"",
        der(0xA0, sequence(*extensions)) if extensions else b"",
    )
    return _sealed(signed, algorithm, signing, scheme, bits)


def pem(*ders: bytes, label: str = "CERTIFICATE") -> bytes:
    """PEM blocks (RFC 7468)."""
    return b"".join(
        f"-----BEGIN {label}-----\n".encode()
        + base64.encodebytes(one)
        + f"-----END {label}-----\n".encode()
        for one in ders
    )


def sign(key: PrivateKey, data: bytes, *, scheme: str = PSS, bits: int = 384) -> bytes:
    """A signature: ECDSA in DER by a key on a curve, else RSA of that scheme."""
    digest = _HASHES[bits]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(digest, deterministic_signing=True))
    if scheme == PKCS1:
        return key.sign(data, padding.PKCS1v15(), digest)
    pss = padding.PSS(padding.MGF1(digest), salt_length=digest.digest_size)
    return key.sign(data, pss, digest)


def _sealed(signed: bytes, algorithm: bytes, key: PrivateKey, scheme: str, bits: int) -> bytes:
    value = sign(key, signed, scheme=scheme, bits=bits)
    return sequence(signed, algorithm, der(0x03, b"\0", value))


def _algorithm(key: PrivateKey, scheme: str, bits: int) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return sequence(identifier(_ECDSA_IDS[bits]))
    if scheme == PKCS1:
        return sequence(identifier(_PKCS1_IDS[bits]), der(0x05))
    digest = sequence(identifier(_DIGEST_IDS[bits]), der(0x05))
    parameters = sequence(  # RFC 4055 §3.1
        der(0xA0, digest),
        der(0xA1, sequence(identifier("1.2.840.113549.1.1.8"), digest)),
        der(0xA2, integer(bits // 8)),
    )
    return sequence(identifier("1.2.840.113549.1.1.10"), parameters)
