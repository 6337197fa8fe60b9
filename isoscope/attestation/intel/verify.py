"""Verifies Intel's quotes: signatures, the chain to the root, collateral, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.chain import Chain, chain_checks, walk
from isoscope.attestation.checks import Check, Kind, State, Verification, not_possible
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel import platform_checks, quote_checks
from isoscope.attestation.intel.collateral import Collateral, parse_collateral
from isoscope.attestation.intel.collateral_checks import (
    FETCH,
    SignedCollateral,
    signed_collateral,
    validity_check,
)
from isoscope.attestation.intel.expectations import accepted_statuses, expected_checks
from isoscope.attestation.intel.pck import Platform, is_pck, parse_platform
from isoscope.attestation.intel.quote import (
    PCK_CERTIFICATE,
    PCK_CERTIFICATE_CHAIN,
    Quote,
    looks_like_local_report,
    looks_like_quote,
    parse_quote,
    refuse_lookalike,
)
from isoscope.attestation.intel.tcb_levels import TcbStanding, tcb_standing
from isoscope.attestation.intel.trust import residual_trust
from isoscope.attestation.question import Question, nonce_check
from isoscope.attestation.revocation import revocation_check

REQUIRED = frozenset(
    {
        "format",
        "signature",
        "attestation-key",
        "qe-report",
        "chain",
        "root",
        "validity",
        "revocation",
        "collateral",
        "collateral-validity",
        "qe-identity",
        "platform",
        "tcb",
        "debug-off",
    }
)
REQUIRED_OF_TD = REQUIRED | {"tdx-module"}
_FETCH = (
    "It must be fetched from Intel's service, or from a caching service (PCCS) of the operator, "
    "and given with --chain"
)


def recognises(data: bytes) -> bool:
    """Whether the bytes begin as a quote, or are a report of which ``verify`` says what it is."""
    return looks_like_quote(data) or looks_like_local_report(data)


def verify(data: bytes, question: Question) -> Verification:
    """Verifies a quote, with the certificates in it and with those and the collateral given.

    Raises:
        EvidenceError: the bytes are no quote, or the collateral is none.
    """
    refuse_lookalike(data)
    quote = parse_quote(data)
    collateral = parse_collateral(question.collateral) if question.collateral is not None else None
    material = _material(quote, question, collateral)
    roots = question.roots.get("intel", {})
    signed = signed_collateral(collateral, material.pool, roots)
    checks, platform = _chain_checks(quote, material, question, roots)
    if material.chain is None:
        checks.append(not_possible("revocation", f"{quote_checks.NO_PCK}. {_FETCH}"))
    else:
        lists = (
            *(collateral.revocation_lists if collateral is not None else ()),
            *question.revocation_lists,
        )
        # The signer of the collateral as well, of whom the root's list speaks.
        links = (*material.chain.links, *signed.signers)
        checks.append(revocation_check(links, lists, question.moment, FETCH))
    checks += [signed.check, validity_check(collateral, signed.signers, question.moment)]
    told, standing = _platform_checks(quote, platform, collateral, signed, question)
    checks += told
    checks += quote_checks.workload_checks(quote)
    checks.append(nonce_check(quote.body.report_data, question.nonce))
    claims = _claims(quote, platform, collateral, signed, standing)
    checks += expected_checks(quote.kind, claims, question.expected.of(quote.kind))
    return Verification(
        kind=quote.kind,
        title=quote.words,
        evaluated_at=question.moment,
        checks=tuple(checks),
        required=REQUIRED_OF_TD if quote.kind is Kind.TDX else REQUIRED,
        claims=claims,
        relies_on=("cpu-vendor",),
        residual_trust=residual_trust(quote, platform, collateral, standing),
    )


@dataclass(frozen=True, slots=True)
class _Material:
    """The certificates at hand.

    Attributes:
        malformed: what is wrong with those in the quote; empty where nothing is.
        leaf: the PCK certificate, or what stands in its place; None where nothing does.
    """

    pool: Sequence[Certificate]
    malformed: str
    leaf: Certificate | None
    chain: Chain | None


def _material(quote: Quote, question: Question, collateral: Collateral | None) -> _Material:
    embedded, malformed = _embedded(quote)
    pool = [*embedded, *question.certificates]
    if collateral is not None:
        pool += collateral.certificates
    candidates = [one for one in pool if is_pck(one)]
    leaf = next((one for one in candidates if quote_checks.signed_by_pck(quote, one)), None)
    if leaf is None:
        leaf = next(iter(candidates or embedded), None)
    return _Material(pool, malformed, leaf, walk(leaf, pool) if leaf is not None else None)


def _embedded(quote: Quote) -> tuple[Sequence[Certificate], str]:
    """The certificates that the quote carries, and what is wrong with them."""
    if quote.certification_type not in {PCK_CERTIFICATE, PCK_CERTIFICATE_CHAIN}:
        return (), ""
    try:
        found = certificates(quote.certification)
    except EvidenceError as error:
        return (), str(error)
    if b"-----BEGIN" not in quote.certification:
        return found, "certificates in DER, where Intel's quotes have PEM"
    return found, ""


def _chain_checks(
    quote: Quote, material: _Material, question: Question, roots: Mapping[str, str]
) -> tuple[list[Check], Platform | None]:
    malformed = material.malformed
    platform = None
    if material.leaf is not None and is_pck(material.leaf):
        try:
            platform = parse_platform(material.leaf)
        except EvidenceError as error:
            malformed = malformed or str(error)
    checks = [
        quote_checks.format_check(quote, malformed),
        quote_checks.signature_check(quote),
        quote_checks.attestation_key_check(quote),
        quote_checks.qe_report_check(quote, material.leaf),
    ]
    if material.chain is not None:
        checks += chain_checks(material.chain, roots, question.moment, _FETCH)
    else:
        why = f"the quote carries {quote.certification_words}: {quote_checks.NO_PCK}. {_FETCH}"
        checks += [not_possible(name, why) for name in ("chain", "root", "validity")]
    return checks, platform


def _platform_checks(
    quote: Quote,
    platform: Platform | None,
    collateral: Collateral | None,
    signed: SignedCollateral,
    question: Question,
) -> tuple[list[Check], TcbStanding | None]:
    given = collateral if collateral is not None else Collateral()
    identity, qe = platform_checks.qe_identity_check(
        quote, given.qe_identity, genuine=signed.qe_identity
    )
    info = given.tcb_info if signed.tcb_info else None
    fitting = platform_checks.platform_check(quote, platform, given.tcb_info)
    checks = [identity, fitting]
    standing = None
    if info is not None and platform is not None and fitting.state is State.PASSED:
        standing = tcb_standing(info, platform, quote.td, qe)
    accepted = accepted_statuses(question.expected.of(quote.kind))
    checks.append(platform_checks.tcb_check(standing, accepted))
    if quote.td is not None:
        checks.append(platform_checks.module_check(quote.td, info))
    return checks, standing


def _claims(
    quote: Quote,
    platform: Platform | None,
    collateral: Collateral | None,
    signed: SignedCollateral,
    standing: TcbStanding | None,
) -> Mapping[str, str]:
    """Every field: hexadecimal for bytes, decimal for numbers."""
    qe = quote.qe_report.claims()
    claims = {
        "version": str(quote.version),
        "qe_vendor": quote.vendor.hex(),
        "header_user_data": quote.user_data.hex(),
        **quote.body.claims(),
        **{f"qe_{name}": value for name, value in qe.items()},
        "certification_type": str(quote.certification_type),
    }
    if quote.version == 3:  # reserved since, and whatever stands there means nothing
        claims |= {"qe_svn": str(quote.qe_svn), "pce_svn": str(quote.pce_svn)}
    if platform is not None:
        claims |= platform.claims()
    if standing is not None:
        claims |= {"tcb_status": standing.status, "tcb_date": standing.date}
        claims["advisories"] = " ".join(standing.advisories)
    if collateral is not None and collateral.tcb_info is not None and signed.tcb_info:
        info = collateral.tcb_info
        claims["tcb_evaluation"] = str(info.evaluation)
        claims["collateral_issued"] = f"{info.issued:%Y-%m-%dT%H:%M:%SZ}"
    return claims
