"""Intel's quotes in the wrappings that agents use, with collateral in the same wrapping."""

import base64
import json
from collections.abc import Callable

import pytest

from isoscope.attestation.bundle import certificates
from isoscope.attestation.checks import Kind, Outcome
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake

QUOTE = fake.make_quote()
COLLATERAL = fake.make_collateral()
PLAIN = Question(fake.NOW, fake.pki().roots)
GIVEN = Question(fake.NOW, fake.pki().roots, collateral=COLLATERAL)


@pytest.mark.parametrize(
    "wrap",
    [
        bytes,
        lambda quote: quote.hex().encode(),
        base64.b64encode,
        lambda quote: json.dumps({"quote": base64.b64encode(quote).decode()}).encode(),
    ],
)
def test_a_wrapped_quote_is_the_quote(wrap: Callable[[bytes], bytes]) -> None:
    found = verify_evidence(wrap(QUOTE), GIVEN)
    assert found.kind is Kind.TDX
    assert found.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("collateral", [COLLATERAL.decode(), json.loads(COLLATERAL)])
def test_collateral_may_come_in_the_same_wrapping(collateral: object) -> None:
    wrapped = {"quote": QUOTE.hex(), "collateral": collateral}
    assert verify_evidence(json.dumps(wrapped).encode(), PLAIN).outcome is Outcome.VERIFIED


def test_intels_answer_keeps_its_bytes_in_a_wrapping() -> None:
    """What Intel signed are bytes; read and written again, the same bytes have to come out."""
    by = fake.pki()
    info = fake.tcb_info()
    signature = fake.signed(fake.key_of(by.signer), fake.compact(info).encode()).hex()
    wrapped = {"quote": QUOTE.hex(), "collateral": {"tcbInfo": info, "signature": signature}}
    asked = Question(fake.NOW, by.roots, certificates=certificates(by.signer.raw))
    found = verify_evidence(json.dumps(wrapped, indent=2).encode(), asked)
    assert found.holds("collateral")
    assert found.holds("tcb")


def test_collateral_given_beside_goes_before_what_came_in_the_wrapping() -> None:
    other = json.loads(fake.make_collateral(info=fake.tcb_info(fmspc="00" * 6)))
    wrapped = json.dumps({"quote": QUOTE.hex(), "collateral": other}).encode()
    assert verify_evidence(wrapped, GIVEN).outcome is Outcome.VERIFIED
    assert verify_evidence(wrapped, PLAIN).outcome is Outcome.REFUSED


@pytest.mark.parametrize("data", [fake.sgx_report(), b"\x81".ljust(16, b"\0").ljust(1024, b"\xff")])
def test_a_report_for_the_same_machine_is_told_for_what_it_is(data: bytes) -> None:
    with pytest.raises(EvidenceError, match="which is no evidence: its MAC"):
        verify_evidence(data, PLAIN)
