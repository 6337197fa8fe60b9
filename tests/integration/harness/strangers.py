"""Workloads on the machine that are not the tests' own."""

from __future__ import annotations

import re
from pathlib import Path

#: What every engine puts into the name of a container's control group.
CONTAINER_ID = re.compile(r"[0-9a-f]{64}")


def strangers(mark: str) -> list[str]:
    """Containers and emulators that run without the mark of this run.

    Isoscope is not told where their engines are. To it they are neighbours that nobody can
    describe, which rightly lowers what every tenant can be sure of.
    """
    found = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            cgroup = process.joinpath("cgroup").read_text()
            command = process.joinpath("cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:  # it ended meanwhile
            continue
        if mark in cgroup or mark in command:
            continue
        container = CONTAINER_ID.search(cgroup)
        if container:
            found.add(f"container {container[0][:12]}")
        elif "qemu-system" in command.partition("\0")[0]:
            found.add(f"QEMU process {process.name}")
    return sorted(found)
