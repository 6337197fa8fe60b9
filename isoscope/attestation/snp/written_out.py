"""SEV-SNP reports that an agent wrote out field by field as JSON, put back into their bytes.

Confidential Containers' evidence is one: serde's form of the ``sev`` crate's structure. The
signature is over the bytes, so that whatever the form left out makes it fail, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.snp.report import REPORT_SIZE

_NAME = "an SEV-SNP report written out as JSON"
_BYTES = {
    "family_id": (0x010, 16),
    "image_id": (0x020, 16),
    "report_data": (0x050, 64),
    "measurement": (0x090, 48),
    "host_data": (0x0C0, 32),
    "id_key_digest": (0x0E0, 48),
    "author_key_digest": (0x110, 48),
    "report_id": (0x140, 32),
    "report_id_ma": (0x160, 32),
    "chip_id": (0x1A0, 64),
}
_NUMBERS = {
    "version": ((0x000, 4),),
    "guest_svn": ((0x004, 4),),
    "policy": ((0x008, 8),),
    "vmpl": ((0x030, 4),),
    "sig_algo": ((0x034, 4),),
    "plat_info": ((0x040, 8),),
    "key_info": ((0x048, 4),),
    "cpuid_fam_id": ((0x188, 1),),
    "cpuid_mod_id": ((0x189, 1),),
    "cpuid_step": ((0x18A, 1),),
    "launch_mit_vector": ((0x1F8, 8),),
    "current_mit_vector": ((0x200, 8),),
}
_TCBS = {"current_tcb": 0x038, "reported_tcb": 0x180, "committed_tcb": 0x1E0, "launch_tcb": 0x1F0}
_TCB_PLACES = {"bootloader": 0, "tee": 1, "snp": 6, "microcode": 7}
_TCB_PLACES_WITH_FMC = {"fmc": 0, "bootloader": 1, "tee": 2, "snp": 3, "microcode": 7}
_VERSIONS = {"current": 0x1E8, "committed": 0x1EC}
_SIGNATURE = {"r": 0x2A0, "s": 0x2E8}


def is_written_out(document: Mapping[str, Any]) -> bool:
    """Whether a JSON object has the fields of a report."""
    return {"measurement", "report_data", "policy", "signature"} <= document.keys()


def report_from_fields(document: Mapping[str, Any]) -> bytes:
    """The report's 1184 bytes.

    Raises:
        EvidenceError: a field is not of its type or size.
    """
    report = bytearray(REPORT_SIZE)
    for name, (at, size) in _BYTES.items():
        _put(report, at, _octets(document.get(name), name, size))
    for name, places in _NUMBERS.items():
        for at, size in places:
            _put(report, at, _number(document.get(name), name).to_bytes(size, "little"))
    for name, at in _TCBS.items():
        _put(report, at, _tcb(document.get(name), name))
    for name, at in _VERSIONS.items():
        _put(report, at, _firmware(document, name))
    parts = document.get("signature")
    for name, at in _SIGNATURE.items():
        value = parts.get(name) if isinstance(parts, dict) else None
        _put(report, at, _octets(value, f"signature.{name}", 72))
    return bytes(report)


def _put(report: bytearray, at: int, octets: bytes) -> None:
    report[at : at + len(octets)] = octets


def _octets(value: Any, name: str, size: int) -> bytes:  # noqa: ANN401
    if isinstance(value, str):
        try:
            value = list(bytes.fromhex(value))
        except ValueError:
            raise EvidenceError(f"{_NAME}: {name} is not hexadecimal") from None
    if not isinstance(value, Sequence) or len(value) != size:
        raise EvidenceError(f"{_NAME}: {name} is not {size} bytes")
    if not all(isinstance(one, int) and 0 <= one <= 255 for one in value):
        raise EvidenceError(f"{_NAME}: {name} is not {size} bytes")
    return bytes(value)


def _number(value: Any, name: str) -> int:  # noqa: ANN401
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value.values()))  # a type of Rust's around one number
    if value is None:
        return 0  # of a later version than the report's
    if not isinstance(value, int) or not 0 <= value < 1 << 64:
        raise EvidenceError(f"{_NAME}: {name} is not a number")
    limit = _NUMBERS[name][0][1] if name in _NUMBERS else 1
    if value >= 1 << 8 * limit:
        raise EvidenceError(f"{_NAME}: {name} is larger than its field")
    return value


def _tcb(value: Any, name: str) -> bytes:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise EvidenceError(f"{_NAME}: {name} is not a TCB version")
    places = _TCB_PLACES if value.get("fmc") is None else _TCB_PLACES_WITH_FMC
    octets = bytearray(8)
    for part, at in places.items():
        octets[at] = _number(value.get(part), f"{name}.{part}")
    return bytes(octets)


def _firmware(document: Mapping[str, Any], name: str) -> bytes:
    """Build, minor and major, under either of the two namings that there are."""
    inner = document.get(name)
    parts = ("build", "minor", "major")
    if isinstance(inner, Mapping):
        return bytes(_number(inner.get(part), f"{name}.{part}") for part in parts)
    return bytes(_number(document.get(f"{name}_{part}"), f"{name}_{part}") for part in parts)
