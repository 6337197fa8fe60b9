"""Workloads that the kernel shows and that no manager describes."""

from __future__ import annotations

from dataclasses import replace

from isoscope.inventory.declared_presence import unknown_to_its_engine
from isoscope.inventory.observation import Doubt, Unknown
from isoscope.inventory.process_facts import HostView, process_facts
from isoscope.inventory.process_table import ProcessGroup
from isoscope.inventory.sandbox_recognition import sandbox_of
from isoscope.inventory.workload import Attributes, Workload, WorkloadKind
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.places import cgroup_paths
from isoscope.snapshot.process_marks import (
    SYSTEM_CONTAINERS,
    cgroup_of_workload,
    user_of_cgroup,
)


def container(
    container_id: str, group: ProcessGroup, snapshot: Snapshot, view: HostView
) -> Workload:
    """A container by its cgroup alone: its manager would say more, whose it is for instance."""
    engine = group.engine or "container"
    kind, name = WorkloadKind.CONTAINER, container_id[:12]
    if engine in SYSTEM_CONTAINERS:
        workload_id, kind = container_id, WorkloadKind.SYSTEM_CONTAINER
        name = container_id.partition(":")[2]
    elif engine == "containerd":
        workload_id = f"containerd:k8s.io/{container_id}"
    else:
        workload_id = f"{engine}:{container_id}"
    manager = engine if group.engine else "manager"
    workload = Workload(
        id=workload_id,
        kind=kind,
        engine=engine,
        name=name,
        state="running",
        pid=group.pids[0],
        attributes=Attributes(cgroup=cgroup_of(group)),
        process=process_facts(workload_id, group, snapshot, view),
        seen_by=("kernel",),
        sandbox=sandbox_of(workload_id, group, snapshot, None),
        attributes_unknown=Unknown(
            Doubt.NOT_SAID,
            f"its {manager} did not describe it, so its labels are not known",
            f"give Isoscope access to the {manager} that runs it, or write a tenants rule "
            "on its cgroup",
        ),
    )
    return replace(workload, disagreements=unknown_to_its_engine(workload, snapshot))


_HELD = Unknown(
    Doubt.NOT_SAID,
    "its processes were, or may have been, started by a container engine that did not describe it",
    "run Isoscope as root, with access to the engine, or write a tenants rule on its cgroup",
)


def process_group(
    group: ProcessGroup, snapshot: Snapshot, view: HostView, *, held: bool = False
) -> Workload:
    """Processes in namespaces of their own: nobody can say more of them than the kernel does,
    unless an engine started them (``held``). They are the user's in whose slice they run."""
    first = group.first[0]
    workload_id = f"namespace:{first.pid}"
    cgroup = cgroup_of(group)
    user = user_of_cgroup(cgroup)
    return Workload(
        id=workload_id,
        kind=WorkloadKind.PROCESS_GROUP,
        engine=group.engine,
        name=first.status.name if first.status is not None else workload_id,
        state="running",
        pid=first.pid,
        attributes=Attributes(cgroup=cgroup, rootless_user=f"uid {user}" if user else ""),
        process=process_facts(workload_id, group, snapshot, view),
        seen_by=("kernel",),
        sandbox=sandbox_of(workload_id, group, snapshot, None),
        attributes_unknown=_HELD if held else None,
    )


def cgroup_of(group: ProcessGroup) -> str:
    """Path of a group's cgroup: in the unified hierarchy, or else in any that holds it. What the
    workload made below its own, and named as it liked, is left out: tenants are told by it."""
    paths = cgroup_paths(group.first[0].cgroup.text())
    found = [path for path in (paths.get("", "/"), *paths.values()) if path != "/"]
    return cgroup_of_workload(found[0]) if found else ""
