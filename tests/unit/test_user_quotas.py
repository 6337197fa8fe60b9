"""What the kernel counts for each user."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.user_quotas import parse_key_users
from isoscope.inventory.user_quotas import KeyCount

TEXT = (
    "    0:    22 21/21 19/1000000 420/25000000\n"
    " 1000:     5 5/5 5/200 93/20000\n"
    "100000:    -1 1/1 200/200 93/20000\n"
)


def test_keys_of_each_user_are_those_that_count_against_the_quota() -> None:
    assert parse_key_users(TEXT) == {
        0: KeyCount(19, 1_000_000),
        1000: KeyCount(5, 200),
        100_000: KeyCount(200, 200),
    }
    assert parse_key_users("") == {}


@pytest.mark.parametrize("text", ["0", "0: 1 2/2", "a: 22 21/21 19/100 4/2", TEXT + "x"])
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no line of key-users"):
        parse_key_users(text)


def test_this_kernels_own() -> None:
    path = Path("/proc/key-users")
    if not path.exists():
        pytest.skip("this kernel has no keyrings")
    assert all(
        0 <= count.keys <= count.most for count in parse_key_users(path.read_text()).values()
    )


@given(st.text(alphabet="0123456789:/ -\nx", max_size=80))
def test_whatever_it_is_given_it_reads_or_refuses(text: str) -> None:
    try:
        parse_key_users(text)
    except ValueError:
        return
