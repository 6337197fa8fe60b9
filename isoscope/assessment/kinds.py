"""What kind of workload one is, as an observation: what does not apply to a kind rests on it."""

from __future__ import annotations

from isoscope.inventory.observation import (
    ENGINE,
    KERNEL,
    VM_MANAGER,
    Doubt,
    Evidence,
    Observation,
    Unknown,
)
from isoscope.inventory.workload import Workload, WorkloadKind

UNDESCRIBED = Unknown(
    Doubt.NOT_SAID,
    "no manager and no command line describes this machine",
    "give Isoscope access to the manager that runs it",
)
"""Why nothing is known of how a virtual machine is made."""


def kind_of(workload: Workload, at: float) -> Observation[WorkloadKind]:
    """The kind of a running workload, on the kernel's word where it shows the processes, and else
    on the manager's. Of one in a sandbox, on the word of those who say so.

    Args:
        workload: the workload.
        at: when it was seen, in seconds since the epoch.
    """
    if workload.sandbox is not None and workload.sandbox.known:
        said = workload.sandbox
        return Observation(workload.id, "kind", workload.kind, None, said.evidence, said.parties)
    process = workload.process
    if process is not None and process.host_user_ids.known:
        parties, source = KERNEL, f"/proc/{process.pids[0]}/status"
    else:
        parties = VM_MANAGER if workload.own_kernel else ENGINE
        source = workload.engine
    evidence = Evidence(source, f"{workload.kind} of {workload.engine}", at, "")
    return Observation(workload.id, "kind", workload.kind, None, (evidence,), parties)
