"""CBOR of strangers: what is taken, what is refused, and that nothing is evaluated."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.attestation.cbor import DEEPEST, MOST_ITEMS, Item, Tagged, decode
from isoscope.attestation.fields import EvidenceError


def read(text: str) -> Item:
    return decode(bytes.fromhex(text), "it")


KEYS = st.integers(-(2**64), 2**64 - 1) | st.text() | st.binary()
ITEMS = st.recursive(
    st.none() | st.booleans() | KEYS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


def frozen(value: object) -> object:
    """The same with tuples for lists."""
    if isinstance(value, list):
        return tuple(frozen(one) for one in value)
    if isinstance(value, dict):
        return {key: frozen(one) for key, one in value.items()}
    return value


@given(ITEMS)
def test_what_another_library_wrote_is_read_as_it_was(value: object) -> None:
    try:
        item = decode(cbor2.dumps(value), "it")
    except EvidenceError as error:
        assert "levels" in str(error)  # noqa: PT017 - the only reason there may be
    else:
        assert item == frozen(value)


def test_numbers_have_both_signs_and_sixty_four_bits() -> None:
    assert read("1bffffffffffffffff") == 2**64 - 1
    assert read("3bffffffffffffffff") == -(2**64)


def test_a_head_longer_than_it_has_to_be_is_taken() -> None:
    assert read("1b0000000000000001") == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bignum", "c24101"),
        ("decimal", "c48201" + "18ff"),
        ("regular expression", "d8236128"),
        ("date", "c11a00000000"),
        ("address", "d9010444c0a80001"),
        ("shared value", "d81c81d81d00"),
        ("rational", "d81e820100"),
        ("date of text", "c0617a"),
    ],
)
def test_a_tag_is_a_number_and_never_evaluated(name: str, content: str) -> None:
    item = read(content)
    assert isinstance(item, Tagged), name
    assert isinstance(item.value, bytes | str | int | tuple)


def test_a_value_that_would_hold_itself_does_not() -> None:
    assert read("d81c81d81d00") == Tagged(28, (Tagged(29, 0),))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "1 bytes wanted"),
        ("a201000100", "key 1 twice"),
        ("a2616100616101", "key a twice"),
        ("a10101" + "00", "1 bytes after its end"),
        ("a1f500", "a key that is neither"),
        ("a1f600", "a key that is neither"),
        ("a18000", "a key that is neither"),
        ("a1c10000", "a key that is neither"),
        ("5f4101ff", "indefinite"),
        ("7f6161ff", "indefinite"),
        ("9f01ff", "indefinite"),
        ("bf0101ff", "indefinite"),
        ("ff", "indefinite"),
        ("1f", "indefinite"),
        ("1c", "reserved"),
        ("61ff", "not UTF-8"),
        ("f97e00", "no place"),
        ("fb3ff0000000000000", "no place"),
        ("f7", "no place"),
        ("e0", "no place"),
        ("f820", "no place"),
        ("5bffffffffffffffff", "are left"),
        ("9bffffffffffffffff", "announced"),
        ("bbffffffffffffffff", "announced"),
        ("bb8000000000000000", "announced"),
        ("9a7fffffff00", "announced"),
        ("18", "1 bytes wanted"),
    ],
)
def test_what_no_signed_document_has_is_refused(content: str, said: str) -> None:
    with pytest.raises(EvidenceError, match=said):
        read(content)


@pytest.mark.parametrize("head", [b"\x81", b"\xa1\x01", b"\xc1"])
def test_nesting_has_an_end(head: bytes) -> None:
    assert decode(head * DEEPEST + b"\x00", "it") is not None
    with pytest.raises(EvidenceError, match="levels"):
        decode(head * (DEEPEST + 1) + b"\x00", "it")
    with pytest.raises(EvidenceError, match="levels"):
        decode(head * 100_000, "it")


def test_items_have_an_end() -> None:
    assert len(cbor2.dumps([0] * (MOST_ITEMS - 1))) == MOST_ITEMS + 2
    assert decode(cbor2.dumps([0] * (MOST_ITEMS - 1)), "it") == (0,) * (MOST_ITEMS - 1)
    with pytest.raises(EvidenceError, match="items"):
        decode(cbor2.dumps([0] * MOST_ITEMS), "it")


@given(st.binary(max_size=200))
def test_bytes_of_strangers_are_read_as_the_other_library_does_or_refused(data: bytes) -> None:
    try:
        item = decode(data, "it")
    except EvidenceError:
        return
    if not holds_tag(item):
        assert frozen(cbor2.loads(data)) == item


def holds_tag(item: Item) -> bool:
    if isinstance(item, Tagged):
        return True
    if isinstance(item, tuple):
        return any(holds_tag(one) for one in item)
    return isinstance(item, dict) and any(holds_tag(one) for one in item.values())
