"""The table of certificates that a host hands to its guests beside a report.

GHCB specification (AMD 56421) §4.1.8.1: entries of a GUID, an offset and a length, ended by zeros.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from isoscope.attestation.bundle import MOST_CERTIFICATES, certificates
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.fields import EvidenceError, Fields
from isoscope.attestation.revocation import RevocationList, parse_revocation_list

_NAME = "a table of certificates"
_MOST_ENTRIES = 32
_MOST_LISTS = 4
_CRL = uuid.UUID("92f81bc3-5811-4d3d-97ff-d19f88dc67ea")
_CERTIFICATES = {
    uuid.UUID("63da758d-e664-4564-adc5-f4b93be8accd"): "VCEK",
    uuid.UUID("a8074bc2-a25a-483e-aae6-39c045a0b8a1"): "VLEK",
    uuid.UUID("4ab7b379-bbac-4fe4-a02f-05aef327c782"): "ASK",
    uuid.UUID("c0b406a4-a803-4952-9743-3fb6014cd0ae"): "ARK",
}
_FIRST = frozenset(guid.bytes for guid in (*_CERTIFICATES, _CRL))


@dataclass(frozen=True, slots=True)
class CertificateTable:
    """What a table holds; entries of unknown GUIDs are the host's own affair."""

    certificates: Sequence[Certificate]
    revocation_lists: Sequence[RevocationList]


def begins_table(data: bytes) -> bool:
    """Whether the bytes begin with an entry of a certificate."""
    return data[:16] in _FIRST


def parse_table(data: bytes) -> CertificateTable:
    """A table, with offsets from its beginning.

    Raises:
        EvidenceError: it does not end, an entry lies outside of it or is no certificate, or it
            holds more than 64 certificates.
    """
    fields = Fields(data, _NAME)
    found: list[Certificate] = []
    lists: list[RevocationList] = []
    for _ in range(_MOST_ENTRIES):
        guid = fields.take(16, "a GUID")
        offset, length = fields.integer(4, "an offset"), fields.integer(4, "a length")
        if not any(guid) and not offset and not length:
            return CertificateTable(found, lists)
        if offset + length > len(data):
            raise fields.error(f"an entry at {offset} of {length} bytes lies outside of it")
        kind = uuid.UUID(bytes=guid)
        body = data[offset : offset + length]
        if kind == _CRL:
            if len(lists) == _MOST_LISTS:
                raise fields.error(f"more than {_MOST_LISTS} revocation lists")
            lists.append(parse_revocation_list(body))
        elif kind in _CERTIFICATES:
            found.extend(certificates(body))
        if len(found) > MOST_CERTIFICATES:
            raise fields.error(f"more than {MOST_CERTIFICATES} certificates")
    raise EvidenceError(f"{_NAME}: more than {_MOST_ENTRIES} entries, or no end")
