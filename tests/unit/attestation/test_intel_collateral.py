"""Self-made collateral: who signed it, of which time it speaks, and which patch level it gives."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State, Verification
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.collateral import parse_collateral
from isoscope.attestation.intel.signed_json import read_members
from isoscope.attestation.intel.verify import verify
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import parse_reference_values
from isoscope.attestation.revocation import parse_revocation_list
from tests.fakes import intel_evidence as fake
from tests.fakes.certificates import Issued, pem

QUOTE = fake.make_quote()
SGX_QUOTE = fake.make_sgx_quote()
ADVISORIES = ("INTEL-SA-00289", "INTEL-SA-00615")


def verified(
    quote: bytes = QUOTE,
    collateral: bytes | None = None,
    by: fake.Pki | None = None,
    **changes: Any,  # noqa: ANN401
) -> Verification:
    """With the collateral given, and the self-made root pinned."""
    by = by or fake.pki()
    usual: dict[str, Any] = {"moment": fake.NOW, "roots": by.roots}
    collateral = fake.make_collateral(by) if collateral is None else collateral
    return verify(quote, Question(**(usual | {"collateral": collateral} | changes)))


def failures(found: Verification) -> set[str]:
    return {one.name for one in found.failures()}


def impossible(found: Verification) -> set[str]:
    return {one.name for one in found.checks if one.state is State.NOT_POSSIBLE}


def detail(found: Verification, name: str) -> str:
    check = found.check(name)
    assert check is not None
    return check.detail


# --- who signed ---------------------------------------------------------------------------------


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


# --- of which time ------------------------------------------------------------------------------


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


# --- revocation ---------------------------------------------------------------------------------


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


# --- what was not given -------------------------------------------------------------------------


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


# --- platform and quoting enclave ---------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"fmspc": "00a067110000"}, {"pceId": "0001"}, {"id": "SGX"}])
def test_a_tcb_info_of_other_platforms_is_refused(changes: dict[str, str]) -> None:
    found = verified(collateral=fake.make_collateral(info=fake.tcb_info(**changes)))
    assert "platform" in failures(found)
    assert not found.holds("tcb")


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "QE"},
        {"mrsigner": "00" * 32},
        {"isvprodid": 1},
        {"attributes": "31000000000000000000000000000000"},
        {"miscselect": "01000000"},
        {"tcbLevels": [fake.isv_level(7, "UpToDate")]},
        {"tcbLevels": [fake.isv_level(6, "Revoked")]},
        {"tcbLevels": []},
    ],
)
def test_another_quoting_enclave_than_intels_is_refused(changes: dict[str, Any]) -> None:
    found = verified(collateral=fake.make_collateral(identity=fake.qe_identity(**changes)))
    assert "qe-identity" in failures(found)


def test_a_debug_quoting_enclave_is_refused_even_without_collateral() -> None:
    qe = fake.qe_report(attributes=b"\x13".ljust(16, b"\0"))
    found = verify(fake.make_quote(qe=qe), Question(fake.NOW, fake.pki().roots))
    assert failures(found) == {"qe-identity"}


def test_an_old_quoting_enclave_makes_the_platform_out_of_date() -> None:
    identity = fake.qe_identity(
        tcbLevels=[
            fake.isv_level(8, "UpToDate"),
            fake.isv_level(5, "OutOfDate", "INTEL-SA-00615"),
        ]
    )
    found = verified(collateral=fake.make_collateral(identity=identity))
    assert failures(found) == {"tcb"}
    assert found.claims["tcb_status"] == "OutOfDate"
    assert "INTEL-SA-00615" in detail(found, "tcb")


def test_a_tdx_module_of_another_signer_is_refused_even_without_collateral() -> None:
    quote = fake.make_quote(body=fake.td_report(mrsignerseam=b"\x01" * 48))
    assert failures(verify(quote, Question(fake.NOW, fake.pki().roots))) == {"tdx-module"}
    assert failures(verified(quote)) == {"tdx-module"}


def test_a_tdx_module_with_attributes_is_refused() -> None:
    quote = fake.make_quote(body=fake.td_report(seam_attributes=b"\x01" + bytes(7)))
    assert failures(verified(quote)) == {"tdx-module"}


# --- patch level --------------------------------------------------------------------------------


def with_levels(*levels: dict[str, Any], **changes: Any) -> Verification:  # noqa: ANN401
    """A TD on a platform of those levels."""
    info = fake.tcb_info(tcbLevels=list(levels), **changes)
    return verified(collateral=fake.make_collateral(info=info))


@pytest.mark.parametrize(
    "status",
    ["UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"],
)
def test_a_platform_with_all_updates_passes_and_its_advisories_are_told(status: str) -> None:
    found = with_levels(fake.tcb_level(status, *ADVISORIES))
    assert found.outcome is Outcome.VERIFIED
    assert status in detail(found, "tcb")
    assert all(one in detail(found, "tcb") for one in ADVISORIES)
    told = " ".join(found.residual_trust)
    assert status in told
    assert all(one in told for one in ADVISORIES)
    assert f"{fake.NOW - 5 * fake.DAY:%Y-%m-%d}" in told


@pytest.mark.parametrize(
    "status", ["OutOfDate", "OutOfDateConfigurationNeeded", "Revoked", "SomethingNew"]
)
def test_a_platform_without_all_updates_is_refused(status: str) -> None:
    found = with_levels(fake.tcb_level(status, *ADVISORIES))
    assert failures(found) == {"tcb"}
    assert all(one in detail(found, "tcb") for one in ADVISORIES)


@pytest.mark.parametrize("at", range(16))
def test_a_platform_below_a_level_in_one_component_does_not_reach_it(at: int) -> None:
    needed = list(fake.COMPONENTS)
    needed[at] += 1
    low = fake.tcb_level("OutOfDate", components=[0] * 16, pcesvn=1, tdx=[0] * 16)
    found = with_levels(fake.tcb_level("UpToDate", components=needed), low)
    assert found.claims["tcb_status"] == "OutOfDate"
    alone = with_levels(fake.tcb_level("UpToDate", components=needed))
    assert alone.claims["tcb_status"] == "NotSupported"
    assert failures(alone) == {"tcb"}


def test_a_platform_below_a_level_in_its_pce_does_not_reach_it() -> None:
    found = with_levels(fake.tcb_level("UpToDate", pcesvn=fake.PCESVN + 1))
    assert failures(found) == {"tcb"}


@pytest.mark.parametrize("at", range(16))
def test_a_td_below_a_level_in_one_tdx_component_does_not_reach_it(at: int) -> None:
    """The first two are the module's, where it has a version, and its identity speaks of them."""
    needed = list(fake.TEE_TCB_SVN)
    needed[at] += 1
    found = with_levels(fake.tcb_level("UpToDate", tdx=needed))
    assert found.claims["tcb_status"] == ("UpToDate" if at < 2 else "NotSupported")
    unversioned = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((6, 0, 3, *[0] * 13))))
    needed = [6, 0, 3, *[0] * 13]
    needed[at] += 1
    info = fake.tcb_info(tcbLevels=[fake.tcb_level("UpToDate", tdx=needed)])
    found = verified(unversioned, fake.make_collateral(info=info))
    assert found.claims["tcb_status"] == "NotSupported"


def test_the_highest_level_reached_counts_in_whatever_order_they_stand() -> None:
    low = fake.tcb_level("OutOfDate", components=[0] * 16, pcesvn=1, tdx=[0] * 16)
    high = fake.tcb_level("UpToDate")
    for levels in ([low, high], [high, low]):
        assert with_levels(*levels).claims["tcb_status"] == "UpToDate"


def test_a_module_of_another_version_has_a_level_of_its_own() -> None:
    modules = [
        fake.module("TDX_01", fake.isv_level(7, "UpToDate"), fake.isv_level(6, "OutOfDate")),
        fake.module("tdx_0b", fake.isv_level(2, "UpToDate")),
    ]
    info = fake.tcb_info(tdxModuleIdentities=modules)
    collateral = fake.make_collateral(info=info)
    old = verified(collateral=collateral)
    assert failures(old) == {"tcb"}
    assert old.claims["tcb_status"] == "OutOfDate"
    other = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((2, 11, 3, *[0] * 13))))
    assert verified(other, collateral).claims["tcb_status"] == "UpToDate"
    unknown = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((9, 2, 3, *[0] * 13))))
    assert failures(verified(unknown, collateral)) == {"tcb", "tdx-module"}
    below = fake.make_quote(body=fake.td_report(tee_tcb_svn=bytes((5, 1, 3, *[0] * 13))))
    assert failures(verified(below, collateral)) == {"tcb"}


@pytest.mark.parametrize(
    ("platform", "module", "whole"),
    [
        ("UpToDate", "OutOfDate", "OutOfDate"),
        ("SWHardeningNeeded", "OutOfDate", "OutOfDate"),
        ("ConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("ConfigurationAndSWHardeningNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("OutOfDate", "UpToDate", "OutOfDate"),
        ("OutOfDateConfigurationNeeded", "OutOfDate", "OutOfDateConfigurationNeeded"),
        ("UpToDate", "Revoked", "Revoked"),
        ("Revoked", "UpToDate", "Revoked"),
        ("OutOfDate", "SWHardeningNeeded", "OutOfDate and SWHardeningNeeded"),
    ],
)
def test_the_worse_of_platform_and_module_counts(platform: str, module: str, whole: str) -> None:
    found = with_levels(
        fake.tcb_level(platform),
        tdxModuleIdentities=[fake.module("TDX_01", fake.isv_level(6, module))],
    )
    assert found.claims["tcb_status"] == whole
    assert failures(found) == {"tcb"}


def running(*, now: bytes, platform: str = "UpToDate", qe: str = "UpToDate") -> Verification:
    """A TD of TDX 1.5 that an old module launched, under the one of TEE_TCB_SVN2."""
    body = fake.td_report(3, tee_tcb_svn=bytes((4, 1, 3, *[0] * 13)), tee_tcb_svn2=now)
    info = fake.tcb_info(tcbLevels=[fake.tcb_level(platform)])
    identity = fake.qe_identity(tcbLevels=[fake.isv_level(6, qe)])
    return verified(
        fake.make_quote(version=5, body_type=3, body=body),
        fake.make_collateral(info=info, identity=identity),
    )


def test_a_td_whose_module_was_updated_since_has_to_be_launched_anew() -> None:
    found = running(now=fake.TEE_TCB_SVN)
    assert failures(found) == {"tcb"}
    assert found.claims["tcb_status"] == "TDRelaunchAdvised"
    assert "launch the TD anew" in detail(found, "tcb")
    configured = running(now=fake.TEE_TCB_SVN, platform="ConfigurationNeeded")
    assert configured.claims["tcb_status"] == "TDRelaunchAdvisedConfigurationNeeded"


@pytest.mark.parametrize(
    ("now", "qe"),
    [
        (bytes((5, 1, 3, *[0] * 13)), "UpToDate"),
        (bytes((6, 1, 2, *[0] * 13)), "UpToDate"),
        (bytes((6, 9, 3, *[0] * 13)), "UpToDate"),
        (bytes((5, 0, 3, *[0] * 13)), "UpToDate"),
        (fake.TEE_TCB_SVN, "OutOfDate"),
    ],
)
def test_launching_anew_is_not_advised_where_it_does_not_help(now: bytes, qe: str) -> None:
    found = running(now=now, qe=qe)
    assert found.claims["tcb_status"] == "OutOfDate"
    assert failures(found) == {"tcb"}


def test_launching_anew_helps_under_a_module_without_a_version_of_its_own() -> None:
    found = running(now=bytes((6, 0, 3, *[0] * 13)))
    assert found.claims["tcb_status"] == "TDRelaunchAdvised"


# --- reference values ---------------------------------------------------------------------------


def expecting(text: str, quote: bytes = QUOTE, collateral: bytes | None = None) -> Verification:
    expected = parse_reference_values(text, "test")
    return verified(quote, collateral, expected=expected)


def sgx_expecting(text: str) -> Verification:
    return expecting(text, SGX_QUOTE, fake.make_collateral(tee="SGX"))


@pytest.mark.parametrize(
    ("accepted", "status", "outcome"),
    [
        ('["UpToDate"]', "SWHardeningNeeded", Outcome.REFUSED),
        ('["UpToDate", "SWHardeningNeeded"]', "SWHardeningNeeded", Outcome.VERIFIED),
        ('["OutOfDate"]', "OutOfDate", Outcome.VERIFIED),
        ('["OutOfDate"]', "UpToDate", Outcome.REFUSED),
        ('["Revoked"]', "Revoked", Outcome.REFUSED),
        ('["NotSupported"]', "NotSupported", Outcome.REFUSED),
    ],
)
def test_the_tenant_says_which_patch_levels_it_accepts(
    accepted: str, status: str, outcome: Outcome
) -> None:
    level = fake.tcb_level(status)
    if status == "NotSupported":
        level = fake.tcb_level("UpToDate", pcesvn=99)
    collateral = fake.make_collateral(info=fake.tcb_info(tcbLevels=[level]))
    assert expecting(f"[tdx]\naccepted-tcb = {accepted}", QUOTE, collateral).outcome is outcome


def test_a_td_is_measured_by_mrtd_and_its_rtmrs() -> None:
    right = f'[tdx]\nmrtd = "{"4d" * 48}"\nrtmr2 = ["{"00" * 48}", "{"A2" * 48}"]'
    assert expecting(right).holds("measurement")
    for name in ("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"):
        assert failures(expecting(f'[tdx]\n{name} = "{"00" * 48}"')) == {"measurement"}
    assert "measurement" in impossible(expecting(""))


@pytest.mark.parametrize("name", ["mrconfigid", "mrowner", "mrownerconfig", "xfam", "mrseam"])
def test_each_other_claim_that_is_expected_has_a_check(name: str) -> None:
    size = fake.TD_OFFSETS[name][1]
    said = fake.make_quote(body=fake.td_report(2, **{name: b"\x99" * size}))
    assert expecting(f'[tdx]\n{name} = "{"99" * size}"', said).holds(f"expected-{name}")
    assert failures(expecting(f'[tdx]\n{name} = "{"98" * size}"', said)) == {f"expected-{name}"}


def test_an_enclave_is_measured_by_mrenclave_and_mrsigner() -> None:
    assert sgx_expecting(f'[sgx]\nmrenclave = "{"e1" * 32}"').holds("measurement")
    assert sgx_expecting(f'[sgx]\nmrsigner = "{"51" * 32}"').holds("measurement")
    assert failures(sgx_expecting(f'[sgx]\nmrsigner = "{"52" * 32}"')) == {"measurement"}


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("isvprodid = 7", set()),
        ('isvprodid = "7"', set()),
        ("isvprodid = 6", {"expected-isvprodid"}),
        ('isvprodid = "6"', {"expected-isvprodid"}),
        ("isvsvn = 3", set()),
        ("minimum-isvsvn = 2", set()),
        ("minimum_isvsvn = 4", {"minimum-isvsvn"}),
        ("isvsvn = 4", {"minimum-isvsvn"}),
        ("isvsvn = 1\nminimum-isvsvn = 4", {"minimum-isvsvn"}),
        ("minimum-tcb-evaluation-data-number = 18", set()),
        ("minimum-tcb-evaluation-data-number = 19", {"minimum-tcb-evaluation-data-number"}),
        ("minimum-tcb = { snp = 3 }", {"minimum-tcb.snp"}),
        ("no-such-number = 1", {"minimum-no-such-number"}),
        ('no-such-claim = "1"', {"expected-no-such-claim"}),
    ],
)
def test_every_expectation_decides(text: str, refused: set[str]) -> None:
    assert failures(sgx_expecting(f"[sgx]\n{text}")) == refused


def test_expectations_of_another_kind_do_not_matter() -> None:
    assert expecting(f'[sgx]\nmrenclave = "{"00" * 32}"').outcome is Outcome.VERIFIED


def test_an_enclave_is_no_td() -> None:
    found = sgx_expecting("")
    assert found.kind is Kind.SGX
    assert found.check("tdx-module") is None


# --- what is no collateral ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"tcb_info": 1}',
        b'{"tcb_info": "{}", "tcb_info_signature": "00"}',
        b'{"tcbInfo": {}, "signature": "zz"}',
        b'{"root_ca_crl": "3000"}',
        b'{"root_ca_crl": "zz"}',
        b'{"a": 1 "b": 2}',
        b'{"a": 1,}',
        b'{"a": 1, "a": 2}',
        b'{"a": 1} x',
        b'{"a": "\\ud800"}',
        b'{"tcb_info": "\\ud800"}',
        b"\xff{}",
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_collateral_is_told_by_its_name(data: bytes) -> None:
    with pytest.raises(EvidenceError, match=r"collateral|list"):
        verified(collateral=data)


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("info", {"version": 2}),
        ("info", {"version": True}),
        ("info", {"id": "TDY"}),
        ("info", {"tcbType": 1}),
        ("info", {"fmspc": "90c06f00000"}),
        ("info", {"issueDate": "yesterday"}),
        ("info", {"tcbLevels": {}}),
        ("info", {"tcbLevels": [1]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", components=[1] * 15)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", pcesvn=1 << 16)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", components=[256] * 16)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate", tdx=None)]}),
        ("info", {"tcbLevels": [fake.tcb_level("UpToDate") | {"advisoryIDs": [1]}]}),
        ("info", {"tdxModule": None}),
        ("identity", {"version": 1}),
        ("identity", {"mrsigner": "dc"}),
        ("identity", {"tcbLevels": [{"tcb": {"isvsvn": -1}}]}),
    ],
)
def test_a_document_of_another_layout_is_no_collateral(part: str, changes: dict[str, Any]) -> None:
    if part == "info":
        collateral = fake.make_collateral(info=fake.tcb_info(**changes))
    else:
        collateral = fake.make_collateral(identity=fake.qe_identity(**changes))
    with pytest.raises(EvidenceError, match=r"TCB info|QE identity"):
        verified(collateral=collateral)


def test_statuses_and_advisories_can_be_printed_whatever_they_are() -> None:
    found = with_levels(fake.tcb_level("Up\ud800\x1b[2J", "\n\u202e"))
    assert found.claims["tcb_status"].isascii()
    assert found.claims["tcb_status"].isprintable()
    assert detail(found, "tcb").isprintable()


def test_the_bytes_of_a_member_are_those_that_stand_there() -> None:
    members = read_members('{ "a" :\t{ "ü": [1 , 2] }\n, "b":"x" }'.encode(), "test")
    assert members["a"].raw == '{ "ü": [1 , 2] }'.encode()
    assert members["a"].value == {"ü": [1, 2]}
    assert members["b"].raw == b'"x"'


COLLATERAL = fake.make_collateral()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4),
    cut=st.integers(0, 1 << 16),
)
def test_mangled_collateral_raises_nothing_else(edits: list[tuple[int, int]], cut: int) -> None:
    changed = bytearray(COLLATERAL)
    for at, value in edits:
        changed[at % len(changed)] = value
    try:
        found = verified(collateral=bytes(changed[: max(cut, 1)]))
    except EvidenceError:
        return
    assert found.outcome in set(Outcome)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(part=st.sampled_from(["info", "identity"]), data=st.data())
def test_a_document_with_any_other_value_in_it_raises_nothing_else(
    part: str, data: st.DataObject
) -> None:
    made = fake.tcb_info() if part == "info" else fake.qe_identity()
    where: Any = made
    while True:
        at = data.draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(1)))
        if not isinstance(where[at], dict | list) or not where[at] or data.draw(st.booleans()):
            break
        where = where[at]
    where[at] = data.draw(json_values)
    info, identity = (made, None) if part == "info" else (None, made)
    try:
        found = verified(collateral=fake.make_collateral(info=info, identity=identity))
    except EvidenceError:
        return
    assert found.outcome in set(Outcome)


@settings(max_examples=300, deadline=None)
@given(
    st.binary() | st.text().map(str.encode) | json_values.map(lambda one: json.dumps(one).encode())
)
def test_random_bytes_are_no_collateral(data: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_collateral(data)
