"""Containers that run on a kernel of their own: gVisor's sentry, or a virtual machine of Kata.

What the host shows of one is the sentry, or the VMM, and not the workload. A container could call
its own processes so to be taken for one: so the engine has to say that it told such a runtime to
run it, and the kernel has to show that nothing else runs there.

Sources: gVisor, runsc/sandbox and runsc/container (``runsc-sandbox``, ``runsc-gofer``); Kata
Containers, design/architecture.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from posixpath import basename, normpath

from isoscope.inventory.observation import ENGINE, KERNEL, Doubt, Observation, Unknown, known
from isoscope.inventory.process_facts import HostView, process_facts
from isoscope.inventory.process_table import Process, ProcessGroup, group_of
from isoscope.inventory.sandbox import Sandbox
from isoscope.inventory.workload import Mount, ProcessFacts, Volume
from isoscope.snapshot.document import Snapshot
from isoscope.snapshot.process_marks import may_be_gvisors, monitor_of
from isoscope.snapshot.reading import Reading

_KEY = "sandbox"
_SENTRY, _GOFER = "runsc-sandbox", "runsc-gofer"
_PLAIN = (
    "",
    "runc",
    "crun",
    "youki",
    "lxc",
    "oci",
    "io.containerd.runc.v2",
    "io.containerd.runc.v1",
)
"""Names of runtimes that run containers on the host's kernel."""


class _Shown(StrEnum):
    """What the kernel shows of a group of processes."""

    IS = "is"
    MAY_BE = "may be"
    IS_NOT = "is not"


@dataclass(frozen=True, slots=True)
class _Evidence:
    shown: _Shown
    readings: tuple[Reading, ...] = ()
    gofers: frozenset[int] = frozenset()


def sandbox_of(
    subject: str, group: ProcessGroup, snapshot: Snapshot, runtime: Observation[str] | None
) -> Observation[Sandbox] | None:
    """Whether a container runs on a kernel of its own; None where it runs on the host's.

    Args:
        subject: its id.
        group: its processes.
        snapshot: where they were read.
        runtime: what its engine says that it told to run it; None where no engine describes it.
    """
    said = "" if runtime is None or runtime.value is None else basename(runtime.value).lower()
    monitors = [p for p in group.processes if p.status and monitor_of(p.status.name)]
    if runtime is not None and runtime.value is None and monitors:
        return _unknown(subject, "a VMM is in it, but which runtime made it is not known", runtime)
    if "kata" in said:
        if monitors:
            return _known(subject, Sandbox.KATA, runtime, [p.status_reading for p in monitors])
        return _unknown(subject, f"its engine runs it by {said}, but no VMM was seen", runtime)
    if runtime is not None and runtime.value is not None and said in _PLAIN:
        return None
    found = _evidence(group, snapshot)
    if found.shown is _Shown.IS_NOT:
        return None
    if "runsc" not in said and "gvisor" not in said:
        what = f"its engine calls its runtime {said}" if said else "no engine says which runtime"
        return _unknown(subject, f"its processes are called as gVisor's, but {what}", runtime)
    if found.shown is _Shown.MAY_BE:
        says = f"its engine runs it by {said}, but not all its processes are known to be gVisor's"
        return _unknown(subject, says, runtime)
    return _known(subject, Sandbox.GVISOR, runtime, found.readings)


def facts_of_sandbox(
    subject: str,
    group: ProcessGroup,
    snapshot: Snapshot,
    view: HostView,
    sandbox: Observation[Sandbox],
    volumes: Observation[tuple[Volume, ...]],
) -> ProcessFacts:
    """The facts of gVisor's sentry, which runs the workload's own programs, with the mounts of its
    gofer, which opens files of the host for it. That a volume is read-only the sentry holds to, and
    not the kernel: there the engine's word counts. Of Kata, the facts of its VMM; of what may be a
    sandbox, those of all its processes."""
    whole = process_facts(subject, group, snapshot, view)
    mounts = _held_to(whole.mounts, volumes)
    if not sandbox.known:
        if mounts == whole.mounts:
            return whole
        unclear = replace(whole.mounts, value=None, unknown=sandbox.doubt, parties=mounts.parties)
        return replace(whole, mounts=unclear)
    gofers = _evidence(group, snapshot).gofers
    rest = [process for process in group.processes if process.pid not in gofers]
    if sandbox.value is not Sandbox.GVISOR or not gofers or not rest:
        return whole
    sentry = group_of(group.engine, group.container_id, rest, first_pid=group.first[0].pid)
    facts = process_facts(subject, sentry, snapshot, view)
    return replace(facts, mounts=mounts, pids=whole.pids)


def _held_to(
    mounts: Observation[tuple[Mount, ...]], volumes: Observation[tuple[Volume, ...]]
) -> Observation[tuple[Mount, ...]]:
    only_read = {normpath(each.destination) for each in volumes.value or () if not each.writable}
    if mounts.value is None or not only_read:
        return mounts
    held = tuple(
        replace(mount, writable=mount.writable and mount.mount_point not in only_read)
        for mount in mounts.value
    )
    return replace(mounts, value=held, parties=mounts.parties | volumes.parties)


def _evidence(group: ProcessGroup, snapshot: Snapshot) -> _Evidence:
    """Whether all of these are gVisor's own, and one of them the sentry."""
    readings: list[Reading] = []
    gofers: set[int] = set()
    unread = sentry = False
    for process in _living(group.processes):
        program = snapshot.link(f"/proc/{process.pid}/exe")
        if process.status is None:
            unread = True
        elif not may_be_gvisors(process.status.name):
            return _Evidence(_Shown.IS_NOT)
        elif program.content is None:
            unread = True
        elif not basename(program.text()).startswith("runsc"):
            return _Evidence(_Shown.IS_NOT)
        else:
            command = snapshot.file(f"/proc/{process.pid}/cmdline")
            unread |= command.content is None
            name = basename(command.text().partition("\0")[0])
            sentry |= name == _SENTRY
            gofers |= {process.pid} if name == _GOFER else set()
            readings += [program, command]
    shown = _Shown.IS if sentry and not unread else _Shown.MAY_BE
    return _Evidence(shown, tuple(readings[:_MOST_SHOWN]), frozenset(gofers))


_MOST_SHOWN = 6


def _living(processes: Iterable[Process]) -> Iterable[Process]:
    return (p for p in processes if p.status is None or not p.status.runs_nothing)


def _known(
    subject: str, kind: Sandbox, runtime: Observation[str] | None, readings: Iterable[Reading]
) -> Observation[Sandbox]:
    said = () if runtime is None else runtime.evidence
    found = known(subject, _KEY, kind, *readings, parties=KERNEL | ENGINE)
    return replace(found, evidence=(*said, *found.evidence))


def _unknown(subject: str, says: str, runtime: Observation[str] | None) -> Observation[Sandbox]:
    doubt = Unknown(Doubt.NOT_SAID, says, "run Isoscope as root, with access to the engine")
    evidence = () if runtime is None else runtime.evidence
    return Observation(subject, _KEY, None, doubt, evidence, KERNEL | ENGINE)
