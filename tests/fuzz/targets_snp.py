"""What to feed long: the readers of certificates, of SEV-SNP and of Azure, and of their wrapping.

Self-made evidence only, whose signatures hold, so that mutations reach what lies behind them. The
verifiers also check that nothing is verified but what a seed's key signed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence

from isoscope.attestation import der
from isoscope.attestation.azure import verify as azure
from isoscope.attestation.azure.hcl import parse_hcl
from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import parse_certificate
from isoscope.attestation.chain import chain_checks, walk
from isoscope.attestation.checks import Outcome, State
from isoscope.attestation.enclosed import SignedQuote
from isoscope.attestation.envelope import open_envelope
from isoscope.attestation.evidence import verify_evidence
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.reference_values import (
    ReferenceValuesError,
    expectation_checks,
    parse_reference_values,
)
from isoscope.attestation.revocation import parse_revocation_list, revocation_check
from isoscope.attestation.roots import parse_roots
from isoscope.attestation.snp import verify as snp
from isoscope.attestation.snp.certificate_table import parse_table
from isoscope.attestation.snp.claims import claims_of
from isoscope.attestation.snp.endorsement import parse_endorsement
from isoscope.attestation.snp.report import parse_report
from isoscope.attestation.supplied import sort_supplied
from isoscope.attestation.tpm_quote import parse_tpm_quote
from tests.fakes.azure_evidence import azure_evidence, tpm_quote
from tests.fakes.certificates import (
    PKCS1,
    certify,
    extension,
    p256,
    pem,
    revoke,
    rsa,
    sequence,
)
from tests.fakes.certificates import (
    der as encoded,
)
from tests.fakes.snp_evidence import (
    MODELS,
    NOW,
    SIGNED,
    authorities,
    cloud_evidence,
    evidence,
    table,
    table_of,
    vcek,
    vlek,
    written_out,
)

Target = tuple[Callable[[bytes], object], Sequence[bytes]]

_EVIDENCE = [evidence(line, version=version) for line in MODELS for version in (2, 3, 5)]
_EVIDENCE += [cloud_evidence(line) for line in MODELS]
_REPORTS = [one.report for one in _EVIDENCE]
_SIGNED = {report[:SIGNED] for report in _REPORTS}
_ROOTS = {
    "amd": {root: name for one in _EVIDENCE for root, name in one.roots["amd"].items()},
}
_POOL = [parse_certificate(raw) for raw in {one.raw: 0 for e in _EVIDENCE for one in e.chain}]
_QUESTION = _EVIDENCE[0].question(roots=_ROOTS, certificates=_POOL, nonce=b"nonce")
_BARE = _EVIDENCE[0].question(roots=_ROOTS, certificates=())

_MADE = authorities()
_CERTIFICATES = [
    vcek().raw,
    vlek().raw,
    vcek("Turin").raw,
    _MADE.ask.raw,
    _MADE.ark.raw,
    certify("P-256", p256("seed"), authority=True, path_length=1, bits=256).raw,
    certify("PKCS#1", rsa("seed"), authority=True, scheme=PKCS1, bits=256).raw,
]
_LISTS = [
    revoke(_MADE.ark, range(20)),
    revoke(_MADE.ark, next_update=None),
    revoke(_MADE.ark, [1], extensions=[extension("2.5.29.20", b"\2\1\1")]),
    pem(revoke(_MADE.ark, [1]), label="X509 CRL"),
]
_TABLES = [
    table_of(_EVIDENCE[0]),
    table_of(_EVIDENCE[0], without=["ASK"]),
    table(("CRL", _LISTS[0]), ("ARK", _MADE.ark.raw), ("VLEK", vlek().raw)),
    table(),
]
_AZURE = azure_evidence()
_HCL = parse_hcl(_AZURE.hcl)
_EXTENDED = [made.report + table_of(made) for made in _EVIDENCE[:3]]
_ENVELOPES = [
    _REPORTS[0].hex().encode(),
    b"0x" + _REPORTS[0].hex().encode(),
    base64.b64encode(_REPORTS[0]),
    base64.urlsafe_b64encode(_REPORTS[1]),
    _AZURE.document(),
    json.dumps({"attestation_report": written_out(_REPORTS[2])}).encode(),
    json.dumps(
        {
            "evidence": {
                "attestation_report": written_out(_REPORTS[4]),
                "cert_chain": [
                    {"cert_type": "VCEK", "data": list(vcek().raw)},
                    {"cert_type": "ASK", "data": _MADE.ask.raw.hex()},
                ],
            }
        }
    ).encode(),
    json.dumps(
        {
            "report": _REPORTS[1].hex(),
            "vcek": pem(vcek().raw).decode(),
            "auxblob": base64.b64encode(_TABLES[0]).decode(),
        }
    ).encode(),
    json.dumps({"quote": base64.b64encode(_REPORTS[3]).decode(), "collateral": {"a": 1}}).encode(),
]
_VALUES = [
    b"""
[sev-snp]
measurement = ["9f8e", "77AA"]
host-data = "0x00ff"
guest-svn = 2
policy = "0x30000"
minimum-tcb = { bootloader = 3, tee = 0, snp = 8, microcode = 115 }

[tdx]
mrtd = "00"
accepted-tcb = ["UpToDate", "SWHardeningNeeded"]
""",
    b"[azure-hcl]\nmeasurement = '00'\n",
]
_ROOT_LISTS = [
    b'[amd]\nARK-Milan = "' + b"9f" * 32 + b'"\n[intel]\n"a b" = "' + b"a0" * 32 + b'"\n'
]


def _as_evidence_error(read: Callable[[str], object], data: bytes) -> object:
    """For readers of text with a documented error of their own."""
    try:
        return read(data.decode("utf-8", "replace"))
    except (ReferenceValuesError, ValueError) as error:
        if type(error) not in {ReferenceValuesError, ValueError} and "toml" not in (
            type(error).__module__
        ):
            raise
        raise EvidenceError(str(error)) from None


def read_der(data: bytes) -> object:
    """Elements within elements, every value read as each type that there is."""

    def visit(element: der.Element, depth: int) -> None:
        for read in (der.integer, der.identifier, der.bits, der.time):
            try:
                read(element, "it")
            except EvidenceError:
                continue
        der.text(element)
        if element.tag & 0x20 and depth:
            for child in element.children("it"):
                visit(child, depth - 1)

    for element in der.elements(data, "it"):
        visit(element, 6)
    return None


def read_certificate(data: bytes) -> object:
    """A certificate with all that is asked of it later, AMD's extensions too."""
    found = parse_certificate(data)
    _ = found.key_hash, found.signs_lists, found.subject_name, found.valid_at(NOW)
    walk(found, _POOL[:3])
    return parse_endorsement(found)


def read_bundle(data: bytes) -> object:
    """Several certificates, and the way through them."""
    found = certificates(data)
    return chain_checks(walk(found[0], found), _ROOTS["amd"], NOW, "Fetch it.")


def read_list(data: bytes) -> object:
    """A revocation list, and what it says of a chain."""
    found = parse_revocation_list(data)
    return revocation_check(_POOL[:3], [found], NOW, "Fetch it.")


def read_report(data: bytes) -> object:
    """A report by itself."""
    return claims_of(parse_report(data))


def read_quote(data: bytes) -> object:
    """A quote of a TPM."""
    return parse_tpm_quote(data).covers([])


def _holds_only_what_was_signed(data: bytes, hardware: bytes) -> None:
    if hardware[:SIGNED] not in _SIGNED:
        raise AssertionError(f"verified, and nobody signed it: {data.hex()}")


def verify_report(data: bytes) -> object:
    """A report with or without a table behind it, under a question with all that there is."""
    snp.recognises(data)
    answer = snp.verify(data, _QUESTION)
    if answer.outcome is Outcome.VERIFIED:
        _holds_only_what_was_signed(data, snp.split(data).report)
    return answer


def verify_extended(data: bytes) -> object:
    """A report whose certificates all stand in the table behind it."""
    answer = snp.verify(data, _BARE)
    if answer.outcome is Outcome.VERIFIED:
        _holds_only_what_was_signed(data, snp.split(data).report)
    return answer


def verify_hcl(data: bytes) -> object:
    """An HCL report with the quote of its seed; what it vouches for is the seed's alone."""
    azure.recognises(data)
    quote = SignedQuote(_AZURE.message, _AZURE.signature, _AZURE.registers)
    answer = azure.verify(data, _QUESTION, quote)
    if answer.outcome is Outcome.VERIFIED:
        if parse_hcl(data).runtime_data != _HCL.runtime_data:
            raise AssertionError(f"other runtime data is verified: {data.hex()}")
        if parse_hcl(data).hardware[:SIGNED] != _AZURE.snp.report[:SIGNED]:
            raise AssertionError(f"verified, and nobody signed it: {data.hex()}")
    return answer


def verify_vtpm_quote(data: bytes) -> object:
    """Any message, signed by nobody, beside an HCL report that holds."""
    quote = SignedQuote(data, _AZURE.signature, _AZURE.registers)
    signed, *others = azure._quote_checks(_HCL, quote, b"nonce")
    if signed.state is State.PASSED and data != _AZURE.message:
        raise AssertionError(f"a quote that nobody signed: {data.hex()}")
    return others


def verify_any(data: bytes) -> object:
    """Anything, as a user drops it on the window."""
    answer = verify_evidence(data, _BARE)
    for check in answer.checks:
        if not check.detail.isprintable():
            raise AssertionError(f"{check.name} says what no terminal should see")
    return answer


def read_values(data: bytes) -> object:
    """Reference values, and what they decide."""

    def decide(text: str) -> object:
        values = parse_reference_values(text, "it")
        return [
            expectation_checks({"measurement": "9f8e", "policy": "0x30000"}, one, ["measurement"])
            for one in values.kinds.values()
        ]

    return _as_evidence_error(decide, data)


def read_roots(data: bytes) -> object:
    """The list of pinned roots."""
    return _as_evidence_error(parse_roots, data)


TARGETS: Mapping[str, Target] = {
    "der": (
        read_der,
        [*_CERTIFICATES, *_LISTS[:3], sequence(encoded(0x17, b"240101000000Z"), encoded(6, b"*"))],
    ),
    "certificate": (read_certificate, _CERTIFICATES),
    "bundle": (
        read_bundle,
        [pem(*_CERTIFICATES[:5]), b"".join(_CERTIFICATES[3:]) + bytes(8), _CERTIFICATES[0]],
    ),
    "revocation-list": (read_list, _LISTS),
    "report": (read_report, _REPORTS),
    "certificate-table": (parse_table, _TABLES),
    "written-out": (
        open_envelope,
        [json.dumps({"report": written_out(one)}).encode() for one in _REPORTS],
    ),
    "hcl": (parse_hcl, [_AZURE.hcl]),
    "tpm-quote": (
        read_quote,
        [_AZURE.message, tpm_quote(b""), tpm_quote(b"n", selected=[0, 7], banks=[11, 4])],
    ),
    "envelope": (open_envelope, _ENVELOPES),
    "supplied": (sort_supplied, [*_TABLES[:3], *_LISTS, *_CERTIFICATES, pem(*_CERTIFICATES[:3])]),
    "reference-values": (read_values, _VALUES),
    "roots": (read_roots, _ROOT_LISTS),
    "verify-report": (verify_report, _REPORTS),
    "verify-extended-report": (verify_extended, _EXTENDED),
    "verify-hcl": (verify_hcl, [_AZURE.hcl]),
    "verify-vtpm-quote": (verify_vtpm_quote, [_AZURE.message]),
    "verify-any": (verify_any, [*_ENVELOPES, *_EXTENDED, _AZURE.hcl]),
}
