"""Huge pages that a host keeps, and what limits a workload's: Documentation/admin-guide/mm/
hugetlbpage.rst, mm/hugetlb_cgroup.c."""

from __future__ import annotations

from isoscope.inventory.cgroup_limits import CgroupTree
from isoscope.inventory.observation import KERNEL, Observation, known, mapped, parsed
from isoscope.inventory.procfs import parse_number
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.huge_pages import POOL_FILES, POOLS, size_of
from isoscope.snapshot.reading import Gap, Reading

_SETTLED_BY = "run Isoscope on the host itself, where sysfs is mounted"
_KEY = "huge-page-sizes"


def kept_sizes(subject: str, snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Sizes of huge pages of which the host keeps some, or makes some when asked, as the files of
    cgroups word them: ``2MB``. A kernel without huge pages keeps none."""
    pools = snapshot.directory(POOLS)
    around = snapshot.directory("/sys/kernel/mm")
    if pools.gap is Gap.ABSENT and around.gap is None and "hugepages" not in around.names():
        return known(subject, _KEY, (), pools, parties=KERNEL, excerpt="no huge pages")
    listed = parsed(
        subject, _KEY, pools, lambda _: tuple(pools.names()), parties=KERNEL, settled_by=_SETTLED_BY
    )
    if listed.value is None:
        return listed
    found = []
    readings: list[Reading] = []
    for name in listed.value:
        for file in POOL_FILES:
            reading = snapshot.file(f"{POOLS}/{name}/{file}")
            count = parsed(
                subject, _KEY, reading, parse_number_line, parties=KERNEL, settled_by=_SETTLED_BY
            )
            if count.value is None:
                return mapped(count, _KEY, lambda _: ())
            if count.value and size_of(name) not in found:
                found.append(size_of(name))
            readings.append(reading)
    excerpt = "\n".join(f"{reading.source} {reading.text().strip()}" for reading in readings[:6])
    return known(
        subject, _KEY, tuple(found), pools, *readings[:3], parties=KERNEL, excerpt=excerpt or "none"
    )


def parse_number_line(text: str) -> int:
    """One number on a line.

    Raises:
        ValueError: it is no such line.
    """
    return parse_number(text.strip())


def open_sizes(
    subject: str, sizes: Observation[tuple[str, ...]], cgroups: CgroupTree, cgroup: Reading
) -> Observation[tuple[str, ...]]:
    """Of these sizes, those that neither a workload's cgroup nor one above it limits."""
    if sizes.value is None:
        return sizes
    without = []
    for size in sizes.value:
        limit = cgroups.limit(subject, f"huge pages of {size}", cgroup)
        if limit.value is None:
            return mapped(limit, "huge-pages-open", lambda _: ())
        if limit.value.amount is None:
            without.append(size)
    return mapped(sizes, "huge-pages-open", lambda _: tuple(without))
