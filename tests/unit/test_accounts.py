"""Whose a user id of the host is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.accounts import (
    accounts,
    delegations,
    parse_passwd,
    parse_subuid,
)
from isoscope.inventory.reach import Delegation
from isoscope.snapshot.reading import Gap
from isoscope.snapshot.redact import redacted
from tests.unit.machine_readings import file, gap, snapshot

PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\nalice:$6$hash:1000:1000:Alice,Room 1:/home/alice:/bin/sh\n"
)


def test_accounts_keep_their_names_and_ids_and_nothing_else() -> None:
    kept = redacted(file("/etc/passwd", PASSWD + "+::::::\nbroken\n"))
    assert kept.text() == "root:x:0:0:::\nalice:x:1000:1000:::\n"
    assert redacted(kept) == kept
    assert accounts(snapshot(kept)).value == {0: "root", 1000: "alice"}


def test_ranges_are_delegated_to_accounts() -> None:
    taken = snapshot(file("/etc/subuid", "# ranges\nalice:100000:65536\n1001:200000:10\n"))
    assert delegations(taken).value == (
        Delegation("alice", 100000, 65536),
        Delegation("1001", 200000, 10),
    )


def test_without_the_file_nothing_is_delegated() -> None:
    assert delegations(snapshot(gap("/etc/subuid", Gap.ABSENT))).value == ()
    assert not delegations(snapshot(gap("/etc/subuid", Gap.DENIED))).known
    assert not accounts(snapshot(gap("/etc/passwd", Gap.ABSENT))).known


@pytest.mark.parametrize("text", ["root:x:0:0", "root:x:zero:0:::"])
def test_other_lines_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_passwd(text)
    with pytest.raises(ValueError, match=r"\S"):
        parse_subuid(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_passwd, parse_subuid):
        try:
            parse(text)
        except ValueError:
            continue
