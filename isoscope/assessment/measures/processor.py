"""CPU flaws by attack vector: Documentation/admin-guide/hw-vuln/attack_vector_controls.rst."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    negated,
    not_applicable,
)
from isoscope.assessment.neighbours.cpu_modes import runs_as_guest
from isoscope.inventory.host import AttackVector


def _container(vector: AttackVector) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        if runs_as_guest(subject.workload):
            return not_applicable("it reaches the host's kernel through its VMM only", subject.kind)
        return _among_neighbours(subject, vector)

    return judge


def _machine(vector: AttackVector) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        if not runs_as_guest(subject.workload):
            return not_applicable("it is no guest", subject.kind)
        return _among_neighbours(subject, vector)

    return judge


def _from_guests(subject: Subject) -> Judgement:
    """Who reads the host's memory from a guest reads that of its programs, which is part of it."""
    if runs_as_guest(subject.workload):
        return not_applicable("between guests another vector counts", subject.kind)
    return _from(subject, "has-guest-neighbours", AttackVector.GUEST_HOST)


def _from_programs(subject: Subject) -> Judgement:
    """The kernel maps all memory, that of guests too: who reads the kernel's reads theirs."""
    if not runs_as_guest(subject.workload):
        return not_applicable("between programs another vector counts", subject.kind)
    return _from(subject, "has-program-neighbours", AttackVector.USER_KERNEL)


def _from(subject: Subject, neighbours: str, vector: AttackVector) -> Judgement:
    there = subject.neighbourhood[neighbours]
    flaw = subject.surroundings.open_flaws[vector]
    return all_of(there, flaw, says=f"{flaw.says}; {there.says}")


def _across_threads(subject: Subject) -> Judgement:
    """Nothing crosses to whom no neighbour's thread runs beside."""
    beside = negated(subject.neighbourhood["sibling-threads-apart"])
    across = _among_neighbours(subject, AttackVector.CROSS_THREAD)
    return all_of(across, beside, says=f"{across.says}; {beside.says}")


def _among_neighbours(subject: Subject, vector: AttackVector) -> Judgement:
    if vector in _BETWEEN_NEIGHBOURS:
        neighbours = subject.neighbourhood["has-neighbours"]
        if neighbours.holds is False:
            return neighbours
    return subject.surroundings.open_flaws[vector]


_BETWEEN_NEIGHBOURS = (
    AttackVector.USER_USER,
    AttackVector.GUEST_GUEST,
    AttackVector.CROSS_THREAD,
)
_BY_HAND = "grep . /sys/devices/system/cpu/vulnerabilities/*; cat /proc/cmdline"
_REMEDY = (
    "Boot with mitigations=auto and current microcode; where the flaw stays open, run the workload "
    "on a machine whose CPU does not have it."
)
_REFERENCES = (
    "Documentation/admin-guide/hw-vuln/attack_vector_controls.rst",
    "Documentation/ABI/testing/sysfs-devices-system-cpu",
)


def _exposure(
    identity: str, title: str, what: str, why: str, judge: Callable[[Subject], Judgement]
) -> Declaration:
    return exposure(
        identity,
        title,
        what=what,
        why=why,
        by_hand=_BY_HAND,
        remedy=_REMEDY,
        references=_REFERENCES,
        judge=judge,
    )


DECLARATIONS: tuple[Declaration, ...] = (
    _exposure(
        "cpu-flaw-user-kernel",
        "CPU flaw open from user to kernel",
        "A flaw of the CPU lets a program read memory of the kernel, and the kernel reports it as "
        "not mitigated.",
        "The kernel's memory holds every file and key that passes through the host.",
        _container(AttackVector.USER_KERNEL),
    ),
    _exposure(
        "cpu-flaw-guest-host",
        "CPU flaw open from guest to host",
        "A flaw of the CPU lets a guest read memory of the host, and the kernel reports it as not "
        "mitigated.",
        "A VM's wall is the CPU's; a flaw of this vector goes through it.",
        _machine(AttackVector.GUEST_HOST),
    ),
    _exposure(
        "cpu-flaw-user-user",
        "CPU flaw open from program to program",
        "A flaw of the CPU lets a program read memory of another, or of the kernel, which maps "
        "that of all, and the kernel reports it as not mitigated.",
        "A neighbour's program on the same CPU can pick up what this one computes with.",
        _container(AttackVector.USER_USER),
    ),
    _exposure(
        "cpu-flaw-guest-guest",
        "CPU flaw open from guest to guest",
        "A flaw of the CPU lets a guest read memory of another, or of the host, which maps that of "
        "all, and the kernel reports it as not mitigated.",
        "A neighbour's guest on the same CPU can pick up what this one computes with.",
        _machine(AttackVector.GUEST_GUEST),
    ),
    _exposure(
        "cpu-flaw-neighbour-guest",
        "CPU flaw open from a neighbour's guest",
        "A flaw of the CPU lets a guest read memory of the host, in which this workload's is, the "
        "kernel reports it as not mitigated, and another tenant has a guest here.",
        "The neighbour's guest can pick up what this workload computes with through the host.",
        _from_guests,
    ),
    _exposure(
        "cpu-flaw-neighbour-program",
        "CPU flaw open from a neighbour's programs",
        "A flaw of the CPU lets a program read memory of the kernel, which maps this guest's too, "
        "the kernel reports it as not mitigated, and another tenant runs programs here.",
        "A wall around a guest keeps the guest in; it does not keep the host's programs out.",
        _from_programs,
    ),
    exposure(
        "cpu-flaw-cross-thread",
        "CPU flaw open between sibling threads",
        what="Sibling threads of a core run, and a flaw of the CPU lets one watch or steer the "
        "other; the kernel reports it as not mitigated, often as SMT vulnerable.",
        why="A neighbour on the other thread of the core sees what this one computes with.",
        by_hand="cat /sys/devices/system/cpu/smt/active; grep . "
        "/sys/devices/system/cpu/vulnerabilities/*",
        remedy="Boot with mitigations=auto,nosmt, or keep tenants on cores of their own by cpusets "
        "or core scheduling.",
        references=(*_REFERENCES, "Documentation/admin-guide/hw-vuln/core-scheduling.rst"),
        judge=_across_threads,
    ),
)
