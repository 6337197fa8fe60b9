"""Where the kernel says how many huge pages it keeps, and how cgroups call their sizes."""

from __future__ import annotations

import re

POOLS = "/sys/kernel/mm/hugepages"
POOL_FILES = ("nr_hugepages", "nr_overcommit_hugepages")
"""How many it keeps, and how many more it makes when asked."""

_POOL = re.compile(r"hugepages-([0-9]{1,12})kB")


def size_of(pool: str) -> str:
    """The size of a pool's pages in the words of the files of cgroups, ``2MB``: mem_fmt() of
    mm/hugetlb_cgroup.c. The pool's name where that has another shape."""
    match = _POOL.fullmatch(pool)
    if match is None:
        return pool
    kilobytes = int(match[1])
    for unit, size in (("GB", 1 << 20), ("MB", 1 << 10)):
        if kilobytes >= size:
            return f"{kilobytes // size}{unit}"
    return f"{kilobytes}KB"


def limit_file(controller: str, size: str) -> str:
    """The file of a cgroup that limits huge pages of a size; ``""`` is the unified hierarchy."""
    return f"hugetlb.{size}.{'limit_in_bytes' if controller else 'max'}"
