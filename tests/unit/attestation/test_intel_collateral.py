"""Self-made collateral: who signed it, of which time it speaks, and what it takes back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Outcome
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from isoscope.attestation.revocation import parse_revocation_list
from tests.fakes import intel_evidence as fake
from tests.fakes.certificates import Issued, pem
from tests.unit.attestation.intel_verified import QUOTE, detail, failures, impossible, verified


@pytest.mark.parametrize("part", ["tcb_info", "qe_identity"])
def test_a_changed_byte_of_a_signed_document_is_refused(part: str) -> None:
    whole = json.loads(fake.make_collateral())
    text = whole[part]
    for at in range(len(text)):
        if not text[at].isdigit():
            continue  # whatever else is changed is no document any more
        changed = text[:at] + str(9 - int(text[at])) + text[at + 1 :]
        try:
            found = verified(collateral=json.dumps(whole | {part: changed}).encode())
        except EvidenceError:
            continue
        assert "collateral" in failures(found), at
        assert not found.holds("tcb" if part == "tcb_info" else "qe-identity")


@pytest.mark.parametrize("part", ["tcb_info_signature", "qe_identity_signature"])
def test_a_changed_signature_of_a_document_is_refused(part: str) -> None:
    whole = json.loads(fake.make_collateral())
    for at in range(64):
        changed = bytearray.fromhex(whole[part])
        changed[at] ^= 0x01
        found = verified(collateral=json.dumps(whole | {part: changed.hex()}).encode())
        assert failures(found) == {"collateral"}


def test_the_same_document_written_in_another_way_is_not_what_was_signed() -> None:
    whole = json.loads(fake.make_collateral())
    spaced = json.dumps(json.loads(whole["tcb_info"]))
    found = verified(collateral=json.dumps(whole | {"tcb_info": spaced}).encode())
    assert failures(found) == {"collateral"}
    assert "tcb" in impossible(found)


def test_a_signer_of_another_name_is_not_the_signer_of_tcb_infos() -> None:
    by = fake.make_pki(signer_name="Intel SGX Something Else")
    found = verified(fake.make_quote(by), by=by)
    assert {"collateral", "tcb", "qe-identity"} <= impossible(found)
    assert found.outcome is Outcome.INCOMPLETE


def test_a_pck_cannot_sign_a_tcb_info() -> None:
    """Whoever takes one platform's PCK must not be able to call that platform up to date."""
    by = fake.pki()
    forger = fake.issue("Intel SGX TCB Signing", by.pck, key_name="forger")
    forged = replace(by, signer=forger)
    chain = pem(forger.raw, by.pck.raw, by.authority.raw, by.root.raw).decode()
    collateral = fake.make_collateral(
        forged, tcb_info_issuer_chain=chain, qe_identity_issuer_chain=chain
    )
    assert "collateral" in failures(verified(collateral=collateral))


def test_the_pck_authority_cannot_sign_a_tcb_info() -> None:
    by = fake.pki()
    other = replace(by, signer=fake.issue("Intel SGX TCB Signing", by.authority, key_name="x"))
    found = verified(collateral=fake.make_collateral(other))
    assert "collateral" in failures(found)
    assert "tcb" in impossible(found)


def test_a_certificate_in_the_chain_that_names_the_signer_and_has_another_key_does_not_count() -> (
    None
):
    by = fake.pki()
    stranger = fake.issue("Intel SGX TCB Signing", by.root, key_name="another")
    chain = pem(stranger.raw, by.signer.raw, by.root.raw).decode()
    assert verified(collateral=fake.make_collateral(tcb_info_issuer_chain=chain)).holds(
        "collateral"
    )


@pytest.mark.parametrize("days", [-5.1, 25.1])
def test_a_tcb_info_of_another_time_is_stale(days: float) -> None:
    moment = fake.NOW + days * fake.DAY
    collateral = fake.make_collateral(
        identity=fake.qe_identity(
            issueDate=fake.when(fake.NOW - 99 * fake.DAY),
            nextUpdate=fake.when(fake.NOW + 99 * fake.DAY),
        ),
        root_list=fake.revocation_list(fake.pki().root, start=fake.NOW - 99 * fake.DAY),
        pck_list=fake.revocation_list(fake.pki().authority, start=fake.NOW - 99 * fake.DAY),
    )
    found = verified(collateral=collateral, moment=moment)
    assert failures(found) == {"collateral-validity"}
    assert "TCB info" in detail(found, "collateral-validity")
    assert found.holds("tcb")  # the level is what it was, on another day


def test_a_qe_identity_of_another_time_is_stale() -> None:
    identity = fake.qe_identity(nextUpdate=fake.when(fake.NOW - fake.DAY))
    found = verified(collateral=fake.make_collateral(identity=identity))
    assert failures(found) == {"collateral-validity"}
    assert "QE identity" in detail(found, "collateral-validity")


@pytest.mark.parametrize("which", ["root_list", "pck_list"])
def test_a_stale_revocation_list_cannot_say_that_nothing_was_taken_back(which: str) -> None:
    by = fake.pki()
    issuer = by.root if which == "root_list" else by.authority
    stale = fake.revocation_list(
        issuer, start=fake.NOW - 40 * fake.DAY, end=fake.NOW - 10 * fake.DAY
    )
    lists: dict[str, Any] = {which: stale}
    found = verified(collateral=fake.make_collateral(**lists))
    assert failures(found) == {"collateral-validity", "revocation"}


def test_an_expired_signer_of_collateral_is_stale() -> None:
    by = fake.make_pki(signer_end=fake.NOW - fake.DAY)
    found = verified(fake.make_quote(by), by=by)
    assert failures(found) == {"collateral-validity"}


def serial(issued: Issued) -> int:
    return parse_certificate(issued.raw).serial


@pytest.mark.parametrize("which", ["pck", "authority", "signer"])
def test_a_certificate_that_was_taken_back_is_refused(which: str) -> None:
    by = fake.pki()
    issuer, name = (by.authority, "pck_list") if which == "pck" else (by.root, "root_list")
    taken = fake.revocation_list(issuer, 5, serial(getattr(by, which)), 7)
    lists: dict[str, Any] = {name: taken}
    found = verified(collateral=fake.make_collateral(**lists))
    assert failures(found) == {"revocation"}


def test_a_revocation_list_by_somebody_else_does_not_count() -> None:
    other = fake.make_pki(root_key="look-alike")
    found = verified(collateral=fake.make_collateral(root_list=fake.revocation_list(other.root)))
    assert "revocation" in impossible(found)
    assert found.outcome is Outcome.INCOMPLETE


@pytest.mark.parametrize("missing", ["root_ca_crl", "pck_crl"])
def test_without_one_of_the_two_lists_revocation_is_not_known(missing: str) -> None:
    without: dict[str, Any] = {missing: None}
    found = verified(collateral=fake.make_collateral(**without))
    assert impossible(found) >= {"revocation"}
    assert found.outcome is Outcome.INCOMPLETE


def test_a_revocation_list_may_be_given_beside_the_collateral() -> None:
    by = fake.pki()
    lists = [parse_revocation_list(fake.revocation_list(by.authority))]
    collateral = fake.make_collateral(pck_crl=None)
    assert verified(collateral=collateral, revocation_lists=lists).outcome is Outcome.VERIFIED


def test_a_revocation_list_may_be_in_pem() -> None:
    raw = fake.revocation_list(fake.pki().authority)
    text = pem(raw, label="X509 CRL").decode()
    assert verified(collateral=fake.make_collateral(pck_crl=text)).outcome is Outcome.VERIFIED


def test_without_collateral_a_quote_is_genuine_and_incomplete() -> None:
    found = verify(QUOTE, Question(fake.NOW, fake.pki().roots))
    assert found.outcome is Outcome.INCOMPLETE
    assert impossible(found) >= {
        "revocation",
        "collateral",
        "collateral-validity",
        "qe-identity",
        "platform",
        "tcb",
    }
    for name in ("signature", "attestation-key", "qe-report", "chain", "root", "debug-off"):
        assert found.holds(name)
    for name in ("revocation", "qe-identity", "tcb"):
        assert "--collateral" in detail(found, name)


def test_a_tcb_info_alone_gives_the_level_and_no_more() -> None:
    by = fake.pki()
    text = fake.compact(fake.tcb_info())
    signature = fake.signed(fake.key_of(by.signer), text.encode()).hex()
    answer = f'{{ "tcbInfo" : {text} , "signature":"{signature}"}}'.encode()
    found = verified(collateral=answer, certificates=certificates(by.signer.raw))
    assert found.holds("tcb")
    assert found.holds("collateral")
    assert impossible(found) >= {"qe-identity", "revocation"}
    assert found.outcome is Outcome.INCOMPLETE
    nobody = verified(collateral=answer)
    assert impossible(nobody) >= {"collateral", "tcb"}


def test_a_qe_identity_alone_gives_the_quoting_enclave_and_no_more() -> None:
    by = fake.pki()
    text = fake.compact(fake.qe_identity())
    signature = fake.signed(fake.key_of(by.signer), text.encode()).hex()
    chain = json.dumps(pem(by.signer.raw, by.root.raw).decode())
    found = verified(
        collateral=f'{{"enclaveIdentity":{text},"signature":"{signature}",'
        f'"tcb_info_issuer_chain":{chain}}}'.encode()
    )
    assert found.holds("qe-identity")
    assert impossible(found) >= {"tcb", "platform", "revocation"}


def test_intels_whole_answer_may_stand_where_the_document_does() -> None:
    by = fake.pki()
    whole = json.loads(fake.make_collateral())
    for part, inner in (("tcb_info", "tcbInfo"), ("qe_identity", "enclaveIdentity")):
        whole[part] = f'{{"{inner}":{whole[part]},"signature":"{whole.pop(f"{part}_signature")}"}}'
    assert verified(collateral=json.dumps(whole).encode(), by=by).outcome is Outcome.VERIFIED


FLAWED: dict[str, dict[str, Any]] = {
    "out of date": {"info": fake.tcb_info(tcbLevels=[fake.tcb_level("OutOfDate")])},
    "another platform": {"info": fake.tcb_info(fmspc="00" * 6)},
    "old quoting enclave": {
        "identity": fake.qe_identity(tcbLevels=[fake.isv_level(6, "OutOfDate")])
    },
    "no quoting enclave": {"identity": fake.qe_identity(isvprodid=9)},
    "stale": {"info": fake.tcb_info(nextUpdate=fake.when(fake.NOW - fake.DAY))},
    "taken back": {
        "pck_list": fake.revocation_list(fake.pki().authority, serial(fake.pki().pck)),
    },
}


@pytest.mark.parametrize("flaw", FLAWED)
def test_leaving_out_a_part_of_the_collateral_never_verifies_what_it_refuses(flaw: str) -> None:
    made = FLAWED[flaw]
    assert verified(collateral=fake.make_collateral(**made)).outcome is Outcome.REFUSED
    for member in json.loads(fake.make_collateral()):
        without: dict[str, Any] = {member: None}
        try:
            found = verified(collateral=fake.make_collateral(**made, **without))
        except EvidenceError:
            continue  # a document without its signature
        assert found.outcome is not Outcome.VERIFIED, member
