"""What a quote proves by itself: its signatures, and what the hardware lets the host do."""

from __future__ import annotations

import hashlib

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, advised, failed, judged, not_possible
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.pck import is_pck
from isoscope.attestation.intel.quote import INTEL_QE_VENDOR, Quote
from isoscope.attestation.intel.sgx_report import SgxReport
from isoscope.attestation.intel.td_report import TdReport
from isoscope.attestation.signature import Digest, ecdsa_key, ecdsa_raw, public_key

NO_PCK = "no PCK certificate was given"


def format_check(quote: Quote, malformed: str) -> Check:
    """The check ``format``.

    Args:
        malformed: what is wrong with the certification data; empty where nothing is.
    """
    wrong = []
    if quote.vendor != INTEL_QE_VENDOR:
        wrong.append(f"the quoting enclave is of vendor {quote.vendor.hex()}, and not Intel's")
    if malformed:
        wrong.append(f"malformed certification data: {malformed}")
    return judged(
        "format",
        holds=not wrong,
        yes=f"{quote.words}; it carries {quote.certification_words}",
        no="; ".join(wrong),
    )


def signature_check(quote: Quote) -> Check:
    """The check ``signature``: the attestation key signed what the quote states."""
    name = "signature"
    try:
        key = ecdsa_key(quote.attestation_key, bits=256)
    except EvidenceError as error:
        return failed(name, f"the attestation key cannot be used: {error}")
    return judged(
        name,
        holds=ecdsa_raw(key, *_numbers(quote.signature), quote.signed, Digest.SHA256),
        yes=f"ECDSA P-256 over the first {len(quote.signed)} bytes, by the attestation key",
        no="it is not by the attestation key: the quote was changed after it was signed",
    )


def attestation_key_check(quote: Quote) -> Check:
    """The check ``attestation-key``: the quoting enclave says that the key is its own."""
    digest = hashlib.sha256(quote.attestation_key + quote.qe_authentication).digest()
    return judged(
        "attestation-key",
        holds=quote.qe_report.report_data == digest.ljust(64, b"\0"),
        yes="the quoting enclave's report names this attestation key",
        no="the quoting enclave's report names another attestation key: this one is not its own",
    )


def qe_report_check(quote: Quote, leaf: Certificate | None) -> Check:
    """The check ``qe-report``: the platform's PCK signed the quoting enclave's report."""
    name = "qe-report"
    if leaf is None:
        return not_possible(name, f"{NO_PCK}, with whose key it is signed")
    if not is_pck(leaf):
        return failed(name, f"{leaf.subject_name} is no PCK certificate: it has no SGX extension")
    return judged(
        name,
        holds=signed_by_pck(quote, leaf),
        yes=f"signed by the key of this {leaf.subject_name}",
        no=f"it is not by the key of this {leaf.subject_name}: the report was changed, or another "
        "platform signed it",
    )


def signed_by_pck(quote: Quote, leaf: Certificate) -> bool:
    """Whether the key of a certificate signed the quoting enclave's report."""
    try:
        key = public_key(leaf.public_key_info)
    except EvidenceError:
        return False
    return ecdsa_raw(key, *_numbers(quote.qe_signature), quote.qe_report.raw, Digest.SHA256)


def _numbers(signature: bytes) -> tuple[int, int]:
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def workload_checks(quote: Quote) -> list[Check]:
    """The check ``debug-off``, and what is told beside it."""
    told = (
        _td_checks(quote.body) if isinstance(quote.body, TdReport) else _enclave_checks(quote.body)
    )
    stray = quote.trailing.rstrip(b"\0")
    return [
        *told,
        advised(
            "trailing-bytes",
            holds=not stray,
            yes=f"{len(quote.trailing)} bytes follow the quote, all zero"
            if quote.trailing
            else "nothing follows the quote",
            no=f"{len(quote.trailing)} bytes follow the quote that nothing signs, not all zero; "
            "they were not read",
        ),
    ]


def _td_checks(td: TdReport) -> list[Check]:
    attributes = f"attributes {td.attributes:#018x}"
    return [
        judged(
            "debug-off",
            holds=not td.under_debug,
            yes=f"the host can neither debug nor profile the TD: {attributes}",
            no=f"{attributes}: {', '.join(td.under_debug)} set, by which the host looks into the "
            "TD and may change it",
        ),
        advised(
            "sept-ve-disable",
            holds=td.sept_ve_disable,
            yes="a page that the host takes away stops the TD",
            no="SEPT_VE_DISABLE is clear: a page that the host takes away raises an exception in "
            "the guest, which its kernel or paravisor has to bear at any instruction",
        ),
        advised(
            "migratable-off",
            holds=not td.migratable,
            yes="no service TD may move it to another machine",
            no="a service TD may move it to another machine, and then holds its keys",
        ),
    ]


def _enclave_checks(enclave: SgxReport) -> list[Check]:
    flags = f"attributes {enclave.flags:#018x}"
    return [
        judged(
            "debug-off",
            holds=not enclave.debug,
            yes=f"the host cannot debug the enclave: {flags}",
            no=f"{flags}: DEBUG set, by which the host reads and writes the enclave's memory",
        ),
        advised(
            "provision-key-off",
            holds=not enclave.provision_key,
            yes="the enclave cannot derive the key that tells the machine",
            no="the enclave may derive the provisioning key, which tells the machine and is for "
            "Intel's own enclaves",
        ),
    ]
