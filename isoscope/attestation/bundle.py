"""Certificates as they come: PEM, DER, several of either, with whatever pads them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence

from isoscope.attestation import der
from isoscope.attestation.certificate import Certificate, parse_certificate
from isoscope.attestation.fields import EvidenceError

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----")
MOST_CERTIFICATES = 64
"""That one piece of evidence may bring: chains have up to six, and each costs a signature."""


def pem_blocks(data: bytes, label: str) -> list[bytes]:
    """The DER of each PEM block of that label (RFC 7468).

    Raises:
        EvidenceError: a block is not base64, or there are more than 64.
    """
    found = [match.group(2) for match in _PEM.finditer(data) if match.group(1) == label.encode()]
    if len(found) > MOST_CERTIFICATES:
        raise EvidenceError(f"PEM: {len(found)} blocks, more than {MOST_CERTIFICATES}")
    return [_decoded(body) for body in found]


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error as error:
        raise EvidenceError(f"PEM: not base64: {error}") from None


def certificates(data: bytes) -> Sequence[Certificate]:
    """All certificates of PEM text or of DER, in their order; zero bytes after them are padding.

    Raises:
        EvidenceError: there are none, or one cannot be read.
    """
    found = pem_blocks(data, "CERTIFICATE") if b"-----BEGIN" in data else _der_certificates(data)
    if not found:
        raise EvidenceError("no certificate is in it, neither as PEM nor as DER")
    return [parse_certificate(one) for one in found]


def _der_certificates(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(data) and data[at]:
        if len(found) == MOST_CERTIFICATES:
            raise EvidenceError(f"DER: more than {MOST_CERTIFICATES} certificates")
        found.append(der.leading(data[at:], "a certificate").raw)
        at += len(found[-1])
    return found
