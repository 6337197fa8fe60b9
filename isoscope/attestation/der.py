"""DER, the encoding of certificates (ITU-T X.690): as much as X.509 needs, and strictly.

The product's own, because what stands ready refuses real evidence: AMD's VCEKs have serial number
0, which RFC 5280 forbids and libraries begin to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from isoscope.attestation.fields import EvidenceError

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
TELETEX_STRING = 0x14
IA5_STRING = 0x16
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_LONGEST = 1 << 24  # bytes of one element; a CRL of Intel's has some thousands
_LONGEST_TEXT = 64  # characters, as X.520 has it for common names
_TEXTS = {
    UTF8_STRING: "utf-8",
    PRINTABLE_STRING: "ascii",
    IA5_STRING: "ascii",
    TELETEX_STRING: "latin-1",
}


def context(number: int) -> int:
    """The tag of a constructed, context-specific element."""
    return 0xA0 | number


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, its contents, and all its bytes, which signatures cover."""

    tag: int
    content: bytes
    raw: bytes

    def expect(self, tag: int, name: str) -> Element:
        """Itself.

        Raises:
            EvidenceError: it has another tag.
        """
        if self.tag != tag:
            raise EvidenceError(f"{name}: DER tag {self.tag:#04x} where {tag:#04x} belongs")
        return self

    def children(self, name: str) -> list[Element]:
        """The elements within.

        Raises:
            EvidenceError: the contents are no elements.
        """
        return list(elements(self.content, name))


def elements(data: bytes, name: str) -> Iterator[Element]:
    """Yields the elements that stand one after the other, until the bytes end.

    Raises:
        EvidenceError: the bytes are no DER.
    """
    at = 0
    while at < len(data):
        element = _element(data, at, name)
        at += len(element.raw)
        yield element


def single(data: bytes, name: str) -> Element:
    """The one element that the bytes are.

    Raises:
        EvidenceError: they are none, or more follows.
    """
    element = _element(data, 0, name)
    if len(element.raw) != len(data):
        raise EvidenceError(f"{name}: {len(data) - len(element.raw)} bytes after its end")
    return element


def leading(data: bytes, name: str) -> Element:
    """The element that the bytes begin with.

    Raises:
        EvidenceError: they begin with none.
    """
    return _element(data, 0, name)


def _element(data: bytes, at: int, name: str) -> Element:
    if at + 2 > len(data):
        raise EvidenceError(f"{name}: DER ends inside an element")
    tag, first = data[at], data[at + 1]
    if tag & 0x1F == 0x1F:
        raise EvidenceError(f"{name}: DER tags of several bytes have no place here")
    start = at + 2
    if first < 0x80:
        length = first
    else:
        size = first & 0x7F
        octets = data[start : start + size]
        if not 1 <= size <= 4 or len(octets) != size:
            raise EvidenceError(f"{name}: a DER length of {size} bytes")
        length = int.from_bytes(octets, "big")
        if octets[0] == 0 or length < 0x80:
            raise EvidenceError(f"{name}: a DER length that is longer than it has to be")
        start += size
    end = start + length
    if length > _LONGEST or end > len(data):
        raise EvidenceError(f"{name}: a DER element of {length} bytes, more than there are")
    return Element(tag, data[start:end], data[at:end])


def integer(element: Element, name: str) -> int:
    """The value of an INTEGER.

    Raises:
        EvidenceError: it is none.
    """
    element.expect(INTEGER, name)
    if not element.content or len(element.content) > 64:
        raise EvidenceError(f"{name}: an INTEGER of {len(element.content)} bytes")
    return int.from_bytes(element.content, "big", signed=True)


def identifier(element: Element, name: str) -> str:
    """An OBJECT IDENTIFIER in dots.

    Raises:
        EvidenceError: it is none.
    """
    element.expect(OBJECT_IDENTIFIER, name)
    octets = element.content
    if not octets or len(octets) > 64 or octets[-1] & 0x80:
        raise EvidenceError(f"{name}: an OBJECT IDENTIFIER without an end")
    arcs = []
    value = 0
    for octet in octets:
        value = (value << 7) | (octet & 0x7F)
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    top = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (top, arcs[0] - 40 * top, *arcs[1:]))


def bits(element: Element, name: str) -> bytes:
    """The bytes of a BIT STRING; the last may have unused bits.

    Raises:
        EvidenceError: it is none.
    """
    element.expect(BIT_STRING, name)
    if not element.content or element.content[0] > 7:
        raise EvidenceError(f"{name}: a BIT STRING without its count of unused bits")
    return element.content[1:]


def text(element: Element) -> str | None:
    """The text of a string type of directory names; None of any other element.

    It goes to people's terminals and windows: what cannot be printed is replaced, and what is
    longer than such names are is cut.
    """
    encoding = _TEXTS.get(element.tag)
    if encoding is None:
        return None
    found = element.content[: 4 * _LONGEST_TEXT].decode(encoding, "replace")[:_LONGEST_TEXT]
    return "".join(one if one.isprintable() else "\ufffd" for one in found)


def time(element: Element, name: str) -> datetime:
    """A UTCTime or GeneralizedTime, which RFC 5280 §4.1.2.5 wants in seconds and with a Z.

    Raises:
        EvidenceError: it is none.
    """
    digits = element.content[:20].decode("ascii", "replace")
    if element.tag == UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    elif element.tag != GENERALIZED_TIME:
        raise EvidenceError(f"{name}: DER tag {element.tag:#04x} is no time")
    problem = EvidenceError(f"{name}: {digits!r} is no time of a certificate")
    if len(digits) != 15 or not (digits[:14].isascii() and digits[:14].isdigit()):
        raise problem
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise problem from None
