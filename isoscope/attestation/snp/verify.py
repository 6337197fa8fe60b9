"""Verifies SEV-SNP reports: the report, its signing key, its chain, and what the guest allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.chain import Chain, chain_checks, walk
from isoscope.attestation.checks import Check, Kind, Verification, not_possible
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question, nonce_check
from isoscope.attestation.reference_values import Expected, expectation_checks
from isoscope.attestation.revocation import RevocationList, revocation_check
from isoscope.attestation.signature import Digest, ecdsa_raw, public_key
from isoscope.attestation.snp import endorsed, guest, key_server
from isoscope.attestation.snp.certificate_table import begins_table, parse_table
from isoscope.attestation.snp.claims import claims_of
from isoscope.attestation.snp.endorsement import is_endorsement
from isoscope.attestation.snp.report import REPORT_SIZE, Report, SigningKey, parse_report
from isoscope.attestation.snp.trust import residual_trust

MEASURED = ("measurement",)
REQUIRED = frozenset({"signature", "chain", "root", "validity", "debug-off", "policy", "tcb"})
_RESPONSE_HEADER = 32  # MSG_REPORT_RSP: status, size of the report, reserved
_RESPONSE_SIZE = 4000


@dataclass(frozen=True, slots=True)
class SnpEvidence:
    """A report and what came with it in the same bytes."""

    report: bytes
    certificates: Sequence[Certificate] = ()
    revocation_lists: Sequence[RevocationList] = ()


def recognises(data: bytes) -> bool:
    """Whether they can be a report: alone, with a table behind it, or as the firmware's answer."""
    return _looks_like_report(data) or _is_response(data)


def split(data: bytes) -> SnpEvidence:
    """The report, and the certificates of the table behind it where there is one.

    Raises:
        EvidenceError: neither a report, nor an extended report, nor the firmware's answer.
    """
    if _is_response(data):
        return SnpEvidence(data[_RESPONSE_HEADER : _RESPONSE_HEADER + REPORT_SIZE])
    report, behind = data[:REPORT_SIZE], data[REPORT_SIZE:]
    if not any(behind):
        return SnpEvidence(report)
    if not begins_table(behind):
        raise EvidenceError(
            f"an SEV-SNP report, and {len(behind)} bytes behind it that are no certificate table"
        )
    table = parse_table(behind)
    return SnpEvidence(report, table.certificates, table.revocation_lists)


def verify(data: bytes, question: Question) -> Verification:
    """Verifies a report, with the certificates in it and in the question.

    Raises:
        EvidenceError: the bytes are no report.
    """
    evidence = split(data)
    report = parse_report(evidence.report)
    return Verification(
        kind=Kind.SEV_SNP,
        title=f"an AMD SEV-SNP report of version {report.version}",
        evaluated_at=question.moment,
        checks=(
            *report_checks(report, evidence, question),
            nonce_check(report.report_data, question.nonce, question.bound_key),
            *expected_checks(report, question.expected.of(Kind.SEV_SNP)),
        ),
        required=required_of(report),
        claims=claims_of(report),
        relies_on=("cpu-vendor",),
        residual_trust=residual_trust(report),
    )


def required_of(report: Report) -> frozenset[str]:
    """The checks without which it is not verified: the chip only where a chip's key signed."""
    if report.signing_key is SigningKey.VCEK and not report.chip_masked:
        return REQUIRED | {"chip"}
    return REQUIRED


def report_checks(report: Report, evidence: SnpEvidence, question: Question) -> list[Check]:
    """All checks of the report itself; what it was asked for and expected to be stand apart."""
    pool = (*evidence.certificates, *question.certificates)
    lists = (*evidence.revocation_lists, *question.revocation_lists)
    leaf = _signing_certificate(report, pool)
    checks = [_signature(report, leaf)]
    roots = question.roots.get("amd", {})
    if leaf is None:
        why = "the certificate of the key that signed it was not given"
        names = ("chain", "root", "validity", "revocation", "tcb", "chip", "product")
        where = key_server.where_the_key_is(report)
        checks += [not_possible(name, f"{why}. {where}") for name in names]
    else:
        chain = walk(leaf, pool)
        where = key_server.where_the_chain_is(report)
        checks += chain_checks(chain, roots, question.moment, where)
        where = key_server.where_the_list_is(report)
        checks.append(revocation_check(chain.links, lists, question.moment, where))
        checks += endorsed.checks(report, leaf, _root_name(chain, roots))
    return [*checks, *guest.checks(report)]


def expected_checks(report: Report, expected: Expected) -> list[Check]:
    """What the tenant's reference values decide."""
    checks = expectation_checks(claims_of(report), expected, MEASURED, ["minimum_tcb"])
    if minimum := endorsed.minimum_tcb(report, expected):
        checks.append(minimum)
    return checks


def _root_name(chain: Chain, roots: Mapping[str, str]) -> str:
    return roots.get(chain.links[-1].key_hash, "")


def _looks_like_report(data: bytes) -> bool:
    return (
        len(data) >= REPORT_SIZE
        and 1 <= int.from_bytes(data[:4], "little") <= 15
        and data[0x34:0x38] == b"\x01\0\0\0"
        and not any(data[0x4C:0x50])
    )


def _is_response(data: bytes) -> bool:
    header, body = data[:_RESPONSE_HEADER], data[_RESPONSE_HEADER:]
    return (
        len(data) <= _RESPONSE_SIZE
        and header[:4] == bytes(4)
        and header[4:8] == REPORT_SIZE.to_bytes(4, "little")
        and not any(header[8:])
        and _looks_like_report(body)
    )


def _signing_certificate(report: Report, pool: Sequence[Certificate]) -> Certificate | None:
    """The VCEK or VLEK given whose key fits; where none does, one of the kind that signed."""
    given = [one for one in pool if is_endorsement(one)]
    if fitting := next((one for one in given if _fits(report, one)), None):
        return fitting
    wanted = endorsed.NAMES.get(report.signing_key) if report.signing_key is not None else None
    return next((one for one in given if wanted in {None, one.subject_name}), None)


def _fits(report: Report, leaf: Certificate) -> bool:
    try:
        key = public_key(leaf.public_key_info)
    except EvidenceError:
        return False
    return ecdsa_raw(key, report.r, report.s, report.signed, Digest.SHA384)


def _signature(report: Report, leaf: Certificate | None) -> Check:
    name = "signature"
    if report.signing_key is SigningKey.NONE:
        return endorsed.unsigned(name)
    if leaf is None:
        where = key_server.where_the_key_is(report)
        return not_possible(name, f"the certificate of the key was not given. {where}")
    if _fits(report, leaf):
        return endorsed.signed(name, leaf)
    return endorsed.forged(name, leaf)
