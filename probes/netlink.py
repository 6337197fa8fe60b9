"""Questions to the kernel over ``netlink(7)`` that change nothing: dumps, and their attributes.

Sources: netlink(7), Documentation/userspace-api/netlink/intro.rst.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator

from isoscope.snapshot.reading import Gap
from probes.host.access import NoAnswerError

ROUTE, NETFILTER = socket.NETLINK_ROUTE, 12
"""``NETLINK_ROUTE`` and ``NETLINK_NETFILTER``."""

_REQUEST, _REQUEST_DUMP = 0x1, 0x301
"""``NLM_F_REQUEST``, and that with ``NLM_F_DUMP``."""
_INTERRUPTED = 0x10
"""``NLM_F_DUMP_INTR``: what is dumped changed meanwhile, so that some may be missing."""
_ERROR, _DONE = 2, 3
_TYPE = 0x3FFF
"""Without ``NLA_F_NESTED`` and ``NLA_F_NET_BYTEORDER``."""
_HEADER, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=HH")
_BUFFER = 1 << 17
_ATTEMPTS = 3
_SECONDS = 5.0

Answer = tuple[int, bytes]
"""The type of a message, and what follows its header."""


def dump(protocol: int, kind: int, question: bytes, *, most: int) -> list[Answer]:
    """All messages with which the kernel answers a question for everything of a kind.

    Args:
        protocol: ``ROUTE`` or ``NETFILTER``.
        kind: the type of the request.
        question: what follows the header of the request.
        most: bytes that the answer may have.

    Raises:
        OSError: the kernel refuses it.
        NoAnswerError: it is longer, or changes each time while it is read.
    """
    for _ in range(_ATTEMPTS):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as asked:
            asked.settimeout(_SECONDS)
            size = _HEADER.size + len(question)
            asked.send(_HEADER.pack(size, kind, _REQUEST_DUMP, 1, 0) + question)
            answers = _answers(asked, most)
        if answers is not None:
            return answers
    raise NoAnswerError(Gap.FAILED, "it changed each time while it was read")


def _answers(asked: socket.socket, most: int) -> list[Answer] | None:
    """The messages up to the last one; None where the dump was interrupted."""
    found: list[Answer] = []
    interrupted = False
    while most > 0:
        received = asked.recv(_BUFFER)
        most -= len(received)
        place = 0
        while place + _HEADER.size <= len(received):
            length, kind, flags, *_ = _HEADER.unpack_from(received, place)
            body = received[place + _HEADER.size : place + length]
            interrupted |= bool(flags & _INTERRUPTED)
            if kind == _ERROR and len(body) >= 4:
                (number,) = struct.unpack_from("=i", body)
                raise OSError(-number, os.strerror(-number))
            if kind == _DONE:
                return None if interrupted else found
            found.append((kind, body))
            place += max(aligned(length), _HEADER.size)
    raise NoAnswerError(Gap.TOO_LARGE, "a longer answer than is looked at")


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The attributes that follow each other here, by type; what is no attribute ends them."""
    place = 0
    while place + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, place)
        if length < _ATTRIBUTE.size:
            return
        yield kind & _TYPE, data[place + _ATTRIBUTE.size : place + length]
        place += aligned(length)


def text(value: bytes | None) -> str:
    """A name, which ends at its first NUL byte; empty where there is none."""
    return (value or b"").partition(b"\0")[0].decode("utf-8", "surrogateescape")


def aligned(length: int) -> int:
    """``NLMSG_ALIGN`` and ``NLA_ALIGN``."""
    return (length + 3) & ~3


def ask(asked: socket.socket, kind: int, question: bytes) -> Answer:
    """The one message with which the kernel answers a question, on a socket of ``ROUTE``.

    Raises:
        OSError: the kernel refuses it.
    """
    size = _HEADER.size + len(question)
    asked.send(_HEADER.pack(size, kind, _REQUEST, 1, 0) + question)
    received = asked.recv(_BUFFER)
    length, answered, *_ = _HEADER.unpack_from(received)
    body = received[_HEADER.size : length]
    if answered == _ERROR:
        (number,) = struct.unpack_from("=i", body)
        raise OSError(-number, os.strerror(-number))
    return answered, body


def attribute(kind: int, value: bytes) -> bytes:
    """An attribute, padded."""
    length = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(length, kind) + value + b"\0" * (aligned(length) - length)


def number(value: bytes | None) -> int | None:
    """A number in the order of the host's processor; None where there is none."""
    return None if value is None else int.from_bytes(value[:4], sys.byteorder)
