"""Takes evidence out of what it comes in: hexadecimal, base64, JSON of the usual agents.

Confidential Containers, Azure's guest agents and scripts around configfs-tsm each have a JSON of
their own. They are told apart by their fields, never by who sent them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from isoscope.attestation.bundle import MOST_CERTIFICATES, certificates
from isoscope.attestation.certificate import Certificate
from isoscope.attestation.enclosed import Enclosed, SignedQuote
from isoscope.attestation.fields import EvidenceError
from isoscope.attestation.question import LARGEST_EVIDENCE
from isoscope.attestation.revocation import RevocationList
from isoscope.attestation.snp.certificate_table import begins_table, parse_table
from isoscope.attestation.snp.written_out import is_written_out, report_from_fields
from isoscope.snapshot.strict_json import parse_strictly

_HEXADECIMAL = re.compile(rb"(?:0[xX])?[0-9a-fA-F]+")
_GAPS = b" \t\r\n\v\f"
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")
_BODIES = (
    "attestation_report",
    "hcl_report",
    "report",
    "quote",
    "outblob",
    "document",
    "cca_token",
    "token",
    "evidence",
)
_CERTIFICATES = ("vcek", "vlek", "cert_chain", "certificates", "certs", "chain", "auxblob")
_DEEPEST = 3


def open_envelope(data: bytes) -> Enclosed:
    """The evidence itself, and what came with it.

    Raises:
        EvidenceError: it is too large, JSON without evidence, or broken in its wrapping. Bytes
            that are wrapped in nothing known are given back as they are.
    """
    return _opened(data, _DEEPEST)


def _opened(data: bytes, depth: int) -> Enclosed:
    if len(data) > LARGEST_EVIDENCE:
        raise EvidenceError(f"{len(data)} bytes: no evidence has more than {LARGEST_EVIDENCE}")
    if not data.strip():
        raise EvidenceError("it is empty; fetch it once more: `isoscope attest challenge` says how")
    if data.lstrip()[:1] == b"{":
        try:
            document = parse_strictly(data.decode("utf-8"), most_objects=10_000)
        except ValueError as error:
            raise EvidenceError(f"it begins like JSON and is none: {error}") from None
        return _of_json(document, depth)
    if data.lstrip().startswith(b"-----BEGIN"):
        raise EvidenceError(
            "it is PEM text, a certificate or key, and no evidence; give certificates as a chain"
        )
    if (decoded := decoded_text(data)) is not None:
        return _opened(decoded, depth - 1) if depth else Enclosed(decoded)
    return Enclosed(data)


def decoded_text(data: bytes) -> bytes | None:
    """The bytes that hexadecimal or base64 text stands for; None where it is neither."""
    digits = data.translate(None, _GAPS + b":")
    if _HEXADECIMAL.fullmatch(digits):
        digits = digits[2:] if digits[1:2] in b"xX" else digits
        return bytes.fromhex(digits.decode()) if digits and len(digits) % 2 == 0 else None
    text = data.translate(None, _GAPS)
    if not _BASE64.fullmatch(text):
        return None
    text = text.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def _of_json(document: Mapping[str, Any], depth: int) -> Enclosed:
    if depth == 0:
        raise EvidenceError("JSON within JSON, more than three times")
    found: list[Certificate] = []
    lists: list[RevocationList] = []
    for name in _CERTIFICATES:
        if name in document:
            _collect(document[name], name, found, lists)
    if len(found) > MOST_CERTIFICATES:
        raise EvidenceError(f"JSON with more than {MOST_CERTIFICATES} certificates")
    inner = _opened(_body(document), depth - 1)
    collateral = document.get("collateral")
    return Enclosed(
        body=inner.body,
        certificates=(*found, *inner.certificates),
        revocation_lists=(*lists, *inner.revocation_lists),
        collateral=_collateral(collateral) if collateral is not None else inner.collateral,
        quote=_tpm_quote(document) or inner.quote,
    )


def _body(document: Mapping[str, Any]) -> bytes:
    for name in _BODIES:
        value = document.get(name)
        if isinstance(value, dict) and is_written_out(value):
            return report_from_fields(value)
        if isinstance(value, dict) and name in {"evidence", "report"}:
            return _dumped(value)
        if (octets := _octets(value)) is not None:
            return octets
    raise EvidenceError(f"JSON without evidence: it has none of {', '.join(_BODIES)}")


def _collateral(value: Any) -> bytes:  # noqa: ANN401
    """As text, or as JSON within JSON."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else _dumped(value)


def _dumped(value: Any) -> bytes:  # noqa: ANN401
    """Without spaces, as Intel writes the documents whose bytes it signs."""
    try:
        return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError:
        raise EvidenceError("JSON that is nested too deeply") from None


def _octets(value: Any) -> bytes | None:  # noqa: ANN401
    """Bytes, as JSON has them: text in hexadecimal or base64, or a list of numbers."""
    if isinstance(value, str) and value:
        return value.encode("utf-8", "replace")  # JSON may hold halves of characters
    if isinstance(value, list) and value:
        if all(isinstance(one, int) and 0 <= one <= 255 for one in value):
            return bytes(value)
        raise EvidenceError("JSON with a list that is no list of bytes")
    return None


def _collect(
    value: Any,  # noqa: ANN401
    name: str,
    found: list[Certificate],
    lists: list[RevocationList],
    depth: int = _DEEPEST,
) -> None:
    """Certificates in any of the forms that JSON has them in.

    Args:
        depth: of lists that may still stand in one another.
    """
    if isinstance(value, list) and value and not isinstance(value[0], int):
        if not depth or len(value) > MOST_CERTIFICATES:
            raise EvidenceError(f"JSON field {name!r}: too long, or lists too deep in one another")
        for one in value:
            inner = one.get("data") if isinstance(one, dict) else one
            _collect(inner, name, found, lists, depth - 1)
        return
    octets = _octets(value)
    if octets is None:
        return
    if b"-----BEGIN" not in octets and isinstance(value, str):
        octets = decoded_text(octets) or octets
    if begins_table(octets):
        table = parse_table(octets)
        found.extend(table.certificates)
        lists.extend(table.revocation_lists)
        return
    try:
        found.extend(certificates(octets))
    except EvidenceError as error:
        raise EvidenceError(f"JSON field {name!r}: {error}") from None


def _tpm_quote(document: Mapping[str, Any]) -> SignedQuote | None:
    quote = document.get("tpm_quote", document.get("quote"))
    if not isinstance(quote, dict):
        return None
    message, value = _decoded(quote.get("message")), _decoded(quote.get("signature"))
    if message is None or value is None:
        return None
    registers = quote.get("pcrs")
    values = [_decoded(one) for one in registers] if isinstance(registers, list) else []
    # One left out would move all behind it to other numbers.
    return SignedQuote(message, value, [one or b"" for one in values])


def _decoded(value: Any) -> bytes | None:  # noqa: ANN401
    """Bytes of JSON, out of hexadecimal or base64 where they are text."""
    octets = _octets(value)
    if octets is None or not isinstance(value, str):
        return octets
    return decoded_text(octets) or octets
