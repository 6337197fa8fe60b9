"""A workload as it would be after a move: what the move says, and nothing else, is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from isoscope.assessment.given_evidence import GivenEvidence
from isoscope.assessment.supposing.suppositions import Enclosure, Move, Proof
from isoscope.attestation.checks import Check, Kind, Verification, not_possible, passed
from isoscope.inventory.declared_monitor import LAUNCH_SECURITY
from isoscope.inventory.encrypted_guests import NOT_COUNTED
from isoscope.inventory.makeup import MachineMakeup
from isoscope.inventory.observation import (
    KERNEL,
    VM_MANAGER,
    Doubt,
    Evidence,
    Observation,
    Party,
    Unknown,
)
from isoscope.inventory.workload import (
    DeclaredMachine,
    LaunchSecurity,
    NamespaceKind,
    ProcessFacts,
    Workload,
    WorkloadKind,
)

T = TypeVar("T")

SUPPOSED = "supposed, not observed"
"""The source of everything that is supposed."""

_NOT_YET = Unknown(
    Doubt.NOT_SAID,
    "not known before the machine runs",
    "run it so, and look again",
)
_KINDS: Mapping[Enclosure, Kind] = {Enclosure.SEV_SNP: Kind.SEV_SNP, Enclosure.TDX: Kind.TDX}
_TITLES = {Kind.SEV_SNP: "a supposed SEV-SNP report", Kind.TDX: "a supposed TDX quote"}
_GENUINE = ("signature", "chain", "root", "validity", "debug-off", "tcb")
_EXPECTED = ("measurement", "nonce", "binding")


def moved_workload(workload: Workload, move: Move) -> Workload:
    """The workload in a virtual machine. What is supposed of a machine that there is already is its
    launch alone; of one that is not there yet, nothing else is known."""
    claim = Observation(
        workload.id,
        "launch-security",
        LaunchSecurity(move.into.value, debug_allowed=False)
        if move.into.is_tee
        else LaunchSecurity("none"),
        None,
        (Evidence(SUPPOSED, f"runs as {move.into}", 0.0, ""),),
        VM_MANAGER,
    )
    if workload.own_kernel and workload.machine is not None:
        return replace(
            workload,
            machine=replace(workload.machine, launch_security=claim),
            disagreements=tuple(
                one
                for one in workload.disagreements
                if one.key not in (LAUNCH_SECURITY, NOT_COUNTED)
            ),
        )
    return replace(
        workload,
        kind=WorkloadKind.VIRTUAL_MACHINE,
        engine="a VM manager",
        state="supposed",
        pid=None,
        attributes=replace(workload.attributes, cgroup=""),
        process=_unknown_process(workload.id),
        container=None,
        machine=_unknown_machine(workload.id, claim),
        disagreements=(),
        seen_by=(),
        open_sources=_unknown(workload.id, "open-sources", VM_MANAGER),
        sandbox=None,
        tee=None,
    )


def supposed_evidence(workload: str, move: Move, at: float) -> GivenEvidence | None:
    """The evidence that the move supposes; None where it supposes none.

    Args:
        workload: its id.
        move: where it runs.
        at: seconds since the epoch; the time of the look that the rest was seen in.
    """
    if move.proof is Proof.NONE:
        return None
    kind = _KINDS[move.into]
    checks = [passed(name, SUPPOSED) for name in _GENUINE]
    checks += [_as_expected(name, move.proof) for name in _EXPECTED]
    verification = Verification(
        kind=kind,
        title=_TITLES[kind],
        evaluated_at=datetime.fromtimestamp(at, UTC),
        checks=checks,
        required=frozenset(_GENUINE),
        claims={},
        relies_on=(Party.CPU_VENDOR.value,),
    )
    return GivenEvidence(workload, SUPPOSED, at, verification)


def _as_expected(name: str, proof: Proof) -> Check:
    if proof is Proof.EXPECTED:
        return passed(name, SUPPOSED)
    return not_possible(name, "not supposed: only that the hardware signed it")


def _unknown(subject: str, key: str, parties: frozenset[Party] = KERNEL) -> Observation[T]:
    return Observation(subject, key, None, _NOT_YET, (), parties)


def _unknown_machine(subject: str, claim: Observation[LaunchSecurity]) -> DeclaredMachine:
    return DeclaredMachine(
        launch_security=claim,
        disks=_unknown(subject, "disks", VM_MANAGER),
        networks=_unknown(subject, "networks", VM_MANAGER),
        passed_through=_unknown(subject, "passed-through", VM_MANAGER),
        shared_memory=_unknown(subject, "shared-memory", VM_MANAGER),
        may_merge_pages=_unknown(subject, "may-merge-pages", VM_MANAGER),
        memory=_unknown(subject, "memory", VM_MANAGER),
        cpu=_unknown(subject, "cpu", VM_MANAGER),
        makeup=MachineMakeup(
            parts=_unknown(subject, "parts", VM_MANAGER),
            open_devices=_unknown(subject, "open-devices"),
            open_sockets=_unknown(subject, "open-sockets"),
        ),
    )


def _unknown_process(subject: str) -> ProcessFacts:
    """Of its VMM."""
    return ProcessFacts(
        pids=(),
        namespaces={kind: _unknown(subject, f"namespace-{kind}") for kind in NamespaceKind},
        in_host_namespace={
            kind: _unknown(subject, f"in-host-namespace-{kind}") for kind in NamespaceKind
        },
        user_id_map=_unknown(subject, "user-id-map"),
        capabilities=_unknown(subject, "capabilities"),
        capabilities_hold_on_host=_unknown(subject, "capabilities-hold-on-host"),
        seccomp=_unknown(subject, "seccomp"),
        no_new_privileges=_unknown(subject, "no-new-privileges"),
        host_user_ids=_unknown(subject, "host-user-ids"),
        label=_unknown(subject, "label"),
        mounts=_unknown(subject, "mounts"),
        memory=_unknown(subject, "memory"),
        processes=_unknown(subject, "processes"),
        cpu=_unknown(subject, "cpu"),
        block_io=_unknown(subject, "block-io"),
        open_files=_unknown(subject, "open-files"),
        device_rules=_unknown(subject, "device-rules"),
        allowed_cpus=_unknown(subject, "allowed-cpus"),
        network_interfaces=_unknown(subject, "network-interfaces"),
        memory_protected=_unknown(subject, "memory-protected"),
        mergeable=_unknown(subject, "mergeable"),
        speculation=_unknown(subject, "speculation"),
        namespace_owners=_unknown(subject, "namespace-owners"),
        core_cookies=_unknown(subject, "core-cookies"),
    )
