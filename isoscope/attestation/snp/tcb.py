"""TCB versions, and the processor lines that lay them out (AMD 56860 §2.2, TCB_VERSION)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Product(StrEnum):
    """A processor line with a signing key of its own, as AMD's key server names it."""

    MILAN = "Milan"
    GENOA = "Genoa"
    TURIN = "Turin"


_ZEN5 = frozenset({Product.TURIN})
_LAYOUT = {"bootloader": 0, "tee": 1, "snp": 6, "microcode": 7}
_LAYOUT_ZEN5 = {"fmc": 0, "bootloader": 1, "tee": 2, "snp": 3, "microcode": 7}


def tcb_parts(version: bytes, product: Product) -> Mapping[str, int]:
    """The security patch levels of a TCB version.

    Args:
        version: its eight bytes.
        product: whose layout they have; Turin put a further firmware, FMC, before the others.
    """
    layout = _LAYOUT_ZEN5 if product in _ZEN5 else _LAYOUT
    return {name: version[at] for name, at in layout.items()}


def product_of_model(family: int, model: int) -> Product | None:
    """The line of a processor, from CPUID; None of one without a pinned root.

    Args:
        family: base and extended family, added up.
        model: base and extended model, put together.
    """
    match family, model:
        case 0x19, m if m <= 0x0F:
            return Product.MILAN
        case 0x19, m if 0x10 <= m <= 0x1F or 0xA0 <= m <= 0xAF:
            return Product.GENOA  # and Bergamo, Siena, under the same keys
        case 0x1A, m if m <= 0x11:
            return Product.TURIN
    return None


def chip_id_size(product: Product) -> int:
    """How many bytes of CHIP_ID tell a chip: eight since Turin, the rest is zero."""
    return 8 if product in _ZEN5 else 64
