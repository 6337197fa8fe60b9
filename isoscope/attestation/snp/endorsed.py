"""What the signing key's certificate says, held against what the report says."""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, failed, judged, not_possible, passed
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.reference_values import Expected
from isoscope.attestation.snp.endorsement import Endorsement, parse_endorsement
from isoscope.attestation.snp.report import Report, SigningKey
from isoscope.attestation.snp.tcb import Product, chip_id_size, tcb_parts

NAMES: Mapping[SigningKey, str] = {SigningKey.VCEK: "SEV-VCEK", SigningKey.VLEK: "SEV-VLEK"}
"""What certificates of each kind of key are called."""
_MINIMUM = "minimum_tcb"


def signed(name: str, leaf: Certificate) -> Check:
    """The signature holds."""
    return passed(name, f"ECDSA P-384 over the report's first 672 bytes, by {leaf.subject_name}")


def forged(name: str, leaf: Certificate) -> Check:
    """The signature does not hold."""
    return failed(
        name,
        f"it is not by the key of this {leaf.subject_name}: the report was changed, or another "
        "machine or firmware version signed it",
    )


def unsigned(name: str) -> Check:
    """The report says itself that nothing signed it."""
    return failed(name, "the report says that no key signed it")


def checks(report: Report, leaf: Certificate, root: str) -> list[Check]:
    """The checks ``tcb``, ``chip`` and ``product``.

    Args:
        root: the name of the pinned root that the chain reaches; empty where it reaches none.
    """
    try:
        endorsement = parse_endorsement(leaf)
    except EvidenceError as error:
        return [failed(name, str(error)) for name in ("tcb", "chip", "product")]
    product = endorsement.product
    return [
        _tcb(report, endorsement, product),
        _chip(report, leaf, endorsement, product),
        _product(report, endorsement, root),
    ]


def _tcb(report: Report, endorsement: Endorsement, product: Product | None) -> Check:
    if product is None:
        return failed("tcb", f"the layout for {endorsement.product_name!r} is not known")
    reported = tcb_parts(report.reported_tcb, product)
    differing = [
        f"{part} {endorsement.levels.get(part, 'not said')} in the certificate, {level} reported"
        for part, level in reported.items()
        if endorsement.levels.get(part) != level
    ]
    return judged(
        "tcb",
        holds=not differing,
        yes=f"the key was derived for the reported patch levels: {_written(reported)}",
        no="; ".join(differing),
    )


def _written(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {level}" for name, level in parts.items())


def _chip(
    report: Report, leaf: Certificate, endorsement: Endorsement, product: Product | None
) -> Check:
    name = "chip"
    kind = report.signing_key
    if kind is None or leaf.subject_name != NAMES.get(kind):
        return failed(name, f"the report names another kind of key than {leaf.subject_name}")
    if kind is SigningKey.VLEK:
        return not_possible(
            name, f"a VLEK is the key of a cloud, {endorsement.cloud or 'unnamed'}, and of no chip"
        )
    if report.chip_masked:
        return not_possible(name, "the platform masks which chip it is")
    size = chip_id_size(product) if product else len(report.chip_id)
    same = endorsement.hardware_id == report.chip_id[:size] and not any(report.chip_id[size:])
    return judged(
        name,
        holds=same,
        yes=f"the key belongs to the chip that reports, {report.chip_id.hex()[:16]}…",
        no=f"the key belongs to chip {endorsement.hardware_id.hex()[:16] or 'unnamed'}…, and the "
        f"report comes from {report.chip_id.hex()[:16]}…",
    )


def _product(report: Report, endorsement: Endorsement, root: str) -> Check:
    name = "product"
    said = {f"the certificate {endorsement.product_name}": endorsement.product}
    if root:
        line = root.rpartition("-")[2]
        said[f"the root {root}"] = Product(line) if line in set(Product) else None
    if report.model is not None and any(report.model):
        family, model, stepping = report.model
        said[f"the report family {family:#x} model {model:#x} stepping {stepping}"] = (
            report.product()
        )
    text = ", ".join(said)
    if unknown := [where for where, line in said.items() if line is None]:
        return failed(name, f"of no processor line that is known here: {', '.join(unknown)}")
    same = len(set(said.values())) == 1
    return judged(name, holds=same, yes=f"one processor line: {text}", no=f"they differ: {text}")


def minimum_tcb(report: Report, expected: Expected) -> Check | None:
    """Whether the patch levels reach those that the tenant requires; None where none are."""
    if _MINIMUM in expected.allowed or _MINIMUM in expected.least:
        return failed(
            "minimum-tcb", "what is required is no table of patch levels, as { snp = 8 } is one"
        )
    least = {
        key.removeprefix(f"{_MINIMUM}."): level
        for key, level in expected.least.items()
        if key.startswith(f"{_MINIMUM}.")
    }
    if not least:
        return None
    parts = tcb_parts(report.reported_tcb, report.layout())
    below = [
        f"{name} is {parts.get(name, 'not known')}, {level} is required"
        for name, level in least.items()
        if parts.get(name, -1) < level
    ]
    return judged(
        "minimum-tcb", holds=not below, yes=f"reached: {_written(parts)}", no="; ".join(below)
    )
