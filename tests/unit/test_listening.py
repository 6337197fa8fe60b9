"""Where managers take orders over TCP, by the kernel's tables and the engines' own warnings."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.assessment.host_reach import host_reach
from isoscope.inventory.machine import host_facts
from isoscope.inventory.machine.listening import (
    engines_own_warnings,
    listening_managers,
    parse_listening,
    parse_warnings,
)
from isoscope.inventory.reach import ListeningPort
from isoscope.snapshot.reading import Channel, Gap, Reading, Source
from isoscope.snapshot.redact import redacted
from tests.unit.machine_readings import file, gap, snapshot

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  inode\n"
ROW = (
    "   0: {}:{:04X} 00000000:0000 {} 00000000:00000000 00:00000000 00000000     0        0 18 1\n"
)
ANY, LOOPBACK = "00000000", "0100007F"
NO_IPV6 = gap("/proc/1/net/tcp6", Gap.ABSENT)


def table(*rows: str) -> Reading:
    return file("/proc/1/net/tcp", HEAD + "".join(rows))


def listens(port: int, address: str = ANY) -> str:
    return ROW.format(address, port, "0A")


def info(document: object, url: str = "unix:///run/docker.sock") -> Reading:
    source = Source(Channel.ENGINE, url, "GET /info")
    return Reading(source, 1.0, "root", json.dumps(document).encode())


def state(*readings: Reading) -> bool | None:
    judged = host_reach(host_facts(snapshot(*readings)))
    return judged["manager-reached-by-network"].holds


def test_a_port_of_a_manager_that_listens_is_told() -> None:
    rows = (listens(22), listens(2375), listens(16514, LOOPBACK), ROW.format(ANY, 2375, "01"))
    assert listening_managers(snapshot(table(*rows), NO_IPV6)).value == (
        ListeningPort("Docker", 2375, tls=False, loopback=False),
        ListeningPort("libvirt", 16514, tls=True, loopback=True),
    )


@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ((listens(22),), False),
        ((listens(2375),), True),
        ((listens(2375, LOOPBACK),), True),
        ((listens(16509),), True),
        ((listens(2376),), None),
        ((listens(2376), listens(16509)), True),
        ((ROW.format(ANY, 2375, "01"),), False),
    ],
)
def test_without_tls_it_is_open_and_with_it_a_certificate_may_be_asked(
    rows: tuple[str, ...], holds: bool | None
) -> None:
    assert state(table(*rows), NO_IPV6) is holds


def test_what_was_not_read_is_unknown() -> None:
    assert state(table()) is None, "IPv6"
    assert state(NO_IPV6) is None
    assert state(gap("/proc/1/net/tcp", Gap.DENIED), NO_IPV6) is None
    assert state(file("/proc/1/net/tcp", "nonsense"), NO_IPV6) is None


def test_an_engine_admits_to_it() -> None:
    warning = "WARNING: API is accessible on http://0.0.0.0:4444 without encryption."
    assert state(table(), NO_IPV6, info({"Warnings": [warning, "No swap limit"]})) is True
    assert state(table(), NO_IPV6, info({"Warnings": None})) is False
    assert state(table(), NO_IPV6, info({})) is False


def test_an_engine_that_answered_all_but_this_leaves_it_open() -> None:
    version = Source(Channel.ENGINE, "unix:///run/docker.sock", "GET /version")
    answered = Reading(version, 1.0, "root", b"{}")
    assert not engines_own_warnings(snapshot(answered)).known
    absent = Reading(version, 1.0, "root", gap=Gap.ABSENT)
    assert engines_own_warnings(snapshot(absent)).value == ()


def test_who_talks_to_whom_is_not_kept() -> None:
    kept = redacted(table(listens(22), ROW.format(ANY, 443, "01"))).text()
    assert kept == HEAD + listens(22)
    assert redacted(table(listens(22))).text() == HEAD + listens(22)


@given(st.text() | st.text().map(lambda text: HEAD + text))
def test_what_is_no_table_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_listening(text)


@given(st.text() | st.lists(st.text()).map(lambda warnings: json.dumps({"Warnings": warnings})))
def test_what_is_no_document_of_an_engine_is_refused(text: str) -> None:
    with suppress(ValueError):
        parse_warnings(text)
