"""The keys that sign reports: VCEK, of one chip, and VLEK, of one cloud (AMD 57230)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.attestation import der
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.snp.tcb import Product

_ARC = "1.3.6.1.4.1.3704.1"
_PRODUCT_NAME = f"{_ARC}.2"
_HARDWARE_ID = f"{_ARC}.4"
_CLOUD_ID = f"{_ARC}.5"
_LEVELS = {
    f"{_ARC}.3.1": "bootloader",
    f"{_ARC}.3.2": "tee",
    f"{_ARC}.3.3": "snp",
    f"{_ARC}.3.8": "microcode",
    f"{_ARC}.3.9": "fmc",
}
_NAMES = ("SEV-VCEK", "SEV-VLEK")


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What AMD's extensions of a VCEK's or VLEK's certificate say.

    Attributes:
        product: the processor line; None of one that is not known.
        levels: the patch levels that the key was derived for, by the names of ``tcb_parts``.
        hardware_id: the chip, as CHIP_ID has it; empty in a VLEK.
        cloud: who runs the machine, in a VLEK.
    """

    product: Product | None
    product_name: str
    levels: Mapping[str, int]
    hardware_id: bytes
    cloud: str


def is_endorsement(certificate: Certificate) -> bool:
    """Whether it looks like one; its chain says whether it is."""
    return certificate.subject_name in _NAMES


def parse_endorsement(certificate: Certificate) -> Endorsement:
    """AMD's extensions.

    Raises:
        EvidenceError: one is not of its type.
    """
    extensions = certificate.extensions
    name = _text(extensions.get(_PRODUCT_NAME), "product name")
    line = name.partition("-")[0]
    hardware_id = extensions.get(_HARDWARE_ID, b"")
    if len(hardware_id) == 66 and hardware_id[:2] == b"\x04\x40":
        hardware_id = hardware_id[2:]  # some wrap it, as an OCTET STRING
    return Endorsement(
        product=Product(line) if line in set(Product) else None,
        product_name=name,
        levels={
            part: _number(extensions[identifier], part)
            for identifier, part in _LEVELS.items()
            if identifier in extensions
        },
        hardware_id=hardware_id,
        cloud=_text(extensions.get(_CLOUD_ID), "cloud"),
    )


def _number(value: bytes, name: str) -> int:
    number = der.integer(der.single(value, f"patch level {name}"), f"patch level {name}")
    if not 0 <= number <= 255:
        raise EvidenceError(f"patch level {name}: {number} is no byte")
    return number


def _text(value: bytes | None, name: str) -> str:
    if value is None:
        return ""
    found = der.text(der.single(value, name))
    if found is None:
        raise EvidenceError(f"{name}: not a text")
    return found
