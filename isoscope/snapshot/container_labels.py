"""What containerd's own database says of whose containers are: the labels of containers and of
namespaces, and nothing else.

Its API would tell the same, but only to a client that speaks gRPC, and in answers that hold every
container's environment; the file is there whether or not the daemon answers, in a captured tree
too. It is a bbolt database: pages of a B+ tree that are never written over while the newest
transaction refers to them. So a copy is whole if no transaction was finished while it was made;
the probe sees to that, and every page is checked to be what its place in the tree makes it.

Sources: go.etcd.io/bbolt, page.go, bucket.go and db.go (``meta``); containerd metadata/buckets.go.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from isoscope.snapshot.secret_words import CUT, label_names_a_secret, without_secrets
from isoscope.snapshot.strict_json import parse_strictly

Labels = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Of each namespace: its own labels under an empty name, and those of its containers by their id.
"""

METADATA = "io.containerd.metadata.v1.bolt/meta.db"
"""Below containerd's root directory."""
_MAGIC, _VERSION = 0xED0CDAED, 2
_META = struct.Struct("<IIIIQQQQQQ")
"""magic, version, page size, flags, root page, sequence, free list, pages, transaction, checksum"""
_PAGE = struct.Struct("<QHHI")
"""number, flags, count of elements, pages that it runs on for"""
_BRANCH = struct.Struct("<IIQ")
"""position, size of the key, page"""
_LEAF = struct.Struct("<IIII")
"""flags, position, size of the key, size of the value"""
_BUCKET = struct.Struct("<QQ")
"""root page, or 0 where the page follows; sequence"""
_IS_BRANCH, _IS_LEAF, _IS_META = 0x01, 0x02, 0x04
_LEAF_IS_BUCKET = 0x01
_PAGE_SIZES = frozenset((1024, 2048, 4096, 8192, 16384, 32768, 65536))
_DEEPEST = 32
"""Levels of a tree: each at least doubles what is below it."""
_MOST_ELEMENTS = 2_000_000
_NESTED = 16
"""How often one byte may be looked at: as part of buckets within buckets, by every name."""


def labels_document(content: bytes) -> bytes:
    """The labels in a database as a JSON object; what is one already stays as it is.

    Raises:
        ValueError: it is neither.
    """
    if content.lstrip()[:1] == b"{":
        return _as_json(parse_labels(content.decode("utf-8")))
    return _as_json(read_labels(content))


def parse_labels(text: str) -> Labels:
    """Labels as they are kept.

    Raises:
        ValueError: it is no such document.
    """
    try:
        namespaces = _object(parse_strictly(text))
        return {
            namespace: {each: _texts(labels) for each, labels in _object(containers).items()}
            for namespace, containers in namespaces.items()
        }
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _object(found: object) -> dict[str, object]:
    if not isinstance(found, dict):
        raise ValueError("labels are objects in objects")  # noqa: TRY004 - of a document
    return found


def _texts(found: object) -> dict[str, str]:
    return {name: value for name, value in _object(found).items() if isinstance(value, str)}


def read_labels(content: bytes) -> Labels:
    """The labels in a bbolt database of containerd's.

    Raises:
        ValueError: it is no such database, or is damaged.
    """
    page_size, root, _ = _newest(content)
    tree = _Tree(content, page_size, root)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for namespace, bucket in tree.buckets(_child(tree, tree.root, b"v1")):
        of_namespace = {"": _labels(tree, bucket)}
        for identifier, container in tree.buckets(_child(tree, bucket, b"containers")):
            of_namespace[_text(identifier)] = _labels(tree, container)
        found[_text(namespace)] = of_namespace
    return found


@dataclass(frozen=True, slots=True)
class _Bucket:
    """A tree of its own: its first page, or the bytes of the only one."""

    page: int
    inline: bytes = b""


class _Tree:
    """The pages of one transaction."""

    def __init__(self, content: bytes, page_size: int, root: int) -> None:
        self._content = content
        self._page_size = page_size
        self._left = _MOST_ELEMENTS
        self._bytes_left = _NESTED * len(content)
        self.root = _Bucket(root)

    def buckets(self, bucket: _Bucket | None) -> Iterator[tuple[bytes, _Bucket]]:
        """The buckets within a bucket, by name."""
        for flags, key, value in self.elements(bucket):
            if flags & _LEAF_IS_BUCKET:
                page, _ = _unpack(_BUCKET, value, 0)
                yield key, _Bucket(page, b"" if page else value[_BUCKET.size :])

    def elements(self, bucket: _Bucket | None) -> Iterator[tuple[int, bytes, bytes]]:
        """Flags, key and value of everything in a bucket."""
        if bucket is None:
            return
        if not bucket.page:
            yield from self._leaves(bucket.inline)
        else:
            yield from self._below(bucket.page, set())

    def _below(self, number: int, seen: set[int]) -> Iterator[tuple[int, bytes, bytes]]:
        page = self._page(number)
        _, flags, count, _ = _unpack(_PAGE, page, 0)
        if flags == _IS_LEAF:
            yield from self._leaves(page)
        elif flags != _IS_BRANCH or number in seen or len(seen) > _DEEPEST:
            raise ValueError("damaged: a page is of another kind than its place, or twice there")
        else:
            for index in range(count):
                self._count()
                _, _, child = _unpack(_BRANCH, page, _PAGE.size + index * _BRANCH.size)
                yield from self._below(child, seen | {number})

    def _leaves(self, page: bytes) -> Iterator[tuple[int, bytes, bytes]]:
        _, flags, count, _ = _unpack(_PAGE, page, 0)
        if flags != _IS_LEAF:
            raise ValueError("damaged: a page is of another kind than its place")
        for index in range(count):
            place = _PAGE.size + index * _LEAF.size
            element, position, key_size, value_size = _unpack(_LEAF, page, place)
            start = place + position
            middle, end = start + key_size, start + key_size + value_size
            self._count(key_size + value_size)
            if end > len(page):
                raise ValueError("damaged: an element lies outside its page")
            yield element, page[start:middle], page[middle:end]

    def _page(self, number: int) -> bytes:
        start = number * self._page_size
        found, _, _, further = _unpack(_PAGE, self._content, start)
        end = start + (further + 1) * self._page_size
        if found != number or end > len(self._content):
            raise ValueError("damaged: a page is not where it should be")
        return self._content[start:end]

    def _count(self, size: int = 0) -> None:
        self._left -= 1
        self._bytes_left -= size
        if self._left < 0 or self._bytes_left < 0:
            raise ValueError("damaged, or it holds too much: its pages have no end")


def newest_transaction(content: bytes) -> int:
    """The number of the newest transaction of a database.

    Raises:
        ValueError: it is none.
    """
    return _newest(content)[2]


def _newest(content: bytes) -> tuple[int, int, int]:
    """Page size, root page and transaction: of the newer of the two first pages whose checksum
    holds."""
    found: dict[int, tuple[int, int, int]] = {}
    for page_size in (0, *sorted(_PAGE_SIZES)):
        try:
            _, flags, _, _ = _unpack(_PAGE, content, page_size)
            meta = _unpack(_META, content, page_size + _PAGE.size)
        except ValueError:
            continue
        magic, version, own_size, _, root, _, _, _, transaction, checksum = meta
        summed = content[page_size + _PAGE.size :][: _META.size - 8]
        if (
            flags & _IS_META
            and (magic, version) == (_MAGIC, _VERSION)
            and own_size in _PAGE_SIZES
            and page_size in (0, own_size)
            and _fnv1a(summed) == checksum
        ):
            found[transaction] = (own_size, root, transaction)
    if not found:
        raise ValueError("no database of containerd: none of its first pages is whole")
    return found[max(found)]


def _fnv1a(content: bytes) -> int:
    """FNV-1a with 64 bits, hash/fnv."""
    value = 0xCBF29CE484222325
    for byte in content:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def _child(tree: _Tree, bucket: _Bucket, name: bytes) -> _Bucket | None:
    return next((found for key, found in tree.buckets(bucket) if key == name), None)


def _labels(tree: _Tree, bucket: _Bucket) -> dict[str, str]:
    found: dict[str, str] = {}
    for flags, key, value in tree.elements(_child(tree, bucket, b"labels")):
        if not flags & _LEAF_IS_BUCKET:
            found[_text(key)] = _text(value)
    return found


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _unpack(form: struct.Struct, content: bytes, place: int) -> tuple[int, ...]:
    try:
        return form.unpack_from(content, place)
    except struct.error:
        raise ValueError("damaged: it ends too early") from None


def _as_json(labels: Labels) -> bytes:
    """The labels without what may be a secret, as in an engine's own answers."""
    kept = {
        without_secrets(namespace): {
            without_secrets(identifier): {
                without_secrets(name): CUT
                if value and label_names_a_secret(name)
                else without_secrets(value)
                for name, value in found.items()
            }
            for identifier, found in containers.items()
        }
        for namespace, containers in labels.items()
    }
    return json.dumps(kept, separators=(",", ":"), sort_keys=True).encode()
