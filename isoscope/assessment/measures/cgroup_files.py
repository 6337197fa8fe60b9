"""The command that shows files of a workload's cgroup, whichever hierarchy the host has."""

from __future__ import annotations


def shown_by_hand(*files: str) -> str:
    """A command that prints those of the files that there are.

    Args:
        files: names of cgroup v2 files, or of v1 as CONTROLLER/FILE: ``cgroups(7)``.
    """
    paths = [_path(*file.split("/")) for file in files]
    return f"grep -s . {' '.join(paths)}"


def _path(*parts: str) -> str:
    *controller, name = parts
    return "/".join(("/sys/fs/cgroup", *controller, "CGROUP", name))


DEVICES = f"{shown_by_hand('devices/devices.list')}; bpftool cgroup show /sys/fs/cgroup/CGROUP"
"""Which devices a cgroup may use: a list in v1, BPF programs in v2."""
