"""Certificates, revocation lists and DER: strict where a forger could gain, bounded everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from isoscope.attestation import der
from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.revocation import parse_revocation_list
from isoscope.attestation.signature import Digest, ecdsa_key, public_key, rsa_key
from tests.fakes.certificates import (
    ENDS,
    MADE,
    PKCS1,
    PSS,
    PrivateKey,
    certify,
    extension,
    identifier,
    integer,
    p256,
    p384,
    pem,
    public_info,
    revoke,
    rsa,
    sequence,
)
from tests.fakes.certificates import (
    der as encoded,
)
from tests.fakes.certificates import (
    time as when,
)
from tests.fuzz import run

DATED = sequence(integer(1), when(MADE))
UNDATED = sequence(integer(1), encoded(4, bytes(13)))
SHA256, SHA384 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2"
ROOT = certify("root", rsa("root"), authority=True)
LEAF = certify("leaf", p384("leaf"), ROOT)


@pytest.mark.parametrize(
    ("key", "scheme", "bits"),
    [
        *((rsa("root"), PSS, bits) for bits in (256, 384, 512)),
        *((rsa("root"), PKCS1, bits) for bits in (256, 384, 512)),
        *((p256("root"), "", bits) for bits in (256, 384)),
        (p384("root"), "", 384),
    ],
)
def test_a_signature_holds_by_its_issuers_key_and_by_no_other(
    key: PrivateKey, scheme: str, bits: int
) -> None:
    root = parse_certificate(certify("root", key, scheme=scheme, bits=bits).raw)
    other = parse_certificate(certify("root", p384("other")).raw)
    assert root.signed_by(root)
    assert not root.signed_by(other)


def test_one_changed_byte_of_what_is_signed_breaks_a_certificates_signature() -> None:
    root, held = parse_certificate(ROOT.raw), parse_certificate(LEAF.raw)
    start = LEAF.raw.index(held.signed)
    holding = []
    for at in range(start, start + len(held.signed)):
        changed = bytearray(LEAF.raw)
        changed[at] ^= 1
        try:
            found = parse_certificate(bytes(changed))
        except EvidenceError:
            continue
        if found.signed_by(root):
            holding.append(at)
    assert holding == []


@pytest.mark.parametrize("bits", [1024, 16384])
def test_rsa_keys_that_are_too_short_or_only_cost_time_are_not_used(bits: int) -> None:
    modulus = (1 << bits - 1) | 1
    info = sequence(
        sequence(identifier("1.2.840.113549.1.1.1"), encoded(5)),
        encoded(3, b"\0", sequence(integer(modulus), integer(65537))),
    )
    with pytest.raises(EvidenceError):
        public_key(info)
    with pytest.raises(EvidenceError):
        rsa_key(modulus, 65537)


def test_a_point_that_is_not_on_its_curve_is_no_key() -> None:
    with pytest.raises(EvidenceError):
        ecdsa_key(b"\1" * 64, bits=256)
    with pytest.raises(EvidenceError):
        public_key(public_info(p384("it"))[:-1] + b"\0")


def test_a_key_that_certificates_do_not_have_signs_nothing() -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    odd = parse_certificate(certify("odd", key).raw)
    assert odd.algorithm is not None
    assert odd.algorithm.digest is Digest.SHA384
    assert not parse_certificate(LEAF.raw).signed_by(odd)


def _swapped(raw: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert raw.count(old)
    return raw.replace(old, new, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        LEAF.raw + b"\0",
        LEAF.raw[:-1],
        sequence(b"", b"", b""),
        sequence(sequence(), sequence(), encoded(3, b"\0")),
        certify("A" * 5_000, p384("it")).raw,  # 10,000 bytes, its name twice
        # Two algorithms, of which a reader may believe either.
        _swapped(LEAF.raw, identifier(SHA384), identifier(SHA256)),
        certify("twice", p384("it"), extensions={"1.2.3": b"\5\0", "1.2.4": b"\5\0"})
        .raw.replace(identifier("1.2.4"), identifier("1.2.3")),
        certify("it", p384("it"), extensions={"2.5.29.19": b"\x04\x00"}).raw,
        certify("it", p384("it"), extensions={"2.5.29.19": b""}).raw,
        certify("it", p384("it"), extensions={"2.5.29.15": b"\x03\x00"}).raw,
        certify("it", p384("it"), extensions={"2.5.29.19": b"\x30\x05\x01\x01\xff\x04\x00"}).raw,
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_certificate(data)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (encoded(0x17, b"491231235959Z"), datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (encoded(0x17, b"500101000000Z"), datetime(1950, 1, 1, tzinfo=UTC)),
        (encoded(0x18, b"20500101000000Z"), datetime(2050, 1, 1, tzinfo=UTC)),
        (encoded(0x18, b"99991231235959Z"), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_of_both_kinds_are_read(moment: bytes, expected: datetime) -> None:
    assert der.time(der.single(moment, "it"), "it") == expected


@pytest.mark.parametrize(
    "moment",
    [
        encoded(0x17, b"490231000000Z"),
        encoded(0x17, b"4901010000Z"),
        encoded(0x17, b"490101000000+0100"),
        encoded(0x17, b"490101000060Z"),
        encoded(0x18, b"00000101000000Z"),
        encoded(0x18, b"20500101000000.5Z"),
        encoded(0x18, b"2050010100000 Z"),
        encoded(0x18, "\N{FULLWIDTH DIGIT TWO}0500101000000Z".encode()),
        encoded(0x18, b"1" * 1000),
        encoded(0x13, b"20500101000000Z"),
    ],
)  # fmt: skip
def test_what_is_no_time_is_said_to_be_none(moment: bytes) -> None:
    with pytest.raises(EvidenceError):
        der.time(der.single(moment, "it"), "it")


@pytest.mark.parametrize(
    "data",
    [
        b"\x30",
        b"\x30\x80",  # of no stated length
        b"\x30\x81\x7f" + bytes(127),  # longer than it has to be
        b"\x30\x82\x00\x80" + bytes(128),
        b"\x30\x85\x00\x00\x00\x00\x01\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x05\x00",
        b"\x1f\x81\x01\x00",  # a tag of several bytes
        b"\x05\x00\x00",
    ],
)
def test_what_is_not_der_is_said_not_to_be(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        der.single(data, "it")


@given(st.integers(-(1 << 500), 1 << 500))
def test_integers_are_read_as_they_were_written(value: int) -> None:
    assert der.integer(der.single(integer(value), "it"), "it") == value


@given(
    st.tuples(st.integers(0, 2), st.integers(0, 39)), st.lists(st.integers(0, 1 << 60), max_size=5)
)
def test_identifiers_are_read_as_they_were_written(top: tuple[int, int], rest: list[int]) -> None:
    dotted = ".".join(str(arc) for arc in (*top, *rest))
    assert der.identifier(der.single(identifier(dotted), "it"), "it") == dotted


@pytest.mark.parametrize("read", [lambda one: one, lambda one: b"  \nsome text\n" + one])
def test_several_certificates_come_out_of_pem_and_out_of_der(
    read: Callable[[bytes], bytes],
) -> None:
    assert [one.raw for one in certificates(read(pem(LEAF.raw, ROOT.raw)))] == [LEAF.raw, ROOT.raw]
    assert [one.raw for one in certificates(LEAF.raw + ROOT.raw + bytes(9))] == [LEAF.raw, ROOT.raw]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(8),
        b"-----BEGIN CERTIFICATE-----\nAAAA",
        pem(LEAF.raw, label="PRIVATE KEY"),
        pem(LEAF.raw).replace(b"M", b"!", 1),
        pem(*[LEAF.raw] * 65),
        LEAF.raw * 65,
        LEAF.raw + b"\x30",
    ],
)
def test_what_holds_no_certificate_is_said_to_hold_none(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        certificates(data)


def test_a_list_is_read_with_what_it_says() -> None:
    critical = extension("2.5.29.27", integer(1), critical=True)
    found = parse_revocation_list(revoke(ROOT, [1, 1 << 100]))
    assert found.serials == {1, 1 << 100}
    assert (found.this_update, found.next_update) == (MADE, ENDS)
    assert not found.partial
    assert found.signed_by(parse_certificate(ROOT.raw))
    assert parse_revocation_list(revoke(ROOT, extensions=[critical])).partial
    assert parse_revocation_list(revoke(ROOT, next_update=None)).next_update is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        LEAF.raw,
        revoke(ROOT) + b"\0",
        pem(revoke(ROOT), revoke(ROOT), label="X509 CRL"),
        pem(LEAF.raw),
        sequence(sequence(), sequence(), encoded(3, b"\0")),
        bytes(1 << 20),
        revoke(ROOT, [1]).replace(DATED, UNDATED),
    ],
)
def test_what_is_no_revocation_list_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_revocation_list(data)


def test_a_list_as_long_as_lists_may_be_is_read_in_a_second() -> None:
    long = revoke(ROOT, range(1 << 24, (1 << 24) + 20_000))
    assert 450_000 < len(long) < 1 << 19
    start = time.process_time()
    assert len(parse_revocation_list(long).serials) == 20_000
    assert time.process_time() - start < 1


TARGETS = run.targets("snp/")


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nothing_but_evidence_errors_comes_out_of_a_reader(name: str, data: st.DataObject) -> None:
    call, seeds = TARGETS[name]
    seed = data.draw(st.sampled_from(seeds))
    at = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(at, min(len(seed), at + 64)))
    random = data.draw(st.binary(max_size=64))
    whole = data.draw(st.sampled_from([seed[:at] + random + seed[end:], random, seed[:at]]))
    run.feed(call, whole)
