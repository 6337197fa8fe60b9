"""Dumps over netlink, and their attributes."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.snapshot.reading import Gap
from probes import netlink
from probes.host.access import NoAnswerError

ERROR, DONE, LINK = 2, 3, 16


class _Kernel:
    """A socket whose answers are given beforehand, the same for each question."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)

    def recv(self, most: int) -> bytes:
        assert most > 0
        return self._answers.pop(0)


def message(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def answers(*received: bytes, most: int = 1 << 20) -> Sequence[netlink.Answer] | None:
    return netlink._answers(_Kernel(*received), most)  # type: ignore[arg-type]


def test_a_dump_is_read_to_its_end_over_several_answers() -> None:
    one, other = message(LINK, b"one!"), message(LINK, b"two!")
    assert answers(one + other, one, message(DONE)) == [
        (LINK, b"one!"),
        (LINK, b"two!"),
        (LINK, b"one!"),
    ]


def test_one_that_changed_meanwhile_counts_for_nothing() -> None:
    assert answers(message(LINK, b"one!", flags=0x10), message(DONE)) is None


def test_what_the_kernel_refuses_is_an_error() -> None:
    with pytest.raises(PermissionError):
        answers(message(ERROR, struct.pack("=i", -1)))


def test_an_answer_without_end_is_too_large() -> None:
    with pytest.raises(NoAnswerError) as raised:
        answers(*[message(LINK, b"x" * 400)] * 100, most=4000)
    assert raised.value.gap is Gap.TOO_LARGE


@given(st.binary(max_size=64))
def test_whatever_stands_in_an_answer_comes_to_an_end(received: bytes) -> None:
    try:
        answers(received, message(DONE))
    except (OSError, ValueError):
        return


@given(st.binary(max_size=64))
def test_attributes_of_any_kind_come_to_an_end(data: bytes) -> None:
    for kind, value in netlink.attributes(data):
        assert kind < 1 << 14
        assert len(value) <= len(data)


def test_an_attribute_is_what_was_put_into_it() -> None:
    data = netlink.attribute(3, b"br0\0") + netlink.attribute(1, b"x")
    assert list(netlink.attributes(data)) == [(3, b"br0\0"), (1, b"x")]
    assert netlink.text(b"br0\0") == "br0"
