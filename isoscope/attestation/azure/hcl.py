"""The layout of an HCL report: the hardware's report, and the runtime data that it vouches for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

from isoscope.attestation.fields import EvidenceError, Fields
from isoscope.snapshot.strict_json import parse_strictly

MAGIC = b"HCLA"
_NAME = "an Azure HCL report"
_HARDWARE_SIZE = 1184
_SNP, _TDX = 2, 4
_HASHES = {1: "sha256", 2: "sha384", 3: "sha512"}
_SIGNING_KEY = "HCLAkPub"


@dataclass(frozen=True, slots=True)
class HclReport:
    """An HCL report of an SEV-SNP machine.

    Attributes:
        hardware: the SEV-SNP report.
        runtime_data: JSON of the paravisor's, as bytes.
        runtime_hash: of those bytes, in the hash that the report names.
        signing_key: modulus and exponent of the virtual TPM's attestation key; None where the
            runtime data has none.
    """

    hardware: bytes
    runtime_data: bytes
    runtime_hash: bytes
    signing_key: tuple[int, int] | None


def parse_hcl(data: bytes) -> HclReport:
    """An HCL report.

    Raises:
        EvidenceError: it is none, or one of a machine of another kind than SEV-SNP.
    """
    fields = Fields(data, _NAME)
    if fields.take(4, "its signature") != MAGIC:
        raise fields.error("it does not begin with HCLA")
    fields.skip(28, "its header")
    hardware = fields.take(_HARDWARE_SIZE, "the hardware's report")
    fields.skip(8, "size and version of the runtime data")
    kind = fields.integer(4, "the kind of the hardware's report")
    algorithm = fields.integer(4, "the kind of hash")
    length = fields.integer(4, "the length of the runtime data")
    runtime = fields.take(length, "the runtime data")
    if kind == _TDX:
        raise fields.error(
            "of a TDX machine, it holds a TDREPORT, which only that machine can check; give the "
            "quote made from it"
        )
    if kind != _SNP:
        raise fields.error(f"the hardware's report is of kind {kind}; SEV-SNP is {_SNP}")
    if algorithm not in _HASHES:
        raise fields.error(f"a hash of kind {algorithm}; known are 1, 2 and 3")
    return HclReport(
        hardware=hardware,
        runtime_data=runtime,
        runtime_hash=hashlib.new(_HASHES[algorithm], runtime).digest(),
        signing_key=_signing_key(runtime),
    )


def _signing_key(runtime: bytes) -> tuple[int, int] | None:
    try:
        document = parse_strictly(runtime.decode("utf-8"), most_objects=1000)
    except ValueError as error:
        raise EvidenceError(f"{_NAME}: its runtime data is no JSON: {error}") from None
    keys = document.get("keys", []) if isinstance(document, dict) else []
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict) and key.get("kid") == _SIGNING_KEY and key.get("kty") == "RSA":
            return _number(key.get("n")), _number(key.get("e"))
    return None


def _number(value: Any) -> int:  # noqa: ANN401
    """A number of RFC 7518 §6.3: base64url, big endian."""
    if not isinstance(value, str) or len(value) > 2048:
        raise EvidenceError(f"{_NAME}: a key without its numbers")
    try:
        octets = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        raise EvidenceError(f"{_NAME}: a key whose numbers are not base64url") from None
    return int.from_bytes(octets, "big")
