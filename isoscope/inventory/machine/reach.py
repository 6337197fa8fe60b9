"""What the host can do to every workload alike: administrators, swap, dumps, storage, boot.

Sources: ``group(5)``, ``unix(7)``, ``core(5)``, Documentation/admin-guide/LSM/Yama.rst,
Documentation/admin-guide/kdump, Documentation/power/swsusp.rst.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname

from isoscope.inventory.file_status import parse_status_numbers
from isoscope.inventory.json_fields import get_list, get_str, parse_json
from isoscope.inventory.machine.accounts import accounts, delegations
from isoscope.inventory.machine.answers import (
    HOST,
    decimal,
    flag,
    line,
    listed,
    read,
    settling,
    shown,
    status,
)
from isoscope.inventory.machine.blocks import storage_in_clear, swap_in_clear
from isoscope.inventory.machine.bridges import bridges_taking_routes
from isoscope.inventory.machine.listening import engines_own_warnings, listening_managers
from isoscope.inventory.machine.strain import kernel_tables, pressure
from isoscope.inventory.observation import KERNEL, Doubt, Observation, known, mapped, unknown
from isoscope.inventory.reach import Boot, Reach, SocketMode
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import CONTROL_SOCKETS
from isoscope.snapshot.places import GROUPS_OF_ADMINISTRATORS, SECURE_BOOT
from isoscope.snapshot.reading import Gap, Reading

_ON_THE_HOST = "run Isoscope on the host itself"
_SYSFS = "mount sysfs at /sys"
_QEMU = "/etc/libvirt/qemu.conf"
_POLICY = "/etc/containers/policy.json"
_SCOPE = "/proc/sys/kernel/yama/ptrace_scope"
_KEXEC = "/sys/kernel/kexec_crash_loaded"
_LOCKDOWN = "/sys/kernel/security/lockdown"
_SIGNED = "/sys/module/module/parameters/sig_enforce"


def reach(snapshot: Snapshot, lockdown: Observation[object]) -> Reach:
    """The facts of one host, but for its users."""
    return Reach(
        administrators=read(
            "administrators", snapshot.file("/etc/group"), parse_administrators, _ON_THE_HOST
        ),
        sockets=_sockets(snapshot),
        ptrace_scope=_ptrace_scope(snapshot),
        core_pattern=read(
            "core-pattern",
            snapshot.file("/proc/sys/kernel/core_pattern"),
            parse_core_pattern,
            "mount proc at /proc",
        ),
        swap_in_clear=swap_in_clear(snapshot),
        memory_images=_memory_images(snapshot),
        storage_in_clear=storage_in_clear(snapshot),
        boot=_boot(snapshot, lockdown),
        migration_encrypted=read(
            "migration-encrypted", snapshot.file(_QEMU), parse_migration, "run Isoscope as root"
        ),
        signatures_required=read(
            "signatures-required", snapshot.file(_POLICY), parse_policy, _ON_THE_HOST
        ),
        accounts=accounts(snapshot),
        delegations=delegations(snapshot),
        bridges_taking_routes=bridges_taking_routes(snapshot),
        listening=listening_managers(snapshot),
        engine_warnings=engines_own_warnings(snapshot),
        tables=kernel_tables(snapshot),
        pressure=pressure(snapshot),
    )


def parse_migration(text: str) -> bool:
    """Whether ``migrate_tls_force`` is on; it is off unless it is set: libvirt's qemu.conf.

    Raises:
        ValueError: it is set to something else than a number.
    """
    forced = False
    for row in text.split("\n"):
        name, equals, value = row.partition("=")
        if equals and name.strip() == "migrate_tls_force":
            forced = decimal(value) != 0
    return forced


def parse_policy(text: str) -> bool:
    """Whether an image of which nothing else is said needs a signature, or is refused.

    Raises:
        ValueError: it is no policy.
    """
    requirements = get_list(parse_json(text), "default")
    kinds = [get_str(requirement, "type") for requirement in requirements]
    if not kinds:
        raise ValueError("its default requires nothing and rejects nothing")
    return "insecureAcceptAnything" not in kinds


def parse_administrators(text: str) -> Mapping[str, tuple[str, ...]]:
    """Members of administrators' groups. Whoever has one as primary group is not listed there.

    Raises:
        ValueError: a line has another shape.
    """
    found: dict[str, tuple[str, ...]] = {}
    for row in text.split("\n"):
        if row:
            fields = row.split(":")
            if len(fields) != 4:
                raise ValueError(f"{shown(row)} is no line of group(5)")
            members = tuple(name for name in fields[3].split(",") if name)
            if members and fields[0] in GROUPS_OF_ADMINISTRATORS:
                found[fields[0]] = members
    return found


def parse_core_pattern(text: str) -> str:
    """Where core dumps go; empty where nowhere.

    Raises:
        ValueError: it has several lines.
    """
    return line(text) if text.strip() else ""


def _sockets(snapshot: Snapshot) -> Observation[tuple[SocketMode, ...]]:
    found: list[SocketMode] = []
    readings: list[Reading] = []
    for path in CONTROL_SOCKETS:
        reading = status(snapshot, path)
        if reading.gap is Gap.ABSENT:
            continue
        readings.append(reading)
        try:
            numbers = parse_status_numbers(reading)
            around = status(snapshot, dirname(path))
            passes = bool(parse_status_numbers(around)["mode"] & 0o001)
        except ValueError as error:
            return unknown(
                HOST,
                "engine-sockets",
                reading.gap or Doubt.NOT_UNDERSTOOD,
                f"{reading.source}: {error}",
                settling(reading, _ON_THE_HOST),
                reading,
            )
        found.append(
            SocketMode(path, numbers["mode"] & 0o777, numbers["uid"], numbers["gid"], passes)
        )
    excerpt = "\n".join(f"{s.path} {s.mode:o} {s.user}:{s.group}" for s in found) or "none"
    return known(
        HOST, "engine-sockets", tuple(found), *readings[:4], parties=KERNEL, excerpt=excerpt
    )


def _ptrace_scope(snapshot: Snapshot) -> Observation[int]:
    reading = snapshot.file(_SCOPE)
    if reading.gap is Gap.ABSENT and listed(snapshot, "/proc/sys/kernel", "yama") is False:
        return known(HOST, "ptrace-scope", 0, reading, parties=KERNEL, excerpt="no Yama")
    return read("ptrace-scope", reading, decimal, "mount proc at /proc")


def _memory_images(snapshot: Snapshot) -> Observation[tuple[str, ...]]:
    """Hibernation counts where a place to resume from is set: without one, nothing writes it."""
    state, resume = snapshot.file("/sys/power/state"), snapshot.file("/sys/power/resume")
    kexec = snapshot.file(_KEXEC)
    found = []
    if state.content is not None and "disk" in state.text().split():
        if resume.content is None:
            return read("memory-images", resume, lambda _: (), _SYSFS)
        if resume.text().strip() not in ("0:0", ""):
            found.append(f"hibernation to device {line_or_none(resume)}")
    elif state.content is None and not (
        state.gap is Gap.ABSENT and listed(snapshot, "/sys/power", "state") is False
    ):
        return read("memory-images", state, lambda _: (), _SYSFS)
    loaded = read("memory-images", kexec, flag, _SYSFS)
    if kexec.gap is Gap.ABSENT and (listed(snapshot, "/sys/kernel", "kexec_crash_loaded") is False):
        pass  # a kernel that cannot start another one
    elif loaded.value is None:
        return mapped(loaded, "memory-images", lambda _: ())
    elif loaded.value:
        found.append("a crash kernel is loaded that may keep a dump of memory")
    return known(HOST, "memory-images", tuple(found), state, kexec, parties=KERNEL)


def line_or_none(reading: Reading) -> str:
    """The first line of a short file, for words."""
    return reading.text().strip().partition("\n")[0][:40]


def _boot(snapshot: Snapshot, lockdown: Observation[object]) -> Observation[Boot]:
    variable = snapshot.file(SECURE_BOOT)
    efi = listed(snapshot, "/sys/firmware", "efi")
    content = variable.content
    if content is None and efi is not False:
        return unknown(
            HOST,
            "host-boot",
            variable.gap or Gap.NOT_READ,
            f"{variable.source}: {variable.gap}",
            settling(variable, "mount efivarfs at /sys/firmware/efi/efivars"),
            variable,
        )
    if content is not None and len(content) != _VARIABLE_BYTES:
        explanation = f"{variable.source}: it is not {_VARIABLE_BYTES} bytes long"
        settled = "mokutil --sb-state"
        return unknown(HOST, "host-boot", Doubt.NOT_UNDERSTOOD, explanation, settled, variable)
    signed = read("modules-signed", snapshot.file(_SIGNED), flag, _SYSFS)
    boot = Boot(
        secure_boot=content is not None and content[4] == 1,
        lockdown=lockdown.value if isinstance(lockdown.value, str) else "",
        modules_signed=signed.value,
        measured=any(
            name.startswith("tpm") for name in snapshot.directory("/sys/class/tpm").names()
        ),
    )
    excerpt = (
        f"SecureBoot {int(boot.secure_boot)}, lockdown {boot.lockdown or 'not shown'}, "
        f"sig_enforce {'not shown' if signed.value is None else signed.value}"
    )
    return known(HOST, "host-boot", boot, variable, parties=KERNEL, excerpt=excerpt)


_VARIABLE_BYTES = 5
