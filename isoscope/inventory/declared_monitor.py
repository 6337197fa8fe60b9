"""What libvirt says of a guest's VMM, and the VMM's own command line, against what the kernel shows
of its process."""

from __future__ import annotations

from collections.abc import Iterator

from isoscope.inventory.differing import differs
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.observation import Observation
from isoscope.inventory.workload import (
    DeclaredMachine,
    ProcessFacts,
    SeccompMode,
    SecurityLabel,
    Workload,
)

LAUNCH_SECURITY = "launch_security"
"""Key of the disagreement on the TEE that a guest is started in."""
Labels = Observation[tuple[str, ...]]
_TOLERANCE = 1.01


def monitor_differs(
    workload: Workload, labels: Labels | None, command: DeclaredMachine
) -> tuple[Disagreement, ...]:
    """Every difference of a virtual machine.

    Args:
        workload: the machine as described and as seen.
        labels: those that libvirt says its VMM has: ``apparmor libvirt-UUID``, ``dac +107:+107``.
        command: the machine by its VMM's command line.
    """
    process, machine = workload.process, workload.machine
    if process is None or machine is None:
        return ()
    found = [_sandbox(process, command), _memory(machine, command), _launch(machine, command)]
    if labels is not None:
        found += [*_labels(process, labels), _user(process, labels)]
    return tuple(each for each in found if each is not None)


def _sandbox(process: ProcessFacts, command: DeclaredMachine) -> Disagreement | None:
    """That a VMM that was not asked to has a filter contradicts nobody."""
    parts = command.makeup.parts if command.makeup is not None else None
    if parts is None or parts.value is None or not parts.value.sandboxed:
        return None
    return differs(
        "seccomp",
        parts,
        process.seccomp,
        lambda _: "a filter",
        lambda mode: "unconfined" if mode is SeccompMode.DISABLED else "a filter",
    )


def _memory(machine: DeclaredMachine, command: DeclaredMachine) -> Disagreement | None:
    """More than was described; memory that was plugged in since is not on the command line."""
    said, started = machine.memory, command.memory
    if said is None or started is None or said.value is None or started.value is None:
        return None
    declared, used = said.value.amount or 0.0, started.value.amount or 0.0
    if used <= declared * _TOLERANCE:
        return None
    return Disagreement("memory", f"{declared:g}", f"{used:g}", said, started)


def _launch(machine: DeclaredMachine, command: DeclaredMachine) -> Disagreement | None:
    """Another TEE, or none, than its manager claims."""
    return differs(
        LAUNCH_SECURITY,
        machine.launch_security,
        command.launch_security,
        lambda claim: claim.kind,
        lambda started: started.kind,
    )


def _labels(process: ProcessFacts, labels: Labels) -> Iterator[Disagreement | None]:
    for each in labels.value or ():
        model, _, text = each.partition(" ")
        seen = process.label.value
        if seen is None or model not in ("apparmor", "selinux"):
            continue
        if text == "none" and model == "apparmor":
            text = "unconfined"
        if text in ("", "none", "dynamic", "static"):
            continue  # which one it became is not said
        yield differs(
            "label",
            labels,
            process.label,
            lambda _, text=text: text,  # type: ignore[misc]
            _name,
        )


def _name(label: SecurityLabel) -> str:
    """The profile or context, without AppArmor's mode."""
    if label.module == "apparmor":
        return label.label.rpartition(" (")[0] or label.label
    return label.label or "no label"


def _user(process: ProcessFacts, labels: Labels) -> Disagreement | None:
    """``dac +UID:+GID``: the label of libvirt's driver for owners."""
    owners = [each[4:] for each in labels.value or () if each.startswith("dac ")]
    user = owners[0].partition(":")[0].removeprefix("+") if owners else ""
    if not user.isascii() or not user.isdecimal():
        return None
    return differs(
        "user",
        labels,
        process.host_user_ids,
        lambda _: f"uid {user}",
        lambda ids: f"uid {', '.join(map(str, sorted(ids)))}",
    )
