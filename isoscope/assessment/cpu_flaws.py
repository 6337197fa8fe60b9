"""CPU flaws by attack vector: Documentation/admin-guide/hw-vuln/attack_vector_controls.rst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from isoscope.assessment.judgement import (
    Judgement,
    all_of,
    any_of,
    failing,
    holding,
    test,
    undecided,
)
from isoscope.inventory.host import AttackVector, CpuFlaw, FlawState, HostFacts
from isoscope.inventory.machine.attack_vectors import FLAWS_BY_VECTOR
from isoscope.inventory.observation import Doubt, Observation, Unknown

_BELOW = (
    "this host is itself a guest: what its CPUs say of their flaws is decided below it",
    "look at /sys/devices/system/cpu/vulnerabilities on the machine that runs this host",
)


def judged_vectors(host: HostFacts) -> Mapping[AttackVector, Judgement]:
    """Whether a flaw is open on each vector, as far as it matters to whom the vector is named for.

    The kernel maps all memory: who reads the kernel's, or the host's, reads that of every
    neighbour, so that what is open towards those is open from neighbour to neighbour. And nothing
    crosses sibling threads where none run.
    """
    alone = {vector: open_flaws(host, vector) for vector in AttackVector}
    siblings = test(
        host.smt_active,
        bool,
        yes="sibling threads run",
        no="no core runs sibling threads: SMT is off, or not there",
    )
    across = alone[AttackVector.CROSS_THREAD]
    through = {
        AttackVector.USER_USER: AttackVector.USER_KERNEL,
        AttackVector.GUEST_GUEST: AttackVector.GUEST_HOST,
    }
    return {
        **alone,
        **{vector: _on_either(host, alone, vector, towards) for vector, towards in through.items()},
        AttackVector.CROSS_THREAD: all_of(siblings, across, says=across.says),
    }


def _on_either(
    host: HostFacts,
    alone: Mapping[AttackVector, Judgement],
    vector: AttackVector,
    towards: AttackVector,
) -> Judgement:
    """Whether one is open on one of two vectors; a flaw that is open on both is named once."""
    found = any_of(alone[vector], alone[towards], otherwise=alone[vector].says)
    both = (_open_on(host, vector), _open_on(host, towards))
    return replace(found, says=_named((*both[0], *both[1]))) if all(both) else found


def open_flaws(host: HostFacts, vector: AttackVector) -> Judgement:
    """Whether the kernel reports a flaw of this vector as open.

    A flaw that is reported counts at once. That none is reported counts only on a machine that is
    no guest: what a vCPU says of its own flaws is the outer hypervisor's story.
    """
    listed = host.flaw_list
    if listed.value is None:
        return undecided(listed.doubt, listed)
    counted = [name for name in listed.value if name in FLAWS_BY_VECTOR[vector]]
    relevant = [host.cpu_flaws[name] for name in counted if name in host.cpu_flaws]
    open_ones = _open_on(host, vector)
    if open_ones:
        return holding(_named(open_ones), *open_ones)
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


def _open_on(host: HostFacts, vector: AttackVector) -> list[Observation[CpuFlaw]]:
    """Those of the flaws of a vector that the kernel reports as open."""
    return [
        host.cpu_flaws[name]
        for name in host.flaw_list.value or ()
        if name in FLAWS_BY_VECTOR[vector] and name in host.cpu_flaws
        if (flaw := host.cpu_flaws[name].value) is not None and _is_open(flaw, vector)
    ]


def _named(open_ones: Iterable[Observation[CpuFlaw]]) -> str:
    flaws = (one.value for one in open_ones if one.value is not None)
    names = list(dict.fromkeys(f"{flaw.name}: {flaw.report}" for flaw in flaws))
    more = f"; and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"open by the kernel's own report: {'; '.join(names[:_MOST_NAMED])}{more}"


_MOST_NAMED = 4


def _is_open(flaw: CpuFlaw, vector: AttackVector) -> bool:
    """``SMT vulnerable`` speaks of sibling threads alone."""
    across = vector is AttackVector.CROSS_THREAD and flaw.cross_thread
    return across or flaw.state is FlawState.VULNERABLE


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
