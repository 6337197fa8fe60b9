"""Intel's evidence, self-made: keys, certificates, quotes and collateral with layouts of their own.

Nothing here is Intel's: the root's key is made anew, and only a question that names it accepts it.
Layouts are written down a second time, as offsets, so that a mistake in the product shows.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.certificates import (
    Issued,
    certify,
    der,
    extension,
    identifier,
    integer,
    p256,
    pem,
    revoke,
    sequence,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FMSPC, PCEID = bytes.fromhex("90c06f000000"), b"\0\0"
COMPONENTS = (3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0)
PCESVN = 13
TEE_TCB_SVN = bytes((6, 1, 3, *[0] * 13))
QE_MRSIGNER = bytes.fromhex("dc9e2a7c6f948f17474e34a7fc43ed03") * 2
INTEL_VENDOR = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")
SGX_OFFSETS = {
    "cpusvn": (0, 16),
    "miscselect": (16, 4),
    "isvextprodid": (32, 16),
    "attributes": (48, 16),
    "mrenclave": (64, 32),
    "mrsigner": (128, 32),
    "configid": (192, 64),
    "isvprodid": (256, 2),
    "isvsvn": (258, 2),
    "configsvn": (260, 2),
    "isvfamilyid": (304, 16),
    "report_data": (320, 64),
}
TD_OFFSETS = {
    "tee_tcb_svn": (0, 16),
    "mrseam": (16, 48),
    "mrsignerseam": (64, 48),
    "seam_attributes": (112, 8),
    "td_attributes": (120, 8),
    "xfam": (128, 8),
    "mrtd": (136, 48),
    "mrconfigid": (184, 48),
    "mrowner": (232, 48),
    "mrownerconfig": (280, 48),
    "rtmr0": (328, 48),
    "rtmr1": (376, 48),
    "rtmr2": (424, 48),
    "rtmr3": (472, 48),
    "report_data": (520, 64),
    "tee_tcb_svn2": (584, 16),
    "mrservicetd": (600, 48),
    "vmid": (648, 1),
    "td_id": (649, 32),
    "devinfo": (681, 48),
    "init_servtd_hash": (729, 48),
    "init_servtd_attr": (777, 8),
    "init_cpusvn": (785, 16),
    "init_tee_tcb_svn": (801, 16),
    "init_tee_fmspc": (817, 12),
    "cur_servtd_hash": (829, 48),
    "cur_servtd_attr": (877, 8),
}
TD_SIZES = {2: 584, 3: 648, 4: 885}

EXTENSION = "1.2.840.113741.1.13.1"

Key = ec.EllipticCurvePrivateKey


def signed(by: Key, data: bytes) -> bytes:
    """r and s, 32 bytes each, big endian."""
    r, s = decode_dss_signature(by.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def point(of: Key) -> bytes:
    """x and y, 32 bytes each."""
    return of.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]


# --- certificates -------------------------------------------------------------------------------


def octets(content: bytes) -> bytes:
    """An OCTET STRING."""
    return der(0x04, content)


def oid(*tail: int) -> bytes:
    """An identifier below that of the extension of PCK certificates."""
    return identifier(".".join((EXTENSION, *map(str, tail))))


def sgx_extension(
    *,
    components: Sequence[int] = COMPONENTS,
    pcesvn: int = PCESVN,
    fmspc: bytes = FMSPC,
    pceid: bytes = PCEID,
    memory: int = 1,
    smt: bool = True,
    without: frozenset[int] = frozenset(),
    ppid: bytes = b"\x11" * 16,
) -> bytes:
    """The extension of a PCK certificate.

    Args:
        without: numbers of the fields to leave out.
    """
    tcb = [sequence(oid(2, at), integer(svn)) for at, svn in enumerate(components, 1)]
    tcb += [sequence(oid(2, 17), integer(pcesvn)), sequence(oid(2, 18), octets(bytes(components)))]
    flags = [
        sequence(oid(7, at), der(0x01, b"\xff" if value else b"\0"))
        for at, value in enumerate((True, False, smt), 1)
    ]
    fields = {
        1: octets(ppid),
        2: sequence(*tcb),
        3: octets(pceid),
        4: octets(fmspc),
        5: der(0x0A, bytes((memory,))),
        6: octets(b"\x22" * 16),
        7: sequence(*flags),
    }
    return sequence(
        *(sequence(oid(at), value) for at, value in fields.items() if at not in without)
    )


def key_of(issued: Issued) -> Key:
    """Its key, which is on a curve."""
    assert isinstance(issued.key, Key)
    return issued.key


def issue(
    name: str,
    by: Issued | None = None,
    *,
    key_name: str = "",
    authority: bool = False,
    end: datetime = NOW + 3000 * DAY,
    sgx: bytes | None = None,
    serial: int | None = None,
) -> Issued:
    """A certificate with ECDSA and SHA-256, by itself where nobody else issues it."""
    label = key_name or name
    return certify(
        name,
        p256(label),
        by,
        serial=serial or int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big"),
        valid=(NOW - 300 * DAY, end),
        authority=authority,
        extensions={} if sgx is None else {EXTENSION: sgx},
        bits=256,
    )


@dataclass(frozen=True)
class Pki:
    """Who signs: the root, the authority of PCKs, a platform's PCK, and the signer of TCB infos."""

    root: Issued
    authority: Issued
    pck: Issued
    signer: Issued

    @property
    def roots(self) -> Mapping[str, Mapping[str, str]]:
        """What a question pins."""
        return {"intel": {self.root.key_hash: "self-made root"}}

    @property
    def pck_chain(self) -> bytes:
        """As quotes carry it."""
        return pem(self.pck.raw, self.authority.raw, self.root.raw) + b"\0"


def make_pki(
    *,
    sgx: bytes | None = None,
    authority: bool = True,
    pck_end: datetime = NOW + 3000 * DAY,
    signer_name: str = "Intel SGX TCB Signing",
    signer_end: datetime = NOW + 3000 * DAY,
    root_key: str = "root",
) -> Pki:
    """Freshly issued certificates, right unless told otherwise."""
    root = issue("Intel SGX Root CA", key_name=root_key, authority=True)
    ca = issue("Intel SGX PCK Platform CA", root, authority=authority)
    pck = issue("Intel SGX PCK Certificate", ca, end=pck_end, sgx=sgx or sgx_extension())
    return Pki(root, ca, pck, issue(signer_name, root, key_name="signer", end=signer_end))


@functools.cache
def pki() -> Pki:
    """The one that is right."""
    return make_pki()


# --- quotes -------------------------------------------------------------------------------------


def _laid_out(
    size: int, offsets: Mapping[str, tuple[int, int]], values: Mapping[str, bytes]
) -> bytes:
    whole = bytearray(size)
    for name, value in values.items():
        at, length = offsets[name]
        assert len(value) == length, name
        whole[at : at + length] = value
    return bytes(whole)


def sgx_report(**values: bytes) -> bytes:
    """A report of an enclave that is not under debug."""
    usual = {
        "attributes": b"\x05".ljust(16, b"\0"),
        "mrenclave": b"\xe1" * 32,
        "mrsigner": b"\x51" * 32,
        "isvprodid": b"\x07\0",
        "isvsvn": b"\x03\0",
        "report_data": b"\xda" * 64,
    }
    return _laid_out(384, SGX_OFFSETS, usual | values)


def qe_report(**values: bytes) -> bytes:
    """A report of the quoting enclave, without the attestation key's digest."""
    usual = {
        "attributes": b"\x11".ljust(8, b"\0") + b"\xe7".ljust(8, b"\0"),
        "mrenclave": b"\x0e" * 32,
        "mrsigner": QE_MRSIGNER,
        "isvprodid": b"\x02\0",
        "isvsvn": b"\x06\0",
        "report_data": bytes(64),
    }
    return _laid_out(384, SGX_OFFSETS, usual | values)


def td_report(body_type: int = 2, **values: bytes) -> bytes:
    """A report of a TD that is not under debug, of TDX 1.0 (2), 1.5 (3) or 1.5 extended (4)."""
    usual = {
        "tee_tcb_svn": TEE_TCB_SVN,
        "mrseam": b"\x5e" * 48,
        "td_attributes": (1 << 28).to_bytes(8, "little"),
        "xfam": b"\xe7".ljust(8, b"\0"),
        "mrtd": b"\x4d" * 48,
        "rtmr0": b"\xa0" * 48,
        "rtmr1": b"\xa1" * 48,
        "rtmr2": b"\xa2" * 48,
        "rtmr3": b"\xa3" * 48,
        "report_data": b"\xda" * 64,
    }
    if body_type > 2:
        usual["tee_tcb_svn2"] = TEE_TCB_SVN
    return _laid_out(TD_SIZES[body_type], TD_OFFSETS, usual | values)


@dataclass(frozen=True)
class QuoteParts:
    """What a quote is made of; right unless told otherwise.

    Attributes:
        body: a report; None for the usual one of the type.
        certification: None for the chain in PEM.
        qe_key: None for the platform's PCK.
    """

    version: int = 4
    tee: int = 0x81
    body_type: int = 2
    body: bytes | None = None
    key_type: int = 2
    vendor: bytes = INTEL_VENDOR
    qe: bytes = field(default_factory=qe_report)
    authentication: bytes = bytes(range(32))
    named_key: str = "attestation"
    certification_type: int = 5
    certification: bytes | None = None
    trailing: bytes = b""


def make_quote(by: Pki | None = None, **changes: Any) -> bytes:  # noqa: ANN401
    """A quote signed as one of Intel's is."""
    by = by or pki()
    parts = QuoteParts(**changes)
    body = parts.body
    if body is None:
        body = sgx_report() if parts.tee == 0 else td_report(parts.body_type)
    head = (
        parts.version.to_bytes(2, "little")
        + parts.key_type.to_bytes(2, "little")
        + parts.tee.to_bytes(4, "little")
        + bytes(4)
        + parts.vendor
        + bytes(20)
    )
    if parts.version == 5:
        body_type = 1 if parts.tee == 0 else parts.body_type
        head += body_type.to_bytes(2, "little") + len(body).to_bytes(4, "little")
    attesting = p256("attestation")
    named = point(p256(parts.named_key)) + parts.authentication
    report = parts.qe[:320] + hashlib.sha256(named).digest() + bytes(32)
    certification = by.pck_chain if parts.certification is None else parts.certification
    certified = (
        report
        + signed(key_of(by.pck), report)
        + len(parts.authentication).to_bytes(2, "little")
        + parts.authentication
        + parts.certification_type.to_bytes(2, "little")
        + len(certification).to_bytes(4, "little")
        + certification
    )
    if parts.version > 3:
        certified = b"\x06\0" + len(certified).to_bytes(4, "little") + certified
    data = signed(attesting, head + body) + point(attesting) + certified
    return head + body + len(data).to_bytes(4, "little") + data + parts.trailing


def make_sgx_quote(by: Pki | None = None, **changes: Any) -> bytes:  # noqa: ANN401
    """A quote of an enclave, of version 3 unless told otherwise."""
    usual: dict[str, Any] = {"version": 3, "tee": 0, "qe": qe_report(isvprodid=b"\x01\0")}
    return make_quote(by, **(usual | changes))


# --- collateral ---------------------------------------------------------------------------------


def when(moment: datetime) -> str:
    """As Intel writes times."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def standing(status: str, *advisories: str) -> dict[str, Any]:
    """Status, date and advisories of a level."""
    said: dict[str, Any] = {"tcbDate": "2026-02-11T00:00:00Z", "tcbStatus": status}
    return said | ({"advisoryIDs": list(advisories)} if advisories else {})


def tcb_level(
    status: str,
    *advisories: str,
    components: Sequence[int] = COMPONENTS,
    pcesvn: int = PCESVN,
    tdx: Sequence[int] | None = (6, 0, 3, *[0] * 13),
) -> dict[str, Any]:
    """A level of a TCB info; for SGX with ``tdx`` None."""
    tcb: dict[str, Any] = {
        "sgxtcbcomponents": [{"svn": svn} for svn in components],
        "pcesvn": pcesvn,
    }
    if tdx is not None:
        tcb["tdxtcbcomponents"] = [{"svn": svn} for svn in tdx]
    return {"tcb": tcb} | standing(status, *advisories)


def isv_level(isvsvn: int, status: str, *advisories: str) -> dict[str, Any]:
    """A level of an enclave or a TDX module."""
    return {"tcb": {"isvsvn": isvsvn}} | standing(status, *advisories)


def module(id_: str, *levels: Mapping[str, Any], mrsigner: bytes = bytes(48)) -> dict[str, Any]:
    """A TDX module that Intel knows."""
    return {
        "id": id_,
        "mrsigner": mrsigner.hex().upper(),
        "attributes": "00" * 8,
        "attributesMask": "FF" * 8,
        "tcbLevels": list(levels),
    }


def tcb_info(tee: str = "TDX", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A TCB info that this platform is up to date by."""
    tdx = {
        "tdxModule": {
            "mrsigner": "00" * 48,
            "attributes": "00" * 8,
            "attributesMask": "FF" * 8,
        },
        "tdxModuleIdentities": [
            module(
                "TDX_01",
                isv_level(6, "UpToDate"),
                isv_level(4, "OutOfDate", "INTEL-SA-01036"),
            ),
        ],
    }
    low = [1] * 8 + [0] * 8
    return {
        "id": tee,
        "version": 3,
        "issueDate": when(NOW - 5 * DAY),
        "nextUpdate": when(NOW + 25 * DAY),
        "fmspc": FMSPC.hex().upper(),
        "pceId": PCEID.hex(),
        "tcbType": 0,
        "tcbEvaluationDataNumber": 18,
        **(tdx if tee == "TDX" else {}),
        "tcbLevels": [
            tcb_level("UpToDate", tdx=(6, 0, 3, *[0] * 13) if tee == "TDX" else None),
            tcb_level(
                "OutOfDate",
                "INTEL-SA-00837",
                components=low,
                pcesvn=5,
                tdx=bytes(16) if tee == "TDX" else None,
            ),
        ],
        **changes,
    }


def qe_identity(tee: str = "TDX", **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """The identity of the quoting enclave of :func:`qe_report`."""
    return {
        "id": "TD_QE" if tee == "TDX" else "QE",
        "version": 2,
        "issueDate": when(NOW - 6 * DAY),
        "nextUpdate": when(NOW + 24 * DAY),
        "tcbEvaluationDataNumber": 18,
        "miscselect": "00000000",
        "miscselectMask": "FFFFFFFF",
        "attributes": "11000000000000000000000000000000",
        "attributesMask": "FBFFFFFFFFFFFFFF0000000000000000",
        "mrsigner": QE_MRSIGNER.hex().upper(),
        "isvprodid": 2 if tee == "TDX" else 1,
        "tcbLevels": [isv_level(6, "UpToDate"), isv_level(4, "OutOfDate", "INTEL-SA-00615")],
        **changes,
    }


def revocation_list(
    by: Issued,
    *serials: int,
    start: datetime = NOW - 2 * DAY,
    end: datetime = NOW + 28 * DAY,
) -> bytes:
    """A list in DER, with its number and its authority's key identifier, as Intel's have."""
    named = sequence(der(0x80, by.key_hash.encode()[:20]))
    listed = (extension("2.5.29.20", integer(1)), extension("2.5.29.35", named))
    return revoke(by, serials, made=start, next_update=end, bits=256, extensions=listed)


def compact(document: Mapping[str, Any]) -> str:
    """JSON as Intel writes it."""
    return json.dumps(document, separators=(",", ":"))


def make_collateral(
    by: Pki | None = None,
    *,
    tee: str = "TDX",
    info: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] | None = None,
    root_list: bytes | None = None,
    pck_list: bytes | None = None,
    **changes: Any,  # noqa: ANN401
) -> bytes:
    """All of the collateral, signed; a change to None leaves a member out."""
    by = by or pki()
    info_text = compact(info if info is not None else tcb_info(tee))
    identity_text = compact(identity if identity is not None else qe_identity(tee))
    chain = pem(by.signer.raw, by.root.raw).decode()
    members = {
        "pck_crl_issuer_chain": pem(by.authority.raw, by.root.raw).decode(),
        "root_ca_crl": (root_list or revocation_list(by.root)).hex(),
        "pck_crl": (pck_list or revocation_list(by.authority)).hex(),
        "tcb_info_issuer_chain": chain,
        "tcb_info": info_text,
        "tcb_info_signature": signed(key_of(by.signer), info_text.encode()).hex(),
        "qe_identity_issuer_chain": chain,
        "qe_identity": identity_text,
        "qe_identity_signature": signed(key_of(by.signer), identity_text.encode()).hex(),
    }
    kept = {key: value for key, value in (members | changes).items() if value is not None}
    return json.dumps(kept).encode()
