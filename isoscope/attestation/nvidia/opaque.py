"""What NVIDIA puts beside the measurements: fields of a type, a length and a value.

The types are those of NVIDIA's own verifier (nvtrust, ``spdm_msrt_resp_msg.py``); NVIDIA has
published no specification of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from isoscope.attestation.fields import EvidenceError, Fields

VBIOS_VERSION = 6
MEASUREMENT_COUNTS = 12
FIRMWARE_ID = 20

NAMES: Mapping[int, str] = {
    1: "certificate_issuer",
    2: "certificate_authority_key",
    3: "driver_version",
    4: "gpu_info",
    5: "sku",
    VBIOS_VERSION: "vbios_version",
    7: "manufacturer_id",
    8: "tamper_detection",
    9: "smc",
    10: "vpr",
    11: "nvdec0_status",
    MEASUREMENT_COUNTS: "measurement_counts",
    13: "cpr_info",
    14: "board_id",
    15: "chip_sku",
    16: "chip_sku_mod",
    17: "project",
    18: "project_sku",
    19: "project_sku_mod",
    FIRMWARE_ID: "firmware_id",
    21: "protected_pcie_status",
    22: "switch_pdis",
    23: "floorswept_ports",
    24: "position_id",
    25: "lock_switch_status",
    32: "gpu_link_connection",
}
_TEXTS = frozenset({3, 5, 15, 16, 17, 18, 19})


def parse_opaque(data: bytes) -> Mapping[int, bytes]:
    """Values by their types.

    Raises:
        EvidenceError: the lengths do not fit together, or a type stands twice.
    """
    fields = Fields(data, "opaque data of an NVIDIA GPU report")
    found: dict[int, bytes] = {}
    while fields.left:
        kind = fields.integer(2, "type")
        if kind in found:
            raise fields.error(f"type {kind} twice")
        found[kind] = fields.take(fields.integer(2, "length"), f"value of type {kind}")
    return found


def opaque_claims(data: bytes) -> Mapping[str, str]:
    """What the fields state, by name; all of it in hexadecimal where it cannot be taken apart."""
    try:
        values = parse_opaque(data)
    except EvidenceError:
        return {"opaque_data": data.hex()}
    claims = {
        NAMES.get(kind, f"opaque_{kind}"): _said(kind, value) for kind, value in values.items()
    }
    return {name: value for name, value in claims.items() if value}


def _said(kind: int, value: bytes) -> str:
    if kind in _TEXTS:
        text = value.rstrip(b"\0")
        if text.isascii() and text.decode("ascii", "replace").isprintable():
            return text.decode("ascii")
    if kind == VBIOS_VERSION and len(value) == 8:
        # As the tools show it: the first four bytes from the last to the first, then the fifth.
        return ".".join(f"{octet:02X}" for octet in (*reversed(value[:4]), value[4]))
    if kind == MEASUREMENT_COUNTS and len(value) % 4 == 0:
        counts = (value[at : at + 4] for at in range(0, len(value), 4))
        return ",".join(str(int.from_bytes(count, "little")) for count in counts)
    return value.hex()
