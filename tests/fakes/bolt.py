"""A bbolt database as containerd writes one: pages of a B+ tree, made by hand."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

PAGE = 4096
BRANCH, LEAF, META = 1, 2, 4
_FIRST_FREE = 4

Tree = Mapping[bytes, "bytes | Tree"]


def a_database(
    namespaces: Mapping[str, Mapping[str, Mapping[str, str]]],
    *,
    inline: bool = True,
    fan_out: int = 1000,
    transactions: tuple[int, int] = (7, 6),
) -> bytes:
    """A database with these labels, of each namespace under an empty name, beside an environment
    that is nobody's business.

    Args:
        namespaces: labels by namespace and container.
        inline: whether small buckets are kept in the page of the one above.
        fan_out: how many elements a page has before there are branches.
        transactions: the numbers in the two first pages.
    """
    tree: Tree = {
        b"v1": {
            namespace.encode(): {
                b"labels": _labels(containers.get("", {})),
                b"containers": {
                    name.encode(): {
                        b"spec": b'{"env":["SECRET=hunter2"]}',
                        b"labels": _labels(each),
                    }
                    for name, each in containers.items()
                    if name
                },
            }
            for namespace, containers in namespaces.items()
        }
    }
    pages = _Pages(inline, fan_out)
    root = pages.add(tree)
    metas = [
        a_meta(number, root, count) for count, number in zip(transactions, (0, 1), strict=True)
    ]
    free = _page(2, 0x10, 0, b"")
    empty = _page(3, LEAF, 0, b"")
    return b"".join([*metas, free, empty, *pages.made])


def a_meta(number: int, root: int, transaction: int) -> bytes:
    """One of the two first pages."""
    meta = struct.pack("<IIIIQQQQQ", 0xED0CDAED, 2, PAGE, 0, root, 0, 2, 99, transaction)
    checksum = 0xCBF29CE484222325
    for byte in meta:
        checksum = ((checksum ^ byte) * 0x100000001B3) % 2**64
    return _page(number, META, 0, meta + struct.pack("<Q", checksum))


def _labels(labels: Mapping[str, str]) -> Tree:
    return {key.encode(): value.encode() for key, value in labels.items()}


@dataclass
class _Pages:
    inline: bool
    fan_out: int
    made: list[bytes] = field(default_factory=list)
    """Each whole, and maybe running on over more than one page's size."""

    def add(self, tree: Tree) -> int:
        """Writes a bucket's pages; returns the first of them."""
        elements = [self._element(key, tree[key]) for key in sorted(tree)]
        leaves = [
            elements[at : at + self.fan_out] for at in range(0, len(elements), self.fan_out)
        ] or [[]]
        level = [
            (each[0][1] if each else b"", self._keep(LEAF, len(each), _leaf(each)))
            for each in leaves
        ]
        while len(level) > 1:
            groups = [level[at : at + self.fan_out] for at in range(0, len(level), self.fan_out)]
            level = [(g[0][0], self._keep(BRANCH, len(g), _branch(g))) for g in groups]
        return level[0][1]

    def _element(self, key: bytes, value: bytes | Tree) -> tuple[int, bytes, bytes]:
        if isinstance(value, bytes):
            return 0, key, value
        flat = {k: v for k, v in value.items() if isinstance(v, bytes)}
        if self.inline and len(flat) == len(value):
            content = _leaf([(0, k, flat[k]) for k in sorted(flat)])
            return 1, key, struct.pack("<QQ", 0, 0) + _head(0, LEAF, len(flat)) + content
        return 1, key, struct.pack("<QQ", self.add(value), 0)

    def _keep(self, flags: int, count: int, content: bytes) -> int:
        number = _FIRST_FREE + sum(len(page) // PAGE for page in self.made)
        self.made.append(_page(number, flags, count, content))
        return number


def _leaf(elements: list[tuple[int, bytes, bytes]]) -> bytes:
    heads, bodies = b"", b""
    for index, (flags, key, value) in enumerate(elements):
        position = (len(elements) - index) * 16 + len(bodies)
        heads += struct.pack("<IIII", flags, position, len(key), len(value))
        bodies += key + value
    return heads + bodies


def _branch(children: list[tuple[bytes, int]]) -> bytes:
    heads, bodies = b"", b""
    for index, (key, page) in enumerate(children):
        position = (len(children) - index) * 16 + len(bodies)
        heads += struct.pack("<IIQ", position, len(key), page)
        bodies += key
    return heads + bodies


def _head(number: int, flags: int, count: int, further: int = 0) -> bytes:
    return struct.pack("<QHHI", number, flags, count, further)


def _page(number: int, flags: int, count: int, content: bytes) -> bytes:
    size = -(-(16 + len(content)) // PAGE)
    return (_head(number, flags, count, size - 1) + content).ljust(size * PAGE, b"\0")
