"""The layout of a report: a request and its answer (SPDM 1.1, DMTF DSP0274 §10.11).

What a GPU signs is both, one after the other, so that its answer is tied to the nonce asked with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from isoscope.attestation.fields import EvidenceError, Fields

REQUEST_SIZE = 37
SIGNATURE_SIZE = 96  # two numbers of P-384, big endian

_NAME = "an NVIDIA GPU report"
_VERSION = 0x11
_GET_MEASUREMENTS = 0xE0
_MEASUREMENTS = 0x60
_SIGNED = 0x01  # of the request: the answer shall be signed
_DMTF = 0x01  # the specification that a block's measurement follows


@dataclass(frozen=True, slots=True)
class Report:
    """A report, every field as it stands.

    Attributes:
        signed: the bytes that the signature covers.
        nonce: of whoever asked.
        asked_for: which measurements were asked for; 0xff is all.
        slot: of the certificate chain, as asked.
        measurements: values by their index, from 1; which firmware is which, NVIDIA's reference
            manifests say.
        answer_nonce: of the GPU.
        opaque: what NVIDIA puts beside, see `opaque`.
        r, s: the signature.
    """

    signed: bytes
    nonce: bytes
    asked_for: int
    slot: int
    measurements: Mapping[int, bytes]
    answer_nonce: bytes
    opaque: bytes
    r: int
    s: int


def recognises(data: bytes) -> bool:
    """Whether the bytes can be a report: a request for measurements, and measurements."""
    return data[:2] == bytes([_VERSION, _GET_MEASUREMENTS]) and data[
        REQUEST_SIZE : REQUEST_SIZE + 2
    ] == bytes([_VERSION, _MEASUREMENTS])


def parse_report(data: bytes) -> Report:
    """A report from its bytes.

    Raises:
        EvidenceError: they are none, or their lengths do not fit together.
    """
    fields = Fields(data, _NAME)
    _expect_message(fields, _GET_MEASUREMENTS, "request")
    attributes = fields.integer(1, "attributes of the request")
    if not attributes & _SIGNED:
        raise fields.error("no signature was asked for")
    asked_for = fields.integer(1, "what was asked for")
    nonce = fields.take(32, "nonce of the request")
    slot = fields.integer(1, "slot of the request")
    _expect_message(fields, _MEASUREMENTS, "answer")
    fields.skip(2, "parameters of the answer")
    count = fields.integer(1, "number of blocks")
    record = fields.take(fields.integer(3, "length of the record"), "measurement record")
    answer_nonce = fields.take(32, "nonce of the answer")
    opaque = fields.take(fields.integer(2, "length of opaque data"), "opaque data")
    signed = data[: fields.at]
    half = SIGNATURE_SIZE // 2
    r, s = (int.from_bytes(fields.take(half, "signature"), "big") for _ in range(2))
    if fields.left:
        raise fields.error(f"{fields.left} bytes after its signature")
    measurements = _measurements(record, count)
    return Report(signed, nonce, asked_for, slot, measurements, answer_nonce, opaque, r, s)


def _expect_message(fields: Fields, code: int, name: str) -> None:
    version, found = fields.integer(1, f"version of the {name}"), fields.integer(1, "code")
    if version != _VERSION:
        raise fields.error(
            f"SPDM version {version >> 4}.{version & 15} of the {name}; known is 1.1"
        )
    if found != code:
        raise fields.error(f"the {name} has code {found:#04x} instead of {code:#04x}")


def _measurements(record: bytes, count: int) -> Mapping[int, bytes]:
    fields = Fields(record, f"{_NAME}, measurement record")
    found: dict[int, bytes] = {}
    for _ in range(count):
        index = fields.integer(1, "index")
        if index in found:
            raise fields.error(f"block {index} twice")
        if (specification := fields.integer(1, "specification")) != _DMTF:
            raise fields.error(f"block {index} follows specification {specification}; DMTF's is 1")
        block = fields.take(fields.integer(2, "size of a block"), f"block {index}")
        found[index] = _measurement(block, index)
    if fields.left:
        raise fields.error(f"{fields.left} bytes after its {count} blocks")
    if not found:
        raise EvidenceError(f"{_NAME}: without measurements")
    return found


def _measurement(block: bytes, index: int) -> bytes:
    fields = Fields(block, f"{_NAME}, block {index}")
    fields.skip(1, "type")
    value = fields.take(fields.integer(2, "size"), "value")
    if fields.left:
        raise fields.error(f"{fields.left} bytes after its value")
    return value
