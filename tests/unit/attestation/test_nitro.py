"""AWS Nitro documents: of an AWS made for the test, and AWS's own."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.binding import binding_check
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.nitro.document import parse_document
from isoscope.attestation.nitro.verify import recognises, verify
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import parse_reference_values
from isoscope.attestation.roots import parse_roots
from tests.fakes.certificates import certify, p384
from tests.fakes.cose import sign1
from tests.fakes.nitro import MADE, PCRS, make_hypervisor
from tests.unit.attestation.verified import check, refused_by, state

HYPERVISOR = make_hypervisor()
DOCUMENT = HYPERVISOR.document()
CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[4] / "shared" / "captures"
)
ROOTS = Path(__file__).parents[3] / "assets" / "attestation" / "roots.toml"


def asked(expected: str = "", **changed: object) -> Question:
    """The question of somebody who pins the root of this test, when the document was made."""
    question = Question(
        MADE, HYPERVISOR.roots, expected=parse_reference_values(expected, "expected.toml")
    )
    return replace(question, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("tagged", [True, False])
def test_a_document_is_recognised_and_verified(tagged: bool) -> None:
    document = sign1(cbor2.dumps(HYPERVISOR.fields()), HYPERVISOR.leaf.key, tagged=tagged)
    assert recognises(document)
    verification = verify(document, asked())
    assert verification.kind is Kind.AWS_NITRO
    assert verification.outcome is Outcome.VERIFIED


def test_every_field_is_claimed() -> None:
    claims = verify(
        HYPERVISOR.document(public_key=b"key", user_data=b"data", nonce=b"nonce"), asked()
    ).claims
    assert claims["module_id"] == "i-0123456789abcdef0-enc0123"
    assert claims["digest"] == "SHA384"
    assert claims["timestamp"] == "2026-05-06T07:08:09.000+00:00"
    assert claims["pcr0"] == "01" * 48
    assert claims["pcr3"] == "00" * 48
    assert claims["public_key"] == b"key".hex()
    assert claims["user_data"] == b"data".hex()
    assert claims["nonce"] == b"nonce".hex()
    assert len(claims["certificate_sha256"]) == 64


def test_what_the_enclave_did_not_put_in_is_not_claimed() -> None:
    assert not {"public_key", "user_data", "nonce"} & verify(DOCUMENT, asked()).claims.keys()


def test_it_rests_on_the_hypervisor_and_says_so() -> None:
    verification = verify(DOCUMENT, asked())
    assert verification.relies_on == ("outer-hypervisor",)
    assert any("AWS" in sentence for sentence in verification.residual_trust)


@given(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_by_the_signature(at: int, bit: int) -> None:
    changed = bytearray(DOCUMENT)
    changed[at] ^= 1 << bit
    try:
        verification = verify(bytes(changed), asked())
    except EvidenceError:
        return
    assert "signature" in refused_by(verification)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("module_id", "i-0123456789abcdef0-enc0124"),
        ("timestamp", int(MADE.timestamp() * 1000) + 1),
        ("pcrs", PCRS | {0: bytes([9]) * 48}),
        ("public_key", b"another"),
        ("user_data", b"another"),
        ("nonce", b"another"),
    ],
)
def test_a_field_changed_after_signing_is_refused(field: str, value: object) -> None:
    parts = cbor2.loads(DOCUMENT)
    parts[2] = cbor2.dumps(HYPERVISOR.fields(**{field: value}))
    assert refused_by(verify(cbor2.dumps(parts), asked())) == ["signature"]


def test_a_document_of_another_key_is_refused() -> None:
    forged = sign1(cbor2.dumps(HYPERVISOR.fields()), p384("somebody else"))
    assert refused_by(verify(forged, asked())) == ["signature"]


def test_a_root_of_the_same_name_and_another_key_is_refused() -> None:
    lookalike = make_hypervisor("somebody else")
    verification = verify(lookalike.document(), asked())
    assert refused_by(verification) == ["root"]
    assert state(verification, "chain") is State.PASSED


def test_no_pinned_root_is_no_root() -> None:
    assert refused_by(verify(DOCUMENT, asked(roots={}))) == ["root"]


def test_a_pinned_root_of_another_vendor_is_no_root() -> None:
    question = asked(roots={"amd": HYPERVISOR.roots["aws"]})
    assert refused_by(verify(DOCUMENT, question)) == ["root"]


def test_a_chain_with_a_gap_is_incomplete_until_it_is_given_beside() -> None:
    gap = HYPERVISOR.document(cabundle=[HYPERVISOR.zone.raw])
    assert state(verify(gap, asked()), "chain") is State.NOT_POSSIBLE
    assert verify(gap, asked()).outcome is Outcome.INCOMPLETE
    root = parse_certificate(HYPERVISOR.root.raw)
    assert verify(gap, asked(certificates=[root])).outcome is Outcome.VERIFIED


def test_a_chain_of_strangers_is_refused() -> None:
    stranger = make_hypervisor("somebody else")
    bundle = [stranger.root.raw, stranger.zone.raw]
    assert "chain" in refused_by(verify(HYPERVISOR.document(cabundle=bundle), asked()))


@pytest.mark.parametrize("field", ["certificate", "cabundle"])
def test_a_tampered_certificate_is_refused(field: str) -> None:
    def tampered(certificate: bytes) -> bytes:
        return certificate[:-1] + bytes([certificate[-1] ^ 1])

    leaf, zone = tampered(HYPERVISOR.leaf.raw), tampered(HYPERVISOR.zone.raw)
    value = leaf if field == "certificate" else [HYPERVISOR.root.raw, zone]
    verification = verify(HYPERVISOR.document(**{field: value}), asked())
    assert "chain" in refused_by(verification)


@pytest.mark.parametrize("value", [b"", b"\x30\x03\x02\x01\x01", b"no certificate"])
def test_a_certificate_that_cannot_be_read_is_refused(value: bytes) -> None:
    for changed in ({"certificate": value}, {"cabundle": [value]}):
        verification = verify(HYPERVISOR.document(**changed), asked())
        assert refused_by(verification) == ["signature", "chain"]
        assert state(verification, "root") is State.NOT_POSSIBLE


def test_a_leaf_is_no_authority() -> None:
    root = certify("aws.nitro-enclaves", p384("root"), authority=True)
    zone = certify("zonal.nitro-enclaves", p384("zone"), root)
    leaf = certify("i-01.aws", p384("leaf"), zone)
    hypervisor = replace(HYPERVISOR, root=root, zone=zone, leaf=leaf)
    verification = verify(hypervisor.document(), asked(roots=hypervisor.roots))
    assert refused_by(verification) == ["chain"]


def test_three_hours_later_it_is_expired_and_says_when_it_was_not() -> None:
    verification = verify(DOCUMENT, asked(moment=MADE + timedelta(hours=3, seconds=1)))
    assert refused_by(verification) == ["validity"]
    assert "2026-05-06T07:08:09Z" in check(verification, "validity").detail
    assert "2026-05-06 10:08 UTC" in check(verification, "validity").detail


def test_before_its_key_lived_it_is_not_valid() -> None:
    assert refused_by(verify(DOCUMENT, asked(moment=MADE - timedelta(seconds=1)))) == ["validity"]


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(hours=4)])
def test_a_document_made_when_its_key_did_not_live_is_refused(shift: timedelta) -> None:
    made = int((MADE + shift).timestamp() * 1000)
    verification = verify(HYPERVISOR.document(timestamp=made), asked())
    assert refused_by(verification) == ["timestamp"]


def test_an_old_document_with_a_wrong_time_is_not_called_once_valid() -> None:
    document = HYPERVISOR.document(timestamp=1)
    verification = verify(document, asked(moment=MADE + timedelta(days=1)))
    assert refused_by(verification) == ["validity", "timestamp"]
    assert "three hours" not in check(verification, "validity").detail


@pytest.mark.parametrize("zero", [(0,), (1,), (2,), (0, 1, 2)])
def test_registers_of_zero_are_debug_mode(zero: tuple[int, ...]) -> None:
    pcrs = PCRS | {index: bytes(48) for index in zero}
    verification = verify(HYPERVISOR.document(pcrs=pcrs), asked())
    assert refused_by(verification) == ["debug-off"]
    assert all(f"PCR{index}" in check(verification, "debug-off").detail for index in zero)


@pytest.mark.parametrize("absent", [0, 1, 2])
def test_without_the_registers_of_the_image_debug_mode_is_unknown(absent: int) -> None:
    pcrs = {index: value for index, value in PCRS.items() if index != absent}
    verification = verify(HYPERVISOR.document(pcrs=pcrs), asked())
    assert state(verification, "debug-off") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize(
    ("asked_for", "answered", "outcome"),
    [
        (b"fresh", b"fresh", State.PASSED),
        (b"fresh", b"stale", State.FAILED),
        (b"fresh", None, State.FAILED),
        (b"fresh", b"", State.FAILED),
        (b"fresh", b"fresh\0", State.FAILED),
        (b"fresh\0", b"fresh", State.FAILED),
        (b"", b"fresh", State.FAILED),
        (None, b"fresh", State.NOT_POSSIBLE),
        (None, None, State.NOT_POSSIBLE),
    ],
)
def test_the_nonce_is_the_one_asked_for(
    asked_for: bytes | None, answered: bytes | None, outcome: State
) -> None:
    verification = verify(HYPERVISOR.document(nonce=answered), asked(nonce=asked_for))
    assert state(verification, "nonce") is outcome


def expect(**registers: str) -> Question:
    lines = [f'{name} = "{value}"' for name, value in registers.items()]
    return asked("\n".join(["[aws-nitro]", *lines]))


def test_measurement_is_the_three_registers_of_the_image() -> None:
    right = {f"pcr{index}": PCRS[index].hex() for index in range(3)}
    assert state(verify(DOCUMENT, asked()), "measurement") is State.NOT_POSSIBLE
    assert state(verify(DOCUMENT, expect(**right)), "measurement") is State.PASSED
    for name in right:
        wrong = expect(**(right | {name: "ab" * 48}))
        assert refused_by(verify(DOCUMENT, wrong)) == ["measurement"]


def test_the_image_alone_is_the_measurement_and_may_be_written_in_capitals() -> None:
    question = expect(pcr0=PCRS[0].hex().upper())
    assert state(verify(DOCUMENT, question), "measurement") is State.PASSED


@pytest.mark.parametrize("index", [1, 2])
def test_half_of_the_image_is_no_measurement_and_is_compared_all_the_same(index: int) -> None:
    name = f"pcr{index}"
    verification = verify(DOCUMENT, expect(**{name: PCRS[index].hex()}))
    assert state(verification, "measurement") is State.NOT_POSSIBLE
    assert state(verification, f"expected-{name}") is State.PASSED
    assert refused_by(verify(DOCUMENT, expect(**{name: "ab" * 48}))) == [f"expected-{name}"]


def test_another_register_that_is_expected_is_a_check_of_its_own() -> None:
    wrong = f'[aws-nitro]\npcr8 = "{"ab" * 48}"'
    assert refused_by(verify(DOCUMENT, asked(wrong))) == ["expected-pcr8"]


@pytest.mark.parametrize("field", ["public_key", "user_data"])
def test_what_the_enclave_put_in_binds_it_where_it_is_expected(field: str) -> None:
    verification = verify(HYPERVISOR.document(**{field: b"\xaa\xbb"}), asked())
    for expected, outcome in (("aabb", State.PASSED), ("aabc", State.FAILED)):
        question = expect(**{field: expected})
        check = binding_check(Kind.AWS_NITRO, verification.claims, question)
        assert check.state is outcome
    unasked = binding_check(Kind.AWS_NITRO, verification.claims, asked())
    assert unasked.state is State.NOT_POSSIBLE


def test_a_key_of_the_enclaves_binds_it_as_user_data() -> None:
    bound = hashlib.sha512(b"nonce" + b"key").digest()
    verification = verify(HYPERVISOR.document(user_data=bound, nonce=b"nonce"), asked())
    question = asked(nonce=b"nonce", bound_key=b"key")
    assert binding_check(Kind.AWS_NITRO, verification.claims, question).state is State.PASSED
    question = asked(nonce=b"nonce", bound_key=b"another")
    assert binding_check(Kind.AWS_NITRO, verification.claims, question).state is State.FAILED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"digest": "SHA256"}, "SHA256"),
        ({"digest": 1}, "digest: not text"),
        ({"module_id": 1}, "module_id: not text"),
        ({"timestamp": 0}, "no date"),
        ({"timestamp": -1}, "no date"),
        ({"timestamp": 2**64 - 1}, "no date"),
        ({"timestamp": True}, "not an integer"),
        ({"pcrs": []}, "not a map"),
        ({"pcrs": {32: bytes(48)}}, "PCR32"),
        ({"pcrs": {-1: bytes(48)}}, "PCR-1"),
        ({"pcrs": {0: bytes(47)}}, "47 bytes"),
        ({"pcrs": {"0": bytes(48)}}, "not an integer"),
        ({"pcrs": {0: None}}, "not bytes"),
        ({"certificate": "x"}, "not bytes"),
        ({"cabundle": []}, "0 certificates"),
        ({"cabundle": [b""] * 17}, "17 certificates"),
        ({"cabundle": ["x"]}, "not bytes"),
        ({"public_key": 1}, "public_key: not bytes"),
        ({"user_data": "x"}, "user_data: not bytes"),
        ({"nonce": []}, "nonce: not bytes"),
    ],
)
def test_a_field_that_is_none_of_a_document_is_no_evidence(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(EvidenceError, match=said):
        verify(HYPERVISOR.document(**changed), asked())


@pytest.mark.parametrize(
    "field", ["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"]
)
def test_a_document_without_a_field_is_no_evidence(field: str) -> None:
    fields = {key: value for key, value in HYPERVISOR.fields().items() if key != field}
    with pytest.raises(EvidenceError, match=field):
        verify(HYPERVISOR.signed(cbor2.dumps(fields)), asked())


def test_a_key_that_stands_twice_is_no_evidence() -> None:
    payload = cbor2.dumps(HYPERVISOR.fields())
    twice = bytes([payload[0] + 1]) + payload[1:] + cbor2.dumps("nonce") + cbor2.dumps(b"mine")
    with pytest.raises(EvidenceError, match="nonce twice"):
        verify(HYPERVISOR.signed(twice), asked())


@pytest.mark.parametrize("payload", [b"", b"\xa0", b"\x80", b"\xbf\xff", b"\x81" * 5000])
def test_a_payload_that_is_no_document_is_no_evidence(payload: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify(HYPERVISOR.signed(payload), asked())


@given(st.binary(max_size=300))
def test_a_payload_of_strangers_is_a_document_or_no_evidence(payload: bytes) -> None:
    try:
        parse_document(payload)
    except EvidenceError:
        return


@given(st.integers(0, len(DOCUMENT)), st.integers(0, len(DOCUMENT)), st.binary(max_size=9))
def test_spliced_bytes_are_refused_or_no_evidence(start: int, end: int, put: bytes) -> None:
    changed = DOCUMENT[:start] + put + DOCUMENT[end:]
    try:
        verification = verify(changed, asked())
    except EvidenceError:
        return
    assert changed == DOCUMENT or verification.outcome is Outcome.REFUSED


@pytest.mark.parametrize("data", [b"", b"\x84", b"module_id", b"\xd2\x84\x44", bytes(1184)])
def test_other_bytes_are_not_recognised(data: bytes) -> None:
    assert not recognises(data)


def captured(name: str) -> bytes:
    path = CAPTURES / "attestation" / "nitro" / name / "doc.bin"
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    return path.read_bytes()


def real(moment: datetime) -> Question:
    return Question(moment, parse_roots(ROOTS.read_text()))


def test_a_document_of_amazons_is_verified_when_it_was_made_and_expired_now() -> None:
    document = captured("ok")
    assert recognises(document)
    made = datetime(2022, 10, 13, 8, 58, 2, tzinfo=UTC)
    assert verify(document, real(made)).outcome is Outcome.VERIFIED
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert refused_by(verify(document, real(now))) == ["validity"]


def test_a_document_of_amazons_in_debug_mode_is_refused_for_that_alone() -> None:
    made = datetime(2022, 10, 12, 13, 50, 6, tzinfo=UTC)
    verification = verify(captured("debug"), real(made))
    assert refused_by(verification) == ["debug-off"]
    assert verification.claims["user_data"] == b"hello, world!".hex()


@given(data=st.data())
def test_a_flipped_bit_of_a_document_of_amazons_is_refused(data: st.DataObject) -> None:
    document = captured("ok")
    at, bit = data.draw(st.integers(0, len(document) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(document)
    changed[at] ^= 1 << bit
    try:
        verification = verify(bytes(changed), real(datetime(2022, 10, 13, 9, tzinfo=UTC)))
    except EvidenceError:
        return
    assert "signature" in refused_by(verification)
