"""TD reports as they stand in quotes (Intel TDX DCAP Quoting Library API, appendix A.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.attestation.fields import Fields

_TDX_1_0 = (
    ("tee_tcb_svn", 16),
    ("mrseam", 48),
    ("mrsignerseam", 48),
    ("seam_attributes", 8),
    ("td_attributes", 8),
    ("xfam", 8),
    ("mrtd", 48),
    ("mrconfigid", 48),
    ("mrowner", 48),
    ("mrownerconfig", 48),
    ("rtmr0", 48),
    ("rtmr1", 48),
    ("rtmr2", 48),
    ("rtmr3", 48),
    ("report_data", 64),
)
_TDX_1_5 = (*_TDX_1_0, ("tee_tcb_svn2", 16), ("mrservicetd", 48))
_TDX_1_5_EXTENDED = (
    *_TDX_1_5,
    ("vmid", 1),
    ("td_id", 32),
    ("devinfo", 48),
    ("init_servtd_hash", 48),
    ("init_servtd_attr", 8),
    ("init_cpusvn", 16),
    ("init_tee_tcb_svn", 16),
    ("init_tee_fmspc", 12),
    ("cur_servtd_hash", 48),
    ("cur_servtd_attr", 8),
)
_UNDER_DEBUG = 0xFF  # ATTRIBUTES.TUD: any bit lets the host look into the TD or profile it
_NAMES_UNDER_DEBUG = {0: "DEBUG", 4: "HGS_PLUS_PROF", 5: "PERF_PROF", 6: "PMT_PROF"}
_SEPT_VE_DISABLE = 1 << 28
_MIGRATABLE = 1 << 29


@dataclass(frozen=True, slots=True)
class TdReportType:
    """A layout of TD reports.

    Attributes:
        words: its name.
        layout: its fields in their order, with their sizes in bytes.
    """

    words: str
    layout: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        """How many bytes a report has."""
        return sum(size for _, size in self.layout)


TDX_1_0 = TdReportType("TDX 1.0", _TDX_1_0)
TDX_1_5 = TdReportType("TDX 1.5", _TDX_1_5)
TDX_1_5_EXTENDED = TdReportType("TDX 1.5 extended", _TDX_1_5_EXTENDED)


@dataclass(frozen=True, slots=True)
class TdReport:
    """What the TDX module states of a trust domain.

    Attributes:
        values: its fields as they stand, by the names of the specification in lower case.
    """

    type: TdReportType
    values: Mapping[str, bytes]

    @property
    def report_data(self) -> bytes:
        """64 bytes that the guest chose."""
        return self.values["report_data"]

    @property
    def attributes(self) -> int:
        """TD ATTRIBUTES."""
        return int.from_bytes(self.values["td_attributes"], "little")

    @property
    def tee_tcb_svn(self) -> bytes:
        """The security versions of the TDX module and its loader."""
        return self.values["tee_tcb_svn"]

    @property
    def under_debug(self) -> tuple[str, ...]:
        """The attributes set by which the host debugs or profiles the TD."""
        return tuple(
            _NAMES_UNDER_DEBUG.get(bit, f"bit {bit}")
            for bit in range(8)
            if self.attributes & _UNDER_DEBUG & 1 << bit
        )

    @property
    def sept_ve_disable(self) -> bool:
        """Whether pages that the host takes away stop the TD instead of raising an exception."""
        return bool(self.attributes & _SEPT_VE_DISABLE)

    @property
    def migratable(self) -> bool:
        """Whether a service TD may move it to another machine."""
        return bool(self.attributes & _MIGRATABLE)

    @property
    def service_td(self) -> bytes:
        """The measurement of the service TDs bound to it; empty where there are none."""
        bound = self.values.get("mrservicetd", b"")
        return bound if any(bound) else b""

    def claims(self) -> dict[str, str]:
        """Every field in hexadecimal."""
        return {name: value.hex() for name, value in self.values.items()}


def parse_td_report(data: bytes, of: TdReportType) -> TdReport:
    """A report from its bytes.

    Raises:
        EvidenceError: they are fewer or more than a report of that type has.
    """
    fields = Fields(data, f"a TD report of {of.words}")
    values = {name: fields.take(size, name) for name, size in of.layout}
    if fields.left:
        raise fields.error(f"{len(data)} bytes, more than {of.size}")
    return TdReport(of, values)
