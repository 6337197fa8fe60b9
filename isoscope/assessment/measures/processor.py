"""CPU flaws by attack vector: Documentation/admin-guide/hw-vuln/attack_vector_controls.rst."""

from __future__ import annotations

from collections.abc import Callable

from isoscope.assessment.declaration import Declaration, Subject, exposure
from isoscope.assessment.judgement import (
    Judgement,
    failing,
    holding,
    not_applicable,
    undecided,
)
from isoscope.inventory.host import AttackVector, FlawState
from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.inventory.observation import Doubt, Observation, Unknown

_BELOW = (
    "this host is itself a guest: what its CPUs say of their flaws is decided below it",
    "look at /sys/devices/system/cpu/vulnerabilities on the machine that runs this host",
)


def flaws(subject: Subject, vector: AttackVector) -> Judgement:
    """Whether the kernel reports a flaw of this vector as open.

    A flaw that is reported counts at once. That none is reported counts only on a machine that is
    no guest: what a vCPU says of its own flaws is the outer hypervisor's story.
    """
    host = subject.inventory.host
    listed = host.flaw_list
    if listed.value is None:
        return undecided(listed.doubt, listed)
    counted = [name for name in listed.value if name in FLAWS_BY_VECTOR[vector]]
    relevant = [host.cpu_flaws[name] for name in counted if name in host.cpu_flaws]
    open_ones = [o for o in relevant if o.value and o.value.state is FlawState.VULNERABLE]
    if open_ones:
        names = "; ".join(f"{o.value.name}: {o.value.report}" for o in open_ones[:4] if o.value)
        return holding(f"open by the kernel's own report: {names}", *open_ones)
    off = host.vectors_off.value
    mitigated = [o for o in relevant if o.value and o.value.state is FlawState.MITIGATED]
    if off is not None and vector in off and mitigated:
        says = f"mitigations for {vector} are switched off on the kernel's command line"
        return holding(says, host.vectors_off, *mitigated[:4])
    unclear = next((o for o in relevant if not _settled(o)), None)
    if unclear is not None:
        return undecided(_why(unclear), unclear)
    unreported = sorted(FLAWS_BY_VECTOR[vector].difference(listed.value))
    unreported += [name for name in counted if name not in host.cpu_flaws]
    if unreported:
        doubt = Unknown(
            Doubt.NOT_SAID,
            f"this kernel does not say whether its CPU has {', '.join(unreported)}",
            "run a newer kernel",
        )
        return undecided(doubt, listed)
    if off is None and mitigated:
        return undecided(host.vectors_off.doubt, host.vectors_off)
    if host.is_guest.value is not False:
        return undecided(
            Unknown(Doubt.BELOW_THE_GUEST, _BELOW[0], _BELOW[1]), host.is_guest, *relevant[:4]
        )
    rests_on = [listed, host.is_guest, *relevant, *([host.vectors_off] if mitigated else [])]
    return failing(f"the kernel reports no open flaw for {vector}", *rests_on)


def _settled(observation: Observation[object]) -> bool:
    value = observation.value
    return value is not None and getattr(value, "state", None) is not FlawState.UNKNOWN


def _why(observation: Observation[object]) -> Unknown:
    if observation.unknown is not None:
        return observation.unknown
    return Unknown(
        Doubt.NOT_SAID,
        f"the kernel does not know whether this CPU has {observation.key}",
        "run a newer kernel, or ask the CPU's vendor",
    )


def _container(vector: AttackVector) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        if subject.workload.own_kernel:
            return not_applicable("it reaches the host's kernel through its VMM only", subject.kind)
        return _among_neighbours(subject, vector)

    return judge


def _machine(vector: AttackVector) -> Callable[[Subject], Judgement]:
    def judge(subject: Subject) -> Judgement:
        if not subject.workload.own_kernel:
            return not_applicable("it is no guest", subject.kind)
        return _among_neighbours(subject, vector)

    return judge


def _among_neighbours(subject: Subject, vector: AttackVector) -> Judgement:
    if vector in (AttackVector.USER_USER, AttackVector.GUEST_GUEST):
        neighbours = subject.neighbourhood["has-neighbours"]
        if neighbours.holds is False:
            return neighbours
    return flaws(subject, vector)


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
        "A flaw of the CPU lets a program read memory of another, and the kernel reports it as not "
        "mitigated.",
        "A neighbour's program on the same CPU can pick up what this one computes with.",
        _container(AttackVector.USER_USER),
    ),
    _exposure(
        "cpu-flaw-guest-guest",
        "CPU flaw open from guest to guest",
        "A flaw of the CPU lets a guest read memory of another, and the kernel reports it as not "
        "mitigated.",
        "A neighbour's guest on the same CPU can pick up what this one computes with.",
        _machine(AttackVector.GUEST_GUEST),
    ),
)
