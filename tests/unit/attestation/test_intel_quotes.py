"""Self-made quotes: what each signature covers, and what each check refuses."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State, Verification
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.quote import parse_quote
from isoscope.attestation.intel.verify import recognises, verify
from isoscope.attestation.question import Question
from tests.fakes import intel_evidence as fake
from tests.fakes.certificates import pem
from tests.fuzz.targets_intel import TARGETS

ALL_TDX = [(4, 2), (5, 2), (5, 3), (5, 4)]


def asked(by: fake.Pki | None = None, **changes: Any) -> Question:  # noqa: ANN401
    """The question of a tenant who pins the self-made root and has its collateral."""
    by = by or fake.pki()
    tee = changes.pop("tee", "TDX")
    usual: dict[str, Any] = {
        "moment": fake.NOW,
        "roots": by.roots,
        "collateral": fake.make_collateral(by, tee=tee),
    }
    return Question(**(usual | changes))


def failures(found: Verification) -> set[str]:
    return {one.name for one in found.failures()}


def impossible(found: Verification) -> set[str]:
    return {one.name for one in found.checks if one.state is State.NOT_POSSIBLE}


@pytest.mark.parametrize(("version", "body_type"), ALL_TDX)
def test_a_quote_of_a_td_is_verified(version: int, body_type: int) -> None:
    quote = fake.make_quote(version=version, body_type=body_type)
    assert recognises(quote)
    found = verify(quote, asked())
    assert not failures(found)
    assert found.outcome is Outcome.VERIFIED
    assert found.kind is Kind.TDX
    assert found.relies_on == ("cpu-vendor",)


@pytest.mark.parametrize("version", [3, 4, 5])
def test_a_quote_of_an_enclave_is_verified(version: int) -> None:
    quote = fake.make_sgx_quote(version=version)
    assert recognises(quote)
    found = verify(quote, asked(tee="SGX"))
    assert not failures(found)
    assert found.outcome is Outcome.VERIFIED
    assert found.kind is Kind.SGX


@pytest.mark.parametrize("body_type", [2, 3, 4])
def test_every_field_of_a_td_report_is_claimed(body_type: int) -> None:
    wanted = {
        name: bytes((at + 1,)) * size
        for at, (name, (start, size)) in enumerate(fake.TD_OFFSETS.items())
        if start + size <= fake.TD_SIZES[body_type]
    }
    quote = fake.make_quote(
        version=5, body_type=body_type, body=fake.td_report(body_type, **wanted)
    )
    claims = verify(quote, asked()).claims
    assert {name: claims[name] for name in wanted} == {
        name: value.hex() for name, value in wanted.items()
    }


def test_every_field_of_an_enclave_report_is_claimed() -> None:
    wanted = {
        name: bytes((at + 1,)) * size
        for at, (name, (_, size)) in enumerate(fake.SGX_OFFSETS.items())
    }
    claims = verify(fake.make_sgx_quote(body=fake.sgx_report(**wanted)), asked(tee="SGX")).claims
    numbers = {"isvprodid", "isvsvn", "configsvn"}
    for name, value in wanted.items():
        said = str(int.from_bytes(value, "little")) if name in numbers else value.hex()
        assert claims[name] == said


def test_the_claims_say_what_the_pck_says_of_the_platform() -> None:
    claims = verify(fake.make_quote(), asked()).claims
    assert claims["fmspc"] == fake.FMSPC.hex()
    assert claims["pceid"] == "0000"
    assert claims["ppid"] == "11" * 16
    assert claims["pck_tcb"] == bytes(fake.COMPONENTS).hex()
    assert claims["pcesvn"] == "13"
    assert claims["platform_instance_id"] == "22" * 16
    assert (claims["dynamic_platform"], claims["cached_keys"], claims["smt_enabled"]) == (
        "true",
        "false",
        "true",
    )


def test_the_svns_of_the_header_are_claimed_where_they_mean_something() -> None:
    """Version 3 has them; since version 4 they are reserved."""
    assert "pce_svn" in verify(fake.make_sgx_quote(), asked(tee="SGX")).claims
    assert "pce_svn" not in verify(fake.make_sgx_quote(version=4), asked(tee="SGX")).claims


# --- what is signed -----------------------------------------------------------------------------


def offsets(quote: bytes) -> Mapping[str, range]:
    """Where the signed areas of a quote lie, by the check that guards each."""
    parsed = parse_quote(quote)
    body = len(parsed.signed)
    wrapped = 6 if parsed.version > 3 else 0
    report = body + 4 + 128 + wrapped
    authentication = report + 384 + 64 + 2
    return {
        "signature": range(8, body),
        "signature itself": range(body + 4, body + 4 + 64),
        "attestation-key": range(body + 4 + 64, body + 4 + 128),
        "qe-report": range(report, report + 384 + 64),
        "authentication": range(authentication, authentication + len(parsed.qe_authentication)),
    }


GUARDS = {"signature itself": "signature", "authentication": "attestation-key"}
QUOTES = {
    "TDX 4": fake.make_quote(),
    "TDX 5": fake.make_quote(version=5, body_type=3),
    "SGX 3": fake.make_sgx_quote(),
}


@pytest.mark.parametrize("name", QUOTES)
@pytest.mark.parametrize(
    "area", ["signature", "signature itself", "attestation-key", "qe-report", "authentication"]
)
def test_a_changed_byte_is_refused_by_the_check_that_guards_it(name: str, area: str) -> None:
    quote = QUOTES[name]
    question = asked(collateral=None)
    for at in offsets(quote)[area]:
        changed = bytearray(quote)
        changed[at] ^= 0x01
        try:
            found = verify(bytes(changed), question)
        except EvidenceError:
            assert area == "signature"
            assert at < 54  # body type and size of version 5
            continue
        assert GUARDS.get(area, area) in failures(found), at
        assert found.outcome is Outcome.REFUSED


@pytest.mark.parametrize("name", QUOTES)
def test_a_changed_version_key_or_tee_is_no_quote_or_refused(name: str) -> None:
    for at in range(8):
        changed = bytearray(QUOTES[name])
        changed[at] ^= 0x01
        try:
            found = verify(bytes(changed), asked(collateral=None))
        except EvidenceError:
            continue
        assert "signature" in failures(found)


def test_a_changed_byte_of_what_an_issuer_signed_is_refused() -> None:
    by = fake.pki()
    question = asked(collateral=None)
    issued = (by.pck, by.authority, by.root)
    ders = [one.raw for one in issued]
    for which, der in enumerate(ders):
        signed = parse_certificate(der).signed
        start = der.index(signed)
        for at in range(start, start + len(signed)):
            changed = bytearray(der)
            changed[at] ^= 0x01
            parts = [bytes(changed) if at_ == which else ders[at_] for at_ in range(3)]
            found = verify(fake.make_quote(certification=pem(*parts)), question)
            held = all(found.holds(name) for name in ("format", "qe-report", "chain", "root"))
            assert not held, (which, at)


def test_an_attestation_key_that_the_quoting_enclave_does_not_name_is_refused() -> None:
    found = verify(fake.make_quote(named_key="somebody else's"), asked())
    assert failures(found) == {"attestation-key"}


def test_a_quoting_enclave_certified_by_another_platform_is_refused() -> None:
    other = replace(fake.pki(), pck=fake.issue("other", key_name="other platform"))
    quote = fake.make_quote(other, certification=fake.pki().pck_chain)
    assert failures(verify(quote, asked())) == {"qe-report"}


# --- chain --------------------------------------------------------------------------------------


def test_a_look_alike_root_is_refused_by_its_key() -> None:
    other = fake.make_pki(root_key="look-alike")
    found = verify(fake.make_quote(other), asked(collateral=None))
    assert failures(found) == {"root"}
    detail = next(one.detail for one in found.failures())
    assert "calls itself Intel SGX Root CA" in detail


def test_collateral_under_a_look_alike_root_is_refused() -> None:
    other = fake.make_pki(root_key="look-alike")
    found = verify(fake.make_quote(), asked(collateral=fake.make_collateral(other)))
    assert "collateral" in failures(found)
    assert not found.holds("tcb")
    assert not found.holds("qe-identity")
    assert not found.holds("revocation")


def test_a_pck_of_a_certificate_that_is_no_authority_is_refused() -> None:
    by = fake.make_pki(authority=False)
    assert "chain" in failures(verify(fake.make_quote(by), asked(by)))


def test_an_expired_pck_is_refused() -> None:
    by = fake.make_pki(pck_end=fake.NOW - fake.DAY)
    assert failures(verify(fake.make_quote(by), asked(by))) == {"validity"}


def test_a_quote_before_its_certificates_is_refused() -> None:
    found = verify(fake.make_quote(), asked(moment=fake.NOW - 400 * fake.DAY))
    assert {"validity", "collateral-validity"} <= failures(found)


def test_a_certificate_without_the_sgx_extension_is_no_pck() -> None:
    plain = fake.issue("Intel SGX PCK Certificate", fake.pki().authority)
    by = replace(fake.pki(), pck=plain)
    found = verify(fake.make_quote(by), asked())
    assert "qe-report" in failures(found)
    assert not found.holds("tcb")


@pytest.mark.parametrize("missing", [1, 2, 3, 4, 5])
def test_a_pck_without_a_field_of_its_extension_is_malformed(missing: int) -> None:
    by = fake.make_pki(sgx=fake.sgx_extension(without=frozenset({missing})))
    found = verify(fake.make_quote(by), asked(by))
    assert failures(found) == {"format"}
    assert not found.holds("tcb")


def test_a_chain_in_der_is_malformed_certification_data() -> None:
    by = fake.pki()
    found = verify(
        fake.make_quote(certification=by.pck.raw + by.authority.raw + by.root.raw), asked()
    )
    assert failures(found) == {"format"}
    assert "malformed certification data" in found.failures()[0].detail


@pytest.mark.parametrize("certification", [b"", b"\0" * 64, b"-----BEGIN CERTIFICATE-----", b"!"])
def test_certification_data_that_are_no_certificates_are_refused(certification: bytes) -> None:
    found = verify(fake.make_quote(certification=certification), asked(collateral=None))
    assert failures(found) == {"format"}
    assert {"qe-report", "chain", "root", "validity"} <= impossible(found)


@pytest.mark.parametrize("type_", [1, 2, 3, 7])
def test_a_quote_without_its_chain_is_incomplete_and_says_where_the_chain_is(type_: int) -> None:
    quote = fake.make_quote(certification_type=type_, certification=bytes(404))
    found = verify(quote, asked())
    assert found.outcome is Outcome.INCOMPLETE
    assert {"qe-report", "chain", "root", "validity", "revocation", "tcb"} <= impossible(found)
    assert "must be fetched" in str(found.check("chain"))


def test_a_quote_without_its_chain_is_verified_where_the_chain_is_given() -> None:
    by = fake.pki()
    quote = fake.make_quote(certification_type=1, certification=bytes(36))
    found = verify(quote, asked(certificates=certificates(by.pck_chain)))
    assert found.outcome is Outcome.VERIFIED


def test_a_quote_with_the_pck_alone_takes_the_rest_from_the_collateral() -> None:
    quote = fake.make_quote(certification_type=4, certification=pem(fake.pki().pck.raw))
    assert verify(quote, asked()).outcome is Outcome.VERIFIED
    alone = verify(quote, asked(collateral=None))
    assert alone.outcome is Outcome.INCOMPLETE
    assert {"chain", "root"} <= impossible(alone)


def test_the_certificate_whose_key_signed_is_chosen_among_several() -> None:
    stranger = fake.issue(
        "Intel SGX PCK Certificate",
        fake.pki().authority,
        key_name="another platform's",
        sgx=fake.sgx_extension(fmspc=bytes(6)),
    )
    quote = fake.make_quote(certification_type=1, certification=bytes(36))
    given = [*certificates(stranger.raw), *certificates(fake.pki().pck_chain)]
    assert verify(quote, asked(certificates=given)).outcome is Outcome.VERIFIED


# --- the workload -------------------------------------------------------------------------------


@pytest.mark.parametrize("bit", range(8))
def test_a_td_under_debug_or_profiling_is_refused(bit: int) -> None:
    attributes = (1 << bit | 1 << 28).to_bytes(8, "little")
    quote = fake.make_quote(body=fake.td_report(td_attributes=attributes))
    assert failures(verify(quote, asked())) == {"debug-off"}


def test_what_the_host_sees_of_a_td_is_named() -> None:
    body = fake.td_report(td_attributes=(0b0111_0011).to_bytes(8, "little"))
    found = verify(fake.make_quote(body=body), asked())
    detail = found.failures()[0].detail
    assert "DEBUG, bit 1, HGS_PLUS_PROF, PERF_PROF, PMT_PROF set" in detail


def test_a_debug_enclave_is_refused() -> None:
    attributes = b"\x07".ljust(8, b"\0") + b"\xe7".ljust(8, b"\0")
    found = verify(
        fake.make_sgx_quote(body=fake.sgx_report(attributes=attributes)), asked(tee="SGX")
    )
    assert failures(found) == {"debug-off"}
    assert "attributes 0x0000000000000007: DEBUG" in found.failures()[0].detail


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        (0, "sept-ve-disable"),
        (1 << 28 | 1 << 29, "migratable-off"),
    ],
)
def test_attributes_that_real_clouds_have_are_told_and_do_not_refuse(
    attributes: int, told: str
) -> None:
    body = fake.td_report(td_attributes=attributes.to_bytes(8, "little"))
    found = verify(fake.make_quote(body=body), asked())
    assert found.outcome is Outcome.VERIFIED
    assert [one.name for one in found.checks if one.state is State.FAILED] == [told]


def test_an_enclave_with_the_provisioning_key_is_told_and_not_refused() -> None:
    quote = fake.make_sgx_quote(body=fake.sgx_report(attributes=b"\x15".ljust(16, b"\0")))
    found = verify(quote, asked(tee="SGX"))
    assert found.outcome is Outcome.VERIFIED
    assert [one.name for one in found.checks if one.state is State.FAILED] == ["provision-key-off"]


@pytest.mark.parametrize(("trailing", "held"), [(b"", True), (bytes(70), True), (b"x" * 39, False)])
def test_bytes_after_the_quote_are_told_and_not_refused(trailing: bytes, held: bool) -> None:
    found = verify(fake.make_quote(trailing=trailing), asked())
    assert found.outcome is Outcome.VERIFIED
    assert found.holds("trailing-bytes") is held


def test_a_quoting_enclave_of_another_vendor_is_refused() -> None:
    assert failures(verify(fake.make_quote(vendor=b"v" * 16), asked())) == {"format"}


def test_a_quote_answers_its_nonce_and_no_other() -> None:
    body = fake.td_report(report_data=b"\x42" * 32 + bytes(32))
    quote = fake.make_quote(body=body)
    assert verify(quote, asked(nonce=b"\x42" * 32)).holds("nonce")
    assert failures(verify(quote, asked(nonce=b"\x43" * 32))) == {"nonce"}
    assert "nonce" in impossible(verify(quote, asked()))


def test_a_td_with_a_service_td_says_whom_it_trusts_to_move_it() -> None:
    body = fake.td_report(3, mrservicetd=b"\x77" * 48)
    found = verify(fake.make_quote(version=5, body_type=3, body=body), asked())
    assert any("migration service" in one for one in found.residual_trust)
    without = verify(fake.make_quote(version=5, body_type=3), asked())
    assert not any("migration service" in one for one in without.residual_trust)


@pytest.mark.parametrize(("memory", "told"), [(0, False), (1, True), (2, True)])
def test_memory_without_replay_protection_is_told(memory: int, told: bool) -> None:
    by = fake.make_pki(sgx=fake.sgx_extension(memory=memory))
    found = verify(fake.make_sgx_quote(by), asked(by, tee="SGX"))
    assert any("replay" in one for one in found.residual_trust) is told


# --- what is no quote ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [384, 432])
def test_a_raw_sgx_report_is_no_evidence(size: int) -> None:
    report = fake.sgx_report().ljust(size, b"\x3c")
    assert recognises(report)
    with pytest.raises(EvidenceError, match="raw SGX REPORT, which is no evidence"):
        verify(report, asked())


@pytest.mark.parametrize("at", [20, 31, 96, 127, 160, 191, 262, 303])
def test_bytes_with_something_where_reports_have_nothing_are_no_report(at: int) -> None:
    report = bytearray(fake.sgx_report())
    report[at] = 1
    assert not recognises(bytes(report))


def test_a_raw_tdreport_is_no_evidence() -> None:
    report = b"\x81\0\x01\0".ljust(16, b"\0") + b"\xff" * 1008
    assert recognises(report)
    with pytest.raises(EvidenceError, match="raw TDREPORT, which is no evidence"):
        verify(report, asked())


def test_a_quote_in_cbor_is_a_format_that_is_not_supported() -> None:
    with pytest.raises(EvidenceError, match="format not supported"):
        verify(b"\xd2\x84" + bytes(9000), asked())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": 2}, "version 2"),
        ({"version": 6}, "version 6"),
        ({"key_type": 3}, "attestation key type 3"),
        ({"tee": 0x80}, "TEE type"),
        ({"version": 3}, "TEE type"),
        ({"certification_type": 8}, "type 8"),
        ({"body": fake.td_report()[:-1]}, "more|needs|known"),
        ({"version": 5, "body": fake.td_report(2)[:-1]}, "report_data needs 64"),
        ({"version": 5, "body": fake.td_report(2) + b"\0"}, "more than 584"),
    ],
)
def test_a_quote_of_another_layout_is_no_evidence(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        verify(fake.make_quote(**changes), asked(collateral=None))


def test_a_body_of_an_unknown_type_is_no_evidence() -> None:
    quote = bytearray(fake.make_quote(version=5))
    for type_ in (0, 1, 5):
        quote[48] = type_
        with pytest.raises(EvidenceError, match=f"type {type_}"):
            verify(bytes(quote), asked(collateral=None))


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_that_ends_early_is_no_evidence(name: str) -> None:
    quote = QUOTES[name]
    for size in range(0, len(quote), 7):
        if size not in {384, 432, 1024}:
            with pytest.raises(EvidenceError):
                verify(quote[:size], asked(collateral=None))


@pytest.mark.parametrize("other", [b"", b"\0" * 2000, b"{}", b"HCLA" + bytes(200), b"\x02" * 1184])
def test_other_bytes_are_not_recognised(other: bytes) -> None:
    assert not recognises(other)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(QUOTES)),
    edits=st.lists(st.tuples(st.integers(0, 6000), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.integers(0, 6000),
)
def test_a_mangled_quote_is_refused_or_no_evidence(
    name: str, edits: list[tuple[int, int]], cut: int
) -> None:
    quote = bytearray(QUOTES[name])
    for at, value in edits:
        quote[at % len(quote)] = value
    try:
        found = verify(bytes(quote[: max(cut, 1)]), asked(collateral=None))
    except EvidenceError:
        return
    assert found.outcome is not Outcome.VERIFIED


@settings(max_examples=300, deadline=None)
@given(head=st.sampled_from([b"", b"\x03\0\x02\0", b"\x04\0\x02\0\x81\0\0\0"]), data=st.binary())
def test_random_bytes_are_no_evidence(head: bytes, data: bytes) -> None:
    recognises(head + data)
    with pytest.raises(EvidenceError):
        verify(head + data, asked(collateral=None))


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_of_the_fuzzer_raise_nothing_else(name: str) -> None:
    target, seeds = TARGETS[name]
    for seed in seeds:
        with contextlib.suppress(EvidenceError):
            target(seed)
