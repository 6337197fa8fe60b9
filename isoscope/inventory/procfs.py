"""Parsers of the kernel's process files. Every one takes text that may be hostile and raises only
``ValueError``. Lines end at a line feed and nowhere else: names of processes and files, which their
owners choose, may hold the other signs at which ``str.splitlines`` would end them.

Sources: ``proc(5)``, ``namespaces(7)``, ``user_namespaces(7)``, ``cgroups(7)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from sys import intern

from isoscope.inventory.covered_mounts import MountPlace, covered
from isoscope.inventory.workload import DeviceRule, IdMapping, Mount, SeccompMode
from isoscope.snapshot.places import unescaped

_SECCOMP = {"0": SeccompMode.DISABLED, "1": SeccompMode.STRICT, "2": SeccompMode.FILTER}
_LONGEST_LIST = 65_536
_NUMBERS = {
    10: re.compile(r"[0-9]{1,20}"),
    16: re.compile(r"[0-9a-f]{1,16}"),
}


@dataclass(frozen=True, slots=True)
class Status:
    """The fields of ``/proc/PID/status`` that say how a process is confined.

    A field that the kernel does not print is None.
    """

    name: str
    state: str
    """One letter; ``Z`` is a process that ended and waits for its parent to ask."""
    pid: int
    parent: int
    threads: int | None
    user_ids: frozenset[int]
    """Real, effective, saved and file system user id, as the reader's user namespace sees them."""
    pids_by_namespace: tuple[int, ...] | None
    """``NSpid``: the pid in each nested PID namespace, the reader's first."""
    effective: int | None
    permitted: int | None
    """What it can make effective whenever it likes: ``capset(2)``."""
    bounding: int | None
    no_new_privileges: bool | None
    seccomp: SeccompMode | None
    allowed_cpus: frozenset[int] | None
    speculation: frozenset[str] | None = None
    """Ways of speculation that the kernel leaves open to it, as it words them; None where it does
    not say so: Documentation/userspace-api/spec_ctrl.rst."""
    memory_nodes: frozenset[int] | None = None
    """NUMA nodes from which it may get memory: ``Mems_allowed_list``, set by its cpuset."""
    tracer: int | None = None
    """``TracerPid``: who traces it now, by the reader's PID namespace; 0: nobody who is in it."""

    @property
    def runs_nothing(self) -> bool:
        """Whether it ended altogether: a zombie none of whose threads lives on."""
        return self.state == "Z" and self.threads == 1


def parse_status(text: str) -> Status:
    """``/proc/PID/status``.

    Raises:
        ValueError: a field that must be there is missing, or one has another shape.
    """
    fields: dict[str, str] = {}
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key, value.strip(" \t"))
    if "Pid" not in fields or "Uid" not in fields:
        raise ValueError("no process status: it has no Pid or no Uid")
    seccomp = fields.get("Seccomp")
    if seccomp is not None and seccomp not in _SECCOMP:
        raise ValueError(f"Seccomp is {seccomp[:20]!r}, not 0, 1 or 2")
    no_new_privileges = fields.get("NoNewPrivs")
    if no_new_privileges not in (None, "0", "1"):
        raise ValueError(f"NoNewPrivs is {no_new_privileges[:20]!r}, not 0 or 1")
    user_ids = [parse_number(number) for number in fields["Uid"].split()]
    if len(user_ids) != _USER_IDS:
        raise ValueError("Uid has not four numbers")
    nested = fields.get("NSpid")
    cpus, nodes = fields.get("Cpus_allowed_list"), fields.get("Mems_allowed_list")
    return Status(
        name=fields.get("Name", ""),
        state=fields.get("State", "")[:1],
        pid=parse_number(fields["Pid"]),
        parent=parse_number(fields.get("PPid", "0")),
        threads=_optional(fields.get("Threads"), 10),
        user_ids=frozenset(user_ids),
        pids_by_namespace=tuple(map(parse_number, nested.split())) if nested else None,
        effective=_optional(fields.get("CapEff"), 16),
        permitted=_optional(fields.get("CapPrm"), 16),
        bounding=_optional(fields.get("CapBnd"), 16),
        no_new_privileges=None if no_new_privileges is None else no_new_privileges == "1",
        seccomp=None if seccomp is None else _SECCOMP[seccomp],
        allowed_cpus=None if cpus is None else parse_number_list(cpus),
        speculation=_speculation(fields),
        memory_nodes=None if nodes is None else parse_number_list(nodes),
        tracer=_optional(fields.get("TracerPid"), 10),
    )


def _speculation(fields: Mapping[str, str]) -> frozenset[str] | None:
    found = [(name, fields.get(name)) for name in _SPECULATION]
    if any(state not in _RESTRICTED | _OPEN for _, state in found):
        return None
    return frozenset(f"{name}: {state}" for name, state in found if state in _OPEN)


_SPECULATION = ("Speculation_Store_Bypass", "SpeculationIndirectBranch")
_RESTRICTED = frozenset(
    (
        "not vulnerable",
        "thread mitigated",
        "thread force mitigated",
        "globally mitigated",
        "not affected",
        "conditional disabled",
        "conditional force disabled",
        "always disabled",
    )
)
_OPEN = frozenset(("vulnerable", "thread vulnerable", "conditional enabled", "always enabled"))
"""What fs/proc/array.c prints."""
_USER_IDS = 4  # real, effective, saved and file system


def _optional(text: str | None, base: int) -> int | None:
    return None if text is None else parse_number(text, base)


def parse_number(text: str, base: int = 10) -> int:
    """A number as the kernel prints it: digits, no sign, at most 64 bits' worth.

    Raises:
        ValueError: not such a number.
    """
    if _NUMBERS[base].fullmatch(text) is None:
        raise ValueError(f"{text[:30]!r} is no number")
    return int(text, base)


def parse_number_list(text: str) -> frozenset[int]:
    """A list like ``0-3,8``: ``cpuset(7)``, List format. Empty text is the empty set.

    Raises:
        ValueError: not such a list, or longer than any machine needs.
    """
    numbers: set[int] = set()
    highest = -1
    for part in text.strip().split(",") if text.strip() else ():
        first, dash, last = part.partition("-")
        low = parse_number(first)
        high = parse_number(last) if dash else low
        if not highest < low <= high < _LONGEST_LIST:
            raise ValueError(f"{part[:30]!r} is no range of CPU numbers")
        numbers.update(range(low, high + 1))
        highest = high
    return frozenset(numbers)


def parse_id_map(text: str) -> tuple[IdMapping, ...]:
    """``/proc/PID/uid_map``. Empty text is a user namespace whose map was not written yet."""
    mappings = []
    for line in _lines(text):
        fields = line.split()
        if len(fields) != 3:
            raise ValueError(f"{line[:60]!r} is no line of an id map")
        inside, outside, length = (parse_number(field) for field in fields)
        if length < 1:
            raise ValueError(f"{line[:60]!r} is no line of an id map")
        mappings.append(IdMapping(inside, outside, length))
    return tuple(mappings)


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """``/proc/PID/mountinfo``, in the kernel's order.

    Raises:
        ValueError: a line is none of it.
    """
    lines = _lines(text)
    mounts = [_mount(line) for line in lines]
    over = covered(
        [
            MountPlace(line.split(" ", 2)[0], line.split(" ", 2)[1], mount.mount_point)
            for line, mount in zip(lines, mounts, strict=True)
        ]
    )
    return tuple(
        replace(mount, covered=True) if hidden else mount
        for mount, hidden in zip(mounts, over, strict=True)
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _mount(line: str) -> Mount:
    left, dash, right = line.partition(" - ")
    fields, rest = left.split(" "), right.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 3:
        raise ValueError(f"{line[:80]!r} is no line of mountinfo")
    options, super_options = fields[5], " ".join(rest[2:])
    return Mount(
        # Thousands of containers have these alike.
        device=intern(fields[2]),
        root=intern(unescaped(fields[3])),
        mount_point=intern(unescaped(fields[4])),
        # The kernel prints ro or rw first; what follows in a file system's options can be a name.
        writable=not (_is_read_only(options) or _is_read_only(super_options)),
        options=_options(options),
        propagation=tuple(field for field in fields[6:] if field),
        file_system=intern(rest[0]),
        mount_source=intern(unescaped(rest[1])),
        super_options=_options(super_options),
    )


@lru_cache(maxsize=512)
def _options(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _is_read_only(options: str) -> bool:
    return options == "ro" or options.startswith("ro,")


def parse_namespace_link(text: str) -> int:
    """Inode number of a link of ``/proc/PID/ns``: ``net:[4026531833]``."""
    match = re.fullmatch(r"[a-z_]{1,20}:\[([0-9]{1,20})\]", text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is no link to a namespace")
    return int(match[1])


def parse_device_rules(text: str) -> tuple[DeviceRule, ...]:
    """``devices.list`` of cgroup v1: lines like ``c 1:3 rwm``."""
    rules = []
    for line in _lines(text):
        fields = line.split()
        if len(fields) != 3 or fields[0] not in ("a", "b", "c") or ":" not in fields[1]:
            raise ValueError(f"{line[:60]!r} is no device rule")
        rules.append(DeviceRule(fields[0], fields[1], fields[2]))
    return tuple(rules)


def parse_resource_limit(text: str, name: str) -> float | None:
    """Hard limit of one row of ``/proc/PID/limits``; None where it says ``unlimited``.

    The soft one limits nothing: any process may raise its own up to the hard one, ``prlimit(2)``.
    """
    for line in _lines(text):
        if line.startswith(name):
            values = line[len(name) :].split()[:2]
            if len(values) != 2:
                break
            return None if values[1] == "unlimited" else float(parse_number(values[1]))
    raise ValueError(f"no row {name!r}")


def parse_ksm_stat(text: str) -> bool:
    """Whether KSM may merge pages of this process: ``/proc/PID/ksm_stat``.

    Kernels before 6.18 print no ``ksm_mergeable`` line; then only pages that are merged already
    tell, and their absence tells nothing.
    """
    fields = dict(line.partition(" ")[::2] for line in _lines(text))
    if fields.get("ksm_mergeable:", "").strip() == "yes":
        return True
    if fields.get("ksm_merge_any:", "").strip() == "yes":
        return True
    merging = fields.get("ksm_merging_pages", "0").strip()
    if parse_number(merging) > 0:
        return True
    if "ksm_mergeable:" in fields:
        return False
    raise ValueError("this kernel does not say whether pages may be merged")
