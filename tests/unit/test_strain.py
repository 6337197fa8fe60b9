"""How near the host is to running out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.machine.strain import (
    kernel_tables,
    parse_pressure,
    parse_table,
    pressure,
)
from isoscope.inventory.reach import KernelTable, Pressure
from isoscope.snapshot.reading import Gap, Reading
from tests.unit.machine_readings import file, gap, snapshot

COUNT = "/proc/sys/net/netfilter/nf_conntrack_count"
MAX = "/proc/sys/net/netfilter/nf_conntrack_max"
PTY = (file("/proc/sys/kernel/pty/nr", "3\n"), file("/proc/sys/kernel/pty/max", "4096\n"))
FILES = file("/proc/sys/fs/file-nr", "3135\t0\t2466170\n")
NO_CONNTRACK = (gap(COUNT, Gap.ABSENT), gap(MAX, Gap.ABSENT))
WAITS = (
    "some avg10=0.00 avg60=1.50 avg300={} total=123\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
)


def test_tables_are_told_by_what_is_in_them() -> None:
    tracked = (file(COUNT, "200000\n"), file(MAX, "262144\n"))
    assert kernel_tables(snapshot(*tracked, *PTY, FILES)).value == (
        KernelTable("tracked connections", 200000, 262144),
        KernelTable("open files", 3135, 2466170),
        KernelTable("pseudo-terminals", 3, 4096),
    )


def test_a_table_that_the_kernel_does_not_have_is_none() -> None:
    found = kernel_tables(snapshot(*NO_CONNTRACK, *PTY, FILES)).value
    assert [table.name for table in found or ()] == ["open files", "pseudo-terminals"]


@pytest.mark.parametrize(
    "readings",
    [
        (*NO_CONNTRACK, *PTY),
        (gap(COUNT, Gap.ABSENT), file(MAX, "1\n"), *PTY, FILES),
        (*NO_CONNTRACK, *PTY, gap("/proc/sys/fs/file-nr", Gap.DENIED)),
        (*NO_CONNTRACK, *PTY, file("/proc/sys/fs/file-nr", "many")),
    ],
)
def test_one_that_was_not_read_leaves_all_unknown(readings: tuple[Reading, ...]) -> None:
    assert not kernel_tables(snapshot(*readings)).known


def test_waiting_is_told_for_each_resource() -> None:
    readings = [
        file(f"/proc/pressure/{name}", WAITS.format(value))
        for name, value in (("cpu", "12.34"), ("memory", "0.00"), ("io", "100.00"))
    ]
    assert pressure(snapshot(*readings)).value == (
        Pressure("cpu", 12.34),
        Pressure("memory", 0.0),
        Pressure("io", 100.0),
    )
    assert not pressure(snapshot(*readings[:2])).known
    absent = gap("/proc/pressure/io", Gap.ABSENT)
    assert not pressure(snapshot(*readings[:2], absent)).known


def test_this_kernel_is_understood() -> None:
    assert parse_table("open files", [Path("/proc/sys/fs/file-nr").read_text()]).used > 0
    place = Path("/proc/pressure/memory")
    try:
        text = place.read_text()
    except OSError:
        pytest.skip("this kernel keeps no pressure")
    assert 0 <= parse_pressure(text) <= 100


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_pressure, lambda given_text: parse_table("t", [given_text])):
        try:
            parse(text)
        except ValueError:
            continue
