"""Bundles that containerd's shims hold in places where nobody would look for them.

A shim works in its task's directory: so a containerd with a state directory of its own is found by
what it runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from isoscope.snapshot.bundle_places import Task, containerd_states, task_at
from isoscope.snapshot.process_marks import is_shim
from probes.containerd import keep_tasks
from probes.host.access import HostAccess
from probes.probe import Recorder
from probes.processes import SeenProcess

_ROOT = ("0", "0", "0", "0")


def keep_bundles_of_shims(
    host: HostAccess, recorder: Recorder, processes: Iterable[SeenProcess]
) -> None:
    """Keeps where each shim works, and the bundle there unless the usual places have it.

    Only of root's shims in the reader's own mount namespace: whoever else calls a process so could
    describe somebody else's containers, or have any file of that name be read.
    """
    usual = containerd_states("")
    found: list[Task] = []
    own = host.link("/proc/self/ns/mnt").content
    for process in processes:
        if not is_shim(process.name) or process.user_ids != _ROOT:
            continue
        place = recorder.keep(host.link(f"/proc/{process.pid}/cwd"))
        task = task_at(place.text())
        if task is None or task.state in usual:
            continue
        if own is not None and host.link(f"/proc/{process.pid}/ns/mnt").content == own:
            found.append(task)
    keep_tasks(host, recorder, found)
