"""By which cgroups containers of LXC and systemd-nspawn are known, and where their managers keep
what they know of them.

Sources: lxc.container.conf(5) ("lxc.cgroup.dir.container"), machine-id and scope names of
systemd-machined(8), systemd-nspawn(1) ("--keep-unit", "--slice"), systemd.unit(5) for the escapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MACHINES = "/run/systemd/machines"
"""One file for each machine that is registered with systemd-machined, named after it."""

_PAYLOAD = "lxc.payload."
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_NAMED = (("machine-", ".scope"), ("systemd-nspawn@", ".service"))
_OF_OTHERS = ("libpod", "machine-qemu", "machine-lxc", "docker", "crio")
"""Units in machine.slice that are of other managers: Podman, libvirt's drivers, CRI-O."""


@dataclass(frozen=True, slots=True)
class SystemContainer:
    """A system container, by its cgroup."""

    engine: str
    """``lxc`` or ``nspawn``."""
    name: str
    """Its name, or that of its unit where the unit is not named after it."""
    depth: int
    """How many names of the path its own cgroup has."""


def system_container_at(names: Sequence[str], place: int) -> SystemContainer | None:
    """The system container whose own cgroup begins at one name of a path; None where none does.

    A user's containers are told from root's of the same name by the user's id.
    """
    name = names[place]
    if name.startswith(_PAYLOAD) and name != _PAYLOAD:
        return SystemContainer("lxc", _of_user(names, name[len(_PAYLOAD) :]), place + 1)
    if name in ("lxc", "lxc.payload") and place == 0 and len(names) > 1:
        return SystemContainer("lxc", names[1], 2)
    if name == "machine.slice" and place == 0 and len(names) > 1:
        return _of_unit(names)
    return None


def _of_unit(names: Sequence[str]) -> SystemContainer | None:
    unit, below = names[1], names[2] if len(names) > 2 else ""
    if below == "supervisor" or unit.startswith(_OF_OTHERS) or "." not in unit:
        return None
    for start, end in _NAMED:
        if unit.startswith(start) and unit.endswith(end):
            name = unit[len(start) : -len(end)]
            break
    else:
        if below != "payload":
            return None  # of what made its own slice of machines, whatever that is
        name = unit.rpartition(".")[0]
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), name)
    return SystemContainer("nspawn", unescaped, 3 if below == "payload" else 2)


def _of_user(names: Sequence[str], name: str) -> str:
    user = next((each for each in names if each.startswith("user-") and "slice" in each), "")
    return f"{name}@{user.removeprefix('user-').removesuffix('.slice')}" if user else name
