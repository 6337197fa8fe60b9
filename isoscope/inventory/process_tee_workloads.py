"""Workloads that use a TEE without a VM manager: process TEEs of their own, containers with an
enclave in them, and Kata sandboxes whose runtime's name promises one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from isoscope.inventory.observation import Observation, mapped
from isoscope.inventory.process_facts import HostView, process_facts
from isoscope.inventory.process_table import Process, ProcessGroup, ProcessTable, group_of
from isoscope.inventory.tee_use import TeeUse
from isoscope.inventory.unclaimed import cgroup_of
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.process_marks import user_of_cgroup

Uses = Mapping[int, Observation[TeeUse]]

_KATA = re.compile(
    r"(?:.*[./])?kata(?:-[a-z]+)*?-(?:nvidia-gpu-)?(snp|tdx|se|sev|cca)(?:-runtime-rs)?(?:\.v2)?"
)
_KATA_WITHOUT = re.compile(r"(?:.*[./])?kata-[a-z-]*coco-dev(?:-runtime-rs)?(?:\.v2)?")
_TECHNOLOGY = {"snp": "sev-snp", "tdx": "tdx", "se": "s390-pv", "sev": "sev", "cca": "cca"}
_INIT_DATA = "io.katacontainers.config.hypervisor.cc_init_data"
"""Annotation of Kata: what its evidence is bound to."""


def tee_groups(table: ProcessTable, uses: Collection[int]) -> list[ProcessGroup]:
    """Processes of process TEEs, each with those of its children that are some too."""
    members: dict[int, list[Process]] = {}
    for pid in uses:
        first = pid
        seen = {pid}
        while (parent := _parent(table, first)) in uses and parent not in seen:
            first = parent
            seen.add(parent)
        members.setdefault(first, []).append(table.processes[pid])
    return [group_of("", "", found, first_pid=first) for first, found in members.items()]


def _parent(table: ProcessTable, pid: int) -> int:
    status = table.processes[pid].status
    return 0 if status is None else status.parent


def tee_workload(group: ProcessGroup, uses: Uses, snapshot: Snapshot, view: HostView) -> Workload:
    """A process TEE as a workload of its own. What only looks like one is a group of processes, so
    that nobody counts it among TEEs."""
    pid = group.first[0].pid
    use = _of_all(group.pids, uses)
    said = use.value
    framework = said.framework if said is not None else "process-tee"
    workload_id = f"keep:{pid}" if framework == "enarx" else f"enclave:{pid}"
    encloses = said is None or said.encloses
    status = group.first[0].status
    own_name = status.name if status is not None else workload_id
    cgroup = cgroup_of(group)
    user = user_of_cgroup(cgroup)
    return Workload(
        id=workload_id,
        kind=WorkloadKind.PROCESS_TEE if encloses else WorkloadKind.PROCESS_GROUP,
        engine=framework,
        name=(said.application if said is not None else "") or own_name,
        state="running",
        pid=pid,
        attributes=Attributes(cgroup=cgroup, rootless_user=f"uid {user}" if user else ""),
        process=process_facts(workload_id, group, snapshot, view),
        seen_by=("kernel",),
        tee=replace(use, subject=workload_id),
    )


def _of_all(pids: Iterable[int], uses: Uses) -> Observation[TeeUse]:
    """What holds for all of these processes: the first that is unknown or in none, else the
    first."""
    found = [uses[pid] for pid in pids]
    doubtful = (use for use in found if use.value is None or not use.value.encloses)
    return next(doubtful, found[0])


def with_tee_use(workload: Workload, uses: Uses) -> Workload:
    """The workload with what is known of how it uses a TEE, where it is a container."""
    if workload.tee is not None or workload.own_kernel or workload.process is None:
        return workload
    pids = workload.process.pids
    inside = [pid for pid in pids if pid in uses]
    if inside:
        use = _of_all(inside, uses)
        if len(inside) < len(pids) and use.value is not None and use.value.encloses:
            use = mapped(use, "tee", lambda found: _of_a_part(found, len(inside), len(pids)))
        return replace(workload, tee=replace(use, subject=workload.id))
    promised = _promised(workload)
    return workload if promised is None else replace(workload, tee=promised)


def _of_a_part(use: TeeUse, inside: int, all_of_it: int) -> TeeUse:
    says = (
        f"{use.says}; only {inside} of its {all_of_it} processes are in a TEE, and the others are "
        "not"
    )
    return replace(use, technology="none", says=says)


def _promised(workload: Workload) -> Observation[TeeUse] | None:
    """What the name of a container's runtime promises: RuntimeClasses of Kata Containers."""
    if workload.container is None or workload.container.runtime.value is None:
        return None
    runtime = workload.container.runtime
    name = runtime.value or ""
    if _KATA_WITHOUT.fullmatch(name):
        says = "the runtime kata-*-coco-dev is for trying out confidential containers without a TEE"
        return mapped(runtime, "tee", lambda _: TeeUse("none", says, "kata"))
    found = _KATA.fullmatch(name)
    if found is None:
        return None
    technology = _TECHNOLOGY[found[1]]
    bound = ", with init data that its evidence is bound to" * (
        _INIT_DATA in workload.attributes.labels
    )
    says = f"its runtime's name promises {technology} ({name[:60]}){bound}"
    return mapped(runtime, "tee", lambda _: TeeUse(technology, says, "kata"))
