"""The firmware that the signing key was made for, as the certificate and the report say it.

The GPU's boot ROM certifies a key for exactly the firmware that it started (TCG, DICE Layering
Architecture). NVIDIA's certificates name that firmware in an extension of TCG's.
"""

from __future__ import annotations

from isoscope.attestation import der
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.checks import Check, judged, not_possible
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.nvidia.opaque import FIRMWARE_ID, parse_opaque

_EXTENSION = "2.23.133.5.4.1"
_NAME = "the firmware identity of a certificate"


def certified_firmware(leaf: Certificate) -> bytes | None:
    """The hash of the firmware that a certificate names; None where it names none.

    Raises:
        EvidenceError: the extension is none that is known.
    """
    value = leaf.extensions.get(_EXTENSION)
    if value is None:
        return None
    # A version, the key of the device, and the firmware: the hash's algorithm and its value.
    parts = der.single(value, _NAME).expect(der.SEQUENCE, _NAME).children(_NAME)
    if len(parts) != 3:
        raise EvidenceError(f"{_NAME}: {len(parts)} parts instead of 3")
    firmware = parts[2].expect(der.SEQUENCE, _NAME).children(_NAME)
    if len(firmware) != 2:
        raise EvidenceError(f"{_NAME}: a hash of {len(firmware)} parts instead of 2")
    return firmware[1].expect(der.OCTET_STRING, _NAME).content


def firmware_check(leaf: Certificate, opaque: bytes) -> Check:
    """Whether the report is of the firmware that its key was certified for."""
    name = "firmware-id"
    try:
        certified = certified_firmware(leaf)
        reported = parse_opaque(opaque).get(FIRMWARE_ID)
    except EvidenceError as error:
        return not_possible(name, str(error))
    if certified is None or reported is None:
        who = "certificate" if certified is None else "report"
        return not_possible(name, f"the {who} names no firmware")
    return judged(
        name,
        holds=certified == reported,
        yes=f"certificate and report name the same firmware, {reported.hex()[:16]}…",
        no=f"the report is of firmware {reported.hex()[:16]}…, and its key was certified for "
        f"{certified.hex()[:16]}…",
    )
