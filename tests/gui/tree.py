"""The fake host of the unit tests as a captured tree on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.host import Link, a_container, a_host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fakes.host import Tree


def write_tree(root: Path, *, containers: int = 2, hostname: str = "h1") -> Path:
    """Writes a host with so many Docker containers, none of them described by an engine."""
    tree: Tree = a_host(cgroups=1)
    tree |= {"/proc/sys/kernel/hostname": hostname + "\n", "/etc/hostname": hostname + "\n"}
    for number in range(containers):
        tree |= a_container(100 + number, cgroups=1)
    for path, entry in tree.items():
        place = root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(entry, Link):
            place.symlink_to(entry.target)
        elif isinstance(entry, str):
            place.write_text(entry)
        elif isinstance(entry, bytes):
            place.write_bytes(entry)
    return root
