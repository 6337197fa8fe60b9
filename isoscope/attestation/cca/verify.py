"""Verifies CCA tokens: the platform's key, the realm's key that it vouches for, and their claims.

Arm has no root: each maker of a platform vouches for its keys in its own way. A token alone is
therefore never verified, only as far as whoever gave the platform's key is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isoscope.attestation.cca import appraisal
from isoscope.attestation.cca.claims import claims_of, software_names
from isoscope.attestation.cca.realm_key import hash_of, parse_realm_key
from isoscope.attestation.cca.token import TAGS, Token, parse_token
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.chain import chain_checks, walk, without_strangers
from isoscope.attestation.checks import Check, Kind, Verification, failed, judged, not_possible
from isoscope.attestation.cose import Sign1, signature_check
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question, nonce_check
from isoscope.attestation.reference_values import Expected, expectation_checks
from isoscope.attestation.signature import public_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

REQUIRED = frozenset(
    {
        "signature",
        "chain",
        "root",
        "validity",
        "profile",
        "rak-binding",
        "realm-signature",
        "lifecycle",
        "debug-off",
    }
)
_HEADS = tuple(b"\xd9" + tag.to_bytes(2, "big") for tag in TAGS)
_VENDOR = "arm"
_FETCH = "The maker of the platform gives the key (CPAK) of each machine, by its instance_id"


def recognises(data: bytes) -> bool:
    """Whether the bytes can be a token: they begin with the tag of its collection."""
    return data.startswith(_HEADS)


def verify(data: bytes, question: Question) -> Verification:
    """Verifies a token with the keys and certificates of the question.

    Raises:
        EvidenceError: the bytes are no token.
    """
    token = parse_token(data)
    claims = claims_of(token)
    expected = question.expected.of(Kind.ARM_CCA)
    software = software_names(token.platform)
    firmware = appraisal.platform_software(claims, expected, software)
    checks = (
        *_platform(token.platform_envelope, question),
        appraisal.profile(token),
        *_realm(token),
        appraisal.lifecycle(token.platform.lifecycle),
        appraisal.debug_off(token.platform.lifecycle),
        firmware,
        nonce_check(token.realm.challenge, question.nonce, question.bound_key),
        *expectation_checks(claims, expected, _measured(claims, expected), elsewhere=software),
    )
    known = appraisal.is_known(firmware)
    return Verification(
        kind=Kind.ARM_CCA,
        title="an Arm CCA token of a platform and a realm",
        evaluated_at=question.moment,
        checks=checks,
        required=REQUIRED,
        claims=claims,
        relies_on=("cpu-vendor",) if known else ("cpu-vendor", "platform-firmware"),
        residual_trust=appraisal.residual_trust(known=known),
    )


def _measured(claims: Mapping[str, str], expected: Expected) -> tuple[str, ...]:
    """The RIM, and with it the REMs; without it any realm can extend them to what is expected."""
    if "rim" not in expected.allowed:
        return ("rim",)
    return ("rim", *(name for name in claims if name.startswith("rem")))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A key that may be the platform's; its certificate where it has one."""

    key: PublicKeyTypes
    name: str
    certificate: Certificate | None = None


def _candidates(certificates: Sequence[Certificate], keys: Sequence[bytes]) -> list[_Candidate]:
    found = []
    for certificate in certificates:
        try:
            key = public_key(certificate.public_key_info)
        except EvidenceError:
            continue  # of somebody else's chain
        found.append(_Candidate(key, certificate.subject_name, certificate))
    return [*found, *(_Candidate(public_key(one), "the key given") for one in keys)]


def _platform(envelope: Sign1, question: Question) -> list[Check]:
    """The platform's signature, and who vouches for its key."""
    given = _candidates(question.certificates, question.public_keys)
    signer = next((one for one in given if envelope.holds(one.key)), None)
    if signer is not None:
        signature = signature_check(envelope, signer.key, signer.name)
        return [signature, *_vouched(signer.certificate, question)]
    own = without_strangers(question.certificates, question.roots, _VENDOR)
    meant = _candidates(own, question.public_keys)
    if not meant:
        why = f"the platform's key was not given. {_FETCH}"
        return [not_possible(name, why) for name in ("signature", "chain", "root", "validity")]
    why = "none of the keys given signed it"
    return [
        signature_check(envelope, meant[0].key, meant[0].name),
        *(not_possible(name, why) for name in ("chain", "root", "validity")),
    ]


def _vouched(leaf: Certificate | None, question: Question) -> Sequence[Check]:
    if leaf is None:
        why = "a bare key was given: who vouches for it, it does not say"
        return [not_possible(name, why) for name in ("chain", "root", "validity")]
    roots = question.roots.get(_VENDOR, {})
    checks = chain_checks(walk(leaf, question.certificates), roots, question.moment, _FETCH)
    if roots:
        return checks
    unpinned = not_possible("root", "no root of a maker of Arm platforms is pinned")
    return [unpinned if check.name == "root" else check for check in checks]


def _realm(token: Token) -> list[Check]:
    """Whether the platform vouches for the realm's key, and that key for the realm's claims."""
    realm = token.realm
    digest = hash_of(realm.public_key, realm.key_algorithm)
    if digest is None:
        algorithm = realm.key_algorithm[:20]
        binding = failed("rak-binding", f"the realm's key is hashed with {algorithm!r}, unknown")
    else:
        binding = judged(
            "rak-binding",
            holds=digest == token.platform.challenge,
            yes="the platform names the realm's key by its hash",
            no="the platform names another key than the realm's: the two were put together",
        )
    try:
        key = parse_realm_key(realm.public_key)
    except EvidenceError as error:
        return [binding, failed("realm-signature", str(error))]
    by = "the realm's key (RAK)"
    return [binding, signature_check(token.realm_envelope, key, by, "realm-signature")]
