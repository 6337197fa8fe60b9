"""Arm CCA tokens: of a maker made for the test, and Arm's own example."""

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.bare_key import parse_public_key
from isoscope.attestation.binding import binding_check
from isoscope.attestation.cca.realm_key import parse_realm_key
from isoscope.attestation.cca.token import parse_token
from isoscope.attestation.cca.verify import recognises, verify
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.checks import Kind, Outcome, State
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question
from isoscope.attestation.reference_values import parse_reference_values
from tests.fakes.cca import (
    ASKED,
    CHALLENGE,
    COMPONENTS,
    LEGACY_PROFILE,
    cose_key,
    make_machine,
    point,
)
from tests.fakes.certificates import p384, public_info
from tests.unit.attestation.verified import check, refused_by, state

MACHINE = make_machine()
STRANGER = make_machine("somebody else")
TOKEN = MACHINE.token()
CAPTURES = Path(
    os.environ.get("ISOSCOPE_CAPTURES") or Path(__file__).parents[4] / "shared" / "captures"
)


def asked(expected: str = "", **changed: object) -> Question:
    """The question of somebody who has the machine's certificate, and pins its maker's root."""
    question = Question(
        ASKED,
        MACHINE.roots,
        certificates=[parse_certificate(one.raw) for one in (MACHINE.root, MACHINE.cpak)],
        expected=parse_reference_values(f"[arm-cca]\n{expected}", "expected.toml"),
    )
    return replace(question, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", [399, 907])
def test_a_token_is_recognised_and_verified(tag: int) -> None:
    token = MACHINE.token(tag=tag)
    assert recognises(token)
    verification = verify(token, asked())
    assert verification.kind is Kind.ARM_CCA
    assert verification.outcome is Outcome.VERIFIED


def test_a_token_from_before_the_draft_is_verified() -> None:
    realm = MACHINE.realm(c44237=point(MACHINE.rak))
    del realm[265]
    platform = MACHINE.platform(realm, c265=LEGACY_PROFILE)
    token = MACHINE.token(realm=realm, platform=platform)
    assert verify(token, asked()).outcome is Outcome.VERIFIED


def test_every_field_is_claimed() -> None:
    claims = verify(TOKEN, asked()).claims
    assert claims["challenge"] == CHALLENGE.hex()
    assert claims["personalization_value"] == "00" * 64
    assert claims["rim"] == "aa" * 32
    assert claims["rem0"] == "bb" * 32
    assert claims["rem3"] == "00" * 32
    assert claims["realm_public_key"] == cose_key(MACHINE.rak).hex()
    assert claims["implementation_id"] == "44" * 32
    assert claims["instance_id"] == "01" + "55" * 32
    assert claims["platform_config"] == "66"
    assert claims["lifecycle"] == "0x3000"
    assert claims["software_RMM"] == "11" * 32
    assert claims["software_RMM_signer"] == "22" * 32
    assert claims["software_RMM_version"] == "1.2"
    assert claims["software_1"] == "33" * 32
    assert claims["verification_service"] == "https://maker.example/verification"


@pytest.mark.parametrize("kind", ["1", "RMM_signer", "RMM", "a b", "", "x" * 40, "\x1b[2J"])
def test_a_component_never_takes_the_name_of_another_claim(kind: str) -> None:
    components = [*COMPONENTS, {1: kind, 2: b"\x99" * 32, 5: b"\x22" * 32}]
    token = MACHINE.token(platform=MACHINE.platform(MACHINE.realm(), c2399=components))
    claims = verify(token, asked()).claims
    assert claims["software_2"] == "99" * 32
    assert claims["software_1"] == "33" * 32


@given(st.integers(0, len(TOKEN) - 1), st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused_by_a_signature(at: int, bit: int) -> None:
    changed = bytearray(TOKEN)
    changed[at] ^= 1 << bit
    try:
        verification = verify(bytes(changed), asked())
    except EvidenceError:
        return
    assert {"signature", "realm-signature"} & set(refused_by(verification))


def parts(token: bytes) -> tuple[list[object], list[object]]:
    value = cbor2.loads(token).value
    platform, realm = (cbor2.loads(value[key]).value for key in (44234, 44241))
    return list(platform), list(realm)


def put_together(platform: list[object], realm: list[object]) -> bytes:
    tagged = [cbor2.dumps(cbor2.CBORTag(18, one)) for one in (platform, realm)]
    return cbor2.dumps(cbor2.CBORTag(399, {44234: tagged[0], 44241: tagged[1]}))


def test_platform_claims_changed_after_signing_are_refused() -> None:
    platform, realm = parts(TOKEN)
    platform[2] = cbor2.dumps(MACHINE.platform(MACHINE.realm(), c2395=0x3001))
    assert refused_by(verify(put_together(platform, realm), asked())) == ["signature"]


@pytest.mark.parametrize("claim", ["c10", "c44235"])
def test_realm_claims_changed_after_signing_are_refused(claim: str) -> None:
    platform, realm = parts(TOKEN)
    realm[2] = cbor2.dumps(MACHINE.realm(**{claim: b"\x77" * 64}))
    assert refused_by(verify(put_together(platform, realm), asked())) == ["realm-signature"]


def test_a_realm_of_another_machine_is_not_vouched_for() -> None:
    platform, _ = parts(TOKEN)
    _, realm = parts(STRANGER.token())
    assert refused_by(verify(put_together(platform, realm), asked())) == ["rak-binding"]


def test_a_hash_that_is_not_known_vouches_for_nothing() -> None:
    realm = MACHINE.realm(c44240="md5")
    assert refused_by(verify(MACHINE.token(realm=realm), asked())) == ["rak-binding"]


@pytest.mark.parametrize(("algorithm", "name"), [("sha-384", "sha384"), ("sha-512", "sha512")])
def test_the_realm_names_the_hash_of_its_key(algorithm: str, name: str) -> None:
    realm = MACHINE.realm(c44240=algorithm)
    digest = hashlib.new(name, cose_key(MACHINE.rak)).digest()
    token = MACHINE.token(realm=realm, platform=MACHINE.platform(realm, c10=digest))
    assert verify(token, asked()).outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(97),
        b"\x04" + bytes(96),
        b"\x04" + bytes(95),
        cose_key(MACHINE.rak, type=1),
        cose_key(MACHINE.rak, curve=8),
        cose_key(MACHINE.rak, curve=1),
        cose_key(MACHINE.rak, curve=[2]),
        cose_key(MACHINE.rak, x=b""),
        cose_key(MACHINE.rak, y=True),
        cose_key(MACHINE.rak, y=bytes(48)),
    ],
)
def test_a_realms_key_that_is_none_signed_nothing(key: bytes) -> None:
    realm = MACHINE.realm(c44237=key)
    verification = verify(MACHINE.token(realm=realm), asked())
    assert refused_by(verification) == ["realm-signature"]
    with pytest.raises(EvidenceError):
        parse_realm_key(key)


def test_without_the_platforms_key_nothing_is_known_of_it() -> None:
    verification = verify(TOKEN, asked(certificates=()))
    for name in ("signature", "chain", "root", "validity"):
        assert state(verification, name) is State.NOT_POSSIBLE
    assert state(verification, "realm-signature") is State.PASSED
    assert verification.outcome is Outcome.INCOMPLETE


def test_chains_of_other_vendors_are_no_key_of_the_platform() -> None:
    root, leaf = (parse_certificate(one.raw) for one in (STRANGER.root, STRANGER.cpak))
    question = asked(certificates=[leaf, root], roots={"amd": {root.key_hash: "ARK"}})
    verification = verify(TOKEN, question)
    assert state(verification, "signature") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE
    both = asked(certificates=[leaf, root, *asked().certificates], roots=question.roots)
    assert state(verify(TOKEN, both), "signature") is State.PASSED


def test_a_bare_key_signs_and_is_vouched_for_by_nobody() -> None:
    question = asked(certificates=(), public_keys=[public_info(MACHINE.cpak.key)])
    verification = verify(TOKEN, question)
    assert state(verification, "signature") is State.PASSED
    for name in ("chain", "root", "validity"):
        assert state(verification, name) is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE


def test_a_certificate_counts_where_the_bare_key_is_given_too() -> None:
    question = asked(public_keys=[public_info(MACHINE.cpak.key)])
    assert verify(TOKEN, question).outcome is Outcome.VERIFIED


def test_the_key_that_fits_is_found_among_others() -> None:
    strangers = [public_info(STRANGER.cpak.key), public_info(MACHINE.cpak.key)]
    verification = verify(TOKEN, asked(certificates=(), public_keys=strangers))
    assert state(verification, "signature") is State.PASSED


def test_another_platforms_key_signed_nothing() -> None:
    for given_keys in (
        {"certificates": [parse_certificate(STRANGER.cpak.raw)]},
        {"certificates": (), "public_keys": [public_info(STRANGER.cpak.key)]},
    ):
        verification = verify(TOKEN, asked(**given_keys))
        assert refused_by(verification) == ["signature"]
        assert state(verification, "root") is State.NOT_POSSIBLE


def test_without_a_pinned_root_it_stays_incomplete() -> None:
    verification = verify(TOKEN, asked(roots={}))
    assert state(verification, "chain") is State.PASSED
    assert state(verification, "root") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE


def test_another_root_than_the_pinned_one_is_refused() -> None:
    assert refused_by(verify(TOKEN, asked(roots=STRANGER.roots))) == ["root"]


def test_an_expired_certificate_is_refused() -> None:
    moment = datetime(2035, 1, 1, tzinfo=UTC)
    assert refused_by(verify(TOKEN, asked(moment=moment))) == ["validity"]


@pytest.mark.parametrize("lifecycle", [0x3000, 0x3003, 0x30FF])
def test_a_secured_platform_passes(lifecycle: int) -> None:
    platform = MACHINE.platform(MACHINE.realm(), c2395=lifecycle)
    assert verify(MACHINE.token(platform=platform), asked()).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("lifecycle", [0x4000, 0x40FF, 0x5000, 0x50FF])
def test_a_platform_that_is_debugged_is_refused(lifecycle: int) -> None:
    platform = MACHINE.platform(MACHINE.realm(), c2395=lifecycle)
    verification = verify(MACHINE.token(platform=platform), asked())
    assert refused_by(verification) == ["lifecycle", "debug-off"]


@pytest.mark.parametrize("lifecycle", [0, 0xFF, 0x1000, 0x2000, 0x2FFF, 0x3100, 0x6000, 0xFFFF])
def test_a_platform_in_another_state_is_not_secured(lifecycle: int) -> None:
    platform = MACHINE.platform(MACHINE.realm(), c2395=lifecycle)
    verification = verify(MACHINE.token(platform=platform), asked())
    assert refused_by(verification) == ["lifecycle"]
    assert state(verification, "debug-off") is State.NOT_POSSIBLE


@pytest.mark.parametrize(
    "profile", ["tag:arm.com,2026:cca_platform#2.0.0", "", LEGACY_PROFILE, "\x1b]0;x"]
)
def test_claims_of_another_profile_are_not_understood(profile: str) -> None:
    platform = MACHINE.platform(MACHINE.realm(), c265=profile)
    verification = verify(MACHINE.token(platform=platform), asked())
    assert state(verification, "profile") is State.NOT_POSSIBLE
    assert "\x1b" not in check(verification, "profile").detail
    assert verification.outcome is Outcome.INCOMPLETE


def test_a_realm_profile_without_its_platforms_is_not_understood() -> None:
    realm = MACHINE.realm(c265="tag:arm.com,2026:realm#2.0.0")
    assert state(verify(MACHINE.token(realm=realm), asked()), "profile") is State.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("nonce", "outcome"),
    [
        (CHALLENGE, State.PASSED),
        (CHALLENGE[:32], State.FAILED),
        (bytes(64), State.FAILED),
        (bytes(65), State.FAILED),
        (b"", State.FAILED),
        (None, State.NOT_POSSIBLE),
    ],
)
def test_the_realms_challenge_is_the_nonce(nonce: bytes | None, outcome: State) -> None:
    assert state(verify(TOKEN, asked(nonce=nonce)), "nonce") is outcome


def test_a_short_nonce_is_padded_to_the_challenge() -> None:
    realm = MACHINE.realm(c10=b"nonce".ljust(64, b"\0"))
    verification = verify(MACHINE.token(realm=realm), asked(nonce=b"nonce"))
    assert state(verification, "nonce") is State.PASSED


def test_a_key_of_the_realms_is_bound_with_the_nonce_in_the_challenge() -> None:
    bound = hashlib.sha512(b"nonce" + b"key").digest()
    token = MACHINE.token(realm=MACHINE.realm(c10=bound))
    for key, outcome in ((b"key", State.PASSED), (b"another", State.FAILED)):
        question = asked(nonce=b"nonce", bound_key=key)
        verification = verify(token, question)
        assert state(verification, "nonce") is outcome
        assert binding_check(Kind.ARM_CCA, verification.claims, question).state is outcome


def test_measurement_is_the_rim_and_what_was_extended() -> None:
    rim, rem = f'rim = "{"aa" * 32}"\n', f'rem0 = "{"bb" * 32}"\n'
    assert state(verify(TOKEN, asked()), "measurement") is State.NOT_POSSIBLE
    assert state(verify(TOKEN, asked(rim)), "measurement") is State.PASSED
    assert state(verify(TOKEN, asked(rim + rem)), "measurement") is State.PASSED
    for wrong in (rim.replace("aa", "ac") + rem, rim + rem.replace("bb", "bc")):
        assert refused_by(verify(TOKEN, asked(wrong))) == ["measurement"]


def test_what_was_extended_without_the_rim_is_no_measurement() -> None:
    verification = verify(TOKEN, asked(f'rem0 = "{"bb" * 32}"'))
    assert state(verification, "measurement") is State.NOT_POSSIBLE
    assert state(verification, "expected-rem0") is State.PASSED


def test_the_personalization_value_is_a_check_of_its_own() -> None:
    name = "expected-personalization-value"
    right = asked(f'personalization_value = "{"00" * 64}"')
    assert state(verify(TOKEN, right), name) is State.PASSED
    wrong = asked(f'personalization_value = "{"01" * 64}"')
    assert refused_by(verify(TOKEN, wrong)) == [name]


def test_firmware_is_believed_until_all_of_it_is_known() -> None:
    first, second = f'software_RMM = "{"11" * 32}"\n', f'software_1 = "{"33" * 32}"\n'
    for partly in ("", first, second):
        verification = verify(TOKEN, asked(partly))
        assert state(verification, "platform-software") is State.NOT_POSSIBLE
        assert "platform-firmware" in verification.relies_on
    whole = verify(TOKEN, asked(first + second))
    assert state(whole, "platform-software") is State.PASSED
    assert whole.relies_on == ("cpu-vendor",)


@pytest.mark.parametrize("name", ["software_RMM", "software_1"])
def test_other_firmware_than_expected_is_refused(name: str) -> None:
    verification = verify(TOKEN, asked(f'{name} = "{"ab" * 32}"'))
    assert refused_by(verification) == ["platform-software"]


def test_firmware_that_is_expected_and_not_there_is_refused() -> None:
    verification = verify(TOKEN, asked(f'software_BL2 = "{"ab" * 32}"'))
    assert "platform-software" in refused_by(verification)


def test_a_platform_without_components_has_unknown_firmware() -> None:
    platform = MACHINE.platform(MACHINE.realm(), c2399=[])
    verification = verify(MACHINE.token(platform=platform), asked())
    assert state(verification, "platform-software") is State.NOT_POSSIBLE


@pytest.mark.parametrize(
    ("claim", "value", "said"),
    [
        ("c10", bytes(31), "31 bytes"),
        ("c10", "x", "not bytes"),
        ("c265", 1, "not text"),
        ("c2396", bytes(33), "33 bytes"),
        ("c256", bytes(32), "32 bytes"),
        ("c2401", None, "not bytes"),
        ("c2395", "x", "not an integer"),
        ("c2395", -1, "lifecycle -1"),
        ("c2395", 0x10000, "lifecycle 65536"),
        ("c2402", 1, "not text"),
        ("c2399", {}, "not an array"),
        ("c2399", [1], "not a map"),
        ("c2399", [{}], "without claim 2"),
        ("c2399", [{2: bytes(32)}], "without claim 5"),
        ("c2399", COMPONENTS * 33, "66 entries"),
        ("c2400", 1, "not text"),
    ],
)
def test_a_platform_claim_that_is_none_is_no_evidence(claim: str, value: object, said: str) -> None:
    platform = MACHINE.platform(MACHINE.realm(), **{claim: value})
    with pytest.raises(EvidenceError, match=said):
        verify(MACHINE.token(platform=platform), asked())


@pytest.mark.parametrize(
    ("claim", "value", "said"),
    [
        ("c10", bytes(63), "63 bytes"),
        ("c265", 1, "not text"),
        ("c44235", bytes(65), "65 bytes"),
        ("c44236", 1, "not text"),
        ("c44237", "x", "not bytes"),
        ("c44238", bytes(1), "1 bytes"),
        ("c44239", [1], "not bytes"),
        ("c44239", [b""] * 17, "17 entries"),
        ("c44240", 1, "not text"),
    ],
)
def test_a_realm_claim_that_is_none_is_no_evidence(claim: str, value: object, said: str) -> None:
    realm = MACHINE.realm(**{claim: value})
    with pytest.raises(EvidenceError, match=said):
        verify(MACHINE.token(realm=realm), asked())


@pytest.mark.parametrize(
    "claim", [10, 2396, 256, 2401, 2395, 2402, 2399, 44235, 44236, 44237, 44238, 44239, 44240]
)
def test_a_claim_that_has_to_be_there_is(claim: int) -> None:
    with pytest.raises(EvidenceError, match=f"without claim {claim}"):
        verify(MACHINE.token(without=claim), asked())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (cbor2.CBORTag(398, {}), "no collection"),
        ({44234: b"", 44241: b""}, "no collection"),
        (cbor2.CBORTag(399, []), "not a map"),
        (cbor2.CBORTag(399, {44241: b""}), "without claim 44234"),
        (cbor2.CBORTag(399, {44234: b""}), "without claim 44241"),
        (cbor2.CBORTag(907, {44234: [1, b""], 44241: b""}), "record"),
        (cbor2.CBORTag(907, {44234: [{}, b""], 44241: b""}), "record"),
        (cbor2.CBORTag(907, {44234: [263], 44241: b""}), "record"),
        (cbor2.CBORTag(907, {44234: [263, 1], 44241: b""}), "not bytes"),
        (cbor2.CBORTag(399, {44234: b"\xa0", 44241: b"\xa0"}), "not an array"),
    ],
)
def test_what_is_no_collection_is_no_evidence(value: object, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        verify(cbor2.dumps(value), asked())


def test_a_claim_that_stands_twice_is_no_evidence() -> None:
    realm = cbor2.dumps(MACHINE.realm())
    twice = bytes([realm[0] + 1]) + realm[1:] + cbor2.dumps(10) + cbor2.dumps(bytes(64))
    token = MACHINE.signed(cbor2.dumps(MACHINE.platform(MACHINE.realm())), twice)
    with pytest.raises(EvidenceError, match="key 10 twice"):
        verify(token, asked())


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_signed_payloads_of_strangers_are_no_evidence(platform: bytes, realm: bytes) -> None:
    with pytest.raises(EvidenceError):
        parse_token(MACHINE.signed(platform, realm))


@given(st.binary(max_size=200))
def test_keys_of_strangers_are_keys_or_no_evidence(data: bytes) -> None:
    try:
        parse_realm_key(data)
    except EvidenceError:
        return


@pytest.mark.parametrize("data", [b"", b"\xd9\x01", b"\xd2\x84", b"\xd9\x01\x8e\xa2"])
def test_other_bytes_are_not_recognised(data: bytes) -> None:
    assert not recognises(data)


def captured(name: str) -> bytes:
    path = CAPTURES / "attestation" / "cca" / "example" / name
    if not path.is_file():
        pytest.skip(f"no capture at {path}; set ISOSCOPE_CAPTURES")
    return path.read_bytes()


def test_arms_example_holds_as_far_as_its_key_is_believed() -> None:
    token = captured("token.cbor")
    assert recognises(token)
    keys = [parse_public_key(captured("cpak-pub.json"))]
    verification = verify(token, Question(ASKED, {}, public_keys=keys))
    for name in ("signature", "profile", "rak-binding", "realm-signature", "lifecycle"):
        assert state(verification, name) is State.PASSED, name
    assert state(verification, "root") is State.NOT_POSSIBLE
    assert verification.outcome is Outcome.INCOMPLETE
    assert verification.claims["lifecycle"] == "0x3003"


def test_arms_example_is_refused_with_another_key() -> None:
    question = Question(ASKED, {}, public_keys=[public_info(p384("somebody else"))])
    assert refused_by(verify(captured("token.cbor"), question)) == ["signature"]


@given(data=st.data())
def test_a_flipped_bit_of_arms_example_is_refused(data: st.DataObject) -> None:
    token, keys = captured("token.cbor"), [parse_public_key(captured("cpak-pub.json"))]
    at, bit = data.draw(st.integers(0, len(token) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(token)
    changed[at] ^= 1 << bit
    try:
        verification = verify(bytes(changed), Question(ASKED, {}, public_keys=keys))
    except EvidenceError:
        return
    assert {"signature", "realm-signature"} & set(refused_by(verification))
