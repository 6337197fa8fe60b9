"""Huge pages that a host keeps, and the limits on them of cgroups of both versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.huge_pages import kept_sizes, open_sizes
from isoscope.snapshot.huge_pages import POOLS, size_of
from isoscope.snapshot.reading import Channel, Gap, Reading
from probes.collect import collect
from probes.kernel import KernelProbe
from tests.fakes.host import (
    FakeHost,
    Tree,
    a_host,
    a_process,
    container_id,
    limits_of_cgroup,
)
from tests.unit.machine_readings import directory, file, gap, snapshot

TWO, ONE = f"{POOLS}/hugepages-2048kB", f"{POOLS}/hugepages-1048576kB"
OWN = f"/a/{container_id(7)}"


def pools(two: str = "0", one: str = "0", *, more: str = "0") -> tuple[Reading, ...]:
    return (
        directory(POOLS, "hugepages-1048576kB", "hugepages-2048kB"),
        file(f"{TWO}/nr_hugepages", f"{two}\n"),
        file(f"{TWO}/nr_overcommit_hugepages", f"{more}\n"),
        file(f"{ONE}/nr_hugepages", f"{one}\n"),
        file(f"{ONE}/nr_overcommit_hugepages", "0\n"),
    )


@pytest.mark.parametrize(
    ("readings", "kept"),
    [
        (pools(), ()),
        (pools("4"), ("2MB",)),
        (pools(more="4"), ("2MB",)),
        (pools("1", "1"), ("1GB", "2MB")),
        ((gap(POOLS, Gap.ABSENT, Channel.DIRECTORY), directory("/sys/kernel/mm", "ksm")), ()),
        ((gap(POOLS, Gap.ABSENT, Channel.DIRECTORY),), None),
        (pools()[:-1], None),
        (pools("many"), None),
        ((), None),
    ],
)
def test_a_host_keeps_those_of_which_it_has_or_makes_some(
    readings: tuple[Reading, ...], kept: object
) -> None:
    assert kept_sizes("docker:x", snapshot(*readings)).value == kept


@pytest.mark.parametrize(
    ("pool", "size"), [("64", "64KB"), ("32768", "32MB"), ("16777216", "16GB")]
)
def test_sizes_are_worded_as_control_groups_do(pool: str, size: str) -> None:
    assert size_of(f"hugepages-{pool}kB") == size


@given(st.text())
def test_any_name_has_a_word(name: str) -> None:
    assert size_of(name) or not name


@pytest.mark.parametrize(("amount", "without"), [("2097152\n", ()), ("max\n", ("2MB",))])
def test_a_limit_on_a_cgroup_above_counts_where_the_probe_read_it(
    amount: str, without: object
) -> None:
    tree: Tree = {
        f"{TWO}/nr_hugepages": "8\n",
        f"{TWO}/nr_overcommit_hugepages": "0\n",
        f"/sys/fs/cgroup{OWN}/hugetlb.2MB.max": "max\n",
        "/sys/fs/cgroup/a/hugetlb.2MB.max": amount,
    }
    process = a_process(7, cgroup=OWN, cgroups=2)
    host = FakeHost(a_host(cgroups=2), process, limits_of_cgroup(OWN, cgroups=2), tree)
    seen = collect(host, [KernelProbe()])
    sizes = kept_sizes("docker:x", seen)
    assert sizes.value == ("2MB",)
    found = open_sizes("docker:x", sizes, CgroupTree.of(seen), seen.file("/proc/7/cgroup"))
    assert found.value == without


def test_none_of_its_files_is_read_where_the_host_keeps_none() -> None:
    process = a_process(7, cgroup=OWN, cgroups=2)
    tree: Tree = {f"{TWO}/nr_hugepages": "0\n", f"{TWO}/nr_overcommit_hugepages": "0\n"}
    host = FakeHost(a_host(cgroups=2), process, limits_of_cgroup(OWN, cgroups=2), tree)
    seen = collect(host, [KernelProbe()])
    assert not [source for source in seen.readings if "hugetlb." in source.target]


@pytest.mark.parametrize(
    ("text", "without"), [("4194304\n", ()), ("9223372036853727232\n", ("2MB",))]
)
def test_version_1_has_a_file_and_a_hierarchy_of_its_own(text: str, without: object) -> None:
    cgroup = file("/proc/7/cgroup", f"9:hugetlb:{OWN}\n")
    under = "/sys/fs/cgroup/hugetlb"
    limits = [file(f"{under}{at}/hugetlb.2MB.limit_in_bytes", text) for at in (OWN, "/a")]
    seen = snapshot(*pools("4"), cgroup, *limits)
    sizes = kept_sizes("docker:x", seen)
    found = open_sizes("docker:x", sizes, CgroupTree(seen, {"hugetlb": under}), cgroup)
    assert found.value == without
    unread = snapshot(*pools("4"), cgroup)
    assert not open_sizes("docker:x", sizes, CgroupTree(unread, {"hugetlb": under}), cgroup).known
