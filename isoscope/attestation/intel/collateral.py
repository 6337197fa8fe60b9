"""Intel's collateral: what it publishes about platforms, signed, with an end to its validity.

The document is the one that dcap-qvl calls QuoteCollateralV3: the answers of Intel's service, each
with the chain that it is signed by, under the names of Intel's sgx_ql_qve_collateral_t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from isoscope.attestation.bundle import certificates
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.intel.signed_json import Member, read_members
from isoscope.attestation.intel.tcb_info import (
    QeIdentity,
    TcbInfo,
    parse_qe_identity,
    parse_tcb_info,
)
from isoscope.attestation.revocation import RevocationList, parse_revocation_list

_NAME = "collateral"
_SIGNATURE = 64
_LARGEST = 1 << 20
_INNER = ("tcbInfo", "enclaveIdentity")


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """Bytes of a document, and Intel's signature of them.

    Attributes:
        signature: r and s on NIST P-256, 32 bytes each, big endian.
    """

    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Collateral:
    """What was given of Intel's collateral; each part may be missing.

    Attributes:
        certificates: all of the issuer chains, in any order.
    """

    tcb_info: TcbInfo | None = None
    tcb_info_document: SignedDocument | None = None
    qe_identity: QeIdentity | None = None
    qe_identity_document: SignedDocument | None = None
    revocation_lists: Sequence[RevocationList] = ()
    certificates: Sequence[Certificate] = ()


def parse_collateral(data: bytes) -> Collateral:
    """Collateral from JSON: all of it, or one of Intel's answers alone.

    Raises:
        EvidenceError: it is none, or a part of it cannot be read.
    """
    if len(data) > _LARGEST:
        raise EvidenceError(f"{_NAME}: {len(data)} bytes, more than {_LARGEST}")
    members = read_members(data, _NAME)
    tcb_info = qe_identity = None
    if "tcbInfo" in members:
        tcb_info = _answer(members, "tcbInfo")
    elif "tcb_info" in members:
        tcb_info = _document(members, "tcb_info")
    if "enclaveIdentity" in members:
        qe_identity = _answer(members, "enclaveIdentity")
    elif "qe_identity" in members:
        qe_identity = _document(members, "qe_identity")
    lists = [
        parse_revocation_list(_list_bytes(_text(members, key), key))
        for key in ("root_ca_crl", "pck_crl")
        if key in members
    ]
    if tcb_info is None and qe_identity is None and not lists:
        raise EvidenceError(f"{_NAME}: it holds no TCB info, no QE identity and no revocation list")
    return Collateral(
        tcb_info=parse_tcb_info(tcb_info.signed) if tcb_info else None,
        tcb_info_document=tcb_info,
        qe_identity=parse_qe_identity(qe_identity.signed) if qe_identity else None,
        qe_identity_document=qe_identity,
        revocation_lists=lists,
        certificates=_certificates(members),
    )


def _text(members: Mapping[str, Member], key: str) -> str:
    member = members.get(key)
    if member is None or not isinstance(member.value, str):
        raise EvidenceError(f"{_NAME}: {key} is no text")
    return member.value


def _octets(members: Mapping[str, Member], key: str) -> bytes:
    try:
        return bytes.fromhex(_text(members, key))
    except ValueError:
        raise EvidenceError(f"{_NAME}: {key} is not hexadecimal") from None


def _signature(members: Mapping[str, Member], key: str) -> bytes:
    signature = _octets(members, key)
    if len(signature) != _SIGNATURE:
        raise EvidenceError(f"{_NAME}: {key} has {len(signature)} bytes, not {_SIGNATURE}")
    return signature


def _answer(members: Mapping[str, Member], key: str) -> SignedDocument:
    """As Intel's service answers: the document within an object, its signature beside it."""
    return SignedDocument(members[key].raw, _signature(members, "signature"))


def _document(members: Mapping[str, Member], key: str) -> SignedDocument:
    """As a text, with the signature beside it, or with Intel's whole answer in it."""
    try:
        signed = _text(members, key).encode()
    except UnicodeEncodeError:
        raise EvidenceError(f"{_NAME}: {key} is no text") from None
    within = read_members(signed, f"{_NAME}: {key}")
    for inner in _INNER:
        if inner in within:
            return _answer(within, inner)
    return SignedDocument(signed, _signature(members, f"{key}_signature"))


def _list_bytes(text: str, key: str) -> bytes:
    """A list in hexadecimal, or in PEM; libraries of Intel's hand out both."""
    if "-----BEGIN" in text:
        return text.encode("utf-8", "replace")
    try:
        data = bytes.fromhex(text.rstrip("\0"))
    except ValueError:
        raise EvidenceError(f"{_NAME}: {key} is neither hexadecimal nor PEM") from None
    return data


def _certificates(members: Mapping[str, Member]) -> Sequence[Certificate]:
    found: dict[bytes, Certificate] = {}
    for key in (
        "tcb_info_issuer_chain",
        "qe_identity_issuer_chain",
        "pck_crl_issuer_chain",
        "pck_certificate_chain",
    ):
        member = members.get(key)
        if member is not None and member.value:
            for one in certificates(_text(members, key).encode("utf-8", "replace")):
                found[one.raw] = one
    return list(found.values())
