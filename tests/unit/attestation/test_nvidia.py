"""Reports of NVIDIA GPUs: of an NVIDIA made for the test, and of a real H100."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.nvidia.opaque import opaque_claims, parse_opaque
from isoscope.attestation.nvidia.report import parse_report
from isoscope.attestation.nvidia.verify import recognises, verify
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import parse_reference_values
from isoscope.attestation.revocation import parse_revocation_list
from isoscope.attestation.roots import parse_roots
from tests.fakes.certificates import certify, p256, p384, public_info, revoke
from tests.fakes.nvidia import (
    ASKED,
    BLOCKS,
    FIRMWARE,
    NONCE,
    Gpu,
    block,
    firmware_extension,
    make_gpu,
    message,
    opaque_field,
)
from tests.unit.attestation.verified import refused_by, state

GPU = make_gpu()
STRANGER = make_gpu("somebody else")
REPORT = GPU.signed(message())
CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[4] / "shared" / "captures"
)
ROOTS = Path(__file__).parents[3] / "assets" / "attestation" / "roots.toml"


def asked(expected: str = "", gpu: Gpu = GPU, **changed: object) -> Question:
    """The question of somebody who has the GPU's chain and pins its root."""
    question = Question(
        ASKED,
        GPU.roots,
        certificates=[parse_certificate(one.raw) for one in (gpu.leaf, gpu.rom, gpu.root)],
        expected=parse_reference_values(f"[nvidia-gpu]\n{expected}", "expected.toml"),
    )
    return replace(question, **changed)  # type: ignore[arg-type]


def test_a_report_is_recognised_and_verified() -> None:
    assert recognises(REPORT)
    verification = verify(REPORT, asked())
    assert verification.kind is Kind.NVIDIA_GPU
    assert verification.outcome is Outcome.VERIFIED


def test_every_field_is_claimed() -> None:
    assert verify(REPORT, asked()).claims == {
        "nonce": NONCE.hex(),
        "asked_for": "0xff",
        "slot": "0",
        "answer_nonce": "99" * 32,
        "driver_version": "550.90.07",
        "vbios_version": "96.00.9F.00.01",
        "measurement_counts": "0,2",
        "chip_sku": "882",
        "firmware_id": FIRMWARE.hex(),
        "opaque_99": "ab",
        "measurement_1": "00" * 48,
        "measurement_2": "02" * 48,
        "measurement_64": "40" * 48,
    }


def test_what_no_report_says_is_never_passed() -> None:
    verification = verify(REPORT, asked(nonce=NONCE))
    assert state(verification, "debug-off") is State.NOT_POSSIBLE
    assert state(verification, "binding") is State.NOT_POSSIBLE
    assert not verification.holds("binding")
    assert any("which VM" in sentence for sentence in verification.residual_trust)
    assert any("DevTools" in sentence for sentence in verification.residual_trust)


@given(st.integers(0, len(REPORT) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_by_the_signature(at: int, bit: int) -> None:
    changed = bytearray(REPORT)
    changed[at] ^= 1 << bit
    try:
        verification = verify(bytes(changed), asked())
    except EvidenceError:
        return
    assert "signature" in refused_by(verification)


def test_the_report_of_another_gpu_is_refused() -> None:
    assert refused_by(verify(STRANGER.signed(message()), asked())) == ["signature"]


def test_the_certificate_that_fits_is_found_among_those_of_several_gpus() -> None:
    both = [*asked(gpu=STRANGER).certificates, *asked().certificates]
    # Their authorities have the same names, and other keys.
    assert verify(REPORT, asked(certificates=both)).outcome is Outcome.VERIFIED


def test_chains_of_other_vendors_are_none_of_the_gpus() -> None:
    strangers = asked(gpu=STRANGER).certificates
    other = [
        parse_certificate(one.raw)
        for root in [certify("ARK", p384("ark"), authority=True)]
        for one in (certify("VCEK", p384("vcek"), root), root)
    ]
    roots = {**GPU.roots, "amd": {other[1].key_hash: "ARK"}}
    verification = verify(REPORT, asked(certificates=other, roots=roots))
    assert state(verification, "signature") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE
    beside = asked(certificates=[*other, *strangers], roots=roots)
    assert refused_by(verify(REPORT, beside)) == ["signature", "root"]
    whole = asked(certificates=[*other, *asked().certificates], roots=roots)
    assert verify(REPORT, whole).outcome is Outcome.VERIFIED


def test_a_root_of_the_same_name_and_another_key_is_refused() -> None:
    report = STRANGER.signed(message())
    assert refused_by(verify(report, asked(gpu=STRANGER))) == ["root"]


def test_without_certificates_nothing_is_known_of_who_signed() -> None:
    verification = verify(REPORT, asked(certificates=()))
    for name in ("signature", "chain", "root", "validity", "firmware-id"):
        assert state(verification, name) is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE


def test_a_chain_with_a_gap_is_incomplete() -> None:
    verification = verify(REPORT, asked(certificates=[parse_certificate(GPU.leaf.raw)]))
    assert state(verification, "signature") is State.PASSED
    assert state(verification, "chain") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE


def test_a_tampered_certificate_is_refused() -> None:
    tampered = GPU.leaf.raw[:-1] + bytes([GPU.leaf.raw[-1] ^ 1])
    given_ones = [parse_certificate(one) for one in (tampered, GPU.rom.raw, GPU.root.raw)]
    assert "chain" in refused_by(verify(REPORT, asked(certificates=given_ones)))


def test_an_expired_chain_is_refused() -> None:
    moment = datetime(2035, 1, 1, tzinfo=UTC)
    assert refused_by(verify(REPORT, asked(moment=moment))) == ["validity"]


def test_a_key_of_another_curve_signs_no_report() -> None:
    leaf = certify("GSP FMC LF", p256("leaf"), GPU.rom)
    given_ones = [parse_certificate(one.raw) for one in (leaf, GPU.rom, GPU.root)]
    assert refused_by(verify(REPORT, asked(certificates=given_ones)))[0] == "signature"


def test_a_revoked_certificate_is_refused() -> None:
    lists = [parse_revocation_list(revoke(GPU.root, [2]))]
    verification = verify(REPORT, asked(revocation_lists=lists))
    assert state(verification, "revocation") is not State.FAILED
    lists = [parse_revocation_list(revoke(GPU.root, [1]))]
    assert refused_by(verify(REPORT, asked(revocation_lists=lists))) == ["revocation"]


def test_the_firmware_is_the_one_that_the_key_was_certified_for() -> None:
    other = make_gpu("gpu", firmware=b"\x78" * 48)
    assert refused_by(verify(REPORT, asked(gpu=other))) == ["firmware-id"]


@pytest.mark.parametrize(
    "extensions",
    [
        {},
        {"2.23.133.5.4.1": b"\x05\x00"},
        {"2.23.133.5.4.1": b"\x30\x00"},
        {"2.23.133.5.4.1": b""},
        {"2.23.133.5.4.1": firmware_extension(public_info(p384("x")))[:-1]},
        {"2.23.133.5.4.1": b"\x30\x08\x05\x00\x05\x00\x30\x02\x05\x00"},
    ],
)
def test_a_certificate_that_names_no_firmware_leaves_it_open(extensions: dict[str, bytes]) -> None:
    leaf = certify("GSP FMC LF", GPU.leaf.key, GPU.rom, extensions=extensions)
    given_ones = [parse_certificate(one.raw) for one in (leaf, GPU.rom, GPU.root)]
    verification = verify(REPORT, asked(certificates=given_ones))
    assert state(verification, "firmware-id") is State.NOT_POSSIBLE


@pytest.mark.parametrize("opaque", [b"", opaque_field(3, b"550")])
def test_a_report_that_names_no_firmware_leaves_it_open(opaque: bytes) -> None:
    verification = verify(GPU.signed(message(opaque=opaque)), asked())
    assert state(verification, "firmware-id") is State.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("nonce", "outcome"),
    [
        (NONCE, State.PASSED),
        (bytes(32), State.FAILED),
        (NONCE[:31], State.FAILED),
        (NONCE + b"\0", State.FAILED),
        (b"\x99" * 32, State.FAILED),
        (None, State.NOT_POSSIBLE),
    ],
)
def test_the_nonce_is_the_one_of_the_request(nonce: bytes | None, outcome: State) -> None:
    assert state(verify(REPORT, asked(nonce=nonce)), "nonce") is outcome


def test_measurement_is_compared_where_it_is_expected() -> None:
    assert state(verify(REPORT, asked()), "measurement") is State.NOT_POSSIBLE
    right = f'measurement_64 = "{BLOCKS[64].hex()}"'
    assert state(verify(REPORT, asked(right)), "measurement") is State.PASSED
    wrong = f'measurement_64 = "{BLOCKS[2].hex()}"'
    assert refused_by(verify(REPORT, asked(wrong))) == ["measurement"]


def test_a_measurement_that_is_not_there_is_not_as_expected() -> None:
    wrong = f'measurement_3 = "{BLOCKS[2].hex()}"'
    assert refused_by(verify(REPORT, asked(wrong))) == ["expected-measurement-3"]


def test_the_driver_may_be_expected() -> None:
    verification = verify(REPORT, asked('driver_version = ["550.90.07", "560.1"]'))
    assert state(verification, "expected-driver-version") is State.PASSED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"request": b"\x12\xe0\x01\xff"}, "SPDM version 1.2 of the request"),
        ({"request": b"\x11\xe1\x01\xff"}, "the request has code 0xe1"),
        ({"request": b"\x11\xe0\x00\xff"}, "no signature was asked for"),
        ({"answer": b"\x10\x60\x00\x00"}, "SPDM version 1.0 of the answer"),
        ({"answer": b"\x11\x7f\x00\x00"}, "the answer has code 0x7f"),
        ({"count": 0}, "bytes after its 0 blocks"),
        ({"count": 0, "blocks": b""}, "without measurements"),
        ({"count": 2}, "bytes after its 2 blocks"),
        ({"count": 4}, "needs 1 bytes"),
        ({"count": 2, "blocks": block(1, b"a") * 2}, "block 1 twice"),
        ({"count": 1, "blocks": block(1, b"a", specification=2)}, "specification 2"),
        ({"count": 1, "blocks": b"\x01\x01\x05\x00\x01\x01\x00aa"}, "1 bytes after its value"),
        ({"count": 1, "blocks": b"\x01\x01\x04\x00\x01\x02\x00a"}, "needs 2 bytes"),
        ({"count": 1, "blocks": b"\x01\x01\xff\xff"}, "needs 65535 bytes"),
    ],
)
def test_what_is_no_report_is_no_evidence(changed: dict[str, bytes], said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        verify(GPU.signed(message(**changed)), asked())  # type: ignore[arg-type]


def test_bytes_behind_the_signature_are_no_evidence() -> None:
    with pytest.raises(EvidenceError, match="1 bytes after its signature"):
        verify(REPORT + b"\0", asked())


@given(st.integers(0, len(REPORT) - 1))
def test_a_report_that_is_cut_is_no_evidence(end: int) -> None:
    with pytest.raises(EvidenceError):
        verify(REPORT[:end], asked())


@pytest.mark.parametrize("opaque", [b"\x03", b"\x03\x00\xff\xff", opaque_field(3, b"a") * 2])
def test_opaque_data_that_cannot_be_taken_apart_is_claimed_whole(opaque: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_opaque(opaque)
    verification = verify(GPU.signed(message(opaque=opaque)), asked())
    assert verification.claims["opaque_data"] == opaque.hex()
    assert state(verification, "firmware-id") is State.NOT_POSSIBLE


@pytest.mark.parametrize("text", [b"\x1b[2J", b"\xff", b"a\0b", "é".encode()])
def test_text_that_nobody_would_write_is_claimed_in_hexadecimal(text: bytes) -> None:
    assert opaque_claims(opaque_field(3, text)) == {"driver_version": text.hex()}


@pytest.mark.parametrize(("kind", "name"), [(6, "vbios_version"), (12, "measurement_counts")])
def test_values_of_another_length_are_claimed_in_hexadecimal(kind: int, name: str) -> None:
    assert opaque_claims(opaque_field(kind, b"\x01\x02\x03")) == {name: "010203"}


@given(st.binary(max_size=300))
def test_bytes_of_strangers_are_reports_or_no_evidence(data: bytes) -> None:
    for start in (b"", REPORT[:4], REPORT[:41]):
        try:
            parse_report(start + data)
        except EvidenceError:
            continue


@given(st.binary(max_size=100))
def test_opaque_data_of_strangers_is_claimed(data: bytes) -> None:
    assert all(isinstance(value, str) for value in opaque_claims(data).values())


@pytest.mark.parametrize("data", [b"", b"\x11\xe0", b"\x11\x60" * 30, bytes(1184)])
def test_other_bytes_are_not_recognised(data: bytes) -> None:
    assert not recognises(data)


def captured(name: str) -> bytes:
    path = CAPTURES / "attestation" / "nvidia" / "hopper" / name
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    return path.read_bytes()


def real_report() -> bytes:
    return bytes.fromhex(captured("report.hex").decode())


def real_question() -> Question:
    chain = certificates(captured("chain.pem"))
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    return Question(moment, parse_roots(ROOTS.read_text()), certificates=chain)


def test_the_report_of_an_h100_is_verified_down_to_nvidias_root() -> None:
    verification = verify(real_report(), real_question())
    assert verification.outcome is Outcome.VERIFIED
    assert state(verification, "firmware-id") is State.PASSED
    assert verification.claims["driver_version"] == "550.90.07"
    assert verification.claims["vbios_version"] == "96.00.9F.00.01"
    assert len([name for name in verification.claims if name[12:].isdigit()]) == 64


@given(data=st.data())
def test_a_flipped_bit_of_the_report_of_an_h100_is_refused(data: st.DataObject) -> None:
    report = bytearray(real_report())
    at, bit = data.draw(st.integers(0, len(report) - 1)), data.draw(st.integers(0, 7))
    report[at] ^= 1 << bit
    try:
        verification = verify(bytes(report), real_question())
    except EvidenceError:
        return
    assert "signature" in refused_by(verification)
