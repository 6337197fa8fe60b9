"""An SEV-SNP report is verified where every check holds, and refused for each that does not."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Outcome, State, Verification
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.revocation import parse_revocation_list
from isoscope.attestation.snp import verify as snp
from tests.fakes.certificates import (
    ENDS,
    MADE,
    Issued,
    certify,
    der,
    integer,
    p256,
    p384,
    pem,
    revoke,
    rsa,
)
from tests.fakes.snp_evidence import (
    CHIP,
    LEVEL_IDS,
    LEVELS,
    MODELS,
    NONCE,
    NOW,
    SIGNED,
    SIZE,
    TURIN_LEVELS,
    Evidence,
    authorities,
    cloud_evidence,
    evidence,
    levels_of,
    sealed,
    table,
    table_of,
    tcb,
    unsigned_report,
    vcek,
    vlek,
)

LINES = tuple(MODELS)
VERSIONS = (2, 3, 5)
ALWAYS = {"signature", "chain", "root", "validity", "tcb", "product", "debug-off", "policy", "vmpl"}


def verify(made: Evidence, **terms: object) -> Verification:
    return verify_evidence(made.report, made.question(**terms))


def refused_by(answer: Verification) -> set[str]:
    """The checks that fail; that any does has to refuse."""
    failing = {check.name for check in answer.failures()}
    assert bool(failing) == (answer.outcome is Outcome.REFUSED)
    return failing


def state_of(answer: Verification, name: str) -> State:
    check = answer.check(name)
    assert check is not None
    return check.state


def detail_of(answer: Verification, name: str) -> str:
    check = answer.check(name)
    assert check is not None
    return check.detail


# What holds.


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("line", LINES)
def test_a_report_signed_by_a_chips_key_is_verified(line: str, version: int) -> None:
    answer = verify(evidence(line, version=version), nonce=NONCE)

    assert answer.outcome is Outcome.VERIFIED
    assert {one.name for one in answer.checks if one.state is State.PASSED} >= ALWAYS | {
        "chip",
        "nonce",
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("line", LINES)
def test_a_report_signed_by_a_clouds_key_is_verified_and_names_no_chip(
    line: str, version: int
) -> None:
    answer = verify(cloud_evidence(line, version=version))

    assert answer.outcome is Outcome.VERIFIED
    assert state_of(answer, "chip") is State.NOT_POSSIBLE
    assert "A-CLOUD" in detail_of(answer, "chip")
    assert any("cloud" in one for one in answer.residual_trust)


def test_certificates_with_serial_number_0_are_read_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leaf = parse_certificate(vcek().raw)
        answer = verify(evidence())

    assert leaf.serial == 0
    assert answer.outcome is Outcome.VERIFIED


def test_the_order_of_the_certificates_does_not_matter_nor_do_strangers_among_them() -> None:
    made = evidence()
    strangers = [*authorities("Genoa").__dict__.values(), vcek("Genoa"), vlek("Genoa")]
    pool = [parse_certificate(one.raw) for one in (*strangers, *reversed(made.chain))]

    assert verify(made, certificates=pool).outcome is Outcome.VERIFIED


# The signature.


FIXED = {*range(4), *range(0x34, 0x38)}  # version, algorithm: another one is no report
_HELD = evidence()


@given(st.integers(0, SIGNED - 1), st.integers(1, 255))
@example(0x4B, 0x80)
def test_any_other_byte_in_the_signed_area_breaks_the_signature(at: int, flip: int) -> None:
    report = bytearray(_HELD.report)
    report[at] ^= flip
    try:
        answer = snp.verify(bytes(report), _HELD.question())
    except EvidenceError:
        assert at in FIXED
        return
    assert "signature" in refused_by(answer)


def test_one_flipped_bit_at_each_offset_of_the_signed_area_breaks_the_signature() -> None:
    kept = []
    for at in range(SIGNED):
        report = bytearray(_HELD.report)
        report[at] ^= 1
        try:
            answer = snp.verify(bytes(report), _HELD.question())
        except EvidenceError:
            assert at in FIXED
        else:
            if "signature" not in refused_by(answer):
                kept.append(at)
    assert kept == []


@pytest.mark.parametrize("at", [SIGNED, SIGNED + 47, SIGNED + 72, SIGNED + 72 + 47])
def test_another_r_or_s_breaks_the_signature(at: int) -> None:
    report = bytearray(_HELD.report)
    report[at] ^= 1
    assert refused_by(snp.verify(bytes(report), _HELD.question())) == {"signature"}


@pytest.mark.parametrize("at", [SIGNED + 48, SIGNED + 71, SIGNED + 72 + 48, 0x330, SIZE - 1])
def test_what_has_to_be_zero_behind_the_signature_is_zero(at: int) -> None:
    report = bytearray(_HELD.report)
    report[at] = 1
    with pytest.raises(EvidenceError):
        snp.verify(bytes(report), _HELD.question())


@pytest.mark.parametrize("blank", [b"\0" * 144, b"\xff" * 48 + b"\0" * 24 + b"\xff" * 48])
def test_a_signature_of_zeros_or_beyond_the_curve_is_none(blank: bytes) -> None:
    report = (_HELD.report[:SIGNED] + blank).ljust(SIZE, b"\0")
    assert refused_by(snp.verify(report, _HELD.question())) == {"signature"}


def test_a_report_signed_by_another_chips_key_is_refused() -> None:
    made = evidence()
    other = Evidence(sealed(unsigned_report(), p384("another")), made.chain)
    assert refused_by(verify(other)) == {"signature"}


@pytest.mark.parametrize("key", [p256("leaf"), rsa("leaf")], ids=["P-256", "RSA"])
def test_a_leaf_with_a_key_that_is_not_on_p_384_signs_nothing(key: object) -> None:
    leaf = vcek(key=key)  # type: ignore[arg-type]
    made = Evidence(evidence().report, (leaf, *evidence().chain[1:]))
    assert refused_by(verify(made)) == {"signature"}


@pytest.mark.parametrize("given_key", [True, False])
def test_a_report_that_says_nobody_signed_it_is_refused(given_key: bool) -> None:
    made = evidence(fields={"key_information": 7 << 2})
    answer = verify(made) if given_key else verify(made, certificates=())
    assert "signature" in refused_by(answer)
    assert "no key signed it" in detail_of(answer, "signature")


@pytest.mark.parametrize("kind", range(2, 7))
def test_a_report_that_names_a_reserved_kind_of_key_is_refused(kind: int) -> None:
    assert refused_by(verify(evidence(fields={"key_information": kind << 2}))) == {"chip"}


# The chain.


def test_a_forged_vcek_with_all_the_right_names_breaks_the_chain() -> None:
    forged = vcek(signer=rsa("somebody"))
    answer = verify(evidence(leaf=forged))
    assert refused_by(answer) == {"chain"}
    assert "somebody else signed it in that name" in detail_of(answer, "chain")


def test_a_root_of_the_right_name_with_another_key_is_not_the_root() -> None:
    ark = certify("ARK-Milan", rsa("look-alike"), authority=True)
    ask = certify("SEV-Milan", rsa("look-alike ASK"), ark, authority=True)
    leaf = vcek(issuer=ask)
    made = Evidence(sealed(unsigned_report(), leaf.key), (leaf, ask, ark))

    answer = verify(made, roots=evidence().roots)

    assert refused_by(answer) == {"root"}
    assert "is not the vendor's" in detail_of(answer, "root")


def test_a_root_with_the_pinned_key_that_did_not_sign_itself_is_none() -> None:
    made = authorities()
    ark = certify("ARK-Milan", made.ark.key, signer=rsa("somebody"), authority=True)
    assert refused_by(verify(Evidence(evidence().report, (vcek(), made.ask, ark)))) == {"chain"}


def test_a_leaf_that_signed_itself_reaches_no_pinned_root() -> None:
    own = certify("SEV-VCEK", p384("own"), extensions=_extensions_of(vcek()), bits=384)
    answer = verify(evidence(leaf=own), certificates=[parse_certificate(own.raw)])
    assert refused_by(answer) == {"root"}


def _extensions_of(one: Issued) -> dict[str, bytes]:
    return dict(parse_certificate(one.raw).extensions)


def test_roots_of_other_vendors_are_no_roots_of_amds() -> None:
    made = evidence()
    assert refused_by(verify(made, roots={"intel": made.roots["amd"]})) == {"root"}


def test_an_ask_that_is_no_authority_breaks_the_chain() -> None:
    ask = certify("SEV-Milan", rsa("SEV-Milan"), authorities().ark)
    made = evidence()
    answer = verify(Evidence(made.report, (made.chain[0], ask, made.chain[2])))
    assert refused_by(answer) == {"chain"}
    assert "no authority" in detail_of(answer, "chain")


@pytest.mark.parametrize(
    "extensions",
    [
        {"2.5.29.19": b"\x30\x03\x01\x01\x00"},  # CA is false
        {"2.5.29.19": b"\x30\x00"},  # and by default, too
        {"2.5.29.15": b"\x03\x02\x01\x02"},  # KeyUsage: lists only
        {"2.5.29.15": b"\x03\x01\x00"},  # KeyUsage: nothing
    ],
)
def test_an_ask_whose_extensions_forbid_it_to_sign_certificates_breaks_the_chain(
    extensions: dict[str, bytes],
) -> None:
    ask = certify(
        "SEV-Milan", rsa("SEV-Milan"), authorities().ark, authority=True, extensions=extensions
    )
    made = evidence()
    answer = verify(Evidence(made.report, (made.chain[0], ask, made.chain[2])))
    assert refused_by(answer) == {"chain"}


def test_an_ark_that_allows_no_authority_below_it_breaks_the_chain() -> None:
    ark = certify("ARK-Milan", rsa("ARK-Milan"), authority=True, path_length=0)
    made = evidence()
    answer = verify(Evidence(made.report, (*made.chain[:2], ark)))
    assert refused_by(answer) == {"chain"}


def test_path_lengths_that_are_just_enough_let_the_chain_pass() -> None:
    ark = certify("ARK-Milan", rsa("ARK-Milan"), authority=True, path_length=1)
    ask = certify("SEV-Milan", rsa("SEV-Milan"), ark, authority=True, path_length=0)
    made = evidence()
    answer = verify(Evidence(made.report, (made.chain[0], ask, ark)))
    assert answer.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("place", [0, 1])
def test_a_critical_extension_that_nothing_here_reads_breaks_the_chain(place: int) -> None:
    odd = {"1.2.3.4": b"\x05\x00"}
    made = authorities()
    ask = certify(
        "SEV-Milan",
        rsa("SEV-Milan"),
        made.ark,
        authority=True,
        extensions=odd,
        critical=["1.2.3.4"] if place else [],
    )
    leaf = certify(
        "SEV-VCEK",
        p384("VCEK-Milan"),
        ask,
        serial=0,
        extensions={**_extensions_of(vcek()), **odd},
        critical=[] if place else ["1.2.3.4"],
    )
    answer = verify(Evidence(evidence().report, (leaf, ask, made.ark)))
    assert refused_by(answer) == {"chain"}
    assert "1.2.3.4" in detail_of(answer, "chain")


def test_authorities_that_signed_each_other_lead_nowhere() -> None:
    one = certify("A", p384("A"), authority=True)
    two = certify("B", p384("B"), one, authority=True)
    back = certify("A", p384("A"), two, authority=True)
    leaf = vcek(issuer=back)
    made = Evidence(sealed(unsigned_report(), leaf.key), (leaf, back, two))
    answer = verify(made, roots={"amd": {back.key_hash: "ARK-Milan"}})
    assert refused_by(answer) == {"chain"}


# What was not given.


def test_without_any_certificate_it_is_incomplete() -> None:
    answer = verify(evidence(), certificates=())
    assert answer.outcome is Outcome.INCOMPLETE
    for name in ("signature", "chain", "root", "validity", "tcb", "chip"):
        assert state_of(answer, name) is State.NOT_POSSIBLE


def test_a_table_stripped_of_the_vcek_proves_nothing() -> None:
    made = evidence()
    report = made.report + table_of(made, without=["VCEK"])
    answer = verify_evidence(report, made.question(certificates=()))
    assert answer.outcome is Outcome.INCOMPLETE
    assert state_of(answer, "signature") is State.NOT_POSSIBLE


@pytest.mark.parametrize("missing", [["ASK"], ["ARK"], ["ASK", "ARK"]])
def test_a_table_stripped_of_an_authority_is_incomplete(missing: list[str]) -> None:
    made = evidence()
    report = made.report + table_of(made, without=missing)
    answer = verify_evidence(report, made.question(certificates=()))
    assert answer.outcome is Outcome.INCOMPLETE
    assert state_of(answer, "chain") is State.NOT_POSSIBLE
    assert "was not given" in detail_of(answer, "chain")


@pytest.mark.parametrize(
    ("line", "version", "path"),
    [
        ("Milan", 3, f"Milan/{CHIP.hex()}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219"),
        ("Genoa", 5, f"Genoa/{CHIP.hex()}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219"),
        ("Milan", 2, f"{{Milan|Genoa}}/{CHIP.hex()}?blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219"),
        ("Turin", 3, "Turin/0102030405060708?fmcSPL=2&blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219"),
        ("Turin", 2, "Turin/0102030405060708?fmcSPL=2&blSPL=4&teeSPL=1&snpSPL=24&ucodeSPL=219"),
    ],
)
def test_where_amd_has_the_missing_certificate_is_said(line: str, version: int, path: str) -> None:
    answer = verify(evidence(line, version=version), certificates=())
    assert detail_of(answer, "signature").endswith(f" https://kdsintf.amd.com/vcek/v1/{path}")


def test_of_a_cloud_and_of_a_masked_chip_amds_key_server_has_no_certificate() -> None:
    assert "The cloud has it" in detail_of(verify(cloud_evidence(), certificates=()), "signature")
    masked = evidence(fields={"chip_id": bytes(64)})
    answer = verify(masked, certificates=())
    assert "who runs the machine has it" in detail_of(answer, "signature")


def test_where_amd_has_the_chain_and_the_list_is_said() -> None:
    made = cloud_evidence()
    answer = verify(made, certificates=[parse_certificate(made.chain[0].raw)])
    assert detail_of(answer, "chain").endswith("kdsintf.amd.com/vlek/v1/Milan/cert_chain")
    answer = verify(evidence())
    assert detail_of(answer, "revocation").endswith("kdsintf.amd.com/vcek/v1/Milan/crl")


def test_a_whole_table_behind_the_report_is_enough() -> None:
    made = evidence()
    answer = verify_evidence(made.report + table_of(made), made.question(certificates=()))
    assert answer.outcome is Outcome.VERIFIED


@pytest.mark.parametrize("padding", [1, 16, 4096])
def test_zeros_behind_the_report_are_an_empty_table(padding: int) -> None:
    made = evidence()
    answer = verify_evidence(made.report + bytes(padding), made.question())
    assert answer.outcome is Outcome.VERIFIED


def test_the_firmwares_answer_around_a_report_is_taken_off() -> None:
    made = evidence()
    response = (bytes(4) + SIZE.to_bytes(4, "little")).ljust(32, b"\0") + made.report
    answer = verify_evidence(response.ljust(4000, b"\0"), made.question())
    assert answer.outcome is Outcome.VERIFIED


def test_a_chain_of_another_processor_line_is_named_as_such() -> None:
    made, other = evidence(), evidence("Turin")
    pool = [parse_certificate(one.raw) for one in (made.chain[0], *other.chain[1:])]
    answer = verify(made, certificates=pool)
    assert refused_by(answer) == {"chain"}
    assert "SEV-Turin" in detail_of(answer, "chain")


# Validity.


@pytest.mark.parametrize("moment", [MADE - timedelta(seconds=1), ENDS + timedelta(seconds=1)])
def test_before_and_after_the_certificates_lives_it_is_refused(moment: datetime) -> None:
    assert refused_by(verify(evidence(), moment=moment)) == {"validity"}


@pytest.mark.parametrize("moment", [MADE, ENDS])
def test_the_first_and_the_last_second_belong_to_a_certificates_life(moment: datetime) -> None:
    assert verify(evidence(), moment=moment).outcome is Outcome.VERIFIED


def test_a_vlek_of_last_year_has_expired() -> None:
    old = vlek(valid=(MADE, NOW - timedelta(days=1)))
    answer = verify(cloud_evidence(leaf=old))
    assert refused_by(answer) == {"validity"}
    assert "SEV-VLEK is valid from" in detail_of(answer, "validity")


def test_an_ask_that_expired_before_its_leaf_refuses() -> None:
    made = evidence()
    ask = certify(
        "SEV-Milan",
        rsa("SEV-Milan"),
        authorities().ark,
        authority=True,
        valid=(MADE, NOW - timedelta(days=1)),
    )
    answer = verify(Evidence(made.report, (made.chain[0], ask, made.chain[2])))
    assert refused_by(answer) == {"validity"}


# The key and the machine.


def test_a_report_of_another_chip_is_refused() -> None:
    answer = verify(evidence(fields={"chip_id": bytes(reversed(CHIP))}))
    assert refused_by(answer) == {"chip"}


def test_a_turins_chip_is_told_by_eight_bytes_and_zeros_behind_them() -> None:
    longer = bytes(range(1, 9)) + bytes(55) + b"\1"
    assert refused_by(verify(evidence("Turin", fields={"chip_id": longer}))) == {"chip"}
    other = b"\2" + bytes(range(2, 9)) + bytes(56)
    assert refused_by(verify(evidence("Turin", fields={"chip_id": other}))) == {"chip"}


def test_a_vcek_without_its_chip_belongs_to_none() -> None:
    bare = certify(
        "SEV-VCEK",
        p384("VCEK-Milan"),
        authorities().ask,
        extensions={k: v for k, v in _extensions_of(vcek()).items() if not k.endswith(".4")},
    )
    assert refused_by(verify(evidence(leaf=bare))) == {"chip"}


def test_a_hardware_id_inside_an_octet_string_is_read_too() -> None:
    wrapped = vcek(extensions={"1.3.6.1.4.1.3704.1.4": der(4, CHIP)})
    assert verify(evidence(leaf=wrapped)).outcome is Outcome.VERIFIED


def test_a_masked_chip_is_told_and_does_not_refuse() -> None:
    answer = verify(evidence(fields={"chip_id": bytes(64)}))
    assert answer.outcome is Outcome.VERIFIED
    assert state_of(answer, "chip") is State.NOT_POSSIBLE
    assert any("masks" in one for one in answer.residual_trust)


def test_a_vcek_does_not_stand_for_a_vlek_nor_a_vlek_for_a_vcek() -> None:
    assert refused_by(verify(evidence(fields={"key_information": 1 << 2}))) == {"chip"}
    assert refused_by(verify(cloud_evidence(fields={"key_information": 0}))) == {"chip"}


def test_a_certificate_of_the_other_kind_of_key_leaves_the_right_one_missing() -> None:
    for made, other in ((evidence(), vlek()), (cloud_evidence(), vcek())):
        pool = [parse_certificate(one.raw) for one in (other, *made.chain[1:])]
        answer = verify(made, certificates=pool)
        assert answer.outcome is Outcome.INCOMPLETE
        assert state_of(answer, "signature") is State.NOT_POSSIBLE


@pytest.mark.parametrize("line", LINES)
def test_each_part_of_the_tcb_has_to_be_the_one_that_the_key_was_derived_for(line: str) -> None:
    for part, level in levels_of(line).items():
        for other in (level + 1, level - 1):
            levels = {**levels_of(line), part: other}
            answer = verify(evidence(line, fields={"reported_tcb": tcb(levels, line)}))
            assert refused_by(answer) == {"tcb"}, part
            assert part in detail_of(answer, "tcb")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("level", [0, 127, 128, 217, 255])
def test_patch_levels_of_128_and_more_are_read_whole(line: str, level: int) -> None:
    levels = dict.fromkeys(levels_of(line), level)
    made = evidence(
        line, fields={"reported_tcb": tcb(levels, line)}, leaf=vcek(line, levels=levels)
    )
    answer = verify(made)
    assert answer.outcome is Outcome.VERIFIED
    assert f"microcode {level}" in detail_of(answer, "tcb")


@pytest.mark.parametrize("line", LINES)
def test_a_certificate_without_a_patch_level_covers_none(line: str) -> None:
    for part in levels_of(line):
        bare = {k: v for k, v in _extensions_of(vcek(line)).items() if k != LEVEL_IDS[part]}
        leaf = certify(
            "SEV-VCEK", p384(f"VCEK-{line}"), authorities(line).ask, serial=0, extensions=bare
        )
        assert refused_by(verify(evidence(line, leaf=leaf))) == {"tcb"}, part


@pytest.mark.parametrize("odd", [integer(256), integer(-1), der(4, b"\4"), b"", b"\x02\x01"])
def test_a_patch_level_that_is_no_byte_fails_all_that_rests_on_the_certificate(odd: bytes) -> None:
    leaf = vcek(extensions={LEVEL_IDS["snp"]: odd})
    assert refused_by(verify(evidence(leaf=leaf))) == {"tcb", "chip", "product"}


def test_a_milan_that_says_it_is_a_genoa_is_refused() -> None:
    answer = verify(evidence(fields={"model": bytes(MODELS["Genoa"])}))
    assert refused_by(answer) == {"product"}


def test_a_vcek_under_the_root_of_another_line_is_refused() -> None:
    genoa = authorities("Genoa")
    leaf = vcek(issuer=genoa.ask)
    made = Evidence(sealed(unsigned_report(), leaf.key), (leaf, genoa.ask, genoa.ark))
    assert refused_by(verify(made)) == {"product"}


def test_a_processor_line_without_a_pinned_root_is_refused() -> None:
    assert refused_by(verify(evidence(fields={"model": b"\x1a\x50\x01"}))) == {"product"}


# The guest.


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"policy": 0xB_0000}, "debug-off"),
        ({"policy": 0x1_0000}, "policy"),  # bit 17 is not one
        ({"policy": 0x3_0000 | 1 << 26}, "policy"),
        ({"policy": 0x3_0000 | 1 << 63}, "policy"),
        ({"vmpl": 4}, "vmpl"),
        ({"vmpl": 0xFFFFFFFF}, "vmpl"),
    ],
)
def test_what_the_report_says_of_the_guest_refuses_alone(
    fields: dict[str, int], check: str
) -> None:
    assert refused_by(verify(evidence(fields=fields))) == {check}


@pytest.mark.parametrize("level", range(4))
def test_the_guests_own_privilege_levels_pass(level: int) -> None:
    answer = verify(evidence(fields={"vmpl": level}))
    assert answer.outcome is Outcome.VERIFIED
    above = [one for one in answer.residual_trust if "privilege level" in one]
    assert bool(above) == (level > 0)


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"policy": 0x7_0000}, "migration-off"),
        ({"committed_tcb": tcb({**LEVELS, "snp": 23})}, "firmware-committed"),
        ({"platform": 0x05}, "memory-aliases-checked"),
    ],
)
def test_what_real_machines_fail_is_told_and_does_not_refuse(
    fields: dict[str, int | bytes], check: str
) -> None:
    answer = verify(evidence(fields=fields))
    assert answer.outcome is Outcome.VERIFIED
    assert state_of(answer, check) is State.FAILED


def test_a_migration_agent_is_among_whom_one_has_to_trust() -> None:
    answer = verify(evidence(fields={"policy": 0x7_0000}))
    assert any("migration agent" in one for one in answer.residual_trust)


# Revocation.


def lists(*ders: bytes) -> dict[str, object]:
    return {"revocation_lists": [parse_revocation_list(one) for one in ders]}


def test_without_a_revocation_list_it_is_told_that_none_was_given() -> None:
    answer = verify(evidence())
    assert answer.outcome is Outcome.VERIFIED
    assert state_of(answer, "revocation") is State.NOT_POSSIBLE


def test_a_current_list_of_the_root_that_names_others_passes() -> None:
    answer = verify(evidence(), **lists(revoke(authorities().ark, [0x10002])))
    assert answer.outcome is Outcome.VERIFIED
    assert state_of(answer, "revocation") is State.PASSED


def test_a_list_in_pem_is_read_too() -> None:
    listed = pem(revoke(authorities().ark, [0x10001]), label="X509 CRL")
    assert refused_by(verify(evidence(), **lists(listed))) == {"revocation"}


@pytest.mark.parametrize("until", [ENDS, NOW - timedelta(days=1)])
def test_a_list_that_takes_back_the_ask_refuses_even_where_it_is_stale(until: datetime) -> None:
    answer = verify(evidence(), **lists(revoke(authorities().ark, [0x10001], next_update=until)))
    assert refused_by(answer) == {"revocation"}
    assert "took back SEV-Milan" in detail_of(answer, "revocation")


def test_a_list_within_the_certificate_table_counts() -> None:
    made = evidence()
    entries = zip(("VCEK", "ASK", "ARK"), (one.raw for one in made.chain), strict=True)
    behind = table(*entries, ("CRL", revoke(authorities().ark, [0x10001])))
    answer = verify_evidence(made.report + behind, made.question(certificates=()))
    assert refused_by(answer) == {"revocation"}


@pytest.mark.parametrize(
    "terms", [{"next_update": NOW - timedelta(days=1)}, {"made": NOW + timedelta(days=1)}]
)
def test_a_list_that_does_not_speak_of_this_time_refuses(terms: dict[str, datetime]) -> None:
    stale = revoke(authorities().ark, **terms)  # type: ignore[arg-type]
    assert refused_by(verify(evidence(), **lists(stale))) == {"revocation"}


def test_a_stale_list_beside_a_current_one_does_not_matter() -> None:
    stale = revoke(authorities().ark, next_update=NOW - timedelta(days=1))
    for order in ((stale, revoke(authorities().ark)), (revoke(authorities().ark), stale)):
        answer = verify(evidence(), **lists(*order))
        assert state_of(answer, "revocation") is State.PASSED


def test_a_list_by_somebody_else_says_nothing() -> None:
    made = evidence()
    ark = authorities().ark
    for one in (
        revoke(ark, [0x10001], signer=rsa("somebody")),  # in the root's name
        revoke(authorities("Genoa").ark, [0x10001]),  # of another root
        revoke(certify("ARK-Milan", rsa("look-alike"), authority=True), [0x10001]),
        revoke(made.chain[0], [0]),  # by the leaf, which is no authority
        revoke(certify("SEV-VCEK", made.chain[0].key, authority=True), [0]),
    ):
        answer = verify(made, **lists(one))
        assert answer.outcome is Outcome.VERIFIED
        assert state_of(answer, "revocation") is State.NOT_POSSIBLE


def test_a_list_that_speaks_of_some_certificates_only_cannot_clear_the_others() -> None:
    from tests.fakes.certificates import extension

    partial = extension("2.5.29.28", b"\x30\x03\x81\x01\xff", critical=True)
    ark = authorities().ark
    answer = verify(evidence(), **lists(revoke(ark, extensions=[partial])))
    assert state_of(answer, "revocation") is State.NOT_POSSIBLE
    answer = verify(evidence(), **lists(revoke(ark, [0x10001], extensions=[partial])))
    assert refused_by(answer) == {"revocation"}


# What was asked of it.


def test_a_nonce_that_it_does_not_answer_refuses() -> None:
    answer = verify(evidence(), nonce=b"another")
    assert refused_by(answer) == {"nonce"}


@pytest.mark.parametrize("nonce", [NONCE[:63], NONCE + b"\0", b"", NONCE[:1]])
def test_a_part_of_the_nonce_is_not_the_nonce(nonce: bytes) -> None:
    assert refused_by(verify(evidence(), nonce=nonce)) == {"nonce"}


def test_a_shorter_nonce_is_followed_by_zeros() -> None:
    made = evidence(fields={"report_data": b"short".ljust(64, b"\0")})
    assert verify(made, nonce=b"short").holds("nonce")


def test_without_a_nonce_its_age_is_told_as_unknown() -> None:
    assert state_of(verify(evidence()), "nonce") is State.NOT_POSSIBLE


# What an attacker who sends certificates of his own gains.


def test_a_key_of_ones_own_in_the_vceks_name_does_not_win_against_the_true_one() -> None:
    own = certify("SEV-VCEK", p384("attacker"), extensions=_extensions_of(vcek()))
    made = evidence()
    forged = sealed(unsigned_report(fields={"measurement": bytes(48)}), own.key)
    pool = [parse_certificate(one.raw) for one in (own, *made.chain)]

    assert refused_by(snp.verify(forged, made.question(certificates=pool))) == {"root"}


def test_names_for_people_hold_nothing_that_moves_a_terminal() -> None:
    ark = certify("ARK\x1b[2J\n\u202e", rsa("look-alike"), authority=True)
    ask = certify("SEV-Milan", rsa("look-alike ASK"), ark, authority=True)
    leaf = vcek(issuer=ask)
    made = Evidence(sealed(unsigned_report(), leaf.key), (leaf, ask, ark))
    answer = verify(made, roots={})
    assert all(one.detail.isprintable() for one in answer.checks)


def test_a_name_as_long_as_a_certificate_is_cut() -> None:
    ark = certify("A" * 3_000, rsa("look-alike"), authority=True)
    assert len(parse_certificate(ark.raw).subject_name) == 64


def test_a_question_without_a_time_zone_is_none() -> None:
    with pytest.raises(ValueError, match="zone"):
        evidence().question(moment=datetime(2026, 1, 1))  # noqa: DTZ001


def test_levels_of_turin_are_not_read_as_those_of_milan() -> None:
    mixed = {**TURIN_LEVELS, "fmc": 4, "bootloader": 1, "tee": 24, "snp": 0}
    answer = verify(evidence("Turin", fields={"reported_tcb": tcb(mixed, "Turin")}))
    assert refused_by(answer) == {"tcb"}


def test_the_answer_says_when_it_was_given_and_whose_word_remains() -> None:
    answer = verify(evidence())
    assert answer.evaluated_at == NOW
    assert answer.relies_on == ("cpu-vendor",)
    assert answer.evaluated_at.tzinfo is UTC
