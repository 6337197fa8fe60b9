"""Inputs that are nearly right: seeds with a few things changed, the same for the same number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from random import Random

Mutation = Callable[[Random, bytearray, Sequence[bytes]], None]

LONGEST = 1 << 17  # bytes of one input, unless a seed is longer

_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
_TOKENS = (
    b"[" * 40,
    b"[" * 3000,
    b'{"a":' * 300,
    b'"\\ud800"',
    b"null",
    b"true",
    b"-1",
    b"1.5",
    b"1e999",
    b"9" * 5000,
    b'{"report":',
    b'"data":',
    b"]",
    b"}",
    b'"',
    b",",
    b"0x",
    b"=",
    b"\x0b",
    b"\x1b[2J",
    b" " * 5000,
    b"-----BEGIN CERTIFICATE-----",
    b"-----END CERTIFICATE-----",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\xff\xfe",
    b"\xed\xa0\x80",
)


def _flip_bits(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    for _turn in range(random.choice((1, 1, 1, 2, 8)) if data else 0):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def _overwrite_run(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    at, size = _span(random, data, 64)
    kind = random.randrange(3)
    data[at : at + size] = random.randbytes(size) if kind == 0 else bytes([255 * (kind - 1)]) * size


def _truncate(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    if random.randrange(2):
        del data[random.randrange(len(data) + 1) :]
    else:
        del data[: random.randrange(len(data) + 1)]


def _splice(random: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    """The beginning of this and the end of another; often at the same place of both."""
    other = random.choice(seeds)
    at = random.randrange(len(data) + 1)
    data[at:] = other[at if random.randrange(2) else random.randrange(len(other) + 1) :]


def _number(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A length, a count or an offset, of one to eight bytes in either order."""
    size = random.choice((1, 1, 2, 4, 8))
    at = random.randrange(max(len(data) - size, 0) + 1)
    value = random.choice((*_NUMBERS, len(data), random.getrandbits(16))) % (1 << 8 * size)
    data[at : at + size] = value.to_bytes(size, random.choice(("big", "little")))


def _step(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A byte one more or one less: lengths that nearly hold."""
    if data:
        at = random.randrange(len(data))
        data[at] = (data[at] + random.choice((-1, 1))) % 256


def _duplicate(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    at, size = _span(random, data, 4096)
    piece = bytes(data[at : at + size])
    to = random.choice((at, random.randrange(len(data) + 1)))
    data[to:to] = piece * random.choice((1, 1, 1, 2, 40))


def _remove(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    at, size = _span(random, data, 256)
    del data[at : at + size]


def _insert(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = random.randrange(len(data) + 1)
    data[at:at] = random.randbytes(random.randrange(1, 16))


def _token(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Something that text readers trip over."""
    at, size = _span(random, data, 8)
    data[at : at + size * random.randrange(2)] = random.choice(_TOKENS)


def _noise(random: Random, data: bytearray, _: Sequence[bytes]) -> None:
    data[:] = random.randbytes(random.choice((0, 1, 4, 32, 1184, 4000)))


_MUTATIONS: Sequence[Mutation] = (
    *(_flip_bits,) * 4,
    *(_number,) * 3,
    *(_step,) * 3,
    *(_overwrite_run,) * 2,
    *(_splice,) * 2,
    *(_duplicate,) * 2,
    *(_remove,) * 2,
    _truncate,
    _insert,
    _token,
)


def _span(random: Random, data: bytearray, longest: int) -> tuple[int, int]:
    at = random.randrange(len(data) + 1)
    return at, random.randrange(min(longest, len(data) - at) + 1)


class Inputs:
    """The inputs of one target, by number.

    Args:
        seeds: of which all are made; the first inputs are they themselves.
        name: of the target.
        seed: another one, other inputs.
    """

    def __init__(self, seeds: Sequence[bytes], name: str, seed: int = 0) -> None:
        self._seeds = list(seeds)
        self._salt = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8])
        self._longest = max(LONGEST, *(len(one) for one in self._seeds))

    def at(self, number: int) -> bytes:
        """The input of that number."""
        if number < len(self._seeds):
            return self._seeds[number]
        random = Random(self._salt + number)
        data = bytearray(random.choice(self._seeds))
        if random.randrange(50) == 0:
            _noise(random, data, self._seeds)
        for _turn in range(random.choice((1, 1, 1, 2, 3, 6))):
            random.choice(_MUTATIONS)(random, data, self._seeds)
        return bytes(data[: self._longest])
