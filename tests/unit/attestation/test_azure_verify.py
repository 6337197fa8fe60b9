"""Azure's HCL reports: whose runtime data is believed, and which quote of the virtual TPM."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from isoscope.attestation.checks import Outcome, State, Verification
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.reference_values import parse_reference_values
from isoscope.attestation.tpm_quote import parse_tpm_quote
from tests.fakes.azure_evidence import (
    REGISTERS,
    SHA256_BANK,
    AzureEvidence,
    azure_evidence,
    hcl_report,
    runtime_data,
    tpm_quote,
)
from tests.fakes.certificates import p384, rsa
from tests.fakes.snp_evidence import MEASUREMENT, sealed, unsigned_report

NONCE = b"asked by a tenant"


def verify(made: AzureEvidence, **terms: object) -> Verification:
    return verify_evidence(made.document(), made.snp.question(**terms))


def refused_by(answer: Verification) -> set[str]:
    failing = {check.name for check in answer.failures()}
    assert bool(failing) == (answer.outcome is Outcome.REFUSED)
    return failing


def state_of(answer: Verification, name: str) -> State:
    check = answer.check(name)
    assert check is not None
    return check.state


@pytest.mark.parametrize("algorithm", [1, 2, 3])
@pytest.mark.parametrize("line", ["Milan", "Genoa", "Turin"])
def test_a_report_with_a_quote_that_answers_is_verified(line: str, algorithm: int) -> None:
    answer = verify(azure_evidence(NONCE, line=line, algorithm=algorithm), nonce=NONCE)

    assert answer.outcome is Outcome.VERIFIED
    for name in ("runtime-data", "vtpm-quote", "pcrs", "nonce", "chip", "signature"):
        assert answer.holds(name), name
    assert any("paravisor" in one for one in answer.residual_trust)
    assert "outer-hypervisor" in answer.relies_on


def test_the_report_alone_is_verified_and_as_old_as_the_boot() -> None:
    made = azure_evidence()
    answer = verify_evidence(made.hcl, made.snp.question())
    assert answer.outcome is Outcome.VERIFIED
    for name in ("vtpm-quote", "pcrs", "nonce"):
        assert state_of(answer, name) is State.NOT_POSSIBLE


def test_a_nonce_that_was_asked_and_stays_unanswered_leaves_it_incomplete() -> None:
    made = azure_evidence()
    answer = verify_evidence(made.hcl, made.snp.question(nonce=NONCE))
    assert answer.outcome is Outcome.INCOMPLETE


def test_other_runtime_data_than_the_report_vouches_for_is_refused() -> None:
    made = azure_evidence(runtime=runtime_data(rsa("virtual TPM"), other=1))
    assert refused_by(verify(made)) == {"runtime-data"}


def test_runtime_data_with_a_key_of_somebody_elses_does_not_make_his_quote_count() -> None:
    own = rsa("attacker's TPM")
    made = azure_evidence(NONCE, key=own, runtime=runtime_data(own))
    assert refused_by(verify(made, nonce=NONCE)) == {"runtime-data"}


def test_a_quote_by_another_key_than_the_report_vouches_for_is_refused() -> None:
    made = azure_evidence(NONCE, key=rsa("attacker's TPM"))
    assert refused_by(verify(made, nonce=NONCE)) == {"vtpm-quote"}


@pytest.mark.parametrize("level", [1, 2, 3])
def test_runtime_data_vouched_for_from_below_the_paravisor_is_refused(level: int) -> None:
    answer = verify(azure_evidence(fields={"vmpl": level}))
    assert refused_by(answer) == {"runtime-data"}


def test_a_quote_that_answers_another_nonce_is_refused() -> None:
    assert refused_by(verify(azure_evidence(b"another"), nonce=NONCE)) == {"nonce"}


@pytest.mark.parametrize("message", [b"", NONCE[:-1], NONCE + b"1"])
def test_a_quote_that_answers_a_part_of_the_nonce_is_refused(message: bytes) -> None:
    made = azure_evidence(message=tpm_quote(message))
    assert refused_by(verify(made, nonce=NONCE)) == {"nonce"}


@pytest.mark.parametrize("number", range(24))
def test_another_value_of_any_register_is_refused(number: int) -> None:
    made = azure_evidence()
    values = [list(one) for one in REGISTERS]
    values[number][5] ^= 1
    answer = verify_evidence(made.document(pcrs=values), made.snp.question())
    assert refused_by(answer) == {"pcrs"}


@pytest.mark.parametrize(
    "moved",
    [
        # The same bytes in sum, cut elsewhere.
        lambda values: [values[0] + values[1], b"", *values[2:]],
        lambda values: [values[0][:31], values[0][31:] + values[1], *values[2:]],
        lambda values: values[:23],
        lambda values: [values[1], values[0], *values[2:]],
        lambda values: [b"\0" * 32, *values],
    ],
)
def test_registers_moved_among_each_other_are_refused(
    moved: Callable[[list[bytes]], list[bytes]],
) -> None:
    made = azure_evidence()
    values = [list(one) for one in moved(list(REGISTERS))]
    answer = verify_evidence(made.document(pcrs=values), made.snp.question())
    assert refused_by(answer) == {"pcrs"}


def test_a_register_that_is_no_value_does_not_move_those_behind_it() -> None:
    made = azure_evidence(message=tpm_quote(NONCE, selected=[1, 2]))
    values: list[object] = [None, *(list(one) for one in REGISTERS[1:])]
    answer = verify_evidence(made.document(pcrs=values), made.snp.question())
    assert answer.holds("pcrs")


def test_a_quote_without_its_registers_values_leaves_them_unknown() -> None:
    made = azure_evidence()
    answer = verify_evidence(made.document(pcrs=None), made.snp.question())
    assert state_of(answer, "pcrs") is State.NOT_POSSIBLE
    assert answer.outcome is Outcome.VERIFIED


def test_a_quote_over_no_register_says_nothing_of_them() -> None:
    answer = verify(azure_evidence(message=tpm_quote(NONCE, selected=[])))
    assert state_of(answer, "pcrs") is State.NOT_POSSIBLE


def test_the_registers_that_a_quote_is_over_are_named_one_by_one() -> None:
    answer = verify(azure_evidence(message=tpm_quote(NONCE, selected=[0, 1, 2, 7, 23])))
    check = answer.check("pcrs")
    assert check is not None
    assert check.detail.endswith("registers 0–2, 7, 23")


@pytest.mark.parametrize("banks", [[4], [12], [4, SHA256_BANK], [SHA256_BANK, SHA256_BANK]])
def test_a_quote_over_another_bank_is_none_here(banks: list[int]) -> None:
    answer = verify(azure_evidence(message=tpm_quote(NONCE, banks=banks)))
    assert refused_by(answer) == {"vtpm-quote", "pcrs", "nonce"}


@pytest.mark.parametrize(
    "broken",
    [
        lambda message: b"\0" + message[1:],  # not TPM_GENERATED_VALUE
        lambda message: message[:5] + b"\x17" + message[6:],  # a certification, no quote
        lambda message: message[:-1],
        lambda message: message + b"\0",
        lambda message: message[:10],
        lambda message: message[:0],
    ],
)
def test_what_is_no_quote_of_a_tpm_is_refused(broken: Callable[[bytes], bytes]) -> None:
    with pytest.raises(EvidenceError):
        parse_tpm_quote(broken(tpm_quote(NONCE)))


@pytest.mark.parametrize("text", [bytes.hex, lambda one: base64.b64encode(one).decode()])
def test_a_quote_may_be_text_as_well_as_lists_of_numbers(text: Callable[[bytes], str]) -> None:
    made = azure_evidence(NONCE)
    document = made.document(
        message=text(made.message),
        signature=text(made.signature),
        pcrs=[text(one) for one in REGISTERS],
    )
    answer = verify_evidence(document, made.snp.question(nonce=NONCE))
    assert answer.holds("vtpm-quote")
    assert answer.holds("pcrs")
    assert answer.holds("nonce")


@pytest.mark.parametrize(
    "runtime",
    [
        b'{"keys": []}',
        b'{"keys": {}}',
        b"{}",
        b"[]",
        b'{"keys": [{"kid": "HCLEkPub", "kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
        b'{"keys": [{"kid": "HCLAkPub", "kty": "EC"}]}',
    ],
)
def test_runtime_data_that_names_no_key_makes_no_quote_count(runtime: bytes) -> None:
    made = azure_evidence(runtime=runtime)
    assert "vtpm-quote" in refused_by(verify(made))


@pytest.mark.parametrize("modulus", ["AQAB", "A" * 2048])
def test_a_key_of_another_size_than_keys_have_makes_no_quote_count(modulus: str) -> None:
    key = {"kid": "HCLAkPub", "kty": "RSA", "n": modulus, "e": "AQAB"}
    made = azure_evidence(runtime=json.dumps({"keys": [key]}).encode())
    assert "vtpm-quote" in refused_by(verify(made))


@pytest.mark.parametrize(
    "data",
    [
        hcl_report(bytes(1184), b"{}", kind=4),
        hcl_report(bytes(1184), b"{}", kind=3),
        hcl_report(bytes(1184), b"{}", algorithm=0),
        hcl_report(bytes(1184), b"no JSON"),
        hcl_report(bytes(1184), b'{"a": 1, "a": 2}'),
        hcl_report(bytes(1184), b"[" * 100_000),
        hcl_report(bytes(1184), b"\xff"),
        hcl_report(bytes(1184), b'{"keys": [{"kid": "HCLAkPub", "kty": "RSA"}]}'),
        hcl_report(bytes(1184), b'{"keys": [{"kid": "HCLAkPub", "kty": "RSA", "n": "\xc3\xa4"}]}'),
        hcl_report(bytes(1184), b"{}")[:-1],
        b"HCLA",
    ],
)
def test_what_is_no_hcl_report_of_sev_snp_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        verify_evidence(data, azure_evidence().snp.question())


def test_a_tdx_machines_report_says_what_to_give_instead() -> None:
    with pytest.raises(EvidenceError, match="give the quote"):
        verify_evidence(hcl_report(bytes(1184), b"{}", kind=4), azure_evidence().snp.question())


def test_bytes_behind_the_runtime_data_do_not_matter() -> None:
    made = azure_evidence()
    answer = verify_evidence(made.hcl + bytes(500), made.snp.question())
    assert answer.outcome is Outcome.VERIFIED


def test_the_hardwares_report_within_is_judged_as_any_other() -> None:
    assert refused_by(verify(azure_evidence(fields={"policy": 0xB_0000}))) == {"debug-off"}
    made = azure_evidence()
    data = hcl_report(sealed(unsigned_report("Genoa"), p384("nobody")), runtime_data(rsa("other")))
    answer = verify_evidence(data, made.snp.question())
    assert refused_by(answer) == {"signature", "runtime-data"}


def test_reference_values_of_plain_sev_snp_are_not_met_by_an_hcl_report() -> None:
    """A host cannot get around them by wrapping a report of its own."""
    made = azure_evidence()
    expected = parse_reference_values(f"[sev-snp]\nmeasurement = '{MEASUREMENT.hex()}'", "it")
    answer = verify(made, expected=expected)
    assert answer.outcome is Outcome.INCOMPLETE
    assert state_of(answer, "expected-kind") is State.NOT_POSSIBLE


def test_reference_values_of_azure_are_held_against_the_hardwares_report() -> None:
    made = azure_evidence()
    for digest, failing in ((MEASUREMENT.hex(), set()), ("00" * 48, {"measurement"})):
        expected = parse_reference_values(f"[azure-hcl]\nmeasurement = '{digest}'", "it")
        assert refused_by(verify(made, expected=expected)) == failing
