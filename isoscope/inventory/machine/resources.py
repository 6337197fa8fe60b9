"""Memory, CPUs, swap, page merging and SMT of the host."""

from __future__ import annotations

from isoscope.inventory.machine.answers import (
    HOST,
    cpu_list,
    decimal,
    first_answer,
    flag,
    listed,
    read,
    shown,
)
from isoscope.inventory.observation import (
    KERNEL,
    Doubt,
    Observation,
    Party,
    known,
    unknown,
)
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import unescaped
from isoscope.snapshot.reading import Gap

_SWAPS_HEADER = ("Filename", "Type", "Size", "Used", "Priority")
_MEMORY = "/sys/kernel/mm"
_SMT = "/sys/devices/system/cpu/smt"
_MOUNT_PROC = "mount proc at /proc"
_BRIDGE_FILTER = "/proc/sys/net/bridge/bridge-nf-call-iptables"
_MOUNT_SYSFS = "mount sysfs at /sys"


def memory_bytes(snapshot: Snapshot) -> Observation[int]:
    """Bytes of memory that the kernel can use: ``MemTotal``."""
    return _meminfo(snapshot, "memory-bytes", "MemTotal")


def online_cpus(snapshot: Snapshot) -> Observation[frozenset[int]]:
    """Numbers of the CPUs that run."""
    reading = snapshot.file("/sys/devices/system/cpu/online")
    return read("online-cpus", reading, cpu_list, _MOUNT_SYSFS)


def swap_active(snapshot: Snapshot) -> Observation[bool]:
    """Whether pages can be written to swap: ``/proc/swaps``, else ``SwapTotal``, which a kernel
    without swap prints as well."""
    total = _meminfo(snapshot, "swap-active", "SwapTotal")
    by_total = Observation(
        HOST,
        "swap-active",
        None if total.value is None else total.value > 0,
        total.unknown,
        total.evidence,
        total.parties,
    )
    by_list = read("swap-active", snapshot.file("/proc/swaps"), parse_swaps, _MOUNT_PROC)
    return first_answer((by_list, by_total))


def page_merging(snapshot: Snapshot) -> Observation[bool]:
    """Whether KSM merges equal pages of processes that offer them: Documentation/ABI/testing/
    sysfs-kernel-mm-ksm. A kernel without KSM has no such directory."""
    reading = snapshot.file(f"{_MEMORY}/ksm/run")
    if reading.gap is Gap.ABSENT and listed(snapshot, _MEMORY, "ksm") is False:
        merges = False
        directory = snapshot.directory(_MEMORY)
        return known(
            HOST, "page-merging", merges, reading, directory, parties=KERNEL, excerpt="no ksm"
        )
    return read("page-merging", reading, parse_ksm_run, _MOUNT_SYSFS)


def bridges_filtered(snapshot: Snapshot) -> Observation[bool]:
    """Whether IPv4 that crosses a bridge passes the firewall: Documentation/networking/
    ip-sysctl.rst, ``bridge-nf-call-iptables``. Where br_netfilter is not loaded there is no such
    file, and it does not."""
    reading = snapshot.file(_BRIDGE_FILTER)
    if reading.gap is Gap.ABSENT and snapshot.collector.uid is not None:
        return known(
            HOST, "bridges-filtered", False, reading, parties=KERNEL, excerpt="no br_netfilter"
        )
    return read("bridges-filtered", reading, flag, "run Isoscope on the host itself")


def smt_active(snapshot: Snapshot, is_guest: Observation[bool]) -> Observation[bool]:
    """Whether sibling threads of one core run. Where a guest sees no siblings its CPUs may still be
    siblings of each other and of strangers' CPUs: only the hypervisor below knows."""
    outer = KERNEL if is_guest.value is False else KERNEL | {Party.OUTER_HYPERVISOR}
    found = first_answer(
        (
            read("smt-active", snapshot.file(f"{_SMT}/active"), flag, _MOUNT_SYSFS, parties=outer),
            read(
                "smt-active",
                snapshot.file(f"{_SMT}/control"),
                parse_smt_control,
                "look at the firmware setup",
                parties=outer,
            ),
        )
    )
    if found.value is not False or is_guest.value is False:
        return found
    return unknown(
        HOST,
        "smt-active",
        Doubt.BELOW_THE_GUEST,
        "this kernel sees no sibling threads, but a guest's CPUs can be siblings below it"
        if is_guest.value
        else "this kernel sees no sibling threads, which says nothing if it is a guest",
        "ask whoever runs the hypervisor whether SMT is off or siblings are kept to one guest",
        snapshot.file(f"{_SMT}/active"),
        snapshot.file(f"{_SMT}/control"),
        parties=outer,
    )


def parse_swaps(text: str) -> bool:
    """Whether ``/proc/swaps`` lists any.

    Raises:
        ValueError: its first line is not the header.
    """
    return bool(parse_swap_areas(text))


def parse_swap_areas(text: str) -> tuple[str, ...]:
    """The devices and files that ``/proc/swaps`` lists.

    Raises:
        ValueError: its first line is not the header.
    """
    lines = text.split("\n")
    if tuple(lines[0].split()) != _SWAPS_HEADER:
        raise ValueError("its first line is not the header of the list of swaps")
    return tuple(unescaped(written.split()[0]) for written in lines[1:] if written.strip())


def parse_ksm_run(text: str) -> bool:
    """``run``: 0 stopped, 1 merging, 2 stopped and everything unmerged.

    Raises:
        ValueError: it is another number, or none.
    """
    state = decimal(text)
    if state > 2:
        raise ValueError(f"{state} is no state of KSM")
    return state == 1


def parse_smt_control(text: str) -> bool:
    """``control``: Documentation/ABI/testing/sysfs-devices-system-cpu.

    Raises:
        ValueError: it does not tell whether siblings run.
    """
    control = text.strip()
    if control in ("off", "forceoff", "notsupported"):
        return False
    if control == "on":
        return True
    raise ValueError(f"{shown(control)} does not tell whether siblings run")


def parse_meminfo(text: str, name: str) -> int:
    """Bytes of one field of ``/proc/meminfo``.

    Raises:
        ValueError: it is not there, or not in kB.
    """
    for written in text.splitlines():
        key, colon, value = written.partition(":")
        if colon and key == name:
            amount, _, unit = value.strip().partition(" ")
            if unit.strip() != "kB":
                raise ValueError(f"{name} is not in kB")
            return decimal(amount) * 1024
    raise ValueError(f"it has no {name}")


def _meminfo(snapshot: Snapshot, key: str, name: str) -> Observation[int]:
    reading = snapshot.file("/proc/meminfo")
    excerpt = next((row for row in reading.text().splitlines() if row.startswith(f"{name}:")), None)
    return read(key, reading, lambda text: parse_meminfo(text, name), _MOUNT_PROC, excerpt=excerpt)
