"""Linux Security Modules: which are active, and the state of SELinux and AppArmor.

Sources: Documentation/admin-guide/LSM, linux/lsm.h, ``selinux(8)``, security/selinux/selinuxfs.c,
security/apparmor/apparmorfs.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from isoscope.inventory.host import Apparmor, Selinux, SelinuxState
from isoscope.inventory.machine.answers import (
    HOST,
    first_answer,
    flag,
    json_object,
    kernel_answer,
    listed,
    read,
    settling,
    shown,
)
from isoscope.inventory.machine.attack_vectors import kernel_parameters
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Observation,
    known,
    unknown,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.reading import Gap, Reading

_NAME_OF_ID: Mapping[int, str] = MappingProxyType(
    {
        100: "capability",
        101: "selinux",
        102: "smack",
        103: "tomoyo",
        104: "apparmor",
        105: "yama",
        106: "loadpin",
        107: "safesetid",
        108: "lockdown",
        109: "bpf",
        110: "landlock",
        111: "ima",
        112: "evm",
        113: "ipe",
    }
)
_NAME = re.compile(r"[a-z0-9_]{1,32}")
_MOUNT_SECURITYFS = "mount securityfs at /sys/kernel/security"
_ENFORCE = "/sys/fs/selinux/enforce"
_CONFIG = "/etc/selinux/config"
_PROFILE = re.compile(r".* \((enforce|complain|kill|unconfined|prompt|user|mixed)\)")


def active_lsms(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """The active LSMs in their order, by securityfs, else by ``lsm_list_modules(2)``."""
    call = kernel_answer(snapshot, "lsm", "lsm_list_modules(2)")
    return first_answer(
        (
            read("lsms", snapshot.file("/sys/kernel/security/lsm"), parse_lsms, _MOUNT_SECURITYFS),
            read("lsms", call, parse_lsm_ids, _MOUNT_SECURITYFS),
        )
    )


def parse_lsms(text: str) -> tuple[str, ...]:
    """``/sys/kernel/security/lsm``: names joined by commas.

    Raises:
        ValueError: something in it is no name.
    """
    names = tuple(text.strip().split(","))
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{shown(name)} is no name of an LSM")
    return names


def parse_lsm_ids(text: str) -> tuple[str, ...]:
    """Names of the LSMs that ``lsm_list_modules(2)`` counts; an id that is not known here stays a
    number.

    Raises:
        ValueError: it is not what the probe writes.
    """
    ids = json_object(text).get("ids")
    if not isinstance(ids, list) or not ids or not all(type(item) is int for item in ids):
        raise ValueError("it has no list of ids")
    return tuple(_NAME_OF_ID.get(item, f"id {item}") for item in ids)


@dataclass(frozen=True, slots=True)
class SelinuxConfig:
    """What ``/etc/selinux/config`` asks for: ``selinux(8)``."""

    state: str
    policy: str


def parse_selinux_config(text: str) -> SelinuxConfig:
    """``SELINUX`` and ``SELINUXTYPE``; empty where not said. Keys count in capitals only."""
    values: dict[str, str] = {}
    for written in text.splitlines():
        name, equals, value = written.strip().partition("=")
        if equals and name in ("SELINUX", "SELINUXTYPE"):
            values[name] = value.partition("#")[0].strip()
    return SelinuxConfig(values.get("SELINUX", "").lower(), values.get("SELINUXTYPE", ""))


def selinux(snapshot: Snapshot, lsms: Observation[tuple[str, ...]]) -> Observation[Selinux]:
    """State of SELinux. Its policy's name is what the configuration asks for: the kernel does not
    know it."""
    enforce = snapshot.file(_ENFORCE)
    config_reading = snapshot.file(_CONFIG)
    config = _config(config_reading)
    if enforce.gap is Gap.ABSENT:
        return _without_file_system(snapshot, lsms, config, enforce)
    state = read("selinux", enforce, flag, "mount selinuxfs at /sys/fs/selinux")
    if state.value is None:
        return Observation(HOST, "selinux", None, state.unknown, state.evidence, state.parties)
    mls = read("selinux-mls", snapshot.file("/sys/fs/selinux/mls"), flag, "").value
    value = Selinux(
        SelinuxState.ENFORCING if state.value else SelinuxState.PERMISSIVE,
        config.policy if config else "",
        mls,
    )
    readings = [enforce, snapshot.file("/sys/fs/selinux/mls"), config_reading]
    return known(HOST, "selinux", value, *readings, parties=KERNEL)


def _config(reading: Reading) -> SelinuxConfig | None:
    if reading.content is None or reading.truncated:
        return None
    return parse_selinux_config(reading.text())


def _without_file_system(
    snapshot: Snapshot,
    lsms: Observation[tuple[str, ...]],
    config: SelinuxConfig | None,
    enforce: Reading,
) -> Observation[Selinux]:
    """The state where selinuxfs is not mounted: it is not active, or nobody mounted it."""
    active = _is_active(snapshot, lsms)
    policy = config.policy if config else ""
    if active is None:
        return unknown(
            HOST,
            "selinux",
            lsms.unknown.reason if lsms.unknown else Doubt.NOT_SAID,
            "selinuxfs is not mounted, and which LSMs are active is not known",
            lsms.unknown.settled_by if lsms.unknown else _MOUNT_SECURITYFS,
            enforce,
        )
    if active and (config is None or config.state != "disabled"):
        return unknown(
            HOST,
            "selinux",
            Doubt.NOT_SAID,
            "SELinux is active, but its file system is not mounted here",
            "mount selinuxfs at /sys/fs/selinux, or run Isoscope outside of the container",
            enforce,
        )
    if active or config is not None or _named_at_boot(snapshot):
        state = SelinuxState.DISABLED
    else:
        state = SelinuxState.ABSENT
    readings = [enforce, *(_reading_of(snapshot, lsms)), snapshot.file(_CONFIG)]
    return known(HOST, "selinux", Selinux(state, policy), *readings, parties=KERNEL)


def _is_active(snapshot: Snapshot, lsms: Observation[tuple[str, ...]]) -> bool | None:
    """Whether SELinux is among the LSMs; else whether the kernel registered its file system, which
    it does only if it was started with SELinux."""
    if lsms.value is not None:
        return "selinux" in lsms.value
    file_systems = snapshot.file("/proc/filesystems")
    if file_systems.content is None or file_systems.truncated:
        return None
    names = {row.split()[-1] for row in file_systems.text().splitlines() if row.strip()}
    if "proc" not in names:  # it is mounted, or this file could not be read
        return None
    return "selinuxfs" in names


def _named_at_boot(snapshot: Snapshot) -> bool:
    parameters = dict(kernel_parameters(snapshot.file("/proc/cmdline").text()))
    return "selinux" in parameters or parameters.get("security") == "selinux"


def _reading_of(snapshot: Snapshot, lsms: Observation[tuple[str, ...]]) -> list[Reading]:
    if lsms.value is None:
        return [snapshot.file("/proc/filesystems")]
    file = snapshot.file("/sys/kernel/security/lsm")
    if file.content is not None:
        return [file]
    return [kernel_answer(snapshot, "lsm", "lsm_list_modules(2)")]


def apparmor(snapshot: Snapshot, lsms: Observation[tuple[str, ...]]) -> Observation[Apparmor]:
    """Whether AppArmor is active, and how many profiles it enforces."""
    parameter = snapshot.file("/sys/module/apparmor/parameters/enabled")
    if lsms.value is not None and "apparmor" not in lsms.value:
        inactive = Apparmor(enabled=False)
        readings = [*_reading_of(snapshot, lsms), parameter]
        return known(HOST, "apparmor", inactive, *readings, parties=KERNEL)
    if parameter.gap is Gap.ABSENT and listed(snapshot, "/sys/module", "apparmor") is False:
        inactive = Apparmor(enabled=False)
        return known(HOST, "apparmor", inactive, parameter, parties=KERNEL)
    enabled = read(
        "apparmor", parameter, flag, settling(parameter, "mount sysfs at /sys"), excerpt=None
    )
    if enabled.value is None:
        return Observation(
            HOST, "apparmor", None, enabled.unknown, enabled.evidence, enabled.parties
        )
    profiles = snapshot.file("/sys/kernel/security/apparmor/profiles")
    counted = read("apparmor-profiles", profiles, parse_profiles, _MOUNT_SECURITYFS)
    enforced, complaining = counted.value or (None, None)
    value = Apparmor(enabled.value, enforced, complaining)
    return known(HOST, "apparmor", value, parameter, profiles, parties=KERNEL)


def parse_profiles(text: str) -> tuple[int, int]:
    """How many profiles are enforced and how many only complain: a line each, ``NAME (MODE)``.
    ``kill`` enforces; ``unconfined`` and what is not known do neither.

    Raises:
        ValueError: a line has another shape.
    """
    enforced = complaining = 0
    for written in text.splitlines():
        found = _PROFILE.fullmatch(written)
        if not found:
            raise ValueError(f"{shown(written)} is no profile with its mode")
        enforced += found[1] in ("enforce", "kill")
        complaining += found[1] == "complain"
    return enforced, complaining
