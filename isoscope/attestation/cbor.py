"""CBOR (RFC 8949), as much as signed documents need, and strictly.

The product's own, and short, because the readers that stand ready do more than is wanted of hostile
bytes: they evaluate tags (numbers of any size, decimals, regular expressions, dates, references to
what encloses them, which make values that never end) and let the last of two equal keys win, so
that two readers see two documents. Here a tag is a number beside its value, and nothing else.

Heads that are longer than they have to be are taken: RFC 8949 §4.1 only prefers short ones, and
signatures cover the bytes as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from isoscope.attestation.fields import EvidenceError

DEEPEST = 16
"""Items within one another; Arm's tokens have five."""
MOST_ITEMS = 4096
"""Items of one document, keys too; a document of Nitro's has some sixty."""

_INDEFINITE = 31
_SIMPLE_VALUES: Mapping[int, bool | None] = {20: False, 21: True, 22: None}


class Major(IntEnum):
    """The major types (RFC 8949 §3.1)."""

    UNSIGNED = 0
    NEGATIVE = 1
    BYTES = 2
    TEXT = 3
    ARRAY = 4
    MAP = 5
    TAG = 6
    SIMPLE = 7


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value and the number before it; what the number means is not looked at."""

    number: int
    value: Item


Key = int | str | bytes
Item = int | bytes | str | bool | tuple["Item", ...] | Mapping[Key, "Item"] | Tagged | None


def decode(data: bytes, name: str) -> Item:
    """The one item that the bytes are.

    Arrays are tuples, maps have integers, text and bytes as keys.

    Args:
        data: the bytes.
        name: what they are to be, with which every error begins.

    Raises:
        EvidenceError: they are no CBOR, more follows, a key stands twice, a length is indefinite,
            or there is something that no signed document has: floating point, other simple values,
            more than 16 levels or 4096 items.
    """
    reader = _Reader(data, name)
    item = reader.item(0)
    if reader.at != len(data):
        raise EvidenceError(f"{name}: {len(data) - reader.at} bytes after its end")
    return item


class _Reader:
    __slots__ = ("_count", "_data", "_name", "at")

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._count = 0
        self.at = 0

    def item(self, depth: int) -> Item:
        self._count += 1
        if self._count > MOST_ITEMS:
            raise self._error(f"more than {MOST_ITEMS} items")
        if depth > DEEPEST:
            raise self._error(f"more than {DEEPEST} levels")
        kind, detail, value = self._head()
        match kind:
            case Major.UNSIGNED:
                return value
            case Major.NEGATIVE:
                return -1 - value
            case Major.BYTES:
                return self._take(value)
            case Major.TEXT:
                return self._text(value)
            case Major.ARRAY:
                self._expect_items(value)
                return tuple(self.item(depth + 1) for _ in range(value))
            case Major.MAP:
                self._expect_items(2 * value)
                return self._map(value, depth)
            case Major.TAG:
                return Tagged(value, self.item(depth + 1))
            case Major.SIMPLE:
                if detail not in _SIMPLE_VALUES:
                    raise self._error(f"simple value or float {detail} has no place")
                return _SIMPLE_VALUES[detail]

    def _head(self) -> tuple[Major, int, int]:
        """Major type, additional information, and the argument that they announce (RFC 8949 §3)."""
        first = self._take(1)[0]
        kind, detail = Major(first >> 5), first & 0x1F
        if detail < 24:
            return kind, detail, detail
        if detail == _INDEFINITE:
            raise self._error("an indefinite length")
        if detail > 27:
            raise self._error(f"additional information {detail} is reserved")
        return kind, detail, int.from_bytes(self._take(1 << (detail - 24)), "big")

    def _map(self, pairs: int, depth: int) -> Mapping[Key, Item]:
        found: dict[Key, Item] = {}
        for _ in range(pairs):
            key = self.item(depth + 1)
            # True equals 1 for Python, and would hide it.
            if isinstance(key, bool) or not isinstance(key, int | str | bytes):
                raise self._error("a key that is neither a number, nor text, nor bytes")
            if key in found:
                raise self._error(f"key {str(key)[:40]} twice")
            found[key] = self.item(depth + 1)
        return found

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode()
        except UnicodeDecodeError:
            raise self._error("text that is not UTF-8") from None

    def _take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self._data):
            raise self._error(f"{size} bytes wanted, and {len(self._data) - self.at} are left")
        taken = self._data[self.at : end]
        self.at = end
        return taken

    def _expect_items(self, count: int) -> None:
        """Refuses a count that cannot be there before anything is made for it."""
        if count > len(self._data) - self.at:
            raise self._error(
                f"{count} items announced, and {len(self._data) - self.at} bytes left"
            )

    def _error(self, problem: str) -> EvidenceError:
        return EvidenceError(f"{self._name}: CBOR at {self.at}: {problem}")


def map_of(item: Item, name: str) -> Mapping[Key, Item]:
    """The item, which has to be a map.

    Raises:
        EvidenceError: it is none.
    """
    if not isinstance(item, Mapping):
        raise EvidenceError(f"{name}: not a map")
    return item


def bytes_of(item: Item, name: str) -> bytes:
    """The item, which has to be bytes.

    Raises:
        EvidenceError: it is none.
    """
    if not isinstance(item, bytes):
        raise EvidenceError(f"{name}: not bytes")
    return item


def text_of(item: Item, name: str) -> str:
    """The item, which has to be text.

    Raises:
        EvidenceError: it is none.
    """
    if not isinstance(item, str):
        raise EvidenceError(f"{name}: not text")
    return item


def integer_of(item: Item, name: str) -> int:
    """The item, which has to be an integer.

    Raises:
        EvidenceError: it is none.
    """
    if isinstance(item, bool) or not isinstance(item, int):
        raise EvidenceError(f"{name}: not an integer")
    return item


def array_of(item: Item, name: str) -> tuple[Item, ...]:
    """The item, which has to be an array.

    Raises:
        EvidenceError: it is none.
    """
    if not isinstance(item, tuple):
        raise EvidenceError(f"{name}: not an array")
    return item
