"""Quotes: SGX of version 3, SGX and TDX of version 4 and 5.

Intel SGX ECDSA Quote Library Reference, appendix A; Intel TDX DCAP Quoting Library API, appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass

from isoscope.attestation.checks import Kind
from isoscope.attestation.fields import EvidenceError, Fields
from isoscope.attestation.intel.sgx_report import SGX_REPORT_SIZE, SgxReport, parse_sgx_report
from isoscope.attestation.intel.td_report import (
    TDX_1_0,
    TDX_1_5,
    TDX_1_5_EXTENDED,
    TdReport,
    parse_td_report,
)

HEADER_SIZE = 48
PCK_CERTIFICATE = 4
PCK_CERTIFICATE_CHAIN = 5
INTEL_QE_VENDOR = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")

_ECDSA_P256 = 2
_TEE_SGX, _TEE_TDX = 0, 0x81
_QE_REPORT_CERTIFICATION_DATA = 6
_KNOWN_CERTIFICATION = {
    1: "the platform's identity (PPID), in plain text",
    2: "the platform's identity (PPID), encrypted with RSA-2048",
    3: "the platform's identity (PPID), encrypted with RSA-3072",
    PCK_CERTIFICATE: "the PCK certificate",
    PCK_CERTIFICATE_CHAIN: "the PCK certificate and its chain",
    7: "a platform manifest",
}
_SGX_BODY = 1
_TD_BODIES = {
    2: TDX_1_0,
    3: TDX_1_5,
    4: TDX_1_5_EXTENDED,
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote: what it states, and the signatures that lead from it to a PCK certificate.

    Attributes:
        signed: the bytes that the attestation key signed: all before the signature's length.
        signature: r and s by the attestation key, 32 bytes each, big endian.
        attestation_key: x and y on NIST P-256, 32 bytes each, big endian.
        qe_report: of the quoting enclave, which made the attestation key.
        qe_signature: r and s by the PCK.
        certification_type: what the certification data are, a key of Intel's table.
        trailing: bytes after the quote's end, which nothing signs.
    """

    version: int
    kind: Kind
    vendor: bytes
    user_data: bytes
    qe_svn: int
    pce_svn: int
    body: TdReport | SgxReport
    signed: bytes
    signature: bytes
    attestation_key: bytes
    qe_report: SgxReport
    qe_signature: bytes
    qe_authentication: bytes
    certification_type: int
    certification: bytes
    trailing: bytes

    @property
    def td(self) -> TdReport | None:
        """What it states of a TD; None of a quote of an enclave."""
        return self.body if isinstance(self.body, TdReport) else None

    @property
    def certification_words(self) -> str:
        """What its certification data are."""
        return _KNOWN_CERTIFICATION[self.certification_type]

    @property
    def words(self) -> str:
        """What it is."""
        if self.td is not None:
            return f"an Intel TDX quote of version {self.version}, of {self.td.type.words}"
        return f"an Intel SGX quote of version {self.version}"


def looks_like_quote(data: bytes) -> bool:
    """Whether the header is that of a quote with an ECDSA key."""
    return (
        len(data) > HEADER_SIZE
        and data[:2] in {b"\x03\0", b"\x04\0", b"\x05\0"}
        and data[2:4] in {b"\x02\0", b"\x03\0"}
        and data[4:8] in {b"\0\0\0\0", b"\x81\0\0\0"}
    )


def parse_quote(data: bytes) -> Quote:
    """A quote from its bytes; what follows its end is kept as trailing.

    Raises:
        EvidenceError: it is none, or of a version, key or body that is not known.
    """
    fields = Fields(data, "an Intel quote")
    version = fields.integer(2, "version")
    if version not in {3, 4, 5}:
        raise fields.error(f"version {version}; known are 3, 4 and 5")
    key_type, tee = fields.integer(2, "attestation key type"), fields.integer(4, "TEE type")
    if key_type != _ECDSA_P256:
        raise fields.error(f"attestation key type {key_type}; ECDSA on NIST P-256 is 2")
    if tee not in {_TEE_SGX, _TEE_TDX} or (version == 3 and tee != _TEE_SGX):
        raise fields.error(f"TEE type {tee:#x} in version {version}; SGX is 0, TDX is 0x81")
    qe_svn, pce_svn = fields.integer(2, "QE SVN"), fields.integer(2, "PCE SVN")
    vendor, user_data = fields.take(16, "QE vendor"), fields.take(20, "user data")
    body = _body(fields, version, tee)
    signed = data[: fields.at]
    signature_data = fields.take(fields.integer(4, "length of signature data"), "signature data")
    inner = Fields(signature_data, "the signature data of an Intel quote")
    signature, key = inner.take(64, "signature"), inner.take(64, "attestation key")
    if version > 3:
        inner = _certification_6(inner)
    qe_report = parse_sgx_report(inner.take(SGX_REPORT_SIZE, "QE report"), "a QE report")
    qe_signature = inner.take(64, "signature of the QE report")
    qe_authentication = inner.take(inner.integer(2, "length of QE data"), "QE data")
    certification_type = inner.integer(2, "certification data type")
    certification = inner.take(inner.integer(4, "length of certification data"), "certification")
    if certification_type not in _KNOWN_CERTIFICATION:
        raise inner.error(f"certification data of type {certification_type}, which is not known")
    if inner.left:
        raise inner.error(f"{inner.left} bytes after the certification data")
    return Quote(
        version=version,
        kind=Kind.TDX if tee == _TEE_TDX else Kind.SGX,
        vendor=vendor,
        user_data=user_data,
        qe_svn=qe_svn,
        pce_svn=pce_svn,
        body=body,
        signed=signed,
        signature=signature,
        attestation_key=key,
        qe_report=qe_report,
        qe_signature=qe_signature,
        qe_authentication=qe_authentication,
        certification_type=certification_type,
        certification=certification,
        trailing=fields.rest(),
    )


def _body(fields: Fields, version: int, tee: int) -> TdReport | SgxReport:
    if version < 5:
        type_ = _SGX_BODY if tee == _TEE_SGX else 2
        size = SGX_REPORT_SIZE if tee == _TEE_SGX else TDX_1_0.size
    else:
        type_, size = fields.integer(2, "body type"), fields.integer(4, "body size")
        if (type_ == _SGX_BODY) != (tee == _TEE_SGX):
            raise fields.error(f"a body of type {type_} in a quote of TEE type {tee:#x}")
    if type_ == _SGX_BODY:
        return parse_sgx_report(fields.take(size, "report"), "the report of an SGX quote")
    if type_ not in _TD_BODIES:
        raise fields.error(f"a body of type {type_}, which is not known")
    return parse_td_report(fields.take(size, "TD report"), _TD_BODIES[type_])


def _certification_6(fields: Fields) -> Fields:
    """What QE report certification data hold, in which versions since 4 wrap the rest."""
    kind = fields.integer(2, "certification data type")
    if kind != _QE_REPORT_CERTIFICATION_DATA:
        raise fields.error(f"certification data of type {kind} where type 6 belongs")
    inner = fields.take(fields.integer(4, "length of certification data"), "certification data")
    if fields.left:
        raise fields.error(f"{fields.left} bytes after the certification data")
    return Fields(inner, "the QE report certification data of an Intel quote")


def refuse_lookalike(data: bytes) -> None:
    """Says what the bytes are where they are often taken for a quote, and are none.

    Raises:
        EvidenceError: they are a report for the same machine, or a quote in CBOR.
    """
    if looks_like_quote(data):
        return
    if _is_td_report_with_mac(data):
        raise EvidenceError(
            "a raw TDREPORT, which is no evidence: its MAC is checked by the same machine only, "
            "and nobody else can. Have the quoting service of the machine make a quote of it"
        )
    if _is_sgx_report_with_mac(data):
        raise EvidenceError(
            "a raw SGX REPORT, which is no evidence: its MAC is checked by the same machine only, "
            "and nobody else can. Have the quoting enclave of the machine make a quote of it"
        )
    if len(data) > _CBOR_QUOTE and _may_be_cbor(data):
        raise EvidenceError(
            "CBOR of more than 8 KiB: if it is a TDX quote, format not supported. "
            "Ask for a quote of version 4 or 5"
        )


_CBOR_QUOTE = 8192  # bytes; Linux tells the two apart by this
_TD_REPORT_SIZE = 1024
_SGX_RESERVED = (slice(20, 32), slice(96, 128), slice(160, 192), slice(262, 304))


def _is_td_report_with_mac(data: bytes) -> bool:
    """By its size, as what leads it depends on the module and on the driver that handed it out.

    Text is none, and CBOR only where it can be REPORTMACSTRUCT of type TDX as well (Intel TDX
    Module ABI, TDREPORT_STRUCT).
    """
    if len(data) != _TD_REPORT_SIZE or data.isascii():
        return False
    return not _may_be_cbor(data) or (data[0] == _TEE_TDX and not any(data[4:16]))


def _may_be_cbor(data: bytes) -> bool:
    """Whether the first byte is that of an array, a map or a tag (RFC 8949 §3.1)."""
    return bool(data) and data[0] >> 5 in {4, 5, 6}


def _is_sgx_report_with_mac(data: bytes) -> bool:
    """REPORT with its key id and MAC, or without: 432 and 384 bytes, INIT set, reserved zero."""
    return (
        len(data) in {SGX_REPORT_SIZE, 432}
        and bool(data[48] & 1)
        and not any(any(data[part]) for part in _SGX_RESERVED)
    )


def looks_like_local_report(data: bytes) -> bool:
    """Whether the bytes are a report that only the machine that made it can check."""
    return _is_td_report_with_mac(data) or _is_sgx_report_with_mac(data)
