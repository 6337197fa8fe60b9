"""SGX enclave reports, REPORTBODY (Intel SDM vol. 3D §38.15): of enclaves, and of Intel's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.attestation.fields import Fields

SGX_REPORT_SIZE = 384
_RESERVED = ""
_LAYOUT = (
    ("cpusvn", 16),
    ("miscselect", 4),
    (_RESERVED, 12),
    ("isvextprodid", 16),
    ("attributes", 16),
    ("mrenclave", 32),
    (_RESERVED, 32),
    ("mrsigner", 32),
    (_RESERVED, 32),
    ("configid", 64),
    ("isvprodid", 2),
    ("isvsvn", 2),
    ("configsvn", 2),
    (_RESERVED, 42),
    ("isvfamilyid", 16),
    ("report_data", 64),
)
_NUMBERS = frozenset({"isvprodid", "isvsvn", "configsvn"})
_DEBUG = 1 << 1
_PROVISIONKEY = 1 << 4


@dataclass(frozen=True, slots=True)
class SgxReport:
    """What the processor states of an enclave.

    Attributes:
        raw: all its bytes, which a signature covers.
        values: its fields as they stand, by the names of the manual in lower case.
    """

    raw: bytes
    values: Mapping[str, bytes]

    @property
    def report_data(self) -> bytes:
        """64 bytes that the enclave chose."""
        return self.values["report_data"]

    @property
    def flags(self) -> int:
        """ATTRIBUTES.FLAGS."""
        return int.from_bytes(self.values["attributes"][:8], "little")

    @property
    def debug(self) -> bool:
        """Whether the host may read and write the enclave with EDBGRD and EDBGWR."""
        return bool(self.flags & _DEBUG)

    @property
    def provision_key(self) -> bool:
        """Whether it may derive the provisioning key, which tells the machine."""
        return bool(self.flags & _PROVISIONKEY)

    @property
    def isvsvn(self) -> int:
        """The security version that its author gave it."""
        return int.from_bytes(self.values["isvsvn"], "little")

    @property
    def isvprodid(self) -> int:
        """The product that its author says it is."""
        return int.from_bytes(self.values["isvprodid"], "little")

    def claims(self) -> dict[str, str]:
        """Every field: hexadecimal for bytes, decimal for numbers."""
        return {
            name: str(int.from_bytes(value, "little")) if name in _NUMBERS else value.hex()
            for name, value in self.values.items()
        }


def parse_sgx_report(data: bytes, what: str) -> SgxReport:
    """A report from its 384 bytes.

    Args:
        what: what the bytes are to be, for errors.

    Raises:
        EvidenceError: they are fewer or more.
    """
    fields = Fields(data, what)
    values = {}
    for name, size in _LAYOUT:
        value = fields.take(size, name or "reserved")
        if name:
            values[name] = value
    if fields.left:
        raise fields.error(f"{len(data)} bytes, more than {SGX_REPORT_SIZE}")
    return SgxReport(data, values)
