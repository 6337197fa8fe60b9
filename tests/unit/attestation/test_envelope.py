"""Evidence comes out of every wrapping that agents use, and hostile wrapping says what it is."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable

import pytest

from isoscope.attestation.checks import Outcome
from isoscope.attestation.envelope import decoded_text, open_envelope
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import LARGEST_EVIDENCE
from isoscope.attestation.snp.certificate_table import parse_table
from tests.fakes.certificates import certify, p384, pem, revoke
from tests.fakes.snp_evidence import (
    GUIDS,
    MODELS,
    authorities,
    cloud_evidence,
    evidence,
    table,
    table_of,
    vcek,
    written_out,
)

MADE = evidence()
REPORT = MADE.report
PEM = pem(*(one.raw for one in MADE.chain)).decode()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def list_of(data: bytes) -> list[int]:
    return list(data)


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


TEXTS: list[Callable[[bytes], bytes]] = [
    lambda data: data,
    lambda data: data.hex().encode(),
    lambda data: data.hex().upper().encode() + b"\n",
    lambda data: b"0x" + data.hex().encode(),
    lambda data: b"\n  0X" + data.hex().encode(),
    lambda data: data.hex(":").encode(),
    lambda data: data.hex(" ", 16).replace(" ", "\r\n\t\v").encode(),
    base64.b64encode,
    base64.encodebytes,
    base64.urlsafe_b64encode,
    lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
    lambda data: base64.b64encode(base64.b64encode(data)),
    lambda data: base64.b64encode(data.hex().encode()),
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_report_comes_out_of_text(text: Callable[[bytes], bytes]) -> None:
    assert open_envelope(text(REPORT)).body == REPORT


@pytest.mark.parametrize(
    "document",
    [
        {"report": REPORT.hex()},
        {"report": base64_of(REPORT)},
        {"report": list_of(REPORT)},
        {"attestation_report": REPORT.hex()},
        {"quote": base64_of(REPORT)},
        {"outblob": base64_of(REPORT)},
        {"evidence": base64_of(REPORT)},
        {"evidence": {"report": REPORT.hex()}},
        {"evidence": {"evidence": {"quote": REPORT.hex()}}},
        {"evidence": json.dumps({"report": REPORT.hex()})},
        {"evidence": base64_of(as_json({"report": REPORT.hex()}))},
        {"report": written_out(REPORT)},
        {"evidence": {"attestation_report": written_out(REPORT), "cert_chain": None}},
        {"report": REPORT.hex(), "unknown": {"a": [1, None, {}]}},
    ],
)
def test_a_report_comes_out_of_json(document: object) -> None:
    assert open_envelope(as_json(document)).body == REPORT


@pytest.mark.parametrize(
    "fields",
    [
        {"cert_chain": PEM},
        {"certs": base64_of(PEM.encode())},
        {"certificates": [pem(one.raw).decode() for one in MADE.chain]},
        {"chain": [list_of(one.raw) for one in MADE.chain]},
        {"cert_chain": [{"cert_type": "?", "data": list_of(one.raw)} for one in MADE.chain]},
        {"cert_chain": [{"data": one.raw.hex()} for one in MADE.chain]},
        {
            "vcek": base64_of(MADE.chain[0].raw),
            "chain": [base64_of(one.raw) for one in MADE.chain[1:]],
        },
        {"auxblob": base64_of(table_of(MADE))},
        {"auxblob": table_of(MADE).hex()},
        {"auxblob": list_of(table_of(MADE))},
    ],
)
def test_certificates_come_out_of_json_with_their_report(fields: dict[str, object]) -> None:
    answer = verify_evidence(
        as_json({"report": REPORT.hex(), **fields}), MADE.question(certificates=())
    )
    assert answer.outcome is Outcome.VERIFIED


def test_certificates_of_every_layer_of_json_count() -> None:
    ask, ark = (pem(one.raw).decode() for one in MADE.chain[1:])
    inner = {"report": REPORT.hex(), "vcek": pem(MADE.chain[0].raw).decode(), "chain": ask}
    answer = verify_evidence(
        as_json({"evidence": inner, "chain": ark}), MADE.question(certificates=())
    )
    assert answer.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("version", [2, 3, 5])
@pytest.mark.parametrize("line", MODELS)
def test_a_report_written_out_as_json_becomes_its_bytes_again(line: str, version: int) -> None:
    for made in (evidence(line, version=version), cloud_evidence(line, version=version)):
        if line == "Turin" and version == 2:
            continue  # before version 3 the agent cannot know the layout, nor say FMC
        document = as_json({"attestation_report": written_out(made.report)})
        assert open_envelope(document).body == made.report


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("measurement", [0] * 47),
        ("measurement", [256] + [0] * 47),
        ("measurement", [-1] + [0] * 47),
        ("measurement", ["a"] * 48),
        ("measurement", "0g" * 48),
        ("measurement", None),
        ("policy", -1),
        ("policy", 1 << 64),
        ("policy", "0x30000"),
        ("policy", 1.5),
        ("vmpl", 1 << 32),
        ("reported_tcb", None),
        ("reported_tcb", {"snp": 256}),
        ("reported_tcb", []),
        ("signature", None),
        ("signature", {"r": [0] * 72}),
        ("current", {"build": 300}),
        ("cpuid_mod_id", [1]),
    ],
)
def test_a_field_of_another_type_or_size_than_the_reports_is_an_error(
    field: str, value: object
) -> None:
    document = {"report": {**written_out(REPORT), field: value}}
    with pytest.raises(EvidenceError, match="written out"):
        open_envelope(as_json(document))


def test_whatever_is_changed_in_a_written_out_report_breaks_its_signature() -> None:
    document = {"report": {**written_out(REPORT), "guest_svn": 9}}
    answer = verify_evidence(as_json(document), MADE.question())
    assert [check.name for check in answer.failures()] == ["signature"]


DEEP = 5000
HOSTILE = [
    b"",
    b" \n",
    b"{",
    b"{}",
    b'{"report": ""}',
    b'{"report": null}',
    b'{"report": {}}',
    b'{"report": {"measurement": 1}}',
    b'{"report": [1, 2, 300]}',
    b'{"report": [1, "2"]}',
    b'{"report": "\\ud800"}',
    b'{"vcek": "\\udfff", "report": "00"}',
    b'{"quote": {"message": "\\ud800", "signature": "\\ud800"}}',
    b'{"report": "00", "report": "01"}',
    b'{"report": NaN}',
    b'{"report": ' + b"9" * 5000 + b"}",
    b'{"report": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    b'{"vcek": ' + b"[" * 900 + b'"a"' + b"]" * 900 + b', "report": "00"}',
    b'{"cert_chain": ' + b'[{"data": ' * 400 + b'""' + b"}]" * 400 + b', "report": "00"}',
    b'{"evidence": ' * 900 + b'"00"' + b"}" * 900,
    b'{"report": {"report": {"report": {"report": {"report": "00"}}}}}',
    b'{"collateral": ' + b'{"a": ' * 900 + b"1" + b"}" * 900 + b', "report": "00"}',
    b'{"a": [' + b"{}," * 20_000 + b"{}]}",
    b'{"vcek": "not a certificate", "report": "00"}',
    b'{"cert_chain": ' + json.dumps([PEM] * 65).encode() + b', "report": "00"}',
    b'{"chain": "' + json.dumps(PEM * 22)[1:-1].encode() + b'", "report": "00"}',
    b"\xef\xbb\xbf{}",
    b'{"report": "\xff"}',
    PEM.encode(),
    b"  \n" + PEM.encode(),
    b"0x",
    b"a",
    b"a\x0bb1",
    b"0g",
    b"=",
    b"AAAAA",
    b"a" * (LARGEST_EVIDENCE + 1),
    b"a" + b" " * 1_000_000 + b"\0",
    b"A" * 1_000_000 + b"\n" * 1_000_000 + b"!",
    b"A=" * 1_000_000,
    b"-----BEGIN " * 100_000,
    b"{" + b"-----BEGIN CERTIFICATE-----\n" * 10_000,
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_evidence_is_said_to_be_none_in_no_time(data: bytes) -> None:
    start = time.process_time()
    with pytest.raises(EvidenceError) as caught:
        verify_evidence(data, MADE.question())
    assert time.process_time() - start < 1
    assert "\n" not in str(caught.value)


def test_text_that_is_neither_hexadecimal_nor_base64_stays_as_it_is() -> None:
    for text in (b"AAAAA", b"a b c !", b"\0\0", b"=AAA", b"AA=A"):
        assert decoded_text(text) is None


def test_a_binary_body_with_pem_near_its_beginning_is_not_taken_for_pem() -> None:
    body = b"\3\0\2\0" + PEM.encode()
    assert open_envelope(body).body == body


# The certificate table.


def test_a_table_of_zeros_is_empty() -> None:
    assert not parse_table(table()).certificates


def test_entries_of_unknown_guids_are_the_hosts_own_affair() -> None:
    found = parse_table(table(("00112233-4455-6677-8899-aabbccddeeff", b"?" * 9), _entry("ASK")))
    assert [one.subject_name for one in found.certificates] == ["SEV-Milan"]


def _entry(kind: str) -> tuple[str, bytes]:
    return kind, authorities().ask.raw


def _head(kind: str, offset: int, length: int) -> bytes:
    import uuid

    numbers = offset.to_bytes(4, "little") + length.to_bytes(4, "little")
    return uuid.UUID(GUIDS[kind]).bytes + numbers


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(23),
        _head("ASK", 48, 10) + bytes(24),
        _head("ASK", 0xFFFFFFFF, 0xFFFFFFFF) + bytes(24),
        _head("ASK", 48, 0) + bytes(24),
        _head("CRL", 48, 0) + bytes(24),
        _head("ASK", 0, 24) + bytes(24),
        _head("ASK", 24, 0) * 40,
        table(("ASK", b"no certificate")),
        table(("CRL", vcek().raw)),
        table(("ASK", revoke(authorities().ark))),
        table(("ASK", pem(*[vcek().raw] * 65))),
        table(("ASK", vcek().raw * 40), ("ARK", vcek("Turin").raw * 40)),
    ],
)
def test_what_is_no_certificate_table_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_table(data)


def test_bytes_behind_a_report_that_are_no_table_are_said_to_be_none() -> None:
    with pytest.raises(EvidenceError, match="no certificate table"):
        verify_evidence(REPORT + b"\1" * 64, MADE.question())


def test_many_certificates_of_one_name_cost_no_more_than_a_second() -> None:
    """Each could be the issuer of each: 64 that are given make at most 64 signatures per step."""
    authority = certify("A", p384("A 0"), authority=True)
    many = [certify("A", p384(f"A {n}"), authority, authority=True) for n in range(62)]
    leaf = certify("SEV-VCEK", p384("leaf"), many[-1])
    chain = pem(leaf.raw, *(one.raw for one in many)).decode()
    start = time.process_time()
    answer = verify_evidence(
        as_json({"report": REPORT.hex(), "chain": chain}), MADE.question(certificates=())
    )
    assert answer.outcome is Outcome.REFUSED
    assert time.process_time() - start < 1


def test_certificates_stuffed_with_extensions_cost_no_more_than_a_second() -> None:
    stuffing = {f"1.2.{number}": b"" for number in range(700)}
    many = [
        certify("SEV-VCEK", p384(f"{n}"), serial=n, extensions=stuffing).raw.hex()
        for n in range(64)
    ]
    start = time.process_time()
    answer = verify_evidence(
        as_json({"report": REPORT.hex(), "chain": many}), MADE.question(certificates=())
    )
    assert answer.outcome is Outcome.REFUSED
    assert time.process_time() - start < 1


def test_more_revocation_lists_than_a_table_needs_are_refused() -> None:
    listed = revoke(authorities().ark, range(20_000))
    assert len(parse_table(table(*[("CRL", listed)] * 4)).revocation_lists) == 4
    with pytest.raises(EvidenceError, match="revocation lists"):
        parse_table(table(*[("CRL", listed)] * 5))
