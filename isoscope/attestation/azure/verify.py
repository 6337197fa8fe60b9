"""Verifies HCL reports: the SEV-SNP report within, and the virtual TPM that it vouches for.

The SEV-SNP report is made when the machine boots, so that it cannot answer a nonce. What can is a
quote of the virtual TPM, whose key the report vouches for.
"""

from __future__ import annotations

from collections.abc import Sequence

from isoscope.attestation.azure.hcl import MAGIC, HclReport, parse_hcl
from isoscope.attestation.checks import Check, Kind, Verification, failed, judged, not_possible
from isoscope.attestation.enclosed import SignedQuote
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import Question, nonce_check
from isoscope.attestation.signature import Digest, rsa_key, rsa_pkcs1
from isoscope.attestation.snp.claims import claims_of
from isoscope.attestation.snp.report import Report, parse_report
from isoscope.attestation.snp.trust import residual_trust
from isoscope.attestation.snp.verify import (
    SnpEvidence,
    expected_checks,
    report_checks,
    required_of,
)
from isoscope.attestation.tpm_quote import TpmQuote, parse_tpm_quote

_NO_QUOTE = "no quote of the virtual TPM came with it; the report alone is as old as the boot"
_PARAVISOR_LEVEL = 0
_PARAVISOR = (
    "Microsoft's paravisor in the guest: it made the virtual TPM, holds its keys, and can read all "
    "of the guest."
)


def recognises(data: bytes) -> bool:
    """Whether the bytes begin like an HCL report."""
    return data[:4] == MAGIC


def verify(data: bytes, question: Question, quote: SignedQuote | None = None) -> Verification:
    """Verifies an HCL report.

    Args:
        data: the report, as it stands in the TPM's NV index 0x01400001.
        question: the terms; its nonce is the quote's.
        quote: of the virtual TPM, where one came with the report.

    Raises:
        EvidenceError: the bytes are no HCL report.
    """
    hcl = parse_hcl(data)
    report = parse_report(hcl.hardware)
    evidence = SnpEvidence(hcl.hardware)
    return Verification(
        kind=Kind.AZURE_HCL,
        title=f"an Azure HCL report around an AMD SEV-SNP report of version {report.version}",
        evaluated_at=question.moment,
        checks=(
            *report_checks(report, evidence, question),
            _runtime_data(hcl, report),
            *_quote_checks(hcl, quote, question.nonce),
            *expected_checks(report, question.expected.of(Kind.AZURE_HCL)),
        ),
        required=required_of(report) | {"runtime-data"},
        claims={**claims_of(report), "runtime_data": hcl.runtime_hash.hex()},
        relies_on=("cpu-vendor", "outer-hypervisor"),
        residual_trust=(_PARAVISOR, *residual_trust(report)),
    )


def _runtime_data(hcl: HclReport, report: Report) -> Check:
    name = "runtime-data"
    if report.vmpl != _PARAVISOR_LEVEL:
        return failed(
            name,
            f"asked for at privilege level {report.vmpl}: the paravisor, whose runtime data it is "
            f"to be, runs at level {_PARAVISOR_LEVEL}, and what runs below it can name any key",
        )
    return judged(
        name,
        holds=report.report_data.startswith(hcl.runtime_hash),
        yes="the report vouches for the runtime data, and so for the virtual TPM's key",
        no="the runtime data is not that which the report vouches for",
    )


def _quote_checks(hcl: HclReport, quote: SignedQuote | None, nonce: bytes | None) -> list[Check]:
    """The checks ``vtpm-quote``, ``pcrs`` and ``nonce``."""
    if quote is None:
        return [not_possible(name, _NO_QUOTE) for name in ("vtpm-quote", "pcrs", "nonce")]
    try:
        parsed = parse_tpm_quote(quote.message)
    except EvidenceError as error:
        return [failed(name, str(error)) for name in ("vtpm-quote", "pcrs", "nonce")]
    return [
        _signed(hcl, quote),
        _registers(parsed, quote),
        nonce_check(parsed.nonce, nonce),
    ]


def _signed(hcl: HclReport, quote: SignedQuote) -> Check:
    name = "vtpm-quote"
    if hcl.signing_key is None:
        return failed(name, "the runtime data names no attestation key of the virtual TPM")
    try:
        key = rsa_key(*hcl.signing_key)
    except EvidenceError as error:
        return failed(name, str(error))
    return judged(
        name,
        holds=rsa_pkcs1(key, quote.signature, quote.message, Digest.SHA256),
        yes="signed by the virtual TPM's key, for which the report vouches",
        no="not by the virtual TPM's key, for which the report vouches",
    )


def _registers(parsed: TpmQuote, quote: SignedQuote) -> Check:
    name = "pcrs"
    if not quote.registers:
        return not_possible(name, "the values of the registers did not come with the quote")
    if not parsed.selected:
        return not_possible(name, "the quote is over no register")
    chosen = [quote.registers[n] for n in parsed.selected if n < len(quote.registers)]
    return judged(
        name,
        holds=len(chosen) == len(parsed.selected) and parsed.covers(chosen),
        yes=f"the quote is over these values of registers {_ranges(parsed.selected)}",
        no="the quote is over other values than those given",
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, with what follows one another drawn together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if run[1:] else f"{run[0]}" for run in runs)
