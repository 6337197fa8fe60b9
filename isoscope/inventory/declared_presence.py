"""Whether a workload is there at all: in its manager's words, and in the process table.

Also whether a container that says that it joined another's namespaces is where that one is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from isoscope.inventory.differing import differs
from isoscope.inventory.disagreement import Disagreement
from isoscope.inventory.observation import (
    ENGINE,
    KERNEL,
    VM_MANAGER,
    Evidence,
    Observation,
    known,
)
from isoscope.inventory.workload import DeclaredContainer, NamespaceKind, Workload
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.manager_places import user_of
from isoscope.snapshot.reading import Channel, Reading

_SLICE = re.compile(r"/user-([0-9]{1,10})\.slice/")
_LIST = "GET /containers/json?all=1"


def state_differs(workload: Workload, endpoint: Reading, listing: Reading) -> Disagreement:
    """That a manager says that a workload does not run while the kernel shows its processes, or the
    reverse.

    Args:
        workload: with its processes where there are any.
        endpoint: where its manager was reached.
        listing: the list of all processes.
    """
    process = workload.process
    word = VM_MANAGER if workload.own_kernel else ENGINE
    shown = "no process of it" if process is None else _processes(len(process.pids))
    said = known(
        workload.id, "state", workload.state, endpoint, parties=word, excerpt=workload.state
    )
    pids = "none of its processes" if process is None else " ".join(map(str, process.pids[:20]))
    seen = known(workload.id, "processes", shown, listing, parties=KERNEL, excerpt=pids)
    return Disagreement("state", workload.state, shown, said, seen)


def _processes(number: int) -> str:
    return "1 process" if number == 1 else f"{number} processes"


def unknown_to_its_engine(workload: Workload, snapshot: Snapshot) -> tuple[Disagreement, ...]:
    """That the kernel shows a container of an engine that answered and did not list it."""
    lists = [
        reading
        for reading in snapshot.of_channel(Channel.ENGINE)
        if reading.source.request == _LIST
        and reading.content is not None
        # A user's engine lists the containers of that user and no others.
        and user_of(reading.source.target) == _user_of_cgroup(workload.attributes.cgroup)
        and _is_of(workload.engine, reading, snapshot)
    ]
    process = workload.process
    if not lists or process is None:
        return ()
    said = known(
        workload.id, "listed", "not listed", *lists[:4], parties=ENGINE, excerpt="not among them"
    )
    shown = f"{_processes(len(process.pids))} in its cgroup"
    place = f"/proc/{process.pids[0]}/cgroup"
    evidence = Evidence(place, workload.attributes.cgroup, lists[0].at, lists[0].privilege)
    seen = Observation(workload.id, "processes", shown, None, (evidence,), KERNEL)
    return (Disagreement("listed by its engine", "not listed", shown, said, seen),)


def _user_of_cgroup(cgroup: str) -> str:
    """The user id below whose slice a cgroup lies, systemd.special(7); empty for the system's."""
    found = _SLICE.search(cgroup)
    return found[1] if found else ""


def _is_of(engine: str, listing: Reading, snapshot: Snapshot) -> bool:
    version = snapshot.get(Channel.ENGINE, listing.source.target, "GET /version").text()
    return ("Podman Engine" in version) == (engine == "podman") and engine in ("docker", "podman")


def with_joins(workloads: Iterable[Workload]) -> tuple[Workload, ...]:
    """The workloads, with a disagreement for each that says that it joined another container's
    namespace and is not in it."""
    all_of_them = tuple(workloads)
    by_name: dict[tuple[str, str], Workload] = {}
    for workload in all_of_them:
        if workload.container is not None:
            by_name[workload.engine, workload.name] = workload
            by_name[workload.engine, workload.id.rpartition(":")[2]] = workload
    return tuple(
        replace(workload, disagreements=workload.disagreements + found)
        if (found := tuple(_joins(workload, by_name)))
        else workload
        for workload in all_of_them
    )


def _joins(
    workload: Workload, by_name: Mapping[tuple[str, str], Workload]
) -> Iterator[Disagreement]:
    for kind, mode in _modes(workload.container):
        if mode.value is None or not mode.value.startswith("container:"):
            continue
        joined = by_name.get((workload.engine, mode.value.partition(":")[2]))
        if joined is None or joined.process is None or workload.process is None:
            continue
        theirs = joined.process.namespaces[kind].value
        if theirs is None:
            continue
        found = differs(
            f"{kind}_namespace",
            mode,
            workload.process.namespaces[kind],
            lambda _, number=theirs, name=joined.name: f"{name}'s, {number}",  # type: ignore[misc]
            lambda number, other=theirs, name=joined.name: (  # type: ignore[misc]
                f"{name}'s, {number}" if number == other else f"another, {number}"
            ),
        )
        if found is not None:
            yield found


def _modes(
    container: DeclaredContainer | None,
) -> tuple[tuple[NamespaceKind, Observation[str]], ...]:
    if container is None:
        return ()
    return (
        (NamespaceKind.NETWORK, container.network_mode),
        (NamespaceKind.PID, container.pid_mode),
        (NamespaceKind.IPC, container.ipc_mode),
    )
