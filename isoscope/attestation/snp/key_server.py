"""Where AMD's key server has what is missing beside a report (AMD 57230, VCEK and VLEK)."""

from __future__ import annotations

from isoscope.attestation.snp.report import Report, SigningKey
from isoscope.attestation.snp.tcb import chip_id_size, tcb_parts

_SERVER = "https://kdsintf.amd.com"
_PARAMETERS = {
    "fmc": "fmcSPL",
    "bootloader": "blSPL",
    "tee": "teeSPL",
    "snp": "snpSPL",
    "microcode": "ucodeSPL",
}


def where_the_key_is(report: Report) -> str:
    """Who has the certificate of the key that signed the report, a sentence."""
    if report.signing_key is SigningKey.VLEK:
        return "The cloud has it, and gives it to its guests beside the report"
    if report.chip_masked:
        return "The report does not say of which chip it is; who runs the machine has it"
    product = report.layout()
    chip = report.chip_id[: chip_id_size(product)].hex()
    levels = tcb_parts(report.reported_tcb, product)
    query = "&".join(f"{_PARAMETERS[part]}={level}" for part, level in levels.items())
    return f"AMD has it at {_SERVER}/vcek/v1/{_line(report)}/{chip}?{query}"


def where_the_chain_is(report: Report) -> str:
    """Who has the certificates above that key, a sentence."""
    return f"AMD has it in {_base(report)}/cert_chain"


def where_the_list_is(report: Report) -> str:
    """Who has the root's revocation list, a sentence."""
    return f"AMD has it at {_base(report)}/crl"


def _base(report: Report) -> str:
    kind = "vlek" if report.signing_key is SigningKey.VLEK else "vcek"
    return f"{_SERVER}/{kind}/v1/{_line(report)}"


def _line(report: Report) -> str:
    """The processor line; before version 3 no report says it, and two lines share a layout."""
    if (product := report.product()) is not None:
        return product.value
    return "{Milan|Genoa}" if chip_id_size(report.layout()) == len(report.chip_id) else "Turin"
