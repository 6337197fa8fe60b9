"""The payload of a document ("Attestation document specification", AWS Nitro Enclaves NSM API)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from isoscope.attestation import cbor
from isoscope.attestation.fields import EvidenceError

_NAME = "a Nitro attestation document"
_DIGEST = "SHA384"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MILLISECOND = 253402300799999  # of the year 9999
_PCR_SIZES = frozenset({32, 48, 64})
_LAST_PCR = 31
_MOST_AUTHORITIES = 16


@dataclass(frozen=True, slots=True)
class Document:
    """What the hypervisor says of an enclave, every field as it stands.

    Attributes:
        module_id: the instance and its enclave.
        timestamp: when the document was made, by the hypervisor's clock.
        pcrs: the locked registers by their index: 0 the image, 1 kernel and boot ramdisk, 2 the
            application, 3 the instance's role, 4 the instance, 8 the certificate that signed the
            image.
        certificate: of the key that signed the document, in DER.
        authorities: the certificates above it, in DER, the root first (``cabundle``).
        public_key, user_data, nonce: what the enclave asked to be put in; None where nothing.
    """

    module_id: str
    digest: str
    timestamp: datetime
    pcrs: Mapping[int, bytes]
    certificate: bytes
    authorities: tuple[bytes, ...]
    public_key: bytes | None
    user_data: bytes | None
    nonce: bytes | None


def parse_document(payload: bytes) -> Document:
    """A document from the payload of its COSE_Sign1.

    Raises:
        EvidenceError: it is none, or a field lies outside of what AWS specifies.
    """
    fields = cbor.map_of(cbor.decode(payload, _NAME), _NAME)
    digest = _text(fields, "digest")
    if digest != _DIGEST:
        raise EvidenceError(f"{_NAME}: registers of {digest[:20]!r}; known is {_DIGEST}")
    authorities = cbor.array_of(_needed(fields, "cabundle"), f"{_NAME}, cabundle")
    if not 1 <= len(authorities) <= _MOST_AUTHORITIES:
        raise EvidenceError(f"{_NAME}: {len(authorities)} certificates in cabundle")
    return Document(
        module_id=_text(fields, "module_id"),
        digest=digest,
        timestamp=_timestamp(_needed(fields, "timestamp")),
        pcrs=_pcrs(_needed(fields, "pcrs")),
        certificate=cbor.bytes_of(_needed(fields, "certificate"), f"{_NAME}, certificate"),
        authorities=tuple(cbor.bytes_of(one, f"{_NAME}, cabundle") for one in authorities),
        public_key=_optional(fields, "public_key"),
        user_data=_optional(fields, "user_data"),
        nonce=_optional(fields, "nonce"),
    )


def _needed(fields: Mapping[cbor.Key, cbor.Item], name: str) -> cbor.Item:
    if name not in fields:
        raise EvidenceError(f"{_NAME}: without {name}")
    return fields[name]


def _text(fields: Mapping[cbor.Key, cbor.Item], name: str) -> str:
    return cbor.text_of(_needed(fields, name), f"{_NAME}, {name}")


def _optional(fields: Mapping[cbor.Key, cbor.Item], name: str) -> bytes | None:
    value = fields.get(name)
    return None if value is None else cbor.bytes_of(value, f"{_NAME}, {name}")


def _timestamp(value: cbor.Item) -> datetime:
    milliseconds = cbor.integer_of(value, f"{_NAME}, timestamp")
    if not 0 < milliseconds <= _LAST_MILLISECOND:
        raise EvidenceError(f"{_NAME}: its timestamp is {milliseconds} ms, which is no date")
    return _EPOCH + timedelta(milliseconds=milliseconds)


def _pcrs(value: cbor.Item) -> Mapping[int, bytes]:
    found: dict[int, bytes] = {}
    for key, register in cbor.map_of(value, f"{_NAME}, pcrs").items():
        index = cbor.integer_of(key, f"{_NAME}, index of a PCR")
        content = cbor.bytes_of(register, f"{_NAME}, PCR{index}")
        if not 0 <= index <= _LAST_PCR or len(content) not in _PCR_SIZES:
            raise EvidenceError(f"{_NAME}: PCR{index} of {len(content)} bytes")
        found[index] = content
    return found
