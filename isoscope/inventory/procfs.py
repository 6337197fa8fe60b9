"""Parsers of the kernel's process files. Every one takes text that may be hostile and raises only
``ValueError``. Sources: ``proc(5)``, ``namespaces(7)``, ``user_namespaces(7)``, ``cgroups(7)``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from isoscope.inventory.workload import DeviceRule, IdMapping, Mount, SeccompMode

_SECCOMP = {"0": SeccompMode.DISABLED, "1": SeccompMode.STRICT, "2": SeccompMode.FILTER}
_OCTAL = re.compile(r"\\([0-7]{3})")
_LONGEST_LIST = 65_536


@dataclass(frozen=True, slots=True)
class Status:
    """The fields of ``/proc/PID/status`` that say how a process is confined.

    A field that the kernel does not print is None.
    """

    name: str
    pid: int
    parent: int
    tracer: int | None
    user_ids: frozenset[int]
    """Real, effective, saved and file system user id, as the reader's user namespace sees them."""
    pids_by_namespace: tuple[int, ...] | None
    """``NSpid``: the pid in each nested PID namespace, the reader's first."""
    effective: int | None
    bounding: int | None
    no_new_privileges: bool | None
    seccomp: SeccompMode | None
    allowed_cpus: frozenset[int] | None


def parse_status(text: str) -> Status:
    """``/proc/PID/status``.

    Raises:
        ValueError: a field that must be there is missing, or one has another shape.
    """
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key, value.strip())
    if "Pid" not in fields or "Uid" not in fields:
        raise ValueError("no process status: it has no Pid or no Uid")
    seccomp = fields.get("Seccomp")
    if seccomp is not None and seccomp not in _SECCOMP:
        raise ValueError(f"Seccomp is {seccomp[:20]!r}, not 0, 1 or 2")
    nested = fields.get("NSpid")
    return Status(
        name=fields.get("Name", ""),
        pid=int(fields["Pid"]),
        parent=int(fields.get("PPid", "0")),
        tracer=_optional(fields.get("TracerPid"), 10),
        user_ids=frozenset(int(number) for number in fields["Uid"].split()),
        pids_by_namespace=tuple(int(number) for number in nested.split()) if nested else None,
        effective=_optional(fields.get("CapEff"), 16),
        bounding=_optional(fields.get("CapBnd"), 16),
        no_new_privileges=None if "NoNewPrivs" not in fields else fields["NoNewPrivs"] != "0",
        seccomp=None if seccomp is None else _SECCOMP[seccomp],
        allowed_cpus=(
            parse_number_list(fields["Cpus_allowed_list"])
            if "Cpus_allowed_list" in fields
            else None
        ),
    )


def _optional(text: str | None, base: int) -> int | None:
    return None if text is None else int(text, base)


def parse_number_list(text: str) -> frozenset[int]:
    """A list like ``0-3,8``: ``cpuset(7)``, List format. Empty text is the empty set.

    Raises:
        ValueError: not such a list, or longer than any machine needs.
    """
    numbers: set[int] = set()
    for part in text.strip().split(","):
        if not part:
            continue
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 0 <= low <= high < _LONGEST_LIST:
            raise ValueError(f"{part[:30]!r} is no range of CPU numbers")
        numbers.update(range(low, high + 1))
    return frozenset(numbers)


def parse_id_map(text: str) -> tuple[IdMapping, ...]:
    """``/proc/PID/uid_map``. Empty text is a user namespace whose map was not written yet."""
    mappings = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) != 3:
            raise ValueError(f"{line[:60]!r} is no line of an id map")
        inside, outside, length = (int(field) for field in fields)
        if inside < 0 or outside < 0 or length < 1:
            raise ValueError(f"{line[:60]!r} is no line of an id map")
        mappings.append(IdMapping(inside, outside, length))
    return tuple(mappings)


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """``/proc/PID/mountinfo``, in the kernel's order."""
    return tuple(_mount(line) for line in text.splitlines() if line)


def _mount(line: str) -> Mount:
    left, dash, right = line.partition(" - ")
    fields, rest = left.split(" "), right.split(" ")
    if not dash or len(fields) < 6 or len(rest) < 3:
        raise ValueError(f"{line[:80]!r} is no line of mountinfo")
    options = frozenset(fields[5].split(","))
    super_options = frozenset(" ".join(rest[2:]).split(","))
    return Mount(
        device=fields[2],
        root=_unescaped(fields[3]),
        mount_point=_unescaped(fields[4]),
        writable="ro" not in options and "ro" not in super_options,
        options=options,
        propagation=tuple(field for field in fields[6:] if field),
        file_system=rest[0],
        mount_source=_unescaped(rest[1]),
        super_options=super_options,
    )


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def parse_namespace_link(text: str) -> int:
    """Inode number of a link of ``/proc/PID/ns``: ``net:[4026531833]``."""
    match = re.fullmatch(r"[a-z_]{1,20}:\[(\d{1,20})\]", text)
    if match is None:
        raise ValueError(f"{text[:60]!r} is no link to a namespace")
    return int(match[1])


def parse_device_rules(text: str) -> tuple[DeviceRule, ...]:
    """``devices.list`` of cgroup v1: lines like ``c 1:3 rwm``."""
    rules = []
    for line in text.splitlines():
        fields = line.split()
        if len(fields) != 3 or fields[0] not in ("a", "b", "c") or ":" not in fields[1]:
            raise ValueError(f"{line[:60]!r} is no device rule")
        rules.append(DeviceRule(fields[0], fields[1], fields[2]))
    return tuple(rules)


def parse_resource_limit(text: str, name: str) -> float | None:
    """Soft limit of one row of ``/proc/PID/limits``; None where it says ``unlimited``."""
    for line in text.splitlines():
        if line.startswith(name):
            value = line[len(name) :].split()[:1]
            if not value:
                break
            return None if value[0] == "unlimited" else float(int(value[0]))
    raise ValueError(f"no row {name!r}")


def parse_network_devices(text: str) -> tuple[str, ...]:
    """Names of the network devices in ``/proc/PID/net/dev``; its first two lines are headings."""
    lines = text.splitlines()
    if len(lines) < 2 or "|" not in lines[0]:
        raise ValueError("no list of network devices")
    return tuple(line.partition(":")[0].strip() for line in lines[2:])


def parse_ksm_stat(text: str) -> bool:
    """Whether KSM may merge pages of this process: ``/proc/PID/ksm_stat``.

    Kernels before 6.18 print no ``ksm_mergeable`` line; then only pages that are merged already
    tell, and their absence tells nothing.
    """
    fields = dict(line.partition(" ")[::2] for line in text.splitlines())
    if fields.get("ksm_mergeable:", "").strip() == "yes":
        return True
    if fields.get("ksm_merge_any:", "").strip() == "yes":
        return True
    merging = fields.get("ksm_merging_pages", "0").strip()
    if merging.isdecimal() and int(merging) > 0:
        return True
    if "ksm_mergeable:" in fields:
        return False
    raise ValueError("this kernel does not say whether pages may be merged")
